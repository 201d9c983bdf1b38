//! What stands for the content of a file.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::domain::hex::Hex;
use crate::domain::scalars::Invalid;

/// Stands for the content of a file: equal ones are almost certainly the same file.
///
/// Its text names the method, so that there can be another one: `x3p1:` is the 128-bit XXH3 of the
/// size and of three samples. They compare as their texts do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Fingerprint([u8; 16]);

impl Fingerprint {
    /// What its text begins with.
    const METHOD: &str = "x3p1:";
    /// The most bytes of each sample: from the beginning, the middle and the end of the file.
    pub const SAMPLE_BYTES: u64 = 64 * 1024;

    /// The fingerprint with this hash.
    pub fn from_hash(hash: u128) -> Self {
        Self(hash.to_be_bytes())
    }

    /// The fingerprint whose hash has these digits, as [`digits`](Self::digits) writes them; none if they are
    /// something else.
    pub fn from_digits(digits: &str) -> Option<Self> {
        digits.parse().ok().map(|Hex(hash)| Self(hash))
    }

    /// Its hash, as 32 hexadecimal digits in lower case.
    pub fn digits(&self) -> String {
        Hex(self.0).to_string()
    }

    /// The samples that are hashed of a file of this size, as offsets and lengths: all of a small file.
    pub fn samples(size: u64) -> Vec<(u64, u64)> {
        let sample = Self::SAMPLE_BYTES;
        if size <= 3 * sample {
            return vec![(0, size)];
        }
        vec![(0, sample), ((size - sample) / 2, sample), (size - sample, sample)]
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", Self::METHOD, Hex(self.0))
    }
}

impl FromStr for Fingerprint {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let refusal = || Invalid::new("must be x3p1: and 32 hexadecimal digits in lower case");
        let digits = text.strip_prefix(Self::METHOD).ok_or_else(refusal)?;
        digits.parse().map(|Hex(hash)| Self(hash)).map_err(|_| refusal())
    }
}

impl TryFrom<String> for Fingerprint {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse()
    }
}

impl From<Fingerprint> for String {
    fn from(fingerprint: Fingerprint) -> Self {
        fingerprint.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_has_one_spelling() {
        let text = "x3p1:00112233445566778899aabbccddeeff";
        let fingerprint: Fingerprint = text.parse().unwrap();
        assert_eq!(fingerprint.to_string(), text);
        assert_eq!(fingerprint, Fingerprint::from_hash(0x0011_2233_4455_6677_8899_aabb_ccdd_eeff));
        assert_eq!(fingerprint.digits(), text[5..]);
        assert_eq!(Fingerprint::from_digits(&text[5..]), Some(fingerprint));
        assert_eq!(Fingerprint::from_digits(text), None);
        for wrong in [
            "",
            "00112233445566778899aabbccddeeff",
            "x3p1:0112233445566778899aabbccddeeff",
            "x3p1:+0112233445566778899aabbccddeeff",
            "x3p1:00112233445566778899AABBCCDDEEFF",
            "x3p1:00112233445566778899aabbccddeeff0",
            "x3p2:00112233445566778899aabbccddeeff",
        ] {
            assert!(wrong.parse::<Fingerprint>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_samples_of_a_file_are_its_beginning_middle_and_end() {
        const KIB: u64 = 1024;
        assert_eq!(Fingerprint::samples(0), [(0, 0)]);
        assert_eq!(Fingerprint::samples(192 * KIB), [(0, 192 * KIB)]);
        assert_eq!(
            Fingerprint::samples(1024 * KIB),
            [(0, 64 * KIB), (480 * KIB, 64 * KIB), (960 * KIB, 64 * KIB)]
        );
        let [(0, 65536), middle, end] = Fingerprint::samples(192 * KIB + 1)[..] else { panic!() };
        assert_eq!((middle, end), ((64 * KIB, 64 * KIB), (128 * KIB + 1, 64 * KIB)));
        let last = Fingerprint::samples(u64::MAX)[2];
        assert_eq!(last.0 + last.1, u64::MAX);
    }
}
