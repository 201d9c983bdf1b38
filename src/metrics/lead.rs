//! How far the log of changes is ahead of the clock: if the clock is set back, new changes get the
//! time of the newest one.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use crate::domain::Timestamp;

/// The difference between clocks that is not reported: they are adjusted all the time.
const TOLERATED: Duration = Duration::from_secs(60);

/// The time of the newest change that this process knows of.
#[derive(Debug)]
pub(super) struct ClockSkewMonitor {
    newest_micros: AtomicI64,
    is_reported: AtomicBool,
}

impl Default for ClockSkewMonitor {
    fn default() -> Self {
        let newest_micros = AtomicI64::new(Timestamp::MIN.as_micros());
        Self { newest_micros, is_reported: AtomicBool::new(false) }
    }
}

impl ClockSkewMonitor {
    /// How far the newest change is ahead of the clock; nothing if it is not.
    pub fn at(&self, now: Timestamp) -> Duration {
        let micros = self.newest_micros.load(Ordering::Relaxed) - now.as_micros();
        Duration::from_micros(micros.max(0).unsigned_abs())
    }

    /// Tracks the newest change and the clock at the time it was made. It logs when the log of
    /// changes gets ahead of the clock, and when the clock has caught up, but not every change in
    /// between.
    pub fn note(&self, newest: Timestamp, now: Timestamp) {
        self.newest_micros.store(newest.as_micros(), Ordering::Relaxed);
        let lead = self.at(now);
        let is_ahead = lead > TOLERATED;
        if self.is_reported.swap(is_ahead, Ordering::Relaxed) == is_ahead {
            return;
        }
        if is_ahead {
            tracing::warn!(
                ahead_seconds = lead.as_secs(),
                newest_change = %newest,
                "the newest change is later than the clock, which was set back: new changes get \
                 the time of that change until the clock has passed it; correct the clock if it is \
                 wrong"
            );
        } else {
            tracing::info!("the clock has caught up with the newest change");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lead_is_what_the_clock_lacks_and_never_below_nothing() {
        let at = |seconds: i64| Timestamp::from_micros(seconds * 1_000_000).unwrap();
        let lead = ClockSkewMonitor::default();
        assert_eq!(lead.at(Timestamp::MIN), Duration::ZERO);
        lead.note(at(100), at(40));
        assert!(!lead.is_reported.load(Ordering::Relaxed));
        lead.note(at(100), at(39));
        assert!(lead.is_reported.load(Ordering::Relaxed));
        assert_eq!((lead.at(at(39)), lead.at(at(101))), (Duration::from_secs(61), Duration::ZERO));
        lead.note(at(110), at(110));
        assert!(!lead.is_reported.load(Ordering::Relaxed));
        lead.note(Timestamp::MAX, Timestamp::MIN);
        assert!(lead.at(Timestamp::MIN) > lead.at(at(0)));
    }
}
