//! The readers, in sets that do not wait for each other: look-ups, scans, and snapshots of either.

use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::sync::OwnedSemaphorePermit;

use super::common::ReaderShared;
use super::failure::{Closed, failed};
use super::pool::{Pool, PooledReader};
use super::reader::{Caller, File, Reading};
use super::rows::BoxError;
use super::settings::SqliteSettings;
use super::ways::ReadClass;
use crate::repository::activity::ReaderUse;
use crate::repository::{RepositoryError, SnapshotReads};

/// The maximum number of abandoned look-ups in progress. A statement checks between rows whether it
/// should end, and one row can take long: the next caller does not wait for that. Scans have no
/// such allowance, because they take processor time from others.
const GIVEN_UP: u32 = 64;

/// The maximum number of concurrent snapshots for look-ups only.
const SNAPSHOTS: u32 = 8;

/// The maximum number of other snapshots. Each can take long, and those for look-ups do not wait
/// for them.
const SCANNED_SNAPSHOTS: u32 = 4;

/// Read-only connections. Long reads run on a separate thread, and look-ups on the caller's.
///
/// Whoever stops waiting for a statement, because of a time limit or because a client has gone,
/// ends it by that.
#[derive(Clone)]
pub(super) struct ReaderPools {
    pub(super) limit: Duration,
    at_once_limit: Duration,
    look_ups: Arc<Pool>,
    /// For scans. A snapshot has its own connection for that, but waits for its turn among the
    /// others.
    scans: Arc<Pool>,
    snapshots: Arc<Snapshots>,
}

/// The connections of snapshots.
struct Snapshots {
    look_ups: Arc<Pool>,
    scans: Arc<Pool>,
}

impl ReaderPools {
    /// Readers of a library, with the time limits of `settings`. Each connects when there is
    /// something to read and no other is idle.
    pub(super) fn new(file: &File, settings: SqliteSettings) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let within = |count: usize, least, most| {
            u32::try_from(count.clamp(least, most)).expect("it is at most a small number")
        };
        let common = Arc::<ReaderShared>::default();
        let pool = |size, given_up| Pool::new(file, size, given_up, &common);
        Self {
            limit: settings.read_limit,
            at_once_limit: settings.at_once_limit,
            look_ups: pool(within(cores, 2, 8), GIVEN_UP),
            // One processor is left to all others.
            scans: pool(within(cores.saturating_sub(1), 1, 4), 0),
            snapshots: Arc::new(Snapshots {
                look_ups: pool(SNAPSHOTS, 0),
                scans: pool(SCANNED_SNAPSHOTS, 0),
            }),
        }
    }

    /// The result of `reading`, if it is in time, on the appropriate connection.
    pub(super) async fn read_by<T: Send + 'static>(
        &self,
        way: ReadClass,
        attempted: &'static str,
        reading: impl Reading<T>,
    ) -> Result<T, RepositoryError> {
        match way {
            ReadClass::LookUp => self.look_up(attempted, reading).await,
            ReadClass::Read => self.read(attempted, reading).await,
            ReadClass::TryLookUp => self.try_look_up(attempted, reading).await,
            ReadClass::LookThrough => self.look_through(attempted, reading).await,
        }
    }

    /// The result of `reading`, if it is in time. It only examines rows that an index finds, but
    /// may take longer than an inline look-up.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        attempted: &'static str,
        reading: impl Reading<T>,
    ) -> Result<T, RepositoryError> {
        self.in_time(attempted, self.visit(reading)).await
    }

    /// The result of `reading`, if it is in time. It looks up a few rows by key or along an index,
    /// so it rarely takes longer than an [inline look-up](SqliteSettings::at_once_limit) may.
    pub(super) async fn look_up<T: Send + 'static>(
        &self,
        attempted: &'static str,
        reading: impl Reading<T>,
    ) -> Result<T, RepositoryError> {
        let looked_up = async {
            let (_slot, loan) = self.look_ups.lend().await?;
            match loan.read_at_once(self.at_once_limit, &reading) {
                Some(found) => Ok(found),
                None => on_thread(move |caller| loan.read(caller, &reading)).await,
            }
        };
        self.in_time(attempted, looked_up).await
    }

    /// The result of `reading`, if it is in time. If it is not found immediately, it may have to
    /// examine every row.
    async fn try_look_up<T: Send + 'static>(
        &self,
        attempted: &'static str,
        reading: impl Reading<T>,
    ) -> Result<T, RepositoryError> {
        let (slot, loan) = self.in_time(attempted, self.look_ups.lend()).await?;
        let found = loan.read_at_once(self.at_once_limit, &reading);
        drop((slot, loan));
        match found {
            Some(found) => Ok(found),
            None => self.look_through(attempted, reading).await,
        }
    }

    /// The result of `reading`, if it is in time. It may have to examine every row, and therefore
    /// waits for its turn among scans. The wait does not count against its own time: it does not
    /// fail because of others, unless they take as long as it may take itself.
    pub(super) async fn look_through<T: Send + 'static>(
        &self,
        attempted: &'static str,
        reading: impl Reading<T>,
    ) -> Result<T, RepositoryError> {
        let turn = self.in_time(attempted, self.turn()).await;
        let (_slots, loan) = turn.map_err(|error| match error {
            RepositoryError::TimedOut { attempted, limit } => {
                RepositoryError::Busy { attempted, limit }
            }
            other => other,
        })?;
        let read = on_thread(move |caller| loan.read(caller, &reading));
        self.in_time(attempted, read).await
    }

    /// Waits for permission to scan.
    async fn turn(&self) -> Result<(Vec<OwnedSemaphorePermit>, PooledReader), BoxError> {
        if !self.look_ups.is_of_snapshot() {
            let (slot, loan) = self.scans.lend().await?;
            return Ok((vec![slot], loan));
        }
        // In this order, so that whoever has a turn needs nothing else.
        let (own, loan) = self.look_ups.lend().await?;
        let (slot, under_way) = self.scans.take_turn().await?;
        Ok((vec![own, slot], loan.with_turn(under_way)))
    }

    /// A reader that sees the library as it is now.
    pub(super) async fn snapshot(&self, reads: SnapshotReads) -> Result<Self, RepositoryError> {
        let pool = match reads {
            SnapshotReads::LookUps => &self.snapshots.look_ups,
            SnapshotReads::All => &self.snapshots.scans,
        };
        let hold = async {
            let (slot, loan) = pool.lend().await?;
            on_thread(move |_| loan.hold(slot)).await
        };
        let pool = self.in_time("take a snapshot", hold).await?;
        Ok(Self {
            limit: self.limit,
            at_once_limit: self.at_once_limit,
            look_ups: Arc::new(pool),
            scans: Arc::clone(&self.scans),
            snapshots: Arc::clone(&self.snapshots),
        })
    }

    /// A connection of its own for reading the whole library, because that takes long: the readers
    /// stay free for pages.
    pub(super) fn file(&self) -> Result<File, BoxError> {
        if self.common().is_closing() { Err(Closed.into()) } else { Ok(self.look_ups.file.clone()) }
    }

    /// The number of statements executed so far.
    pub(super) fn statements(&self) -> u64 {
        self.common().statements()
    }

    /// The load of look-ups.
    pub(super) fn in_use(&self) -> ReaderUse {
        self.look_ups.in_use()
    }

    /// The load of scans.
    pub(super) fn scans_in_use(&self) -> ReaderUse {
        self.scans.in_use()
    }

    /// The number of snapshots.
    pub(super) fn snapshots_in_use(&self) -> ReaderUse {
        let Snapshots { look_ups, scans } = &*self.snapshots;
        let (one, other) = (look_ups.in_use(), scans.in_use());
        ReaderUse {
            size: one.size + other.size,
            busy: one.busy + other.busy,
            waiting: one.waiting + other.waiting,
        }
    }

    fn common(&self) -> &ReaderShared {
        self.look_ups.common()
    }

    /// Ends the running statements, and closes the connections. Later calls fail.
    pub(super) async fn close(&self) {
        self.common().close();
        let Snapshots { look_ups, scans } = &*self.snapshots;
        for pool in [look_ups, scans, &self.scans, &self.look_ups] {
            pool.close().await;
        }
    }

    async fn in_time<T>(
        &self,
        attempted: &'static str,
        reading: impl Future<Output = Result<T, BoxError>>,
    ) -> Result<T, RepositoryError> {
        let limit = self.limit;
        match tokio::time::timeout(limit, reading).await {
            Ok(outcome) => outcome.map_err(failed(attempted)),
            Err(_) => Err(RepositoryError::TimedOut { attempted, limit }),
        }
    }

    /// The result of `reading`, however long it takes, while somebody waits for it.
    pub(super) async fn visit<T: Send + 'static>(
        &self,
        reading: impl Reading<T>,
    ) -> Result<T, BoxError> {
        let (_slot, loan) = self.look_ups.lend().await?;
        on_thread(move |caller| loan.read(caller, &reading)).await
    }
}

/// The result of `job`, on a thread that can wait for the disk. It can check whether its caller
/// still waits for it.
pub(super) async fn on_thread<T: Send + 'static>(
    job: impl FnOnce(Weak<()>) -> Result<T, BoxError> + Send + 'static,
) -> Result<T, BoxError> {
    let caller = Caller::default();
    let waits = Arc::downgrade(&caller);
    tokio::task::spawn_blocking(move || job(waits)).await?
}
