//! Documents that clients made known, by their hashes: automatic persisted queries.

use async_graphql::ServerError;
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use sha2::{Digest, Sha256};

use crate::domain::Hex;
use crate::error_code::ErrorCode;
use crate::graphql::error::refused;

/// The memory of an entry apart from its document: its hash, and the cache's own data.
const ENTRY_BYTES: u64 = 200;

/// Roughly the number of documents of an application. The cache holds more if they fit; below 64,
/// it is a single shard, so that a document can be as long as the whole cache.
const USUAL_DOCUMENTS: usize = 32;

type Hash = [u8; 32];

/// The documents that were used last, and as many as fit into a number of bytes.
pub(super) struct AutomaticDocuments(Cache<Hash, Box<str>, Bytes>);

/// Weighs documents by their bytes.
#[derive(Clone)]
struct Bytes;

impl Weighter<Hash, Box<str>> for Bytes {
    fn weight(&self, _: &Hash, document: &Box<str>) -> u64 {
        ENTRY_BYTES + document.len() as u64
    }
}

impl AutomaticDocuments {
    /// Room for documents of this many bytes in all.
    pub fn new(max_bytes: u64) -> Self {
        Self(Cache::with_weighter(USUAL_DOCUMENTS, max_bytes, Bytes))
    }

    /// The document with this hash, if it is cached.
    pub fn get(&self, hash: &str) -> Option<String> {
        self.0.get(&read(hash)?).map(String::from)
    }

    /// Caches a document, if it is valid.
    ///
    /// # Errors
    /// When the hash does not match the document: the next client to send it would get the wrong
    /// response.
    pub fn register(
        &self,
        hash: &str,
        document: &str,
        is_valid: impl FnOnce() -> bool,
    ) -> Result<(), ServerError> {
        let actual: Hash = Sha256::digest(document).into();
        if read(hash) != Some(actual) {
            let message = "the hash of the persisted query does not match the document: send the \
                           SHA-256 hash of \"query\" in lower-case hexadecimal digits";
            return Err(refused(ErrorCode::BadUserInput, message, None));
        }
        if !self.0.contains_key(&actual) && is_valid() {
            self.0.insert(actual, document.into());
        }
        Ok(())
    }
}

/// Parses a hash from hexadecimal digits; none if they are malformed.
fn read(digits: &str) -> Option<Hash> {
    digits.parse().ok().map(|Hex(hash)| hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(document: &str) -> String {
        Hex(Sha256::digest(document).into()).to_string()
    }

    #[test]
    fn a_document_is_known_by_its_own_hash_alone() {
        let documents = AutomaticDocuments::new(10_000);
        let document = "{ __typename }";
        assert_eq!(documents.get(&hash(document)), None);
        for wrong in ["", "ecf4", &hash("{ other }"), &hash(document).to_uppercase()] {
            documents.register(wrong, document, || true).unwrap_err();
        }
        assert_eq!(documents.get(&hash(document)), None);
        documents.register(&hash(document), document, || true).unwrap();
        assert_eq!(documents.get(&hash(document)).as_deref(), Some(document));
    }

    #[test]
    fn a_document_that_is_not_valid_is_not_remembered() {
        let documents = AutomaticDocuments::new(10_000);
        let document = "{ noSuchField }";
        documents.register(&hash(document), document, || false).unwrap();
        assert_eq!(documents.get(&hash(document)), None);
    }

    #[test]
    fn no_more_is_remembered_than_there_is_room_for() {
        let documents = AutomaticDocuments::new(10_000);
        for number in 0..1_000 {
            let document = format!("{{ a{number}: __typename {} }}", " ".repeat(200));
            documents.register(&hash(&document), &document, || true).unwrap();
        }
        assert!((5_000..=10_000).contains(&documents.0.weight()), "{}", documents.0.weight());
        // One that takes most of the room has it.
        let document = format!("{{ __typename }}{}", " ".repeat(8_000));
        documents.register(&hash(&document), &document, || true).unwrap();
        assert!(documents.get(&hash(&document)).is_some());
    }
}
