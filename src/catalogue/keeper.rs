//! Looks after the library roots of a server: scans them at the start, on a schedule and on request.

use std::mem;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::runner::Runner;
use crate::domain::catalogue::{RootId, ScanCounts, ScanId, ScanJob, ScanOrder, ScanState};
use crate::domain::{IdSource, PageRequest};
use crate::repository::RepositoryError;
use crate::repository::catalogue::ScanFilter;

/// How often scans that were asked for are looked for.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// How often it is verified whether the next scheduled scan is due.
const SCHEDULE_EVERY: Duration = Duration::from_secs(60);

/// How often a server promises to look after its roots.
const PROMISE_EVERY: Duration = Duration::from_secs(30);

/// Looks after library roots until it is closed.
pub struct Keeper {
    keeping: JoinSet<()>,
    close: watch::Sender<bool>,
}

/// What a keeper needs.
#[derive(Clone)]
pub struct Keeping {
    /// Runs the scans.
    pub runner: Arc<Runner>,
    /// The IDs of scans.
    pub ids: Arc<dyn IdSource>,
    /// The time between two scans; zero for none on a schedule.
    pub every: Duration,
}

impl Keeper {
    /// How long a promise to look after roots holds.
    pub const PROMISE: Duration = Duration::from_secs(90);

    /// Looks after these roots.
    pub fn start(keeping: &Keeping, roots: &[RootId]) -> Self {
        let (close, closing) = watch::channel(false);
        let mut tasks = JoinSet::new();
        for root in roots.iter().copied() {
            let (keeping, closing) = (keeping.clone(), closing.clone());
            tasks.spawn(async move { keeping.keep(root, closing).await });
        }
        let (keeping, roots) = (keeping.clone(), roots.to_vec());
        tasks.spawn(async move { keeping.promise(&roots, closing).await });
        Self { keeping: tasks, close }
    }

    /// Ends running scans, which the next ones complete, and waits for that.
    pub async fn close(mut self) {
        self.close.send_replace(true);
        while self.keeping.join_next().await.is_some() {}
    }
}

/// Pauses. Returns whether to go on after that, because nobody closes the keeper.
async fn pause(closing: &mut watch::Receiver<bool>, pause: Duration) -> bool {
    timeout(pause, closing.wait_for(|is_closing| *is_closing)).await.is_err()
}

impl Keeping {
    async fn keep(&self, root: RootId, mut closing: watch::Receiver<bool>) {
        log(self.queue(root).await);
        let mut looks = 0_u64;
        // Files that were being written are looked at again soon.
        let mut has_unsettled = false;
        loop {
            looks += 1;
            if looks.is_multiple_of(SCHEDULE_EVERY.as_secs() / LOOK_EVERY.as_secs()) {
                match mem::take(&mut has_unsettled) {
                    true => log(self.queue(root).await),
                    false => log(self.queue_if_due(root).await),
                }
            }
            let rest = match self.runner.run_next(root, &closing).await {
                Ok(Some(job)) => {
                    log_end(&job);
                    has_unsettled = job.counts.unsettled > 0;
                    Duration::ZERO
                }
                Ok(None) => LOOK_EVERY,
                Err(error) => {
                    log(Err(error));
                    PROMISE_EVERY
                }
            };
            if !pause(&mut closing, rest).await {
                return;
            }
        }
    }

    async fn promise(&self, roots: &[RootId], mut closing: watch::Receiver<bool>) {
        loop {
            let until = self.runner.clock.now().after(Keeper::PROMISE);
            log(self.runner.catalogue.serve(roots, until).await);
            if !pause(&mut closing, PROMISE_EVERY).await {
                return;
            }
        }
    }

    async fn queue(&self, root: RootId) -> Result<(), RepositoryError> {
        let order = ScanOrder::of_root(root);
        let id = ScanId::from(self.ids.next_id());
        self.runner.catalogue.queue(id, &order, self.runner.clock.now()).await.map(drop)
    }

    /// Queues a scan if the last one of the whole root was asked for long enough ago.
    async fn queue_if_due(&self, root: RootId) -> Result<(), RepositoryError> {
        if self.every.is_zero() {
            return Ok(());
        }
        let filter = ScanFilter { root: Some(root), states: None };
        const RECENT: usize = 50;
        let recent = self.runner.catalogue.scans(&filter, &PageRequest::first(RECENT)).await?;
        let last = recent.items.into_iter().find(|job| job.order.paths.is_empty());
        let now = self.runner.clock.now();
        match last.is_none_or(|job| job.created_at.after(self.every) <= now) {
            true => self.queue(root).await,
            false => Ok(()),
        }
    }
}

fn log_end(job: &ScanJob) {
    let (scan, state, message) = (job.id, job.state.as_str(), job.message.as_deref());
    let ScanCounts { seen, added, updated, moved, restored, missing, problems, .. } = job.counts;
    if matches!(job.state, ScanState::Failed | ScanState::NeedsConfirmation) {
        tracing::warn!(%scan, state, message, "a scan did not do everything");
    } else {
        tracing::info!(
            %scan, state, seen, added, updated, moved, restored, missing, problems, "scanned"
        );
    }
}

fn log(outcome: Result<(), RepositoryError>) {
    if let Err(error) = outcome {
        tracing::warn!(%error, "could not look after the library roots; trying again");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::runner::world::{World, open, world};
    use crate::domain::catalogue::RootState;
    use crate::domain::{Clock, RandomIds, SystemClock, Timestamp};

    const HOUR: Duration = Duration::from_hours(1);

    fn keeping(world: &World, every: Duration) -> Keeping {
        Keeping { runner: Arc::clone(&world.runner), ids: Arc::new(RandomIds), every }
    }

    fn before(now: Timestamp, ago: Duration) -> Timestamp {
        let micros = i64::try_from(ago.as_micros()).unwrap();
        Timestamp::from_micros(now.as_micros() - micros).unwrap()
    }

    async fn queued(world: &World) -> u64 {
        let states = Some(vec![ScanState::Queued]);
        world.catalogue.count_scans(&ScanFilter { root: None, states }).await.unwrap()
    }

    #[tokio::test]
    async fn a_scan_is_due_some_time_after_the_last_one_was_asked_for() {
        let world = world(None).await;
        let now = SystemClock.now();
        world.queue_at(before(now, 5 * HOUR)).await;
        world.runner.run_next(world.root, &open().1).await.unwrap();
        for (every, expected) in [(6 * HOUR, 0), (Duration::ZERO, 0), (4 * HOUR, 1)] {
            keeping(&world, every).queue_if_due(world.root).await.unwrap();
            assert_eq!(queued(&world).await, expected, "{every:?}");
        }
    }

    #[tokio::test]
    async fn a_root_is_scanned_at_the_start_and_looked_after() {
        let world = world(Some(Keeper::PROMISE)).await;
        let keeper = Keeper::start(&keeping(&world, Duration::ZERO), &[world.root]);
        world.gate.reached.notified().await;
        keeper.close().await;
        let root = world.root().await;
        assert!(root.served_until.is_some_and(|until| until > SystemClock.now()));
        assert_eq!(queued(&world).await, 0);
        let later = SystemClock.now().after(2 * Keeper::PROMISE);
        assert!(matches!(root.state(later), RootState::Offline(_)));
    }
}
