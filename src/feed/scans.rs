//! The state of scans, for those who show how they proceed.
//!
//! One task asks the store whether anything has changed, and reads the scans once for everybody. Nothing is
//! queued: a subscriber compares what it has shown with how the scans are now, and what it missed in between
//! makes no difference.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::stream::{self, Stream};
use tokio::sync::watch;
use tokio::time::sleep;

use super::error::FeedError;
use crate::causes::with_causes;
use crate::domain::PageRequest;
use crate::domain::catalogue::{ScanId, ScanJob, ScanState};
use crate::repository::catalogue::{Catalogue, ScanFilter};
use crate::repository::{RepositoryError, VideoRepository};

/// How many scans are read: the newest, and the newest of those that have not ended.
const LISTED: usize = 100;

/// The scans at a revision of the catalogue.
#[derive(Clone, Debug)]
struct Scans {
    revision: i64,
    jobs: Vec<ScanJob>,
}

impl Scans {
    async fn read(catalogue: &dyn Catalogue) -> Result<Self, RepositoryError> {
        // What changes after the revision was read is in the next one as well.
        let revision = catalogue.revision().await?;
        let page = PageRequest::Forward { limit: LISTED, after: None };
        let going_on = Some(vec![ScanState::Queued, ScanState::Running]);
        let going_on = ScanFilter { root: None, states: going_on };
        let mut jobs = catalogue.scans(&ScanFilter::default(), &page).await?.items;
        for job in catalogue.scans(&going_on, &page).await?.items {
            match jobs.iter_mut().find(|other| other.id == job.id) {
                Some(other) => *other = job,
                None => jobs.push(job),
            }
        }
        // Those that were asked for first come first.
        jobs.sort_unstable_by_key(|job| (job.created_at, job.id));
        Ok(Self { revision, jobs })
    }
}

/// The meeting point of those who follow scans and the task that reads them.
pub(super) struct ScanWatch {
    repository: Arc<dyn VideoRepository>,
    interval: Duration,
    news: watch::Sender<Option<Arc<Scans>>>,
    state: Mutex<State>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Idle,
    Running,
    Closed,
}

impl ScanWatch {
    pub(super) fn new(repository: Arc<dyn VideoRepository>, interval: Duration) -> Self {
        let (news, state) = (watch::Sender::new(None), Mutex::new(State::Idle));
        Self { repository, interval, news, state }
    }

    /// Adds a subscriber, for whom the task runs.
    fn join(self: &Arc<Self>) -> Result<watch::Receiver<Option<Arc<Scans>>>, FeedError> {
        let mut state = self.state();
        if *state == State::Closed {
            return Err(FeedError::Closed);
        }
        let receiver = self.news.subscribe();
        if *state == State::Idle {
            *state = State::Running;
            drop(tokio::spawn(follow(Arc::clone(self))));
        }
        Ok(receiver)
    }

    /// Whether anybody listens; otherwise the task ends.
    fn is_needed(&self) -> bool {
        let mut state = self.state();
        if *state == State::Running && self.news.receiver_count() == 0 {
            *state = State::Idle;
        }
        *state == State::Running
    }

    fn is_closed(&self) -> bool {
        *self.state() == State::Closed
    }

    /// Ends every subscription.
    pub(super) fn close(&self) {
        *self.state() = State::Closed;
        self.news.send_modify(|_| {});
    }

    // What is kept here is sound after each step, so that a poisoned lock guards a sound state.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads the scans whenever they may have changed, while anybody listens.
async fn follow(watch: Arc<ScanWatch>) {
    let catalogue = watch.repository.catalogue();
    let (mut known, mut has_failed) = (None, false);
    while watch.is_needed() {
        match read_after(&*catalogue, known).await {
            Ok(None) => has_failed = false,
            Ok(Some(scans)) => {
                has_failed = false;
                known = Some(scans.revision);
                watch.news.send_replace(Some(Arc::new(scans)));
            }
            Err(error) => {
                if !has_failed {
                    let error = with_causes(&error);
                    tracing::error!(error, "could not read scans; trying again");
                }
                has_failed = true;
            }
        }
        sleep(watch.interval).await;
    }
}

async fn read_after(
    catalogue: &dyn Catalogue,
    known: Option<i64>,
) -> Result<Option<Scans>, RepositoryError> {
    if known.is_some() && known == Some(catalogue.revision().await?) {
        return Ok(None);
    }
    Scans::read(catalogue).await.map(Some)
}

/// A subscription to how scans proceed.
pub struct ScanSubscription {
    watch: Arc<ScanWatch>,
    news: watch::Receiver<Option<Arc<Scans>>>,
    /// The scan that is followed; none for all of them.
    only: Option<ScanId>,
    /// What has been shown, and from which revision on that changes.
    shown: HashMap<ScanId, ScanJob>,
    revision: i64,
    /// What is to be shown next, in reverse.
    next: Vec<ScanJob>,
}

impl ScanSubscription {
    /// Follows a scan, or all of them. None if there is no such scan.
    pub(super) async fn begin(
        watch: &Arc<ScanWatch>,
        only: Option<ScanId>,
    ) -> Result<Option<Self>, FeedError> {
        let news = watch.join()?;
        let catalogue = watch.repository.catalogue();
        let (scans, shown) = match only {
            Some(id) => {
                let revision = catalogue.revision().await?;
                let Some(job) = catalogue.scan(id).await? else { return Ok(None) };
                (Scans { revision, jobs: vec![job] }, HashMap::new())
            }
            None => {
                let scans = Scans::read(&*catalogue).await?;
                // What has ended before is not news.
                let ended = scans.jobs.iter().filter(|job| job.state.is_end());
                let shown = ended.map(|job| (job.id, job.clone())).collect();
                (scans, shown)
            }
        };
        let watch = Arc::clone(watch);
        let mut begun =
            Self { watch, news, only, shown, revision: scans.revision, next: Vec::new() };
        begun.take_in(&scans);
        Ok(Some(begun))
    }

    /// Every state of the scans that is not what was shown before. An error is the last item.
    pub fn into_stream(self) -> impl Stream<Item = Result<ScanJob, FeedError>> + Send {
        stream::unfold(Some(self), async |subscription| {
            let mut subscription = subscription?;
            let next = subscription.next().await?;
            let goes_on = next.as_ref().is_ok_and(|job| !subscription.ends_with(job));
            Some((next, goes_on.then_some(subscription)))
        })
    }

    /// Whether there is nothing to be said after this.
    fn ends_with(&self, job: &ScanJob) -> bool {
        self.only.is_some() && job.state.is_end()
    }

    async fn next(&mut self) -> Option<Result<ScanJob, FeedError>> {
        loop {
            if self.watch.is_closed() {
                return Some(Err(FeedError::Closed));
            }
            if let Some(job) = self.next.pop() {
                return Some(Ok(job));
            }
            self.news.changed().await.ok()?;
            let scans = self.news.borrow_and_update().clone();
            if let Some(scans) = scans
                && let Err(error) = self.look(&scans).await
            {
                return Some(Err(error.into()));
            }
        }
    }

    /// Takes in how the scans are now, unless that is older than what was shown.
    async fn look(&mut self, scans: &Scans) -> Result<(), RepositoryError> {
        if scans.revision < self.revision {
            return Ok(());
        }
        let mut scans = scans.clone();
        // One that has ended behind more than are listed is not to be forgotten.
        let is_listed = |id: &ScanId| scans.jobs.iter().any(|job| job.id == *id);
        let left_out = self.shown.values().filter(|job| !job.state.is_end() && !is_listed(&job.id));
        let left_out: Vec<ScanId> = left_out.map(|job| job.id).collect();
        for id in left_out {
            scans.jobs.extend(self.watch.repository.catalogue().scan(id).await?);
        }
        self.revision = scans.revision;
        self.take_in(&scans);
        Ok(())
    }

    fn take_in(&mut self, scans: &Scans) {
        let only = self.only;
        let is_followed = |job: &&ScanJob| only.is_none_or(|id| id == job.id);
        let followed = scans.jobs.iter().filter(is_followed);
        let news: Vec<ScanJob> =
            followed.filter(|job| self.shown.get(&job.id) != Some(job)).cloned().collect();
        // What is not listed any more has ended.
        self.shown = scans.jobs.iter().filter(is_followed).map(|it| (it.id, it.clone())).collect();
        self.next = news.into_iter().rev().collect();
    }
}
