//! A library that a command only reads.

use std::sync::Arc;

use futures_util::stream::BoxStream;

use super::Failure;
use super::library::{Library, NO_LIMIT};
use super::library_file_to_read::FileToRead;
use super::output::LibraryFiles;
use crate::config::DatabaseSettings;
use crate::domain::{ApiKey, Video};
use crate::repository::postgres::PostgresRepository;
use crate::repository::{RepositoryError, SnapshotReads, VideoReader, VideoRepository};

/// A library that is read without writing to it.
pub(super) enum LibraryToRead {
    File(FileToRead),
    Database(PostgresRepository),
}

impl LibraryToRead {
    /// Opens a library that exists.
    pub(super) async fn open(settings: &DatabaseSettings) -> Result<Self, Failure> {
        match Library::named_by(settings)? {
            Library::File(file) => Ok(Self::File(FileToRead::open(file).await?)),
            Library::Database(database) => {
                Ok(Self::Database(database.open_existing(NO_LIMIT).await?))
            }
        }
    }

    /// Opens a library; none if it is in a file that does not exist yet.
    pub(super) async fn open_if_there(
        settings: &DatabaseSettings,
    ) -> Result<Option<Self>, Failure> {
        match Library::named_by(settings)? {
            Library::File(file) if !file.exists() => Ok(None),
            Library::File(_) | Library::Database(_) => Self::open(settings).await.map(Some),
        }
    }

    /// Its files, if it is in files.
    pub(super) fn files(&self) -> Option<&LibraryFiles> {
        match self {
            Self::File(library) => Some(&library.files),
            Self::Database(_) => None,
        }
    }

    /// What reads it.
    pub(super) fn reader(&self) -> &dyn VideoReader {
        match self {
            Self::File(library) => &**library,
            Self::Database(library) => library,
        }
    }

    /// Every video as of one moment, oldest first.
    pub(super) fn scan(&self) -> BoxStream<'_, Result<Video, RepositoryError>> {
        match self {
            Self::File(library) => library.scan(),
            Self::Database(library) => library.scan(),
        }
    }

    /// The library as it is now, whatever others write in the meantime. Release it before the library is closed.
    pub(super) async fn snapshot(&self) -> Result<Arc<dyn VideoReader>, RepositoryError> {
        match self {
            Self::File(library) => library.snapshot().await,
            Self::Database(library) => library.snapshot(SnapshotReads::All).await,
        }
    }

    /// The faults of the library, as found by [`VideoRepository::check`].
    pub(super) async fn check(&self) -> Result<Vec<String>, RepositoryError> {
        match self {
            Self::File(library) => library.check().await,
            Self::Database(library) => library.check().await,
        }
    }

    /// Its API keys, if it was opened with these settings.
    pub(super) async fn keys(&self, settings: &DatabaseSettings) -> Result<Vec<ApiKey>, Failure> {
        match self {
            Self::File(library) => Ok(library.keys().await?),
            Self::Database(_) => {
                let keys = Library::named_by(settings)?.open_existing_keys().await?;
                let listed = keys.list().await;
                keys.close().await;
                Ok(listed?)
            }
        }
    }

    /// Verifies that the library is of this version.
    ///
    /// # Errors
    /// When it is of an older one, and what to do.
    pub(super) async fn expect_this_version(&self) -> Result<(), Failure> {
        match self {
            Self::File(library) if library.is_outdated().await? => Err(format!(
                "{} is a library of an older version: update it with `reelgraph migrate`",
                library.files.path().display()
            )
            .into()),
            // That of a database was verified when it was opened.
            Self::File(_) | Self::Database(_) => Ok(()),
        }
    }

    /// Closes the library.
    ///
    /// # Errors
    /// When another process has changed its file, which invalidates what was read.
    pub(super) async fn close(self) -> Result<(), Failure> {
        match self {
            Self::File(library) => library.close().await,
            Self::Database(library) => Ok(library.close().await?),
        }
    }
}
