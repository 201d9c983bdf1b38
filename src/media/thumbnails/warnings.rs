//! How often the same is said.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use crate::domain::Timestamp;

/// Warnings that are written at most once a minute: a disk that is full is full for every picture, and an ffmpeg
/// that does not run makes none.
#[derive(Debug)]
pub(super) struct Warnings {
    /// When the last one was written, in microseconds.
    last: AtomicI64,
}

impl Warnings {
    const EVERY: Duration = Duration::from_secs(60);

    pub(super) fn new() -> Self {
        Self { last: AtomicI64::new(i64::MIN) }
    }

    /// Whether one is to be written now.
    pub(super) fn is_due(&self, now: Timestamp) -> bool {
        let (now, last) = (now.as_micros(), self.last.load(Ordering::Relaxed));
        let is_due = Duration::from_micros(now.abs_diff(last)) >= Self::EVERY;
        // Of two threads that find one due, one writes it.
        is_due
            && self.last.compare_exchange(last, now, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_warning_is_due_once_a_minute() {
        let warnings = Warnings::new();
        let mut due = Vec::new();
        for seconds in [0, 1, 59, 60, 61, 119, 120, 500, 499, 400] {
            if warnings.is_due(Timestamp::from_micros(seconds * 1_000_000).unwrap()) {
                due.push(seconds);
            }
        }
        // The last one is by a clock that was set back.
        assert_eq!(due, [0, 60, 120, 500, 400]);
    }
}
