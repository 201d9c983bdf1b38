//! Copies of a library: how one is made while the library is in use, how one is recognised and
//! verified, and how a library is left to be replaced.
//!
//! `VACUUM INTO` makes the copy: one statement in one transaction, so that it is a snapshot and
//! nobody waits for it. SQLite's online backup copies pages and is faster, but restarts whenever
//! another process writes, which under steady load never ends, unless it copies all pages in one
//! step; and it also copies free pages.

use std::path::Path;

use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::aside::BlockingConnection;
use super::check;
use super::failure::said_once;
use super::files::uri;
use super::open::{self, BUSY_TIMEOUT, OpenError, explain, recognise};
use super::reader::File;
use super::rows::BoxError;

/// Why a library could not be copied.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// The library cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The disk is full, or this user has reached a limit.
    #[error("no space left on the device; a copy can take {bytes} bytes")]
    NoRoom {
        /// The maximum size.
        bytes: u64,
    },
    /// Anything else.
    #[error("could not copy the library")]
    Failed(#[source] BoxError),
}

/// A library that is open for copying, whoever else uses it.
pub struct CopySource {
    connection: BlockingConnection,
    bytes: u64,
}

impl CopySource {
    /// Opens the library in this file, of this version or an older one. What an older version wrote is
    /// copied as it is: before a library is upgraded, it should be backed up, by whichever program is at
    /// hand.
    ///
    /// # Errors
    /// When it cannot be opened, or is no library, or a newer one; it stays as it was.
    pub async fn open(path: &Path) -> Result<Self, OpenError> {
        aside(path, |path| {
            let explain = |error| explain(path, error);
            let connection = connect(path).map_err(explain)?;
            recognise(&connection, path)?;
            let query = "SELECT (page_count - freelist_count) * page_size
                FROM pragma_page_count, pragma_freelist_count, pragma_page_size";
            let bytes: i64 = connection.query_row(query, (), |row| row.get(0)).map_err(explain)?;
            let bytes = u64::try_from(bytes).unwrap_or_default();
            Ok(Self { connection: BlockingConnection::new(connection), bytes })
        })
        .await
    }

    /// The maximum size of a copy in bytes.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Copies the library as of one moment, which is not before this call, into an empty file.
    ///
    /// # Errors
    /// When the library cannot be read or the file cannot be written; part of it may have been
    /// written.
    pub async fn copy_into(&mut self, file: &Path) -> Result<(), CopyError> {
        let file = std::path::absolute(file).map_err(|error| CopyError::Failed(error.into()))?;
        let name = file.to_str().ok_or_else(|| {
            CopyError::Failed(
                "its path is not valid \
                                                                  UTF-8"
                    .into(),
            )
        })?;
        let name = name.to_owned();
        let copying = move |connection: &Connection| connection.execute("VACUUM INTO ?", [name]);
        let failed = |error: rusqlite::Error| match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => CopyError::NoRoom { bytes: self.bytes },
            _ => CopyError::Failed(said_once(error)),
        };
        let copied = self.connection.visit(copying).await.map_err(CopyError::Failed)?;
        copied.map(|_| ()).map_err(failed)
    }

    /// Closes the library.
    pub async fn close(self) {
        self.connection.close().await;
    }
}

/// Verifies that the file has a library, of this version or an older one.
///
/// # Errors
/// When it is not a library, is a newer one, or cannot be read.
pub async fn recognise_copy(path: &Path) -> Result<(), OpenError> {
    aside(path, |path| {
        let connection = connect_immutable(path).map_err(|error| explain(path, error))?;
        recognise(&connection, path)
    })
    .await
}

/// The result of `check` for a copy that nobody uses.
///
/// # Errors
/// When it cannot be read.
pub async fn faults_of_copy(path: &Path) -> Result<Vec<String>, BoxError> {
    let path = uri(&open::absolute(path)?, "immutable=1");
    check::faults_of(File::new(path, BUSY_TIMEOUT)).await.map_err(said_once)
}

/// A library that is completely in one file, and locked against reads and writes until this is
/// dropped.
pub struct LockedLibrary {
    _exclusive: Connection,
}

/// Merges a library that is to be replaced into its one file, and locks it against being opened.
///
/// # Errors
/// `Locked` when another process has it open; any other when it is damaged or no library.
pub async fn settle(path: &Path) -> Result<LockedLibrary, OpenError> {
    aside(path, |path| {
        let exclusive =
            connect(path).and_then(|connection| lock(&connection).map(|mode| (connection, mode)));
        match exclusive.map_err(|error| explain(path, error))? {
            (connection, mode) if mode == "delete" => Ok(LockedLibrary { _exclusive: connection }),
            // Another process has opened it just now.
            _ => Err(OpenError::Locked(path.to_owned())),
        }
    })
    .await
}

/// Leaves the write-ahead log and locks the file against everybody, and returns the journal mode that
/// it is in.
fn lock(connection: &Connection) -> rusqlite::Result<String> {
    // This needs the file for oneself, and does not wait for it.
    connection.query_row("PRAGMA journal_mode = DELETE", (), |_| Ok(()))?;
    connection.execute_batch("BEGIN EXCLUSIVE")?;
    connection.query_row("PRAGMA journal_mode", (), |row| row.get(0))
}

/// The result of `job` for an absolute path, on a thread that can wait for the disk.
async fn aside<T: Send + 'static>(
    path: &Path,
    job: impl FnOnce(&Path) -> Result<T, OpenError> + Send + 'static,
) -> Result<T, OpenError> {
    let path = open::absolute(path)?;
    let failed = path.clone();
    let done = tokio::task::spawn_blocking(move || job(&path)).await;
    done.unwrap_or_else(|error| Err(OpenError::Failed { path: failed, source: error.into() }))
}

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let file = File::new(path.to_owned(), BUSY_TIMEOUT);
    open::connect(&file, OpenFlags::SQLITE_OPEN_READ_WRITE)
}

/// Connects to a file that does not change. No files are created next to it, so it can be in a
/// read-only folder.
fn connect_immutable(path: &Path) -> rusqlite::Result<Connection> {
    let path = uri(path, "immutable=1");
    let file = File::new(path, BUSY_TIMEOUT);
    open::connect(&file, OpenFlags::SQLITE_OPEN_READ_ONLY)
}
