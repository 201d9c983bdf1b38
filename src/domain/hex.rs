//! Bytes as hexadecimal digits.

use std::fmt;
use std::str::FromStr;

use super::scalars::Invalid;

/// Bytes that are written as hexadecimal digits in lower case, and read from these alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hex<const BYTES: usize>(pub [u8; BYTES]);

impl<const BYTES: usize> fmt::Display for Hex<BYTES> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl<const BYTES: usize> FromStr for Hex<BYTES> {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        if pairs.len() != BYTES || !rest.is_empty() {
            return Err(not_hex::<BYTES>());
        }
        let mut bytes = [0; BYTES];
        for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
            let digits = digit(*high).zip(digit(*low));
            *byte = digits.map(|(high, low)| (high << 4) | low).ok_or_else(not_hex::<BYTES>)?;
        }
        Ok(Self(bytes))
    }
}

fn digit(character: u8) -> Option<u8> {
    match character {
        b'0'..=b'9' => Some(character - b'0'),
        b'a'..=b'f' => Some(character - b'a' + 10),
        _ => None,
    }
}

fn not_hex<const BYTES: usize>() -> Invalid {
    Invalid::new(format!("must be {} lower-case hexadecimal digits", 2 * BYTES))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_read_as_they_are_written() {
        let bytes = Hex([0x00, 0x1f, 0xa9, 0xff]);
        assert_eq!(bytes.to_string(), "001fa9ff");
        assert_eq!("001fa9ff".parse(), Ok(bytes));
    }

    #[test]
    fn nothing_but_digits_in_lower_case_is_read() {
        for text in ["", "001fa9f", "001fa9fff", "001FA9FF", "+01fa9ff", "001fa9fg", "éééé"] {
            let refused = text.parse::<Hex<4>>().unwrap_err();
            assert_eq!(refused.to_string(), "must be 8 lower-case hexadecimal digits", "{text}");
        }
    }
}
