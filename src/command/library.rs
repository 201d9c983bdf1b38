//! The library that a command works on: one way to open it for all commands.

use std::sync::Arc;
use std::time::Duration;

use super::failure::Failure;
use super::library_database::LibraryDatabase;
use super::library_file::LibraryFile;
use crate::config::{DatabaseSettings, DatabaseUrl, PostgresUrl, ReplicaSettings};
use crate::repository::memory::MemoryRepository;
use crate::repository::sqlite::{SqliteSettings, WriteLoad};
use crate::repository::{KeyStore, VideoRepository};

/// How long a read takes at most, for a command that has no limit.
pub(super) const NO_LIMIT: Duration = Duration::from_hours(24);

/// What a library is opened for.
#[derive(Clone, Copy)]
pub(super) enum Work<'s> {
    /// Requests of clients, whose reads have a time limit, and which replicas can answer as well.
    Requests { read_limit: Duration, replicas: &'s ReplicaSettings },
    /// Batches of many videos.
    Import,
    /// Nothing but to be of this version.
    Migration,
}

impl Work<'_> {
    fn in_file(self) -> SqliteSettings {
        let settings = SqliteSettings::default();
        match self {
            Self::Requests { read_limit, .. } => SqliteSettings { read_limit, ..settings },
            Self::Import => SqliteSettings { load: WriteLoad::Bulk, ..settings },
            Self::Migration => settings,
        }
    }
}

/// Opens the library that the settings name; creates or migrates it if necessary.
pub(super) async fn open(
    settings: &DatabaseSettings,
    work: Work<'_>,
) -> Result<Arc<dyn VideoRepository>, Failure> {
    match &settings.database_url {
        DatabaseUrl::Memory => Ok(in_memory()),
        _ => Library::named_by(settings)?.open(work).await,
    }
}

/// A library that ends with the process.
pub(super) fn in_memory() -> Arc<dyn VideoRepository> {
    Arc::new(MemoryRepository::new())
}

/// A library that outlives the command.
pub(super) enum Library<'s> {
    File(LibraryFile<'s>),
    Database(LibraryDatabase<'s>),
}

impl<'s> Library<'s> {
    /// The library that the settings name, whether or not there is one yet.
    ///
    /// # Errors
    /// When it would be in memory.
    pub fn named_by(settings: &'s DatabaseSettings) -> Result<Self, Failure> {
        Self::at(&settings.database_url, settings)
    }

    /// The library at this URL, in which a database is reached as the settings say.
    ///
    /// # Errors
    /// When it would be in memory.
    pub fn at(url: &'s DatabaseUrl, settings: &'s DatabaseSettings) -> Result<Self, Failure> {
        match url {
            DatabaseUrl::Memory => {
                Err("a library in memory is lost when this command ends: name a file, e.g. \
                     --database-url sqlite:reelgraph.db, or a database"
                    .into())
            }
            DatabaseUrl::Sqlite(path) => Ok(Self::File(LibraryFile::at(path))),
            DatabaseUrl::Postgres(url) => {
                Ok(Self::Database(LibraryDatabase::at(url, &settings.postgres)))
            }
        }
    }

    /// The file of the library; what to do `instead` if it is in a database.
    pub fn file(
        self,
        instead: impl FnOnce(&PostgresUrl) -> String,
    ) -> Result<LibraryFile<'s>, Failure> {
        match self {
            Self::File(file) => Ok(file),
            Self::Database(database) => Err(instead(database.url()).into()),
        }
    }

    /// Opens it; creates or migrates it if necessary.
    pub async fn open(self, work: Work<'_>) -> Result<Arc<dyn VideoRepository>, Failure> {
        match self {
            Self::File(file) => file.open(work.in_file()).await,
            Self::Database(database) => match work {
                Work::Requests { read_limit, replicas } => {
                    database.open_to_serve(read_limit, replicas).await
                }
                Work::Import | Work::Migration => database.open(NO_LIMIT).await,
            },
        }
    }

    /// Opens its API keys; creates or migrates it if necessary.
    pub async fn open_keys(self) -> Result<Box<dyn KeyStore>, Failure> {
        match self {
            Self::File(file) => file.open_keys().await,
            Self::Database(database) => database.open_keys().await,
        }
    }

    /// Opens the API keys of a library that must exist.
    pub async fn open_existing_keys(self) -> Result<Box<dyn KeyStore>, Failure> {
        match self {
            Self::File(file) => file.expect()?.open_keys().await,
            Self::Database(database) => database.open_existing_keys().await,
        }
    }

    /// Opens its API keys for a server, which records their uses while it works.
    pub async fn open_keys_beside_work(self) -> Result<Box<dyn KeyStore>, Failure> {
        match self {
            Self::File(file) => file.open_keys_beside_work().await,
            Self::Database(database) => database.open_keys().await,
        }
    }
}
