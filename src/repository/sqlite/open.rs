//! Opening a library: its file, its identity, its migrations.

use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};

use super::derivations;
use super::failure::{lacks_room, said_once};
use super::file_id::FileId;
use super::migrations::{self, MigrationError};
use super::reader::File;
use super::rows::BoxError;
use super::settings::WriteLoad;

/// The application ID that the first migration writes to the file's header.
pub(super) const APPLICATION_ID: i64 = 0x5265_656C;

/// How long a statement waits for a lock of another process.
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

impl WriteLoad {
    /// The writer's page cache, in negative KiB, as SQLite expects it. A batch whose pages do not
    /// fit is written to the log in parts, with some pages many times.
    fn cache(self) -> i64 {
        match self {
            Self::Changes => -32_768,
            Self::Bulk => -131_072,
        }
    }

    /// The number of pages in the write-ahead log that triggers a checkpoint: a page that changes
    /// often is then written once. While a reader prevents checkpoints, the log grows.
    fn log_pages(self) -> i64 {
        match self {
            Self::Changes => 8_000,
            Self::Bulk => 64_000,
        }
    }
}

/// To how many bytes the write-ahead log shrinks once it was moved.
const LOG_BYTES: i64 = 64 << 20;

/// The number of statements that the writer keeps prepared.
const STATEMENTS: usize = 64;

/// Why a library could not be opened, in words for the operator. A file that is not a library is
/// unchanged.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The directory is missing.
    #[error("cannot create {}: its folder does not exist; create it first", .0.display())]
    NoDirectory(PathBuf),
    /// The file cannot be read or written.
    #[error(
        "cannot open {}: it must be a file, and it and its folder must be readable and writable",
        .path.display()
    )]
    NoAccess {
        /// The file.
        path: PathBuf,
        /// The error of the attempt.
        source: BoxError,
    },
    /// The file is no SQLite database.
    #[error("{} is not a library: it is not an SQLite database; choose another file", .0.display())]
    NotADatabase(PathBuf),
    /// The file is another program's database.
    #[error(
        "{} is not a library: it is the SQLite database of another program; choose another file",
        .0.display()
    )]
    NotALibrary(PathBuf),
    /// The library has a migration that this program does not know.
    #[error(
        "{} was written by a newer reelgraph: it has the migration {migration}, which this version \
         does not know; use the newer version",
        .path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// The version of the migration.
        migration: i64,
    },
    /// Part of the library is in other files, and it was to be read without writing.
    #[error("{} was not closed: part of it is in the files next to it", .0.display())]
    Unclosed(PathBuf),
    /// The file cannot be read.
    #[error(
        "cannot read {}: the file and its -wal and -shm files must be readable",
        .path.display()
    )]
    NotReadable {
        /// The file.
        path: PathBuf,
        /// The error of the attempt.
        source: BoxError,
    },
    /// SQLite cannot make sense of the file.
    #[error("{} is damaged: restore a backup of it, or use another file", .0.display())]
    Damaged(PathBuf),
    /// Another process has locked the library.
    #[error(
        "cannot open {}: another process has locked it; stop that process or try again",
        .0.display()
    )]
    Locked(PathBuf),
    /// Its disk is full, or this process has reached a limit.
    #[error(
        "cannot write to {} or its folder: free space on its disk, and check the limits of this \
         process",
        .path.display()
    )]
    NoRoom {
        /// The file.
        path: PathBuf,
        /// The error of the attempt.
        source: BoxError,
    },
    /// Another file has replaced it since it was opened.
    #[error("{} was replaced by another file while it was being opened: try again", .0.display())]
    Replaced(PathBuf),
    /// Anything else.
    #[error("cannot open {}", .path.display())]
    Failed {
        /// The file.
        path: PathBuf,
        /// The error of the attempt.
        source: BoxError,
    },
}

/// A library that is open for writing, and how to open it again.
pub(super) struct Opened {
    pub(super) connection: Connection,
    pub(super) library: Writable,
    /// The file that the connection is to.
    pub(super) id: FileId,
}

/// A library to be written.
#[derive(Clone)]
pub(super) struct Writable {
    pub(super) file: File,
    load: WriteLoad,
}

impl Writable {
    /// Connects to the library.
    pub(super) fn connect(&self) -> rusqlite::Result<Connection> {
        self.connect_with(OpenFlags::empty())
    }

    fn connect_with(&self, more: OpenFlags) -> rusqlite::Result<Connection> {
        let connection = connect(&self.file, OpenFlags::SQLITE_OPEN_READ_WRITE | more)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        let set = |name, value| connection.pragma_update(None, name, value);
        set("foreign_keys", 1)?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        set("cache_size", self.load.cache())?;
        set("wal_autocheckpoint", self.load.log_pages())?;
        set("journal_size_limit", LOG_BYTES)?;
        // SQLite keeps what a statement overwrites until it has succeeded. That of a batch would go
        // into a file of its own, which every statement would make anew.
        connection.pragma_update(None, "temp_store", "MEMORY")?;
        Ok(connection)
    }
}

/// Connects to a library, with this time-out for locks.
pub(super) fn connect(file: &File, mode: OpenFlags) -> rusqlite::Result<Connection> {
    // Each connection is used by one thread at a time, without SQLite seeing to it.
    let flags = mode | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let connection = Connection::open_with_flags(&file.path, flags)?;
    connection.busy_timeout(file.busy_timeout)?;
    Ok(connection)
}

/// Opens the library in this file like [`open`], on a thread that can wait for the disk.
pub(super) async fn open_aside(
    path: &Path,
    load: WriteLoad,
    busy_timeout: Duration,
) -> Result<Opened, OpenError> {
    let path = path.to_owned();
    let failed = path.clone();
    let opening = tokio::task::spawn_blocking(move || open(&path, load, busy_timeout));
    opening
        .await
        .unwrap_or_else(|error| Err(OpenError::Failed { path: failed, source: error.into() }))
}

/// Opens or creates the library in this file, applies missing migrations, and rebuilds data that
/// older versions derived by other rules.
pub(super) fn open(
    path: &Path,
    load: WriteLoad,
    busy_timeout: Duration,
) -> Result<Opened, OpenError> {
    let path = absolute(path)?;
    if path.parent().is_some_and(|directory| !directory.exists()) {
        return Err(OpenError::NoDirectory(path));
    }
    let library = Writable { file: File::new(path.clone(), busy_timeout), load };
    let explain = |error| explain(&path, error);
    super::new_file::make_where_missing(&path);
    let id = FileId::at(&path);
    let mut connection = library.connect_with(OpenFlags::SQLITE_OPEN_CREATE).map_err(explain)?;
    let id = id.map_err(|error| no_access(&path, error))?;
    prepare(&mut connection, &path, id)?;
    // It stays with the file, so only a new one is changed. It has to come after the check of
    // whose file this is, and cannot be inside a transaction.
    let mode = write_ahead(&connection, busy_timeout).map_err(explain)?;
    if mode != "wal" {
        let source = "its file system does not support SQLite's write-ahead log".into();
        return Err(OpenError::Failed { path, source });
    }
    refuse_replaced(&path, id)?;
    derivations::bring_up_to_date(&mut connection, &path)
        .map_err(|error| not_made(&path, error))?;
    refuse_replaced(&path, id)?;
    Ok(Opened { connection, library, id })
}

/// The same path from the root on, which has no special meaning for SQLite, as `:memory:` and
/// `file:…` have.
pub(super) fn absolute(path: &Path) -> Result<PathBuf, OpenError> {
    std::path::absolute(path).map_err(|error| no_access(path, error))
}

/// Turns on the write-ahead log and returns the mode that the file is in then. It needs a lock for
/// which, unlike for all others, SQLite does not wait.
fn write_ahead(connection: &Connection, busy_timeout: Duration) -> rusqlite::Result<String> {
    const PAUSE: Duration = Duration::from_millis(5);
    let deadline = Instant::now() + busy_timeout;
    loop {
        match connection.query_row("PRAGMA journal_mode = WAL", (), |row| row.get(0)) {
            Err(error) if is_busy(&error) && Instant::now() < deadline => thread::sleep(PAUSE),
            mode => return mode,
        }
    }
}

/// Verifies that the opened file is still the one at its path. Otherwise, writes would be lost, and
/// its write-ahead log would be next to another library.
fn refuse_replaced(path: &Path, opened: FileId) -> Result<(), OpenError> {
    let is_replaced = FileId::at(path).map_or(true, |found| found != opened);
    if is_replaced { Err(OpenError::Replaced(path.to_owned())) } else { Ok(()) }
}

/// Verifies that the database is a library and migrates it, in one transaction, so that two
/// processes that open a new file at the same time do not conflict.
fn prepare(connection: &mut Connection, path: &Path, opened: FileId) -> Result<(), OpenError> {
    let explain = |error| explain(path, error);
    let transaction =
        connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(explain)?;
    // Where a file can only be read, SQLite opens it so, and begins what is no more than a reading.
    if transaction.is_readonly("main").map_err(explain)? {
        return Err(no_access(path, "this user may only read it"));
    }
    // While the lock was waited for, a backup may have been restored.
    refuse_replaced(path, opened)?;
    let (application_id, tables) = identity(&transaction).map_err(explain)?;
    if tables > 0 && application_id != APPLICATION_ID {
        return Err(OpenError::NotALibrary(path.to_owned()));
    }
    migrations::apply_missing(&transaction).map_err(|error| not_migrated(path, error))?;
    transaction.commit().map_err(explain)
}

/// Verifies that a database is a library of this version or an older one.
pub(super) fn recognise(connection: &Connection, path: &Path) -> Result<(), OpenError> {
    let (application_id, tables) = identity(connection).map_err(|error| explain(path, error))?;
    if tables == 0 {
        return Err(OpenError::NotADatabase(path.to_owned()));
    }
    if application_id != APPLICATION_ID {
        return Err(OpenError::NotALibrary(path.to_owned()));
    }
    let is_older = migrations::is_any_missing(connection);
    is_older.map(|_| ()).map_err(|error| not_migrated(path, error))
}

/// The application ID of a database, and its number of tables and the like.
pub(super) fn identity(connection: &Connection) -> rusqlite::Result<(i64, i64)> {
    let query =
        "SELECT application_id, (SELECT count(*) FROM sqlite_schema) FROM pragma_application_id";
    connection.query_row(query, (), |row| Ok((row.get(0)?, row.get(1)?)))
}

/// What an SQLite error means for the operator.
pub(super) fn explain(path: &Path, error: rusqlite::Error) -> OpenError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy) => OpenError::Locked(path.to_owned()),
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen) => no_access(path, error),
        Some(ErrorCode::DatabaseCorrupt) => OpenError::Damaged(path.to_owned()),
        Some(ErrorCode::NotADatabase) => OpenError::NotADatabase(path.to_owned()),
        _ if lacks_room(&error) => {
            OpenError::NoRoom { path: path.to_owned(), source: said_once(error) }
        }
        _ => OpenError::Failed { path: path.to_owned(), source: said_once(error) },
    }
}

/// What a failure to rebuild derived data means for the operator.
fn not_made(path: &Path, error: BoxError) -> OpenError {
    match error.downcast::<rusqlite::Error>() {
        Ok(error) => explain(path, *error),
        Err(source) => OpenError::Failed { path: path.to_owned(), source },
    }
}

/// What unknown migrations mean for the operator.
pub(super) fn not_migrated(path: &Path, error: MigrationError) -> OpenError {
    let path = path.to_owned();
    match error {
        MigrationError::Unknown(migration) => OpenError::Newer { path, migration },
        MigrationError::Changed(migration) => {
            let source = format!("its migration {migration} does not match any released reelgraph");
            OpenError::Failed { path, source: source.into() }
        }
        MigrationError::Sqlite(error) => explain(&path, error),
    }
}

/// Whether a lock of another process was the cause.
pub(super) fn is_busy(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
}

fn no_access(path: &Path, source: impl Into<BoxError>) -> OpenError {
    OpenError::NoAccess { path: path.to_owned(), source: said_once(source) }
}
