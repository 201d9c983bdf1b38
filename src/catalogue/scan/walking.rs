//! A walk on a thread of its own.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::time::timeout;

use super::halt::Halt;
use crate::catalogue::{Found, Walk};
use crate::domain::catalogue::RootName;

/// A walk on a thread that may wait for the disk. If the disk hangs, the thread is given up.
///
/// It hurries ahead of whoever reads the files, so that it is soon known how many there are.
pub(super) struct Walker {
    steps: mpsc::UnboundedReceiver<Step>,
    walked: Arc<Walked>,
    stop: Arc<AtomicBool>,
    patience: Duration,
}

enum Step {
    /// What was found, which has its place among what waits until it is handed over.
    Found(Vec<Found>, OwnedSemaphorePermit),
    Complete,
}

/// How many files a walk has found.
#[derive(Debug, Default)]
pub(super) struct Walked {
    files: AtomicU64,
    total: OnceLock<u64>,
}

impl Walked {
    /// The number of all files, once the walk is over.
    pub(super) fn total(&self) -> Option<u64> {
        self.total.get().copied()
    }

    fn note(&self, found: &Found) {
        if matches!(found, Found::File { .. }) {
            self.files.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn complete(&self) {
        self.total.get_or_init(|| self.files.load(Ordering::Relaxed));
    }
}

impl Walker {
    /// The most that is handed over at once.
    pub(super) const BATCH: usize = 1_000;
    /// How much may wait to be handed over: some 20 MB.
    const AHEAD: usize = 100_000;
    /// How long something that was found waits for more.
    const PAUSE: Duration = Duration::from_millis(100);
    /// How often a walk that finds nothing is asked to stop.
    const LOOK: Duration = Duration::from_millis(250);

    /// Sets a walk off. It ends early once `stop` is set.
    pub(super) fn start(walk: Walk, stop: Arc<AtomicBool>, patience: Duration) -> Self {
        let (sender, steps) = mpsc::unbounded_channel();
        let walked = Arc::new(Walked::default());
        let walking = Walking {
            sender,
            places: Arc::new(Semaphore::new(Self::AHEAD)),
            walked: Arc::clone(&walked),
            runtime: Handle::current(),
        };
        drop(tokio::task::spawn_blocking(move || walking.run(walk)));
        Self { steps, walked, stop, patience }
    }

    /// How many files it has found.
    pub(super) fn walked(&self) -> &Arc<Walked> {
        &self.walked
    }

    /// What was found next; none once the walk is complete.
    ///
    /// # Errors
    /// When it was stopped, or the disk does not answer.
    pub(super) async fn next(&mut self, root: &RootName) -> Result<Option<Vec<Found>>, Halt> {
        let begin = Instant::now();
        loop {
            if self.stop.load(Ordering::Relaxed) {
                return Err(Halt::Stopped);
            }
            let left = self.patience.saturating_sub(begin.elapsed());
            match timeout(left.min(Self::LOOK), self.steps.recv()).await {
                Ok(Some(Step::Found(found, place))) => {
                    drop(place);
                    return Ok(Some(found));
                }
                Ok(Some(Step::Complete)) => return Ok(None),
                Ok(None) => return Err(Halt::ended_early()),
                Err(_) if left <= Self::LOOK => {
                    return Err(Halt::hung(root, self.patience));
                }
                Err(_) => {}
            }
        }
    }
}

/// What the thread of a walk has.
struct Walking {
    sender: mpsc::UnboundedSender<Step>,
    places: Arc<Semaphore>,
    walked: Arc<Walked>,
    runtime: Handle,
}

impl Walking {
    /// Walks until the end, or until nobody wants to know more.
    fn run(&self, mut walk: Walk) {
        let (mut batch, mut begin) = (Vec::new(), Instant::now());
        for found in walk.by_ref() {
            self.walked.note(&found);
            batch.push(found);
            if batch.len() >= Walker::BATCH || begin.elapsed() >= Walker::PAUSE {
                if !self.hand_over(std::mem::take(&mut batch)) {
                    return;
                }
                begin = Instant::now();
            }
        }
        let is_complete = walk.is_complete();
        if is_complete {
            self.walked.complete();
        }
        if (batch.is_empty() || self.hand_over(batch)) && is_complete {
            // Nobody may be waiting for it any more.
            let _ = self.sender.send(Step::Complete);
        }
    }

    /// Returns whether anybody wants to know more.
    fn hand_over(&self, found: Vec<Found>) -> bool {
        // It is at most what a batch has.
        let places = u32::try_from(found.len()).unwrap_or(u32::MAX);
        let places = Arc::clone(&self.places).acquire_many_owned(places);
        let Ok(places) = self.runtime.block_on(places) else { return false };
        self.sender.send(Step::Found(found, places)).is_ok()
    }
}
