//! A walk on a thread of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tokio::time::timeout;

use super::halt::Halt;
use crate::catalogue::{Found, Walk};
use crate::domain::catalogue::RootName;

/// A walk on a thread that may wait for the disk. If the disk hangs, the thread is given up.
pub(super) struct Walker {
    steps: mpsc::Receiver<Step>,
    stop: Arc<AtomicBool>,
    patience: Duration,
}

enum Step {
    Found(Vec<Found>),
    Complete,
}

impl Walker {
    /// The most that is handed over at once.
    pub(super) const BATCH: usize = 1_000;
    /// How long something that was found waits for more.
    const PAUSE: Duration = Duration::from_millis(100);
    /// How often a walk that finds nothing is asked to stop.
    const LOOK: Duration = Duration::from_millis(250);

    /// Sets a walk off. It ends early once `stop` is set.
    pub(super) fn start(walk: Walk, stop: Arc<AtomicBool>, patience: Duration) -> Self {
        let (sender, steps) = mpsc::channel(4);
        drop(tokio::task::spawn_blocking(move || run(walk, &sender)));
        Self { steps, stop, patience }
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
                Ok(Some(Step::Found(found))) => return Ok(Some(found)),
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

/// Walks until the end, or until nobody wants to know more.
fn run(mut walk: Walk, sender: &mpsc::Sender<Step>) {
    let (mut batch, mut begin) = (Vec::new(), Instant::now());
    for found in walk.by_ref() {
        batch.push(found);
        if batch.len() >= Walker::BATCH || begin.elapsed() >= Walker::PAUSE {
            if sender.blocking_send(Step::Found(std::mem::take(&mut batch))).is_err() {
                return;
            }
            begin = Instant::now();
        }
    }
    let rest = batch.is_empty() || sender.blocking_send(Step::Found(batch)).is_ok();
    if rest && walk.is_complete() {
        // Nobody may be waiting for it any more.
        let _ = sender.blocking_send(Step::Complete);
    }
}
