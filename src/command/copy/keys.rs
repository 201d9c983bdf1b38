//! Copying API keys.

use crate::command::Failure;
use crate::domain::ApiKey;
use crate::repository::{KeyError, KeyStore};

/// Verifies that a library has no keys but those of the original.
pub(super) async fn compare(keys: &[ApiKey], to: &dyn KeyStore) -> Result<(), Failure> {
    for found in to.list().await? {
        if !keys.iter().any(|key| key.id == found.id && key.digest == found.digest) {
            let (id, name) = (found.id, found.name);
            return Err(format!(
                "the target has a key of its own, {id} of {name}: name a library that is empty as TO"
            )
            .into());
        }
    }
    Ok(())
}

/// Copies keys, oldest first, so that a name is free again when another key takes it.
pub(super) async fn copy(keys: &[ApiKey], to: &dyn KeyStore) -> Result<(), Failure> {
    let copied = to.list().await?;
    for key in keys {
        if !copied.iter().any(|other| other.id == key.id) {
            to.insert(key).await?;
        }
        finish(key, to).await?;
    }
    Ok(())
}

async fn finish(key: &ApiKey, to: &dyn KeyStore) -> Result<(), KeyError> {
    if let Some(at) = key.last_used_at {
        to.note_uses(&[(key.id, at)]).await?;
    }
    if let Some(at) = key.revoked_at {
        to.revoke(key.id, at).await?;
    }
    Ok(())
}
