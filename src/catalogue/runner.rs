//! Runs the scans that are queued.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::disk::Disk;
use super::scan::{Outcome, ScanTask, Scanner};
use crate::causes::with_causes;
use crate::domain::catalogue::{
    Root, RootId, RunnerId, ScanCounts, ScanEnd, ScanJob, ScanPhase, ScanState,
};
use crate::domain::{Clock, Timestamp};
use crate::repository::catalogue::{Instruction, Lease, ScanReport};
use crate::repository::{Catalogue, RepositoryError};

/// How long others believe that a scan is running whose runner has said nothing since.
const LEASE: Duration = Duration::from_secs(30);

/// How often a runner says so even if nothing changed.
const RENEW_EVERY: Duration = Duration::from_secs(10);

/// How often the state of a scan is noted, and orders to stop are looked for.
const REPORT_EVERY: Duration = Duration::from_millis(500);

/// How long a scan that has to stop may take for that.
const GRACE: Duration = Duration::from_secs(1);

/// Where the folder of a root is on this machine.
pub trait Disks: Send + Sync {
    /// The disk of a root.
    fn disk_of(&self, root: &Root) -> Arc<dyn Disk>;
}

/// Runs scans, one after another for a root.
pub struct Runner {
    /// The scans.
    pub catalogue: Arc<dyn Catalogue>,
    /// What carries them out.
    pub scanner: Scanner,
    /// Where the roots are.
    pub disks: Arc<dyn Disks>,
    /// The time of what happens.
    pub clock: Arc<dyn Clock>,
    /// A random ID of this process.
    pub id: RunnerId,
    /// How long this process looks after the roots that it scans; none for one that scans by hand.
    pub promise: Option<Duration>,
}

impl Runner {
    /// Runs the scan of a root that has been queued the longest, and returns how it ended. None if there was
    /// none, or another process is scanning the root.
    ///
    /// `is_closing` ends the scan early, as the end of the process would.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn run_next(
        &self,
        root: RootId,
        is_closing: &watch::Receiver<bool>,
    ) -> Result<Option<ScanJob>, RepositoryError> {
        let now = self.clock.now();
        let Some(job) = self.catalogue.begin(&[root], self.lease(now), now).await? else {
            return Ok(None);
        };
        let roots = self.catalogue.roots().await?;
        let Some(root) = roots.into_iter().find(|root| root.id == job.order.root) else {
            return Err(RepositoryError::store("scan")("the library root is missing"));
        };
        self.run(&job, &root, is_closing).await?;
        self.catalogue.scan(job.id).await
    }

    async fn run(
        &self,
        job: &ScanJob,
        root: &Root,
        is_closing: &watch::Receiver<bool>,
    ) -> Result<(), RepositoryError> {
        tracing::debug!(root = %root.name, scan = %job.id, "scanning");
        let begin = Instant::now();
        let nothing =
            ScanReport { phase: ScanPhase::Walking, progress: None, counts: ScanCounts::default() };
        let (progress, reports) = watch::channel(nothing);
        let stop = Arc::new(AtomicBool::new(false));
        let task = ScanTask {
            job: job.clone(),
            root: root.clone(),
            disk: self.disks.disk_of(root),
            progress,
            stop: Arc::clone(&stop),
        };
        let scan = self.scanner.scan(&task);
        tokio::pin!(scan);
        let mut reporter = Reporter::new(self, job, reports, begin);
        let mut ticks = interval(REPORT_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut given_up_at = None;
        let outcome = loop {
            tokio::select! {
                outcome = &mut scan => break outcome,
                _ = ticks.tick() => {
                    if reporter.report().await || *is_closing.borrow() {
                        stop.store(true, Ordering::Relaxed);
                        given_up_at.get_or_insert_with(|| Instant::now() + GRACE);
                    }
                    // It waits for a disk or for ffprobe, and would do so for a while.
                    if given_up_at.is_some_and(|at| at <= Instant::now()) {
                        break reporter.given_up();
                    }
                }
            }
        };
        if reporter.is_lost {
            tracing::warn!(root = %root.name, scan = %job.id, "another process took over the scan");
            return Ok(());
        }
        self.finish(job, root, outcome, is_closing).await
    }

    async fn finish(
        &self,
        job: &ScanJob,
        root: &Root,
        outcome: Outcome,
        is_closing: &watch::Receiver<bool>,
    ) -> Result<(), RepositoryError> {
        let Outcome { mut end, look, error } = outcome;
        if let Some(error) = error {
            tracing::error!(root = %root.name, error = with_causes(&*error), "a scan failed");
        }
        if end.state == ScanState::Cancelled && *is_closing.borrow() {
            end.state = ScanState::Interrupted;
        }
        let now = self.clock.now();
        if let Some(look) = look {
            self.catalogue.note_look(root.id, &look, self.served_until(root, now)).await?;
        }
        self.catalogue.end(job.id, &end, self.id, now).await
    }

    /// Until when somebody looks after a root that was scanned now.
    fn served_until(&self, root: &Root, now: Timestamp) -> Option<Timestamp> {
        match self.promise {
            Some(promise) => Some(now.after(promise)),
            None => root.served_until.filter(|until| *until >= now),
        }
    }

    fn lease(&self, now: Timestamp) -> Lease {
        Lease { runner: self.id, until: now.after(LEASE) }
    }
}

/// Notes how a scan stands.
struct Reporter<'r> {
    runner: &'r Runner,
    job: &'r ScanJob,
    reports: watch::Receiver<ScanReport>,
    renewed_at: Instant,
    /// Whether another process has the scan now.
    is_lost: bool,
}

impl<'r> Reporter<'r> {
    fn new(
        runner: &'r Runner,
        job: &'r ScanJob,
        reports: watch::Receiver<ScanReport>,
        begin: Instant,
    ) -> Self {
        Self { runner, job, reports, renewed_at: begin, is_lost: false }
    }

    /// Notes how the scan stands. Returns whether it has to stop.
    async fn report(&mut self) -> bool {
        match self.instruction().await {
            Ok(Instruction::GoOn) => false,
            Ok(Instruction::Cancel) => true,
            Ok(Instruction::Lost) => {
                self.is_lost = true;
                true
            }
            Err(error) => {
                tracing::warn!(scan = %self.job.id, %error, "could not note how the scan stands");
                // Others take it over by then.
                self.is_lost = self.renewed_at.elapsed() > LEASE;
                self.is_lost
            }
        }
    }

    /// What came of a scan that is not waited for any more.
    fn given_up(&self) -> Outcome {
        let counts = self.reports.borrow().counts;
        let end = ScanEnd { state: ScanState::Cancelled, counts, message: None };
        Outcome { end, look: None, error: None }
    }

    async fn instruction(&mut self) -> Result<Instruction, RepositoryError> {
        let Runner { catalogue, clock, .. } = self.runner;
        let has_changed = self.reports.has_changed().unwrap_or(false);
        if !has_changed && self.renewed_at.elapsed() < RENEW_EVERY {
            let job = catalogue.scan(self.job.id).await?;
            let is_cancelled = job.is_some_and(|job| job.is_cancelled);
            return Ok(if is_cancelled { Instruction::Cancel } else { Instruction::GoOn });
        }
        let report = self.reports.borrow_and_update().clone();
        let lease = self.runner.lease(clock.now());
        let instruction = catalogue.report(self.job.id, &report, lease).await?;
        self.renewed_at = Instant::now();
        Ok(instruction)
    }
}

/// Roots in folders of this machine.
#[cfg(unix)]
pub struct OsDisks {
    /// The folders of roots that are elsewhere than the library says, because another machine has them too.
    own: Vec<(RootId, PathBuf)>,
}

#[cfg(unix)]
impl OsDisks {
    /// These roots are in these folders, and all others where the library says.
    pub fn new(own: Vec<(RootId, PathBuf)>) -> Self {
        Self { own }
    }
}

#[cfg(unix)]
impl Disks for OsDisks {
    fn disk_of(&self, root: &Root) -> Arc<dyn Disk> {
        use std::ffi::OsStr;
        use std::os::unix::ffi::OsStrExt;
        let own = self.own.iter().find(|(id, _)| *id == root.id).map(|(_, path)| path.clone());
        let directory = own.unwrap_or_else(|| PathBuf::from(OsStr::from_bytes(&root.directory)));
        let others = self.own.iter().map(|(_, path)| path.clone());
        let roots: Vec<PathBuf> = [directory.clone()].into_iter().chain(others).collect();
        Arc::new(super::OsDisk::new(&directory, roots.into()))
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
pub(super) mod world;
