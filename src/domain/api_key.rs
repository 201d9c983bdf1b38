//! API keys, as a library stores them: not the keys themselves, only how to recognise them.

use std::fmt;
use std::str::FromStr;

use super::hex::Hex;
use super::role::Role;
use super::scalars::Invalid;
use super::timestamp::Timestamp;

/// A key by which a client shows who it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    /// The part of the key that is no secret.
    pub id: KeyId,
    /// The name of the key's holder, as the audit log shows it.
    pub name: KeyName,
    /// The permissions of its holder.
    pub role: Role,
    /// The SHA-256 of the whole key.
    pub digest: [u8; 32],
    /// When it was made.
    pub created_at: Timestamp,
    /// When it expires; none if never.
    pub expires_at: Option<Timestamp>,
    /// When it was last used, a minute or two behind at most; none if never.
    pub last_used_at: Option<Timestamp>,
    /// When it was revoked; none if it was not.
    pub revoked_at: Option<Timestamp>,
}

impl ApiKey {
    /// Whether it is valid at this time.
    pub fn is_good_at(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && !self.has_expired_at(now)
    }

    /// Whether it has expired.
    pub fn has_expired_at(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|end| end <= now)
    }
}

/// The part of a key that is no secret: twelve hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId([u8; 6]);

impl KeyId {
    /// The ID of these bytes.
    pub fn from_bytes(bytes: [u8; 6]) -> Self {
        Self(bytes)
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Hex(self.0).fmt(f)
    }
}

impl FromStr for KeyId {
    type Err = Invalid;

    /// Reads what [`Display`](fmt::Display) writes.
    fn from_str(text: &str) -> Result<Self, Invalid> {
        text.parse().map(|Hex(bytes)| Self(bytes))
    }
}

/// Whose key it is: a short text that fits into a line, and that no ID of a key can be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyName(String);

impl KeyName {
    /// The longest name, in bytes.
    pub const MAX_BYTES: usize = 100;

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for KeyName {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let refusal = match text {
            _ if text.is_empty() => "must not be empty",
            _ if text.len() > Self::MAX_BYTES => "must have at most 100 bytes",
            _ if text.trim() != text => "must not start or end with a space",
            _ if text.chars().any(char::is_control) => "must not contain control characters",
            _ if text.parse::<KeyId>().is_ok() => "must not look like the ID of a key",
            _ => return Ok(Self(text.to_owned())),
        };
        Err(Invalid::new(refusal))
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_twelve_digits() {
        let id = KeyId::from_bytes([0, 1, 0x2f, 0xab, 0xff, 9]);
        assert_eq!(id.to_string(), "00012fabff09");
        assert_eq!("00012fabff09".parse(), Ok(id));
        for text in ["", "00012fabff0", "00012fabff090", "00012FABFF09", "+0012fabff09"] {
            assert!(text.parse::<KeyId>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_name_fits_into_a_line_and_is_no_id() {
        let longest = "x".repeat(KeyName::MAX_BYTES);
        for name in ["lucy", "night import", "Ada Ž.", "deadbeef", &longest] {
            assert_eq!(name.parse::<KeyName>().unwrap().as_str(), name);
        }
        let too_long = longest.clone() + "x";
        for name in ["", " lucy", "lucy\n", "a\tb", "0123456789ab", &too_long] {
            assert!(name.parse::<KeyName>().is_err(), "{name:?}");
        }
    }
}
