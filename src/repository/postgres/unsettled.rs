//! Writes of which it is not known whether they were committed.

use std::time::Duration;

use tokio::time::Instant;

use super::backoff::Backoff;
use super::requests::Request;
use super::transaction::BatchOutcome;

/// The first pause between looks for the outcome, and the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// A batch whose commit the database did not answer.
pub(super) struct Unsettled {
    pub(super) requests: Vec<Request>,
    /// The answers, if it was committed.
    pub(super) answers: Vec<BatchOutcome>,
    /// The sequence of its last change.
    pub(super) end: i64,
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
        end: i64,
        limit: Duration,
    ) -> Self {
        let now = Instant::now();
        let backoff = Backoff::new(FIRST_PAUSE, LONGEST_PAUSE);
        Self { requests, answers, end, look_at: now, until: now + limit, backoff }
    }

    /// Plans the next look, after one that failed; false if there is no time for another.
    pub(super) fn put_off(&mut self) -> bool {
        self.look_at = Instant::now() + self.backoff.pause();
        self.look_at < self.until
    }
}
