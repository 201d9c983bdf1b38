//! The folder that pictures are kept in.

use std::io;
use std::path::{Path, PathBuf};

use super::files::Files;
use crate::domain::printable;

/// A folder for pictures, or none.
#[derive(Clone, Debug)]
pub struct CacheFolder(Option<Place>);

/// Where the folder is, and what it may take.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub path: PathBuf,
    pub max_bytes: u64,
}

/// Why a folder is not used.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    /// There is something else in it.
    #[error(
        "{} contains files that are not thumbnails of Reelgraph: set --cache-dir to a new or an empty folder",
        printable(&.0.to_string_lossy())
    )]
    Foreign(PathBuf),
    /// The disk failed.
    #[error("could not use {} as the folder of thumbnails", printable(&path.to_string_lossy()))]
    Failed {
        /// The folder.
        path: PathBuf,
        /// What happened.
        source: io::Error,
    },
}

impl CacheFolder {
    /// Nothing is kept.
    pub fn none() -> Self {
        Self(None)
    }

    /// The folder at this path, which is created if it is missing, with the tag that has backups leave it
    /// out. Pictures are deleted as soon as all of them take more than `max_bytes`; if that is 0, nothing is
    /// kept, and the folder is left as it is. Waits for the disk.
    ///
    /// # Errors
    /// When it is not empty and has no such tag, or cannot be created or read.
    pub fn open(path: &Path, max_bytes: u64) -> Result<Self, CacheError> {
        if max_bytes == 0 {
            return Ok(Self::none());
        }
        let failed = |source| CacheError::Failed { path: path.to_owned(), source };
        // The server has another current folder, perhaps.
        let path = std::path::absolute(path).map_err(failed)?;
        match Files::prepare(&path).map_err(failed)? {
            Some(_) => Ok(Self(Some(Place { path, max_bytes }))),
            None => Err(CacheError::Foreign(path)),
        }
    }

    /// Checks that [`open`](Self::open) would succeed, as far as that shows without creating anything. Waits for
    /// the disk.
    ///
    /// # Errors
    /// Those of `open`.
    pub fn verify(path: &Path, max_bytes: u64) -> Result<(), CacheError> {
        if max_bytes == 0 {
            return Ok(());
        }
        let failed = |source| CacheError::Failed { path: path.to_owned(), source };
        let path = std::path::absolute(path).map_err(failed)?;
        match Files::verify(&path).map_err(failed)? {
            true => Ok(()),
            false => Err(CacheError::Foreign(path)),
        }
    }

    /// Where it is, if there is one.
    pub(super) fn place(self) -> Option<Place> {
        self.0
    }
}
