//! The key that signs addresses of files.

use std::fmt;

use sha2::{Digest, Sha256};

use super::hex::Hex;

/// Signs the addresses of a library's files and pictures, so that whoever has one needs no credential.
///
/// All servers of a library have the same one, before and after a restart.
#[derive(Clone, PartialEq, Eq)]
pub struct AddressKey([u8; 32]);

impl AddressKey {
    /// The key with these bits, which nobody can guess.
    pub fn from_bytes(bits: [u8; 32]) -> Self {
        Self(bits)
    }

    /// Its bits, which are secret.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The part that is no secret: eight hexadecimal digits, which tell keys apart and nothing about their bits.
    pub fn id(&self) -> String {
        let hash: [u8; 32] =
            Sha256::new_with_prefix("address key").chain_update(self.0).finalize().into();
        Hex([hash[0], hash[1], hash[2], hash[3]]).to_string()
    }
}

impl fmt::Debug for AddressKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AddressKey({})", self.id())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_shows_its_id_and_not_its_bits() {
        let key = AddressKey::from_bytes([0xab; 32]);
        let shown = format!("{key:?}");
        assert_eq!(shown, format!("AddressKey({})", key.id()));
        assert!(!shown.contains("abab"), "{shown}");
        assert_ne!(key.id(), AddressKey::from_bytes([0xac; 32]).id());
    }
}
