//! API keys in memory.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use crate::domain::{AddressKey, ApiKey, KeyId, Timestamp};
use crate::repository::RepositoryError;
use crate::repository::keys::{KeyError, KeyStore};

/// API keys in memory. Clones have the same keys, as if in another process.
#[derive(Clone, Debug, Default)]
pub struct MemoryKeys(Arc<Mutex<Kept>>);

#[derive(Debug, Default)]
struct Kept {
    keys: Vec<ApiKey>,
    address_key: Option<AddressKey>,
    /// How often they were changed.
    version: i64,
}

impl MemoryKeys {
    /// No keys.
    pub fn new() -> Self {
        Self::default()
    }

    // Keys are changed by steps that cannot fail, so that a poisoned lock guards sound ones.
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn change(&mut self, id: KeyId, change: impl FnOnce(&mut ApiKey)) {
        if let Some(key) = self.keys.iter_mut().find(|key| key.id == id) {
            change(key);
            self.version += 1;
        }
    }
}

#[async_trait]
impl KeyStore for MemoryKeys {
    async fn list(&self) -> Result<Vec<ApiKey>, KeyError> {
        let mut keys = self.kept().keys.clone();
        keys.sort_unstable_by_key(|key| (key.created_at, key.id));
        Ok(keys)
    }

    async fn insert(&self, key: &ApiKey) -> Result<(), KeyError> {
        let mut kept = self.kept();
        if kept.keys.iter().any(|other| other.id == key.id) {
            let failed = RepositoryError::store("keep a key");
            return Err(failed("there is a key with this ID already").into());
        }
        let has_name = |other: &ApiKey| other.revoked_at.is_none() && other.name == key.name;
        if kept.keys.iter().any(has_name) {
            return Err(KeyError::NameTaken);
        }
        kept.keys.push(ApiKey { last_used_at: None, revoked_at: None, ..key.clone() });
        kept.version += 1;
        Ok(())
    }

    async fn revoke(&self, id: KeyId, at: Timestamp) -> Result<(), KeyError> {
        self.kept().change(id, |key| {
            key.revoked_at.get_or_insert(at);
        });
        Ok(())
    }

    async fn version(&self) -> Result<i64, KeyError> {
        Ok(self.kept().version)
    }

    async fn note_uses(&self, uses: &[(KeyId, Timestamp)]) -> Result<(), KeyError> {
        let mut kept = self.kept();
        for (id, at) in uses {
            kept.change(*id, |key| key.last_used_at = Some(*at));
        }
        Ok(())
    }

    async fn address_key(&self, otherwise: &AddressKey) -> Result<AddressKey, KeyError> {
        let mut kept = self.kept();
        kept.version += i64::from(kept.address_key.is_none());
        Ok(kept.address_key.get_or_insert_with(|| otherwise.clone()).clone())
    }

    async fn replace_address_key(&self, key: &AddressKey) -> Result<(), KeyError> {
        let mut kept = self.kept();
        kept.address_key = Some(key.clone());
        kept.version += 1;
        Ok(())
    }

    async fn close(self: Box<Self>) {}
}
