//! A library in an SQLite file.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

use super::failure::Failure;
use super::output::LibraryFiles;
use crate::repository::sqlite::{SqliteKeys, SqliteRepository, SqliteSettings};
use crate::repository::{KeyStore, VideoRepository};

/// A library in a file, which outlives the command.
#[derive(Clone, Copy)]
pub(super) struct LibraryFile<'url>(&'url Path);

impl<'url> LibraryFile<'url> {
    /// The library at this path, whether or not there is one yet.
    pub fn at(path: &'url Path) -> Self {
        Self(path)
    }

    /// Whether there is something at its path, be it a library or not.
    pub fn exists(self) -> bool {
        // What cannot be looked at is reported when it is opened.
        !matches!(fs::metadata(self.0), Err(error) if error.kind() == ErrorKind::NotFound)
    }

    /// Verifies that it exists.
    ///
    /// # Errors
    /// When there is nothing that could be a library.
    pub fn expect(self) -> Result<Self, Failure> {
        let shown = self.0.display();
        let wrong = match fs::metadata(self.0) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                format!("there is no library at {shown}: name its file with --database-url")
            }
            Err(error) => format!("cannot open {shown}: {error}"),
            Ok(found) if found.is_dir() => {
                format!("{shown} is not a Reelgraph library: it is a folder")
            }
            Ok(found) if !found.is_file() => {
                format!("{shown} is not a Reelgraph library: it is not a file")
            }
            // SQLite takes an empty file for a new database.
            Ok(found) if found.len() == 0 => {
                format!("{shown} is not a Reelgraph library: it is empty")
            }
            Ok(_) => return Ok(self),
        };
        Err(wrong.into())
    }

    /// Opens it; creates or migrates it if necessary.
    pub async fn open(self, settings: SqliteSettings) -> Result<Arc<dyn VideoRepository>, Failure> {
        Ok(Arc::new(SqliteRepository::open_with(self.0, settings).await?))
    }

    /// Opens its API keys; creates or migrates it if necessary.
    pub async fn open_keys(self) -> Result<Box<dyn KeyStore>, Failure> {
        Ok(Box::new(SqliteKeys::open(self.0).await?))
    }

    /// Opens its API keys for a server, which records their uses while it works.
    pub async fn open_keys_beside_work(self) -> Result<Box<dyn KeyStore>, Failure> {
        Ok(Box::new(SqliteKeys::open_beside_work(self.0).await?))
    }

    /// It and the files beside it.
    pub fn files(self) -> Result<LibraryFiles, Failure> {
        let path = self.0;
        let files = LibraryFiles::of(path);
        Ok(files
            .map_err(|error| format!("cannot use {} for a library: {error}", path.display()))?)
    }
}
