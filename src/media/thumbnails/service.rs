//! Thumbnails for whoever asks for them.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::task::JoinSet;

use super::cache::{Cache, CacheFolder};
use super::jobs::{Job, Jobs};
use super::maker::Maker;
use super::making::Making;
use super::no_picture::NoPicture;
use super::picture::Picture;
use super::source::Source;
use super::wanted::Wanted;
use crate::domain::Clock;

/// How many pictures are made and wait for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Queue {
    /// How many are made at once.
    pub at_once: usize,
    /// How many others wait; more are refused. Each has its file open. Any number of requests can wait for
    /// one picture.
    pub waiting: usize,
}

impl Default for Queue {
    /// What two processors make in some twenty seconds.
    fn default() -> Self {
        Self { at_once: 2, waiting: 256 }
    }
}

/// Pictures of videos. All that is going on ends when this is dropped.
pub struct Thumbnails {
    making: Arc<Making>,
    jobs: Arc<Jobs>,
    tasks: Mutex<JoinSet<()>>,
}

impl Thumbnails {
    /// Has pictures made by this maker, and keeps them in this folder. Without a maker there are those that
    /// are in the folder.
    ///
    /// To be called on a runtime: what is in the folder is counted in the background.
    pub fn new(maker: Option<Arc<dyn Maker>>, folder: CacheFolder, clock: Arc<dyn Clock>) -> Self {
        let cache = Cache::new(folder, Arc::clone(&clock));
        let making = Arc::new(Making::new(maker, cache, clock));
        let Queue { at_once, waiting } = Queue::default();
        let mut tasks = JoinSet::new();
        let counting = Arc::clone(&making);
        tasks.spawn(async move { counting.cache().count().await });
        Self { making, jobs: Arc::new(Jobs::new(at_once, waiting)), tasks: Mutex::new(tasks) }
    }

    /// The same with another queue.
    #[must_use]
    pub fn with_queue(self, Queue { at_once, waiting }: Queue) -> Self {
        Self { jobs: Arc::new(Jobs::new(at_once, waiting)), ..self }
    }

    /// A picture of a file. It is made even if the caller gives up while it is being made.
    ///
    /// # Errors
    /// When there is none, or none now.
    pub async fn get(
        &self,
        wanted: &Wanted,
        source: Arc<dyn Source>,
    ) -> Result<Picture, NoPicture> {
        if let Some(outcome) = self.making.known(wanted).await {
            return outcome;
        }
        let (waiting, job) = self.jobs.join(wanted.key())?;
        if let Some(job) = job {
            self.begin(job, *wanted, source);
        }
        waiting.outcome().await
    }

    fn begin(&self, job: Job, wanted: Wanted, source: Arc<dyn Source>) {
        let making = Arc::clone(&self.making);
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        // Tasks that are over stay in the set until somebody looks.
        while tasks.try_join_next().is_some() {}
        tasks.spawn(async move { making.carry_out(job, wanted, source).await });
    }
}

#[cfg(test)]
impl Thumbnails {
    /// How many pictures are made or wait for it.
    pub(super) fn listed(&self) -> usize {
        self.jobs.count()
    }

    /// Whether the picture of a file is one of them.
    pub(super) fn waits_for(&self, file: u128) -> bool {
        use crate::domain::file::{Fingerprint, ThumbnailWidth};
        self.jobs.has((Fingerprint::from_hash(file), ThumbnailWidth::W320))
    }
}
