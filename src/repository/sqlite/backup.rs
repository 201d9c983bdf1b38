//! Copies of a library: how one is made while the library is in use, how one is recognised and
//! verified, and how a library is left to be replaced.
//!
//! A copy is made by `VACUUM INTO`: one statement in one transaction, so that it is of one moment
//! and nobody waits for it. SQLite's online backup copies pages and is quicker, but begins anew
//! whenever another process writes, which under steady writers is for ever, unless it takes all
//! pages in one step; and it copies the pages that are free as well.

use std::path::Path;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, SqliteConnection};

use super::check;
use super::open::{
    self, APPLICATION_ID, BUSY_TIMEOUT, MIGRATIONS, OpenError, explain, primary_code,
};
use super::reader::File;
use super::rows::BoxError;

/// Why a library could not be copied.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// The library cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The disk is full, or this user may not write more to it.
    #[error("there is no room left on the device; a copy may take {bytes} bytes")]
    NoRoom {
        /// The most that it may take.
        bytes: u64,
    },
    /// Anything else.
    #[error("could not copy the library")]
    Failed(#[source] BoxError),
}

/// A library that is open to be copied, whoever else uses it.
pub struct CopySource {
    connection: SqliteConnection,
    bytes: u64,
}

impl CopySource {
    /// Opens the library in this file, which must be one of this version.
    ///
    /// # Errors
    /// When it cannot be opened, or is no library of this version; it stays as it was.
    pub async fn open(path: &Path) -> Result<Self, OpenError> {
        let path = &open::absolute(path)?;
        let explain = |error| explain(path, error);
        let mut connection = connection(path).connect().await.map_err(explain)?;
        let applied = recognise(&mut connection, path).await?;
        if MIGRATIONS.iter().any(|migration| !applied.contains(&migration.version)) {
            return Err(OpenError::Older(path.clone()));
        }
        let query = "SELECT (page_count - freelist_count) * page_size
            FROM pragma_page_count, pragma_freelist_count, pragma_page_size";
        let bytes: i64 =
            sqlx::query_scalar(query).fetch_one(&mut connection).await.map_err(explain)?;
        Ok(Self { connection, bytes: u64::try_from(bytes).unwrap_or_default() })
    }

    /// How many bytes a copy will have at most.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Copies the library as of one moment, which is not before this call, into an empty file.
    ///
    /// # Errors
    /// When the library cannot be read or the file not be written; a part may be in it then.
    pub async fn copy_into(&mut self, file: &Path) -> Result<(), CopyError> {
        const FULL: i32 = 13;
        let file = std::path::absolute(file).map_err(|error| CopyError::Failed(error.into()))?;
        let name = file.to_str().ok_or_else(|| CopyError::Failed("its path is no text".into()))?;
        let copying = sqlx::query("VACUUM INTO ?").bind(name).execute(&mut self.connection);
        copying.await.map(|_| ()).map_err(|error| match primary_code(&error) {
            Some(FULL) => CopyError::NoRoom { bytes: self.bytes },
            _ => CopyError::Failed(error.into()),
        })
    }

    /// Closes the library.
    pub async fn close(self) {
        if let Err(error) = self.connection.close().await {
            tracing::warn!(%error, "could not close the library");
        }
    }
}

/// Verifies that the file has a library, of this version or an older one.
///
/// # Errors
/// When it is none, or a newer one, or cannot be read.
pub async fn recognise_copy(path: &Path) -> Result<(), OpenError> {
    let path = &open::absolute(path)?;
    // Nothing is put beside a file that cannot change, so that it may be where nothing can be written.
    let options = connection(path).read_only(true).immutable(true);
    let mut connection = options.connect().await.map_err(|error| explain(path, error))?;
    recognise(&mut connection, path).await?;
    connection.close().await.map_err(|error| explain(path, error))
}

/// What `check` finds in a copy that nobody uses.
///
/// # Errors
/// When it cannot be read.
pub async fn faults_of_copy(path: &Path) -> Result<Vec<String>, BoxError> {
    check::faults_of(File { path: open::absolute(path)?, busy_timeout: BUSY_TIMEOUT }).await
}

/// Brings a library that is to be replaced into its one file.
///
/// # Errors
/// `Locked` when another process has it open; any other when it is damaged or no library.
pub async fn settle(path: &Path) -> Result<(), OpenError> {
    let path = &open::absolute(path)?;
    // To leave the write-ahead log needs the file for oneself, and does not wait for it.
    let left = async {
        let mut connection = connection(path).connect().await?;
        sqlx::query("PRAGMA journal_mode = DELETE").execute(&mut connection).await?;
        connection.close().await
    };
    left.await.map_err(|error| explain(path, error))
}

fn connection(path: &Path) -> SqliteConnectOptions {
    let options = SqliteConnectOptions::new().filename(path).busy_timeout(BUSY_TIMEOUT);
    options.disable_statement_logging()
}

/// The versions of the migrations that were applied to a library that this program can read.
async fn recognise(connection: &mut SqliteConnection, path: &Path) -> Result<Vec<i64>, OpenError> {
    let explain = |error| explain(path, error);
    let query =
        "SELECT application_id, (SELECT count(*) FROM sqlite_schema) FROM pragma_application_id";
    let (application_id, tables): (i64, i64) =
        sqlx::query_as(query).fetch_one(&mut *connection).await.map_err(explain)?;
    if tables == 0 {
        return Err(OpenError::NotADatabase(path.to_owned()));
    }
    if application_id != APPLICATION_ID {
        return Err(OpenError::NotALibrary(path.to_owned()));
    }
    let query = sqlx::query_scalar("SELECT version FROM _sqlx_migrations ORDER BY version");
    let applied: Vec<i64> = query.fetch_all(connection).await.map_err(explain)?;
    let is_known = |version: &i64| MIGRATIONS.iter().any(|known| known.version == *version);
    match applied.iter().find(|version| !is_known(version)) {
        Some(&migration) => Err(OpenError::Newer { path: path.to_owned(), migration }),
        None => Ok(applied),
    }
}
