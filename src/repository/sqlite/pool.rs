//! Connections to read with, and the right to one of them.

use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::reader::{File, Reader, Reading};
use super::rows::BoxError;

/// The connections themselves, which those who read share: a statement that nobody waits for any
/// more still has to give its connection back.
pub(super) struct Pool {
    pub(super) file: File,
    /// How many reads may be waited for at once.
    pub(super) size: u32,
    pub(super) slots: Arc<Semaphore>,
    /// How many may be under way, whether anybody waits for them or not.
    pub(super) most: u32,
    pub(super) under_way: Arc<Semaphore>,
    idle: Mutex<Vec<Reader>>,
    pub(super) statements: Arc<AtomicU64>,
    /// For a snapshot, which has one connection and can have no other: where that belongs.
    home: Option<Home>,
}

/// The place of a snapshot's connection among those that it was taken from.
struct Home {
    pool: Arc<Pool>,
    _slot: OwnedSemaphorePermit,
}

impl Pool {
    pub(super) fn new(file: File, size: u32, most: u32) -> Self {
        Self {
            file,
            size,
            slots: Arc::new(Semaphore::new(size as usize)),
            most,
            under_way: Arc::new(Semaphore::new(most as usize)),
            idle: Mutex::default(),
            statements: Arc::default(),
            home: None,
        }
    }

    /// Keeps a reader for the next caller, if there are not enough. Only that of a snapshot holds a
    /// moment, and one that could not let go of it is of no use any more.
    fn give_back(&self, reader: Reader) {
        let mut idle = self.idle();
        if idle.len() < self.size as usize && reader.is_holding() == self.home.is_some() {
            idle.push(reader);
        }
    }

    pub(super) fn idle(&self) -> MutexGuard<'_, Vec<Reader>> {
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

/// The right to one of the readers.
pub(super) struct Loan {
    pub(super) pool: Arc<Pool>,
    pub(super) _under_way: OwnedSemaphorePermit,
}

impl Loan {
    /// What `reading` comes to, if it does so soon with a reader that is connected.
    pub(super) fn read_at_once<T>(&self, limit: Duration, reading: &impl Reading<T>) -> Option<T> {
        let reader = self.pool.idle().pop()?;
        let found = reader.read_at_once(limit, reading);
        self.pool.give_back(reader);
        found
    }

    /// What `reading` comes to; the reader is free again before that is told.
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

    /// A pool with this one reader, which sees the library as it is now. What is read there waits
    /// until what was given up has ended.
    pub(super) fn hold(self, slot: OwnedSemaphorePermit) -> Result<Pool, BoxError> {
        let reader = self.reader()?;
        reader.hold()?;
        let mut pool = Pool::new(self.pool.file.clone(), 1, 1);
        pool.idle().push(reader);
        pool.statements = Arc::clone(&self.pool.statements);
        pool.home = Some(Home { pool: self.pool, _slot: slot });
        Ok(pool)
    }

    /// One that is idle, or else one more. Another one than a snapshot's would see another moment.
    fn reader(&self) -> Result<Reader, BoxError> {
        match self.pool.idle().pop() {
            Some(reader) => Ok(reader),
            None if self.pool.home.is_some() => Err("the moment of the snapshot is lost".into()),
            None => Reader::open(&self.pool.file, Arc::clone(&self.pool.statements)),
        }
    }
}
