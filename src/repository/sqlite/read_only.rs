//! Reading a library without writing to it or to its folder.
//!
//! SQLite creates two files next to a library in order to read it, unless the file is declared
//! immutable; then it only looks at the file, and takes no locks. A library that is not in use is
//! therefore read as immutable, and at the end, the reader verifies that it has not changed. One
//! that is in use has these files, and is read with them, like any other process does.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use futures_util::stream::{BoxStream, StreamExt, TryStreamExt};
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::aside::BlockingConnection;
use super::failure::said_once;
use super::files::{beside, uri};
use super::open::{self, BUSY_TIMEOUT, OpenError};
use super::reader::File;
use super::readers::{ReaderPools, on_thread};
use super::reads::Reads;
use super::rows::BoxError;
use super::settings::SqliteSettings;
use super::{check, keys, migrations};
use crate::domain::{ApiKey, Video};
use crate::repository::{RepositoryError, SnapshotReads, VideoReader};

/// A library that is only read.
pub struct ReadOnlyLibrary {
    path: PathBuf,
    readers: ReaderPools,
    /// The file's properties at opening, if nothing prevents others from changing it.
    before: Option<State>,
    /// While this is open, a process that ends leaves the files next to the library in place, which
    /// the readers need.
    first: BlockingConnection,
}

/// How a library is to be read.
#[derive(Clone, Copy)]
pub(super) enum OpenMode {
    /// Nobody uses it.
    AtFileAlone,
    /// With the files next to it.
    WithFilesBeside,
    /// Part of it is in other files that cannot be read without writing.
    AtCopy,
}

impl OpenMode {
    /// Depending on the existing files.
    pub(super) fn at(path: &Path) -> Self {
        let size = |ending| fs::metadata(beside(path, ending)).map(|found| found.len()).ok();
        match (size("-journal"), size("-wal"), size("-shm")) {
            (Some(1..), _, _) | (_, Some(1..), None) => Self::AtCopy,
            (_, Some(_), Some(_)) => Self::WithFilesBeside,
            _ => Self::AtFileAlone,
        }
    }
}

impl ReadOnlyLibrary {
    /// Opens the library in this file, of this version or an older one.
    ///
    /// # Errors
    /// [`OpenError::Unclosed`] when part of it is in other files that cannot be read without
    /// writing; other errors when it cannot be opened, is not a library, or is a newer one.
    pub async fn open(path: &Path) -> Result<Self, OpenError> {
        let path = open::absolute(path)?;
        let look = OpenMode::at(&path);
        Self::open_after(look, path).await
    }

    /// Opens the library in this file, depending on the existing files.
    pub(super) async fn open_after(look: OpenMode, path: PathBuf) -> Result<Self, OpenError> {
        match Self::open_by(look, path.clone()).await {
            // Between the look and the opening, the process that used the library may have ended and
            // removed the files beside it.
            Err(OpenError::NotReadable { .. } | OpenError::Unclosed(_)) => {
                Self::open_by(OpenMode::at(&path), path).await
            }
            opened => opened,
        }
    }

    async fn open_by(look: OpenMode, path: PathBuf) -> Result<Self, OpenError> {
        match look {
            OpenMode::AtFileAlone => {
                let before = State::of(&path);
                Self::connect(path, "mode=ro&immutable=1", before).await
            }
            OpenMode::WithFilesBeside => Self::connect(path, "mode=ro", None).await,
            OpenMode::AtCopy => Err(OpenError::Unclosed(path)),
        }
    }

    /// Opens a private copy of a library and its other files, which may be written.
    ///
    /// # Errors
    /// When it cannot be opened, or is no library, or a newer one.
    pub async fn open_copy(path: &Path) -> Result<Self, OpenError> {
        // The first connection that is made recovers what is beside it.
        Self::connect(open::absolute(path)?, "", None).await
    }

    async fn connect(
        path: PathBuf,
        parameters: &str,
        before: Option<State>,
    ) -> Result<Self, OpenError> {
        let file = File::new(uri(&path, parameters), BUSY_TIMEOUT);
        let (shown, opened) = (path.clone(), file.clone());
        let recognised = on_thread(move |_| Ok(recognise(&opened, &shown))).await;
        let first =
            recognised.map_err(|source| OpenError::Failed { path: path.clone(), source })??;
        let readers = ReaderPools::new(&file, SqliteSettings::default());
        Ok(Self { path, readers, before, first: BlockingConnection::new(first) })
    }

    /// The library as it is now, whatever others write in the meantime. Release it before the library is closed,
    /// which waits for it.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn snapshot(&self) -> Result<Arc<dyn VideoReader>, RepositoryError> {
        Ok(Arc::new(self.readers.snapshot(SnapshotReads::All).await?))
    }

    /// Every video as of one moment, oldest first.
    pub fn scan(&self) -> BoxStream<'_, Result<Video, RepositoryError>> {
        let videos = self.readers.scan();
        videos.map_err(failed("scan the library")).boxed()
    }

    /// The faults of the library, as found by [`check`](crate::repository::VideoRepository::check).
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn check(&self) -> Result<Vec<String>, RepositoryError> {
        let checked = async { check::faults_of(self.readers.file()?).await };
        checked.await.map_err(failed("check the library"))
    }

    /// Its API keys; none in a library from before there were any.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn keys(&self) -> Result<Vec<ApiKey>, RepositoryError> {
        let read = self.first.visit(|connection| {
            let has_keys = connection.table_exists(None, "api_keys")?;
            if has_keys { keys::all(connection) } else { Ok(Vec::new()) }
        });
        read.await.flatten().map_err(failed("list keys"))
    }

    /// Whether it is of an older version, which has not all that this one reads.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn is_outdated(&self) -> Result<bool, OpenError> {
        match self.first.visit(migrations::is_any_missing).await {
            Ok(found) => found.map_err(|error| open::not_migrated(&self.path, error)),
            Err(source) => Err(OpenError::Failed { path: self.path.clone(), source }),
        }
    }

    /// Closes the library, and returns whether all reads saw the same state: whether nobody has
    /// changed the file in the meantime.
    pub async fn close(self) -> bool {
        self.readers.close().await;
        self.first.close().await;
        self.before.is_none_or(|before| State::of(&self.path) == Some(before))
    }
}

/// Converts an error to one of a read-only library, e.g. in `map_err`.
fn failed(attempted: &'static str) -> impl Fn(BoxError) -> RepositoryError {
    move |error| RepositoryError::store(attempted)(said_once(error))
}

impl Reads for ReadOnlyLibrary {
    fn readers(&self) -> &ReaderPools {
        &self.readers
    }
}

/// The properties of a file that change when somebody writes to it. It is not opened for this,
/// because closing it would release the locks that SQLite has on it.
#[derive(PartialEq, Eq)]
struct State {
    bytes: u64,
    modified: Option<SystemTime>,
}

impl State {
    fn of(path: &Path) -> Option<Self> {
        let found = fs::metadata(path).ok()?;
        Some(Self { bytes: found.len(), modified: found.modified().ok() })
    }
}

/// A connection to the file, which has a library of this version or an older one.
fn recognise(file: &File, path: &Path) -> Result<Connection, OpenError> {
    let connection = open::connect(file, OpenFlags::SQLITE_OPEN_READ_WRITE);
    let connection = connection.map_err(|error| explain(path, error))?;
    // What keeps SQLite from reading shows at the first statement.
    open::identity(&connection).map_err(|error| explain(path, error))?;
    // What an older version wrote is read as well: no migration has changed what is read here.
    open::recognise(&connection, path)?;
    Ok(connection)
}

/// What an SQLite error means for a read-only user.
fn explain(path: &Path, error: rusqlite::Error) -> OpenError {
    match error.sqlite_error_code() {
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen) => {
            OpenError::NotReadable { path: path.to_owned(), source: said_once(error) }
        }
        _ => open::explain(path, error),
    }
}
