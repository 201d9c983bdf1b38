//! The connections that read.

use std::sync::atomic::{AtomicU64, Ordering};

use sqlx::sqlite::{SqliteConnectOptions, SqlitePool, SqlitePoolOptions};
use sqlx::{ConnectOptions, SqliteConnection};

use super::rows::BoxError;

/// How much of the file each of them keeps in memory, in negative KiB as SQLite takes it.
const CACHE: &str = "-4096";

/// A pool of connections that can only read, and a count of the statements they were given.
pub(super) struct Readers {
    pool: SqlitePool,
    statements: AtomicU64,
}

impl Readers {
    /// Readers of the library that these options open. The first connects when there is something
    /// to read.
    pub(super) fn new(options: SqliteConnectOptions) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let pool = SqlitePoolOptions::new()
            .max_connections(u32::try_from(cores.clamp(2, 8)).expect("8 is a small number"))
            // A file on this machine does not go away as a server does: asking it each time
            // whether it is there would cost more than most statements.
            .test_before_acquire(false)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_lazy_with(options.read_only(true).pragma("cache_size", CACHE));
        Self { pool, statements: AtomicU64::new(0) }
    }

    /// A reader for one statement.
    pub(super) fn reader(&self) -> &SqlitePool {
        self.statements.fetch_add(1, Ordering::Relaxed);
        &self.pool
    }

    /// A connection of its own that sees the library as it is at the first statement, for what
    /// takes long: the pool stays free for pages.
    pub(super) async fn snapshot(&self) -> Result<SqliteConnection, BoxError> {
        if self.pool.is_closed() {
            return Err(sqlx::Error::PoolClosed.into());
        }
        // SQLite ignores the constraints of a file that it opened for reading only, and so would
        // not verify them.
        let options = self.pool.connect_options().as_ref().clone().read_only(false);
        let mut connection = options.pragma("query_only", "ON").connect().await?;
        sqlx::query("BEGIN").execute(&mut connection).await?;
        Ok(connection)
    }

    /// Reads something, so that a failure shows.
    pub(super) async fn ping(&self) -> Result<(), BoxError> {
        sqlx::query("SELECT 1 FROM videos LIMIT 1").fetch_optional(self.reader()).await?;
        Ok(())
    }

    /// How many statements were run so far.
    pub(super) fn statements(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }

    /// Waits for the statements under way. Those that come later fail.
    pub(super) async fn close(&self) {
        self.pool.close().await;
    }
}
