//! Values in JSON as clients send them, with the numbers as they were written.
//!
//! `serde_json` rounds every number but the integers of 64 bits. What a client sends is to be judged
//! by its value and shown as it is, so a number that may be rounded keeps its text: it becomes a
//! [`ConstValue::Enum`], which JSON has none of otherwise. Coercion replaces it by what its type asks for.

use std::slice;
use std::str;

use async_graphql::Name;
use async_graphql::indexmap::IndexMap;
use serde::de::{DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde::{Deserializer, Serialize, Serializer};
use serde_json::Error;
use serde_json::value::RawValue;

use crate::graphql::execution::internals::{ConstValue, Number};

/// The maximum number of values in a text: each takes many times the memory of its text.
const MAX_VALUES: usize = 20_000;

/// Byte order marks of UTF-8 and UTF-16. RFC 8259 forbids them in JSON.
const BYTE_ORDER_MARKS: [&[u8]; 3] = [b"\xEF\xBB\xBF", b"\xFE\xFF", b"\xFF\xFE"];

/// Why a text is not read, to be said of it.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// It starts with a byte order mark.
    #[error("starts with a byte order mark: send the JSON in UTF-8 without it")]
    ByteOrderMark,
    /// JavaScript cuts texts between the halves of a character, and writes what is left as `\ud83d`.
    #[error(
        "contains a lone surrogate (such as \\ud83d), which is half of a character, at line {line} \
         column {column}: send complete characters"
    )]
    HalfCharacter {
        /// From 1 on.
        line: usize,
        /// From 1 on.
        column: usize,
    },
    /// It is not JSON.
    #[error("is not valid JSON: {0}")]
    Invalid(Error),
    /// It is longer in a way that its bytes do not show.
    #[error("has more than the maximum of {MAX_VALUES} values: send fewer at a time")]
    TooManyValues,
}

impl From<Error> for Unreadable {
    fn from(error: Error) -> Self {
        let text = error.to_string();
        // `serde_json` has no other way to tell this from the rest.
        let is_half = ["lone leading surrogate", "unexpected end of hex escape"];
        match is_half.iter().any(|it| text.starts_with(it)) {
            true => Self::HalfCharacter { line: error.line(), column: error.column() },
            false => Self::Invalid(error),
        }
    }
}

/// Reads a value.
///
/// # Errors
/// When the text is not JSON, or too much of it.
pub fn parse(text: &[u8]) -> Result<ConstValue, Unreadable> {
    if BYTE_ORDER_MARKS.iter().any(|mark| text.starts_with(mark)) {
        return Err(Unreadable::ByteOrderMark);
    }
    let long = long_numbers(text)?;
    let mut json = serde_json::Deserializer::from_slice(text);
    let value = Reader { long: &mut long.iter() }.deserialize(&mut json)?;
    json.end()?;
    Ok(value)
}

/// The numbers of a text that `serde_json` may round, in their order: all that are no integers of 64
/// bits. It makes a double of `-0` too.
fn long_numbers(text: &[u8]) -> Result<Vec<&str>, Unreadable> {
    let (mut values, mut long) = (1, Vec::new());
    let mut rest = text;
    while let Some((byte, behind)) = rest.split_first() {
        rest = match byte {
            b'"' => behind_string(behind),
            b'-' | b'0'..=b'9' => {
                let is_part =
                    |byte: &u8| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E');
                let end = rest.iter().position(|byte| !is_part(byte)).unwrap_or(rest.len());
                let (number, behind) = rest.split_at(end);
                let number = str::from_utf8(number).expect("these characters are ASCII");
                if number == "-0" || number.parse::<i64>().is_err() {
                    long.push(number);
                }
                behind
            }
            b',' | b'[' | b'{' => {
                values += 1;
                behind
            }
            _ => behind,
        };
        if values.max(long.len()) > MAX_VALUES {
            return Err(Unreadable::TooManyValues);
        }
    }
    Ok(long)
}

/// What comes behind a string whose first quotation mark has been read.
fn behind_string(text: &[u8]) -> &[u8] {
    let mut bytes = text.iter();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => break,
            b'\\' => _ = bytes.next(),
            _ => {}
        }
    }
    bytes.as_slice()
}

/// Reads a value whose long numbers, and those behind it, have these texts.
struct Reader<'r, 't> {
    long: &'r mut slice::Iter<'t, &'t str>,
}

impl Reader<'_, '_> {
    /// The number that was read as this, where it is one that may have been rounded.
    fn long_number(self, read: Number) -> ConstValue {
        match self.long.next() {
            Some(text) => ConstValue::Enum(Name::new(text)),
            None => ConstValue::Number(read),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Reader<'_, '_> {
    type Value = ConstValue;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<ConstValue, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reader<'_, '_> {
    type Value = ConstValue;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<ConstValue, E> {
        Ok(ConstValue::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<ConstValue, E> {
        Ok(ConstValue::Boolean(value))
    }

    fn visit_i64<E>(self, number: i64) -> Result<ConstValue, E> {
        Ok(number.into())
    }

    fn visit_u64<E>(self, number: u64) -> Result<ConstValue, E> {
        Ok(match i64::try_from(number) {
            Ok(number) => number.into(),
            Err(_) => self.long_number(number.into()),
        })
    }

    fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<ConstValue, E> {
        let read = Number::from_f64(number).ok_or_else(|| E::custom("number out of range"))?;
        Ok(self.long_number(read))
    }

    fn visit_str<E>(self, text: &str) -> Result<ConstValue, E> {
        Ok(ConstValue::String(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<ConstValue, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(Reader { long: &mut *self.long })? {
            list.push(item);
        }
        Ok(ConstValue::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<ConstValue, A::Error> {
        let mut object = IndexMap::new();
        while let Some(name) = fields.next_key::<Name>()? {
            object.insert(name, fields.next_value_seed(Reader { long: &mut *self.long })?);
        }
        Ok(ConstValue::Object(object))
    }
}

/// A value that was read here, to be written as it was.
pub struct Sent<'a>(pub &'a ConstValue);

impl Serialize for Sent<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            ConstValue::Enum(number) => match RawValue::from_string(number.to_string()) {
                Ok(number) => number.serialize(serializer),
                Err(_) => self.0.serialize(serializer),
            },
            ConstValue::List(items) => serializer.collect_seq(items.iter().map(Sent)),
            ConstValue::Object(fields) => {
                serializer.collect_map(fields.iter().map(|(name, value)| (name, Sent(value))))
            }
            value => value.serialize(serializer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks that a text is read, and written as this.
    #[track_caller]
    fn check(text: &str, expected: &str) {
        let value = parse(text.as_bytes()).unwrap_or_else(|error| panic!("{text} {error}"));
        assert_eq!(serde_json::to_string(&Sent(&value)).unwrap(), expected, "{text}");
    }

    #[test]
    fn numbers_stay_as_they_were_written() {
        for number in [
            "0",
            "-0",
            "-7",
            "1.0",
            "-0.0",
            "1e3",
            "1E+3",
            "5e-324",
            "9223372036854775807",
            "9223372036854775808",
            "-9223372036854775808",
            "-9223372036854775809",
            "18446744073709551615",
            "18446744073709551616",
            "9007199254740993.0",
            "0.1000000000000000055511151231257827",
        ] {
            check(number, number);
            check(
                &format!("[{number},1,{{\"a\":{number}}},2.5]"),
                &format!("[{number},1,{{\"a\":{number}}},2.5]"),
            );
        }
        // A field that comes twice has the last value, and the numbers behind it keep theirs.
        check(r#"{"a": 1.5, "a": 2.5, "b": [3.5, "4.5"]}"#, r#"{"a":2.5,"b":[3.5,"4.5"]}"#);
        check(r#"["1.5\"", "\\", 1.5, {"-2.5,": -2.50}]"#, r#"["1.5\"","\\",1.5,{"-2.5,":-2.50}]"#);
    }

    #[test]
    fn everything_else_is_read_as_it_is() {
        check(
            r#" {"a": [null, true, false], "b": {"": "é\u00e9\ud83d\ude00\\ud800"}} "#,
            r#"{"a":[null,true,false],"b":{"":"éé😀\\ud800"}}"#,
        );
        assert_eq!(parse(b"7").unwrap(), ConstValue::from(7));
    }

    #[test]
    fn half_of_a_character_is_named_with_its_place() {
        for half in
            [r#""\ud83d""#, r#""\ud83d!""#, r#""\ud83d\n""#, r#""\ude00""#, r#""\ud83d\ud83d""#]
        {
            let text = format!("{{\n\"a\": {half}}}");
            let outcome = parse(text.as_bytes());
            let is_it = matches!(outcome, Err(Unreadable::HalfCharacter { line: 2, .. }));
            assert!(is_it, "{half}: {outcome:?}");
        }
        assert!(matches!(parse(br#"{"\ud83d": 1}"#), Err(Unreadable::HalfCharacter { .. })));
    }

    #[test]
    fn a_text_may_have_so_many_values_and_no_more() {
        for item in ["1", "1.5", "[]", "\"\""] {
            let list = |length: usize| format!("[{}0]", format!("{item},").repeat(length));
            let is_pair = usize::from(item == "[]") + 1;
            assert!(parse(list((MAX_VALUES - 2) / is_pair).as_bytes()).is_ok(), "{item}");
            let too_many = parse(list(MAX_VALUES).as_bytes());
            assert!(matches!(too_many, Err(Unreadable::TooManyValues)), "{item}");
        }
        let text = format!(r#"["\"[,{{\\","{}"]"#, ",".repeat(MAX_VALUES));
        check(&text, &text);
        let numbers = parse("1.5 ".repeat(MAX_VALUES + 1).as_bytes());
        assert!(matches!(numbers, Err(Unreadable::TooManyValues)), "{numbers:?}");
    }

    #[test]
    fn a_byte_order_mark_is_named() {
        for mark in BYTE_ORDER_MARKS {
            let outcome = parse(&[mark, b"{}"].concat());
            assert!(matches!(outcome, Err(Unreadable::ByteOrderMark)), "{mark:?}: {outcome:?}");
        }
    }

    #[test]
    fn what_is_no_json_stays_none() {
        for text in [
            "", "\\", "\"", "\"\\", "{", "[1,]", "01", "1.", "-", "+1", "1e", "1e999", "1 1", "nan",
        ] {
            let outcome = parse(text.as_bytes());
            assert!(matches!(outcome, Err(Unreadable::Invalid(_))), "{text}: {outcome:?}");
        }
    }
}
