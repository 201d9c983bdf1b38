//! The connections that read.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sqlx::sqlite::{SqliteArguments, SqliteConnectOptions, SqliteRow};
use sqlx::{ConnectOptions, Connection, Row, Sqlite, SqliteConnection};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};

use super::rows::BoxError;
use crate::repository::RepositoryError;
use crate::repository::activity::ReaderUse;

/// How much of the file each of them keeps in memory, in negative KiB as SQLite takes it.
const CACHE: &str = "-4096";

/// After how many of its steps a statement looks whether somebody still waits for it: some tens of
/// microseconds.
const STEPS_BETWEEN_LOOKS: i32 = 1000;

pub(super) type Query<'q> = sqlx::query::Query<'q, Sqlite, SqliteArguments>;

/// A few connections that can only read, and a count of the statements they were given.
///
/// Whoever stops waiting for a statement, because of a time limit or because a client has gone,
/// ends it by that: its connection is interrupted and closed, and the next caller gets another.
pub(super) struct Readers {
    options: SqliteConnectOptions,
    pub(super) limit: Duration,
    pub(super) size: u32,
    slots: Arc<Semaphore>,
    /// For a snapshot, which has one connection and can have no other: its place among those that
    /// it was taken from.
    snapshot_of: Option<OwnedSemaphorePermit>,
    idle: Mutex<Vec<Reader>>,
    statements: AtomicU64,
    waiting: AtomicUsize,
}

/// A connection, and whether nobody waits for its statement any more.
struct Reader {
    connection: SqliteConnection,
    is_abandoned: Arc<AtomicBool>,
}

impl Readers {
    /// Readers of the library that these options open, which give up after `limit`. Each connects
    /// when there is something to read and no other is idle.
    pub(super) fn new(options: SqliteConnectOptions, limit: Duration) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let size = u32::try_from(cores.clamp(2, 8)).expect("8 is a small number");
        Self {
            options: options.pragma("cache_size", CACHE),
            limit,
            size,
            slots: Arc::new(Semaphore::new(size as usize)),
            snapshot_of: None,
            idle: Mutex::default(),
            statements: AtomicU64::new(0),
            waiting: AtomicUsize::new(0),
        }
    }

    /// What `reading` comes to, if it does so in time.
    pub(super) async fn read<T>(
        &self,
        attempted: &'static str,
        reading: impl Future<Output = Result<T, BoxError>>,
    ) -> Result<T, RepositoryError> {
        let limit = self.limit;
        match tokio::time::timeout(limit, reading).await {
            Ok(Err(error)) if error.is::<SnapshotGivenUp>() => {
                Err(RepositoryError::TimedOut { attempted, limit })
            }
            Ok(outcome) => outcome.map_err(RepositoryError::store(attempted)),
            Err(_) => Err(RepositoryError::TimedOut { attempted, limit }),
        }
    }

    /// The rows of one statement.
    pub(super) async fn fetch_all(&self, query: Query<'_>) -> Result<Vec<SqliteRow>, BoxError> {
        let mut loan = self.lend().await?;
        self.statements.fetch_add(1, Ordering::Relaxed);
        let rows = query.fetch_all(loan.connection()).await?;
        loan.give_back();
        Ok(rows)
    }

    /// The only number of a statement's only row.
    pub(super) async fn fetch_count(&self, query: Query<'_>) -> Result<u64, BoxError> {
        let rows = self.fetch_all(query).await?;
        let count: i64 = rows.first().ok_or("the statement counts nothing")?.try_get(0)?;
        Ok(u64::try_from(count)?)
    }

    /// A reader that sees the library as it is now. It has the place of one of these until it is
    /// dropped.
    pub(super) async fn snapshot(&self) -> Result<Self, BoxError> {
        let slot = self.counted(Arc::clone(&self.slots).acquire_owned()).await;
        let slot = slot.map_err(|_| "the store is closed")?;
        let mut reader = Reader::connect(self.options.clone().read_only(true)).await?;
        sqlx::query("BEGIN").execute(&mut reader.connection).await?;
        let snapshot = Self {
            size: 1,
            slots: Arc::new(Semaphore::new(1)),
            snapshot_of: Some(slot),
            idle: Mutex::new(vec![reader]),
            ..Self::new(self.options.clone(), self.limit)
        };
        // The moment is that of the first statement.
        snapshot.ping().await?;
        Ok(snapshot)
    }

    /// A connection of its own that sees the library as it is at the first statement, for what
    /// takes long: the readers stay free for pages.
    pub(super) async fn long_snapshot(&self) -> Result<SqliteConnection, BoxError> {
        if self.slots.is_closed() {
            return Err("the store is closed".into());
        }
        // SQLite ignores the constraints of a file that it opened for reading only, and so would
        // not verify them.
        let mut connection = self.options.clone().pragma("query_only", "ON").connect().await?;
        sqlx::query("BEGIN").execute(&mut connection).await?;
        Ok(connection)
    }

    /// Reads something, so that a failure shows.
    pub(super) async fn ping(&self) -> Result<(), BoxError> {
        self.fetch_all(sqlx::query("SELECT 1 FROM videos LIMIT 1")).await?;
        Ok(())
    }

    /// How many statements were run so far.
    pub(super) fn statements(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }

    /// How busy they are.
    pub(super) fn in_use(&self) -> ReaderUse {
        let size = self.size as usize;
        let busy = size.saturating_sub(self.slots.available_permits());
        ReaderUse { size, busy, waiting: self.waiting.load(Ordering::Relaxed) }
    }

    /// Waits for the statements under way. Those that come later fail.
    pub(super) async fn close(&self) {
        // It fails where they are closed already.
        let all = self.slots.acquire_many(self.size).await;
        self.slots.close();
        drop(all);
        let idle = std::mem::take(&mut *self.idle());
        for reader in idle {
            if let Err(error) = reader.connection.close().await {
                tracing::warn!(%error, "could not close a connection to the library");
            }
        }
    }

    /// What `wait` comes to, for which a caller counts as waiting.
    async fn counted<T>(&self, wait: impl Future<Output = T>) -> T {
        struct Waiting<'r>(&'r AtomicUsize);
        impl Drop for Waiting<'_> {
            fn drop(&mut self) {
                self.0.fetch_sub(1, Ordering::Relaxed);
            }
        }
        self.waiting.fetch_add(1, Ordering::Relaxed);
        let _waiting = Waiting(&self.waiting);
        wait.await
    }

    /// Waits until one of the readers is free.
    async fn lend(&self) -> Result<Loan<'_>, BoxError> {
        let slot = self.counted(self.slots.acquire()).await.map_err(|_| "the store is closed")?;
        let idle = self.idle().pop();
        let reader = match idle {
            Some(reader) => reader,
            None if self.snapshot_of.is_some() => return Err(SnapshotGivenUp.into()),
            None => Reader::connect(self.options.clone().read_only(true)).await?,
        };
        Ok(Loan { readers: self, reader: Some(reader), _slot: slot })
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Reader>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A snapshot's only connection has gone with a statement that was given up.
#[derive(Debug, thiserror::Error)]
#[error("the snapshot was given up")]
struct SnapshotGivenUp;

impl Reader {
    async fn connect(options: SqliteConnectOptions) -> Result<Self, sqlx::Error> {
        let mut connection = options.connect().await?;
        let is_abandoned = Arc::new(AtomicBool::new(false));
        let abandoned = Arc::clone(&is_abandoned);
        connection
            .lock_handle()
            .await?
            .set_progress_handler(STEPS_BETWEEN_LOOKS, move || !abandoned.load(Ordering::Relaxed));
        Ok(Self { connection, is_abandoned })
    }
}

/// A reader on loan. It must be given back when its statement has ended; one that is dropped before
/// is interrupted and closed, as is one that failed.
struct Loan<'r> {
    readers: &'r Readers,
    /// Some, until it is given back.
    reader: Option<Reader>,
    _slot: SemaphorePermit<'r>,
}

impl Loan<'_> {
    fn connection(&mut self) -> &mut SqliteConnection {
        &mut self.reader.as_mut().expect("it was not given back").connection
    }

    fn give_back(mut self) {
        self.readers.idle().extend(self.reader.take());
    }
}

impl Drop for Loan<'_> {
    fn drop(&mut self) {
        if let Some(reader) = &self.reader {
            reader.is_abandoned.store(true, Ordering::Relaxed);
        }
    }
}
