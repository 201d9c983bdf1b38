//! The connections that read, and who has which of them.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::sync::{AcquireError, OwnedSemaphorePermit};

use super::SqliteSettings;
use super::pool::{Loan, Pool};
use super::reader::{Caller, File, Reading};
use super::rows::BoxError;
use crate::repository::RepositoryError;
use crate::repository::activity::ReaderUse;

/// How many reads may be under way that nobody waits for any more. A statement looks between rows
/// whether it is to end, and one row can take long: the next caller does not wait for that.
const GIVEN_UP: u32 = 64;

/// A few connections that can only read. What may take long is read on a thread of its own, and what is
/// looked up right where it is asked for.
///
/// Whoever stops waiting for a statement, because of a time limit or because a client has gone,
/// ends it by that.
pub(super) struct Readers {
    pub(super) limit: Duration,
    at_once_limit: Duration,
    waiting: AtomicUsize,
    pool: Arc<Pool>,
}

impl Readers {
    /// Readers of a library, which give up as `settings` say. Each connects when there is something to
    /// read and no other is idle.
    pub(super) fn new(file: File, settings: SqliteSettings) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let size = u32::try_from(cores.clamp(2, 8)).expect("8 is a small number");
        Self::of(
            Pool::new(file, size, size + GIVEN_UP),
            settings.read_limit,
            settings.at_once_limit,
        )
    }

    fn of(pool: Pool, limit: Duration, at_once_limit: Duration) -> Self {
        Self { limit, at_once_limit, waiting: AtomicUsize::new(0), pool: Arc::new(pool) }
    }

    /// What `reading` comes to, if it does so in time.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        attempted: &'static str,
        reading: impl Reading<T>,
    ) -> Result<T, RepositoryError> {
        self.in_time(attempted, self.visit(reading)).await
    }

    /// What `reading` comes to, if it does so in time. It looks up a few rows by their keys or along an
    /// index, so that it hardly ever takes longer than it may [at once](SqliteSettings::at_once_limit).
    pub(super) async fn look_up<T: Send + 'static>(
        &self,
        attempted: &'static str,
        reading: impl Reading<T>,
    ) -> Result<T, RepositoryError> {
        let looked_up = async {
            let (_slot, loan) = self.lend().await?;
            match loan.read_at_once(self.at_once_limit, &reading) {
                Some(found) => Ok(found),
                None => on_thread(move |caller| loan.read(caller, &reading)).await,
            }
        };
        self.in_time(attempted, looked_up).await
    }

    /// A reader that sees the library as it is now. It has the place of one of these until it is
    /// dropped.
    pub(super) async fn snapshot(&self) -> Result<Self, RepositoryError> {
        let hold = async {
            let (slot, loan) = self.lend().await?;
            on_thread(move |_| loan.hold(slot)).await
        };
        let pool = self.in_time("take a snapshot", hold).await?;
        Ok(Self::of(pool, self.limit, self.at_once_limit))
    }

    /// The library, to be looked through on a connection of its own, since that takes long: the
    /// readers stay free for pages.
    pub(super) fn file(&self) -> Result<File, BoxError> {
        if self.pool.slots.is_closed() { Err(CLOSED.into()) } else { Ok(self.pool.file.clone()) }
    }

    /// How many statements were run so far.
    pub(super) fn statements(&self) -> u64 {
        self.pool.statements.load(Ordering::Relaxed)
    }

    /// How busy they are.
    pub(super) fn in_use(&self) -> ReaderUse {
        let size = self.pool.size as usize;
        let busy = size.saturating_sub(self.pool.slots.available_permits());
        ReaderUse { size, busy, waiting: self.waiting.load(Ordering::Relaxed) }
    }

    /// Waits for the statements under way, and closes the connections. What comes later fails.
    pub(super) async fn close(&self) {
        // It fails where they are closed already.
        let all = self.pool.slots.acquire_many(self.pool.size).await;
        self.pool.slots.close();
        drop(all);
        let ended = self.pool.under_way.acquire_many(self.pool.most).await;
        self.pool.idle().clear();
        drop(ended);
    }

    async fn in_time<T>(
        &self,
        attempted: &'static str,
        reading: impl Future<Output = Result<T, BoxError>>,
    ) -> Result<T, RepositoryError> {
        let limit = self.limit;
        match tokio::time::timeout(limit, reading).await {
            Ok(outcome) => outcome.map_err(RepositoryError::store(attempted)),
            Err(_) => Err(RepositoryError::TimedOut { attempted, limit }),
        }
    }

    /// What `reading` comes to, however long it takes and as long as somebody waits for it.
    pub(super) async fn visit<T: Send + 'static>(
        &self,
        reading: impl Reading<T>,
    ) -> Result<T, BoxError> {
        let (_slot, loan) = self.lend().await?;
        on_thread(move |caller| loan.read(caller, &reading)).await
    }

    /// Waits until one of the readers is free.
    async fn lend(&self) -> Result<(OwnedSemaphorePermit, Loan), BoxError> {
        let pool = Arc::clone(&self.pool);
        let wait = async {
            let slot = Arc::clone(&pool.slots).acquire_owned().await?;
            Ok((slot, Arc::clone(&pool.under_way).acquire_owned().await?))
        };
        let permits: Result<_, AcquireError> = self.counted(wait).await;
        let (slot, under_way) = permits.map_err(|_| CLOSED)?;
        Ok((slot, Loan { pool, _under_way: under_way }))
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
}

const CLOSED: &str = "the store is closed";

/// What `job` comes to, on a thread where it may wait for the disk. It learns whether its caller
/// still waits for it.
pub(super) async fn on_thread<T: Send + 'static>(
    job: impl FnOnce(Weak<()>) -> Result<T, BoxError> + Send + 'static,
) -> Result<T, BoxError> {
    let caller = Caller::default();
    let waits = Arc::downgrade(&caller);
    tokio::task::spawn_blocking(move || job(waits)).await?
}
