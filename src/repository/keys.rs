//! The store of API keys: the trait and its errors.

use async_trait::async_trait;

use super::RepositoryError;
use crate::domain::{AddressKey, ApiKey, KeyId, Timestamp};

/// Keeps the API keys of a library, and the key that signs addresses.
///
/// Several processes may use it at once: a server that follows the keys, and commands that change
/// them. Each method is one atomic unit; after an error nothing has changed.
///
/// # Errors
/// Every method fails with [`KeyError::Store`] when the store itself does.
#[async_trait]
pub trait KeyStore: Send + Sync + 'static {
    /// Every key, revoked ones included, by the time at which they were made and then by ID.
    async fn list(&self) -> Result<Vec<ApiKey>, KeyError>;

    /// Keeps a new key, which has been neither used nor revoked.
    ///
    /// # Errors
    /// [`KeyError::NameTaken`]. An ID is never used twice; where it is, the store fails.
    async fn insert(&self, key: &ApiKey) -> Result<(), KeyError>;

    /// Revokes a key. One that is revoked already, or does not exist, stays as it is.
    async fn revoke(&self, id: KeyId, at: Timestamp) -> Result<(), KeyError>;

    /// A number that is another one whenever somebody else has changed the keys since it was asked for
    /// last. Other changes of the library may change it too.
    async fn version(&self) -> Result<i64, KeyError>;

    /// Records when keys were used last: all of these uses or none, the later of two of one key. Those of
    /// keys that do not exist are left out.
    async fn note_uses(&self, uses: &[(KeyId, Timestamp)]) -> Result<(), KeyError>;

    /// The key that signs addresses. If there is none yet, this one becomes it.
    async fn address_key(&self, otherwise: &AddressKey) -> Result<AddressKey, KeyError>;

    /// Makes this the key that signs addresses, instead of any other.
    async fn replace_address_key(&self, key: &AddressKey) -> Result<(), KeyError>;

    /// Releases the store.
    async fn close(self: Box<Self>);
}

/// Why keys were not read or changed.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// Another key has the name, and was not revoked.
    #[error("a key with this name already exists")]
    NameTaken,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] RepositoryError),
}
