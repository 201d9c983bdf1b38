//! Connections to read with, and the right to one of them.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};

use super::common::ReaderShared;
use super::failure::Closed;
use super::reader::{File, Reader, Reading};
use super::rows::BoxError;
use crate::repository::activity::ReaderUse;

/// A pool of read connections: a statement that nobody waits for any longer must still release its
/// connection. First come, first served.
pub(super) struct Pool {
    pub(super) file: File,
    /// The maximum number of reads with a waiting caller.
    size: u32,
    slots: Arc<Semaphore>,
    /// The maximum number of reads in progress, with or without a waiting caller.
    most: u32,
    under_way: Arc<Semaphore>,
    waiting: AtomicUsize,
    idle: Mutex<Vec<Reader>>,
    common: Arc<ReaderShared>,
    /// For a snapshot, which has only one connection: where that belongs.
    home: Option<PoolSlot>,
}

/// The place of a snapshot's connection in its pool.
struct PoolSlot {
    pool: Arc<Pool>,
    _slot: OwnedSemaphorePermit,
}

impl Pool {
    /// A pool for `size` reads with a waiting caller and `given_up` abandoned ones. Each connects
    /// when no other connection is idle.
    pub(super) fn new(
        file: &File,
        size: u32,
        given_up: u32,
        common: &Arc<ReaderShared>,
    ) -> Arc<Self> {
        Arc::new(Self::homeless(file.clone(), size, given_up, Arc::clone(common)))
    }

    fn homeless(file: File, size: u32, given_up: u32, common: Arc<ReaderShared>) -> Self {
        let most = size + given_up;
        Self {
            file,
            size,
            slots: Arc::new(Semaphore::new(size as usize)),
            most,
            under_way: Arc::new(Semaphore::new(most as usize)),
            waiting: AtomicUsize::new(0),
            idle: Mutex::default(),
            common,
            home: None,
        }
    }

    /// Waits for a connection. The caller keeps the slot while it waits for the result.
    pub(super) async fn lend(
        self: &Arc<Self>,
    ) -> Result<(OwnedSemaphorePermit, PooledReader), BoxError> {
        let (slot, under_way) = self.take_turn().await?;
        Ok((slot, PooledReader { pool: Arc::clone(self), _under_way: under_way, _turn: None }))
    }

    /// Waits for permission to read, on any connection.
    pub(super) async fn take_turn(
        &self,
    ) -> Result<(OwnedSemaphorePermit, OwnedSemaphorePermit), BoxError> {
        let wait = async {
            let slot = Arc::clone(&self.slots).acquire_owned().await?;
            Ok((slot, Arc::clone(&self.under_way).acquire_owned().await?))
        };
        let permits: Result<_, AcquireError> = self.counted(wait).await;
        match permits {
            Ok(permits) if !self.common.is_closing() => Ok(permits),
            _ => Err(Closed.into()),
        }
    }

    /// The result of `wait`, during which a caller counts as waiting.
    async fn counted<T>(&self, wait: impl Future<Output = T>) -> T {
        struct Waiting<'p>(&'p AtomicUsize);
        impl Drop for Waiting<'_> {
            fn drop(&mut self) {
                self.0.fetch_sub(1, Ordering::Relaxed);
            }
        }
        self.waiting.fetch_add(1, Ordering::Relaxed);
        let _waiting = Waiting(&self.waiting);
        wait.await
    }

    /// How busy the connections are.
    pub(super) fn in_use(&self) -> ReaderUse {
        let size = self.size as usize;
        let busy = size.saturating_sub(self.slots.available_permits());
        ReaderUse { size, busy, waiting: self.waiting.load(Ordering::Relaxed) }
    }

    /// What its readers share with others.
    pub(super) fn common(&self) -> &ReaderShared {
        &self.common
    }

    /// Whether it is the single connection of a snapshot.
    pub(super) fn is_of_snapshot(&self) -> bool {
        self.home.is_some()
    }

    /// Waits until the running statements have ended, and closes the connections. Later calls fail.
    pub(super) async fn close(&self) {
        // It fails where they are closed already.
        let all = self.slots.acquire_many(self.size).await;
        self.slots.close();
        drop(all);
        let ended = self.under_way.acquire_many(self.most).await;
        self.idle().clear();
        drop(ended);
    }

    /// Keeps a reader for the next caller, if there are not enough. Only a snapshot's reader holds
    /// a snapshot, and one that could not release it is no longer usable.
    fn give_back(&self, reader: Reader) {
        let mut idle = self.idle();
        if idle.len() < self.size as usize && reader.is_holding() == self.home.is_some() {
            idle.push(reader);
        }
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Reader>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        let Some(home) = &self.home else { return };
        let idle = self.idle.get_mut().unwrap_or_else(PoisonError::into_inner);
        let released = idle.drain(..).filter(|reader| reader.let_go().is_ok());
        released.for_each(|reader| home.pool.give_back(reader));
    }
}

/// The right to a connection, until its read has ended.
pub(super) struct PooledReader {
    pool: Arc<Pool>,
    _under_way: OwnedSemaphorePermit,
    _turn: Option<OwnedSemaphorePermit>,
}

impl PooledReader {
    /// The same right, which also holds this turn elsewhere.
    pub(super) fn with_turn(self, turn: OwnedSemaphorePermit) -> Self {
        Self { _turn: Some(turn), ..self }
    }

    /// The result of `reading`, if it is soon available from a connected reader.
    pub(super) fn read_at_once<T>(&self, limit: Duration, reading: &impl Reading<T>) -> Option<T> {
        let reader = self.pool.idle().pop()?;
        let found = reader.read_at_once(limit, reading);
        self.pool.give_back(reader);
        found
    }

    /// The result of `reading`; the reader is free again before the caller gets it.
    pub(super) fn read<T>(
        self,
        caller: Weak<()>,
        reading: &impl Reading<T>,
    ) -> Result<T, BoxError> {
        let reader = self.reader()?;
        let outcome = reader.read(caller, reading);
        self.pool.give_back(reader);
        outcome
    }

    /// A pool with this one reader, which sees the current state of the library. Its reads wait
    /// until abandoned ones have ended.
    pub(super) fn hold(self, slot: OwnedSemaphorePermit) -> Result<Pool, BoxError> {
        let reader = self.reader()?;
        reader.hold()?;
        let common = Arc::clone(&self.pool.common);
        let mut pool = Pool::homeless(self.pool.file.clone(), 1, 0, common);
        pool.idle().push(reader);
        pool.home = Some(PoolSlot { pool: self.pool, _slot: slot });
        Ok(pool)
    }

    /// One that is idle, or else one more. Another one than a snapshot's would see another moment.
    fn reader(&self) -> Result<Reader, BoxError> {
        match self.pool.idle().pop() {
            Some(reader) => Ok(reader),
            None if self.pool.home.is_some() => Err("the moment of the snapshot is lost".into()),
            None => Reader::open(&self.pool.file, Arc::clone(&self.pool.common)),
        }
    }
}
