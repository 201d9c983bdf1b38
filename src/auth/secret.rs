//! The text of an API key: `rg_`, its ID, `_`, and 256 random bits in hexadecimal digits.
//!
//! A library stores the SHA-256 of that text instead of a slow hash such as Argon2: slow hashes
//! protect passwords that people choose by making each guess expensive. 256 random bits cannot be
//! guessed at any cost, and a slow hash on every request would make denial of service easy.

use std::fmt;

use sha2::{Digest, Sha256};

use crate::domain::{Hex, KeyId};

/// The prefix of every key, which makes leaked keys recognisable.
const PREFIX: &str = "rg_";

/// The text of a key, as its holder has it. Only [`reveal`](Self::reveal) shows it.
pub struct Secret(String);

impl Secret {
    /// Generates an unpredictable key.
    ///
    /// # Errors
    /// When the operating system cannot provide randomness.
    pub fn random() -> Result<Self, getrandom::Error> {
        let (mut id, mut bits) = ([0; 6], [0; 32]);
        getrandom::fill(&mut id)?;
        getrandom::fill(&mut bits)?;
        Ok(Self(format!("{PREFIX}{}_{}", KeyId::from_bytes(id), Hex(bits))))
    }

    /// Parses the key that a client sends; none if it is not a key.
    pub fn parse(text: &str) -> Option<Self> {
        let (_, bits) = text.strip_prefix(PREFIX)?.split_once('_')?;
        let secret = Self(text.to_owned());
        let is_key = bits.parse::<Hex<32>>().is_ok() && secret.find_id().is_some();
        is_key.then_some(secret)
    }

    /// The part that is no secret.
    pub fn id(&self) -> KeyId {
        self.find_id().expect("a key has an ID, whether it was made or read")
    }

    /// The hash that a library stores.
    pub fn digest(&self) -> [u8; 32] {
        Sha256::digest(&self.0).into()
    }

    /// The whole key, for its holder.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    fn find_id(&self) -> Option<KeyId> {
        let (id, _) = self.0.strip_prefix(PREFIX)?.split_once('_')?;
        id.parse().ok()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({})", self.id())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_as_it_was_made_and_no_two_are_alike() {
        let (one, other) = (Secret::random().unwrap(), Secret::random().unwrap());
        let read = Secret::parse(one.reveal()).unwrap();
        assert_eq!((read.id(), read.digest()), (one.id(), one.digest()));
        assert_ne!(one.id(), other.id());
        assert_ne!(one.digest(), other.digest());
    }

    #[test]
    fn a_key_opens_the_libraries_that_have_its_digest() {
        let secret =
            Secret::parse(&format!("rg_0123456789ab_{}", "0123456789abcdef".repeat(4))).unwrap();
        assert_eq!(secret.id().to_string(), "0123456789ab");
        let digest: String = secret.digest().iter().map(|byte| format!("{byte:02x}")).collect();
        let kept = "5d57340f03f978b28c34f262fcc3e730292ca228798b3c10b21104dbe55ce10f";
        assert_eq!(digest, kept);
    }

    #[test]
    fn nothing_else_is_a_key() {
        let bits = "0123456789abcdef".repeat(4);
        assert!(Secret::parse(&format!("rg_0123456789ab_{bits}")).is_some());
        for text in [
            String::new(),
            "rg_0123456789ab_".to_owned(),
            format!("rg_0123456789ab_{bits}0"),
            format!("rg_0123456789ab_{}", bits.to_uppercase()),
            format!("rg_0123456789ag_{bits}"),
            format!("rg__{bits}"),
            format!("0123456789ab_{bits}"),
            format!("rg_0123456789ab_{bits} "),
        ] {
            assert!(Secret::parse(&text).is_none(), "{text}");
        }
    }

    #[test]
    fn what_is_printed_of_a_key_is_no_secret() {
        let secret = Secret::random().unwrap();
        assert_eq!(format!("{secret:?}"), format!("Secret({})", secret.id()));
    }
}
