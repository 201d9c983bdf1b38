//! Looks after the library roots of a server: scans them at the start, on a schedule and on request.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::runner::Runner;
use super::watch::Watcher;
use crate::domain::IdSource;
use crate::domain::catalogue::{RootId, ScanCounts, ScanJob, ScanState};
use asking::{Asking, log};

mod asking;
mod standing;

pub use asking::Pace;

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
    /// What watches the roots; none if they are not to be watched.
    pub watcher: Option<Arc<dyn Watcher>>,
    /// How often things are done.
    pub pace: Pace,
}

impl Keeper {
    /// How long a promise to look after roots holds.
    pub const PROMISE: Duration = standing::PROMISE;

    /// Looks after these roots.
    pub fn start(keeping: &Keeping, roots: &[RootId]) -> Self {
        let (close, closing) = watch::channel(false);
        let mut tasks = JoinSet::new();
        for root in roots.iter().copied() {
            let (sender, unsettled) = mpsc::unbounded_channel();
            tasks.spawn(keeping.asking(root).run(unsettled, closing.clone()));
            let (keeping, closing) = (keeping.clone(), closing.clone());
            tasks.spawn(async move { keeping.keep(root, &sender, closing).await });
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
    fn asking(&self, root: RootId) -> Asking {
        let with = (Arc::clone(&self.runner), Arc::clone(&self.ids));
        Asking::new(with, (self.every, self.pace), self.watcher.clone(), root)
    }

    /// Runs the scans of a root that are queued.
    async fn keep(
        &self,
        root: RootId,
        unsettled: &mpsc::UnboundedSender<Vec<String>>,
        mut closing: watch::Receiver<bool>,
    ) {
        loop {
            let rest = match self.runner.run_next(root, &closing).await {
                Ok(Some(job)) => {
                    log_end(&job);
                    if job.counts.unsettled > 0 {
                        // Nobody hears of it while everything ends.
                        let _ = unsettled.send(job.order.paths);
                    }
                    Duration::ZERO
                }
                Ok(None) => self.pace.look,
                Err(error) => {
                    log(Err(error));
                    self.pace.promise
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
            if !pause(&mut closing, self.pace.promise).await {
                return;
            }
        }
    }
}

fn log_end(job: &ScanJob) {
    let (scan, state, reason) = (job.id, job.state.as_str(), job.message.as_deref());
    let ScanCounts { seen, added, updated, moved, restored, missing, problems, .. } = job.counts;
    if matches!(job.state, ScanState::Failed | ScanState::NeedsConfirmation) {
        tracing::warn!(%scan, state, reason, "a scan did not do everything");
    } else {
        tracing::info!(
            %scan, state, seen, added, updated, moved, restored, missing, problems, "scanned"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::runner::world::{World, open, world};
    use crate::domain::catalogue::RootState;
    use crate::domain::{Clock, RandomIds, SystemClock, Timestamp};
    use crate::repository::catalogue::ScanFilter;

    const HOUR: Duration = Duration::from_hours(1);

    fn keeping(world: &World, every: Duration) -> Keeping {
        Keeping {
            runner: Arc::clone(&world.runner),
            ids: Arc::new(RandomIds),
            every,
            watcher: None,
            pace: Pace::default(),
        }
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
        for (every, expected) in [(6 * HOUR, false), (Duration::ZERO, false), (4 * HOUR, true)] {
            let is_due = keeping(&world, every).asking(world.root).is_due().await.unwrap();
            assert_eq!(is_due, expected, "{every:?}");
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
