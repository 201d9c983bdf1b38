//! What watches folders, so that one that fails can be scripted in tests.

use std::io;
use std::sync::Arc;

use async_trait::async_trait;

use super::event::{Event, WatchId};
use crate::catalogue::Folder;
use crate::domain::catalogue::Problem;

/// Watches folders of library roots.
pub trait Watcher: Send + Sync {
    /// What happens in the folders of one root.
    fn events(&self) -> Arc<dyn FolderEvents>;
}

/// What happens in the folders of a root. Nothing is watched any more once it is dropped.
#[async_trait]
pub trait FolderEvents: Send + Sync {
    /// Watches a folder, without those in it. A folder that is watched already keeps what it is named by, also
    /// where it has been moved since.
    ///
    /// # Errors
    /// When it cannot be watched.
    fn watch(&self, folder: &dyn Folder) -> Result<WatchId, Unwatchable>;

    /// Does not watch a folder any more.
    fn unwatch(&self, folder: WatchId);

    /// Waits until something happens, and returns that in its order. Nothing is lost if nobody waits for the end
    /// of it.
    async fn next(&self) -> Vec<Event>;

    /// The limits of the system: if they are other ones than before, what could not be watched may be by now.
    fn limits(&self) -> Vec<u64>;
}

/// Why a folder cannot be watched.
#[derive(Debug)]
pub enum Unwatchable {
    /// It is on a file system that does not report what others do: one of a network, or of a program.
    Foreign,
    /// The system watches as much as it can: what to do.
    Limit(Problem),
    /// The system watches no folders in a way that the program knows.
    Unknown,
    /// The disk failed, or the folder is gone.
    Disk(io::Error),
}

impl From<io::Error> for Unwatchable {
    fn from(error: io::Error) -> Self {
        Self::Disk(error)
    }
}
