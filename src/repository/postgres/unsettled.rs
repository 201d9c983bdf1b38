//! Writes of which it is not known whether they were committed.

use std::time::Duration;

use tokio::time::Instant;

use super::backoff::Backoff;
use super::requests::Request;
use super::transaction::{BatchOutcome, Changed};

/// The first pause between looks for the outcome, and the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// A batch whose commit the database did not answer.
pub(super) struct Unsettled {
    pub(super) requests: Vec<Request>,
    /// The answers, if it was committed.
    pub(super) answers: Vec<BatchOutcome>,
    /// What it changed then.
    pub(super) changed: Changed,
    /// When to look for the outcome.
    pub(super) look_at: Instant,
    until: Instant,
    backoff: Backoff,
}

impl Unsettled {
    /// To be looked for at once, and for this long.
    pub(super) fn new(
        requests: Vec<Request>,
        answers: Vec<BatchOutcome>,
        changed: Changed,
        limit: Duration,
    ) -> Self {
        let now = Instant::now();
        let backoff = Backoff::new(FIRST_PAUSE, LONGEST_PAUSE);
        Self { requests, answers, changed, look_at: now, until: now + limit, backoff }
    }

    /// Plans the next look, after one that failed; false if there is no time for another.
    pub(super) fn put_off(&mut self) -> bool {
        self.look_at = Instant::now() + self.backoff.pause();
        self.look_at < self.until
    }
}
