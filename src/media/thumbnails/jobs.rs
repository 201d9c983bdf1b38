//! Pictures that are being made or wait for it, each once, however many ask for it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Semaphore, SemaphorePermit, watch};

use super::no_picture::NoPicture;
use super::picture::Picture;
use super::wanted::Key;

/// The outcome of a request.
pub(super) type Outcome = Result<Picture, NoPicture>;

/// The pictures that are being made or wait for it.
pub(super) struct Jobs {
    listed: Mutex<HashMap<Key, Listed>>,
    most: usize,
    turns: Semaphore,
}

struct Listed {
    outcome: Arc<watch::Sender<Option<Outcome>>>,
    has_begun: bool,
}

impl Listed {
    fn is_needed(&self) -> bool {
        self.has_begun || self.outcome.receiver_count() > 0
    }
}

/// A request that waits for its picture.
pub(super) struct Waiting(watch::Receiver<Option<Outcome>>);

/// A picture to make. Unless it is finished, those who wait for it learn that nobody makes it any more.
pub(super) struct Job {
    key: Key,
    outcome: Arc<watch::Sender<Option<Outcome>>>,
    jobs: Arc<Jobs>,
}

impl Jobs {
    /// Makes so many pictures at once, while so many others wait.
    pub(super) fn new(at_once: usize, waiting: usize) -> Self {
        let most = at_once.saturating_add(waiting);
        Self { listed: Mutex::default(), most, turns: Semaphore::new(at_once) }
    }

    /// Waits for a picture, together with all who wait for it already. The first of them gets the job.
    pub(super) fn join(self: &Arc<Self>, key: Key) -> Result<(Waiting, Option<Job>), NoPicture> {
        let mut listed = self.listed();
        if let Some(job) = listed.get(&key) {
            return Ok((Waiting(job.outcome.subscribe()), None));
        }
        if listed.len() >= self.most {
            listed.retain(|_, job| job.is_needed());
        }
        if listed.len() >= self.most {
            return Err(NoPicture::Busy);
        }
        let (outcome, waiting) = watch::channel(None);
        let outcome = Arc::new(outcome);
        listed.insert(key, Listed { outcome: Arc::clone(&outcome), has_begun: false });
        Ok((Waiting(waiting), Some(Job { key, outcome, jobs: Arc::clone(self) })))
    }

    fn listed(&self) -> MutexGuard<'_, HashMap<Key, Listed>> {
        // What is in it is right after every statement.
        self.listed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    /// Waits for the outcome.
    pub(super) async fn outcome(mut self) -> Outcome {
        match self.0.wait_for(Option::is_some).await {
            Ok(outcome) => outcome.clone().expect("this was waited for"),
            Err(_) => {
                Err(NoPicture::Unavailable("the thumbnail is no longer being made".to_owned()))
            }
        }
    }
}

impl Job {
    /// Whether somebody still waits for the picture.
    pub(super) fn is_needed(&self) -> bool {
        self.outcome.receiver_count() > 0
    }

    /// Waits until the picture can be made; none if nobody waits for it any more.
    pub(super) async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        // Nobody closes it.
        let turn = self.jobs.turns.acquire().await.ok()?;
        let mut listed = self.jobs.listed();
        let job = listed.get_mut(&self.key).filter(|job| self.is(job) && job.is_needed())?;
        job.has_begun = true;
        Some(turn)
    }

    /// Gives the outcome to all who wait for it.
    pub(super) fn finish(&self, outcome: Outcome) {
        self.outcome.send_replace(Some(outcome));
    }

    fn is(&self, job: &Listed) -> bool {
        Arc::ptr_eq(&self.outcome, &job.outcome)
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        let mut listed = self.jobs.listed();
        // Another job can have its place by now.
        if listed.get(&self.key).is_some_and(|job| self.is(job)) {
            listed.remove(&self.key);
        }
    }
}

#[cfg(test)]
impl Jobs {
    /// How many pictures are made or wait for it.
    pub(super) fn count(&self) -> usize {
        self.listed().len()
    }

    /// Whether a picture is one of them.
    pub(super) fn has(&self, key: Key) -> bool {
        self.listed().contains_key(&key)
    }
}
