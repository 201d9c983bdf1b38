//! The natural order of names: the one in which people sort them.

use serde::{Deserialize, Serialize};

use super::search::fold_letters;

/// The version of the sort keys of names. A store that keeps keys records it, and rebuilds them
/// when it has changed. Each new version comes with a migration, so that older programs refuse the
/// library.
pub const VERSION: i64 = 1;

/// A filename as it is compared in natural order: by its sort key, and then byte by byte.
///
/// Serialised as the filename alone, so that a cursor stays valid when keys change.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct NaturalName {
    key: String,
    filename: String,
}

impl NaturalName {
    /// A filename with its sort key.
    pub fn of(filename: &str) -> Self {
        Self { key: key_of(filename), filename: filename.to_owned() }
    }

    /// Text whose bytes compare as people compare names: case, accents and width are ignored, and
    /// runs of digits compare as numbers.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The filename itself.
    pub fn filename(&self) -> &str {
        &self.filename
    }
}

impl From<String> for NaturalName {
    fn from(filename: String) -> Self {
        Self { key: key_of(&filename), filename }
    }
}

impl From<NaturalName> for String {
    fn from(name: NaturalName) -> Self {
        name.filename
    }
}

/// The sort key of a filename.
pub fn key_of(filename: &str) -> String {
    let folded = fold_letters(filename);
    let mut key = String::with_capacity(folded.len() + 8);
    let mut rest = folded.as_str();
    while let Some(begin) = rest.find(|c: char| c.is_ascii_digit()) {
        let (before, from_digit) = rest.split_at(begin);
        let end = from_digit.find(|c: char| !c.is_ascii_digit()).unwrap_or(from_digit.len());
        let (number, after) = from_digit.split_at(end);
        key.push_str(before);
        push_number(&mut key, number);
        rest = after;
    }
    key + rest
}

/// Adds how many digits a number has, without zeros in front, and then these: 7 is `17`, 10 is `210`.
/// Nine digits and more are counted in nines.
fn push_number(key: &mut String, number: &str) {
    const DIGITS: &[u8; 10] = b"0123456789";
    let digits = number.trim_start_matches('0');
    let mut length = digits.len();
    while length >= 9 {
        key.push('9');
        length -= 9;
    }
    key.push(char::from(DIGITS[length]));
    key.push_str(digits);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_are_sorted_as_people_do() {
        let sorted = [
            "E0",
            "e1",
            "É01 b",
            "E2",
            "e2.b",
            "E10",
            "E10a",
            "E11",
            "E123456789",
            "e1234567890",
            "Ea",
            "Éb",
            "eC",
            "ｅd",
            "f1",
        ];
        let mut names = sorted.map(NaturalName::of);
        names.reverse();
        names.sort();
        assert_eq!(names.each_ref().map(NaturalName::filename), sorted);
    }

    #[test]
    fn what_has_one_key_is_sorted_by_its_bytes() {
        let mut names = ["é2", "e2", "E2", "E02", "ｅ２"].map(NaturalName::of);
        assert!(names.iter().all(|name| name.key() == "e12"));
        names.sort();
        assert_eq!(names.map(String::from), ["E02", "E2", "e2", "é2", "ｅ２"]);
    }

    proptest! {
        #[test]
        fn numbers_compare_as_numbers(a: u128, b: u128, zeros in "0{0,3}") {
            let key = |number: u128| key_of(&format!("a{zeros}{number}.mkv"));
            prop_assert_eq!(key(a).cmp(&key(b)), a.cmp(&b));
            prop_assert_eq!(key(a), key_of(&format!("A{a}.MKV")));
        }

        #[test]
        fn a_name_is_read_as_it_was_written(filename: String) {
            let name = NaturalName::of(&filename);
            let written = postcard::to_stdvec(&name).unwrap();
            prop_assert_eq!(&written, &postcard::to_stdvec(&filename).unwrap());
            prop_assert_eq!(postcard::from_bytes::<NaturalName>(&written).unwrap(), name);
        }
    }
}
