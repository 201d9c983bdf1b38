//! Files that pictures are made of.

use std::sync::Arc;

use async_trait::async_trait;

use crate::catalogue::disk::MediaFile;

/// A file that can be opened. It is opened only if its picture is not there yet.
#[async_trait]
pub trait Source: Send + Sync {
    /// Opens the file that has the wanted fingerprint.
    ///
    /// # Errors
    /// When it cannot be opened now. Nobody remembers that.
    async fn open(&self) -> Result<Arc<dyn MediaFile>, NotOpened>;
}

/// Why a file was not opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotOpened {
    /// There is no file at its path.
    #[error("the file is gone")]
    Gone,
    /// The file at its path has another content by now.
    #[error("the file has changed")]
    Changed,
    /// Its library root is offline.
    #[error("the library root is offline")]
    Offline,
    /// The disk failed, or the server may not read the file.
    #[error("the file could not be read: {0}")]
    Unreadable(String),
}
