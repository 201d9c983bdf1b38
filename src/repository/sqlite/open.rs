//! Opening a library: its file, its identity, its migrations.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, SqliteConnection};

use super::WriteLoad;
use super::rows::BoxError;

pub(super) static MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");

/// What the first migration writes into the file's header.
pub(super) const APPLICATION_ID: i64 = 0x5265_656C;

/// How long a statement waits for another process that holds the lock.
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

impl WriteLoad {
    /// How much of the file the writer keeps in memory, in negative KiB as SQLite takes it. A batch
    /// whose pages do not fit is written to the log in parts, the same page many times.
    fn cache(self) -> &'static str {
        match self {
            Self::Changes => "-32768",
            Self::Bulk => "-131072",
        }
    }

    /// How many pages the write-ahead log gets before it is moved into the file: a page that changes
    /// often is then moved once. While a reader keeps it from being moved it grows on.
    fn log_pages(self) -> &'static str {
        match self {
            Self::Changes => "8000",
            Self::Bulk => "64000",
        }
    }
}

/// To how many bytes the write-ahead log shrinks once it was moved.
const LOG_BYTES: &str = "67108864";

/// Why a library could not be opened, in words for the operator. What is no library is as it was.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The directory is missing.
    #[error("cannot create {}: its directory does not exist; create that first", .0.display())]
    NoDirectory(PathBuf),
    /// The file cannot be read or written.
    #[error(
        "cannot open {}: it and its directory must be readable and writable, and it must be a file",
        .path.display()
    )]
    NoAccess {
        /// The file.
        path: PathBuf,
        /// What the attempt ended with.
        source: BoxError,
    },
    /// The file is no SQLite database.
    #[error("{} is not a library: it is not an SQLite database; name another file", .0.display())]
    NotADatabase(PathBuf),
    /// The file is another program's database.
    #[error(
        "{} is not a library: it is the SQLite database of another program; name another file",
        .0.display()
    )]
    NotALibrary(PathBuf),
    /// The library has a migration that this program does not know.
    #[error(
        "{} was written by a newer reelgraph: it has the migration {migration}, which this one \
         does not know; use that version",
        .path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// The version of the migration.
        migration: i64,
    },
    /// The library lacks a migration of this program, and was not to be changed.
    #[error(
        "{} is of an older reelgraph: use that version, or bring the library to this one with \
         `reelgraph migrate`",
        .0.display()
    )]
    Older(PathBuf),
    /// SQLite cannot make sense of the file.
    #[error("{} is damaged: restore a backup of it, or use another file", .0.display())]
    Damaged(PathBuf),
    /// Another process kept the library locked.
    #[error(
        "cannot open {}: another process keeps it locked; stop that process or try again",
        .0.display()
    )]
    Locked(PathBuf),
    /// Anything else.
    #[error("cannot open {}", .path.display())]
    Failed {
        /// The file.
        path: PathBuf,
        /// What the attempt ended with.
        source: BoxError,
    },
}

/// A library that is open for writing, and how to open it again.
pub(super) struct Opened {
    pub(super) connection: SqliteConnection,
    pub(super) options: SqliteConnectOptions,
}

/// Opens the library in this file, or makes one there, and applies the migrations it lacks.
pub(super) async fn open(
    path: &Path,
    load: WriteLoad,
    busy_timeout: Duration,
) -> Result<Opened, OpenError> {
    let path = &absolute(path)?;
    if path.parent().is_some_and(|directory| !directory.exists()) {
        return Err(OpenError::NoDirectory(path.clone()));
    }
    let options = SqliteConnectOptions::new()
        .filename(path)
        .foreign_keys(true)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(busy_timeout)
        .pragma("cache_size", load.cache())
        .pragma("wal_autocheckpoint", load.log_pages())
        .pragma("journal_size_limit", LOG_BYTES)
        // SQLite keeps what a statement overwrites until it has succeeded. That of a batch would go
        // into a file of its own, which every statement would make anew.
        .pragma("temp_store", "MEMORY")
        .disable_statement_logging();
    let explain = |error| explain(path, error);
    super::new_file::make_where_missing(path);
    let mut connection =
        options.clone().create_if_missing(true).connect().await.map_err(explain)?;
    prepare(&mut connection, path).await?;
    // It stays with the file, so only a new one is changed. It has to come after the check of
    // whose file this is, and cannot be inside a transaction.
    let mode = write_ahead(&mut connection, busy_timeout).await.map_err(explain)?;
    if mode != "wal" {
        let source = "its file system does not support the write-ahead log of SQLite".into();
        return Err(OpenError::Failed { path: path.clone(), source });
    }
    Ok(Opened { connection, options })
}

/// The same path from the root on, which has no special meaning for SQLite, as `:memory:` and
/// `file:…` have.
pub(super) fn absolute(path: &Path) -> Result<PathBuf, OpenError> {
    std::path::absolute(path).map_err(|error| no_access(path, error))
}

/// Turns on the write-ahead log and tells the mode that the file is in then. It needs a lock for
/// which, unlike for all others, SQLite does not wait.
async fn write_ahead(
    connection: &mut SqliteConnection,
    busy_timeout: Duration,
) -> Result<String, sqlx::Error> {
    const PAUSE: Duration = Duration::from_millis(5);
    let deadline = Instant::now() + busy_timeout;
    loop {
        let set_mode = sqlx::query_scalar("PRAGMA journal_mode = WAL");
        match set_mode.fetch_one(&mut *connection).await {
            Err(error) if primary_code(&error) == Some(BUSY) && Instant::now() < deadline => {
                tokio::time::sleep(PAUSE).await;
            }
            mode => return mode,
        }
    }
}

/// Checks whose database this is and migrates it, all in one transaction, so that two processes
/// that open a new file at once do not get in each other's way.
async fn prepare(connection: &mut SqliteConnection, path: &Path) -> Result<(), OpenError> {
    let explain = |error| explain(path, error);
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await.map_err(explain)?;
    let query = "SELECT application_id, EXISTS (SELECT 1 FROM sqlite_schema)
        FROM pragma_application_id";
    let (application_id, has_tables): (i64, bool) =
        sqlx::query_as(query).fetch_one(&mut *transaction).await.map_err(explain)?;
    if has_tables && application_id != APPLICATION_ID {
        return Err(OpenError::NotALibrary(path.to_owned()));
    }
    MIGRATIONS.run(&mut *transaction).await.map_err(|error| match error {
        MigrateError::VersionMissing(migration) => {
            OpenError::Newer { path: path.to_owned(), migration }
        }
        MigrateError::Execute(error) => explain(error),
        other => OpenError::Failed { path: path.to_owned(), source: other.into() },
    })?;
    transaction.commit().await.map_err(explain)
}

// https://sqlite.org/rescode.html
const BUSY: i32 = 5;

/// What an error from SQLite means to the operator.
pub(super) fn explain(path: &Path, error: sqlx::Error) -> OpenError {
    const READONLY: i32 = 8;
    const CORRUPT: i32 = 11;
    const CANTOPEN: i32 = 14;
    const NOTADB: i32 = 26;
    match primary_code(&error) {
        Some(BUSY) => OpenError::Locked(path.to_owned()),
        Some(READONLY | CANTOPEN) => no_access(path, error),
        Some(CORRUPT) => OpenError::Damaged(path.to_owned()),
        Some(NOTADB) => OpenError::NotADatabase(path.to_owned()),
        _ => OpenError::Failed { path: path.to_owned(), source: error.into() },
    }
}

/// The number in which SQLite says why, without what its extended forms add to it.
pub(super) fn primary_code(error: &sqlx::Error) -> Option<i32> {
    let extended: i32 = error.as_database_error()?.code()?.parse().ok()?;
    Some(extended & 0xFF)
}

fn no_access(path: &Path, source: impl Into<BoxError>) -> OpenError {
    OpenError::NoAccess { path: path.to_owned(), source: source.into() }
}
