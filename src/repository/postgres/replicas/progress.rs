//! How the log of the primary grew, to tell how old the state of a replica is.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The number of ends that are remembered: more than half an hour at two a second.
const ROOM: usize = 4096;

/// The ends of the log of the primary, each with the time when it was first seen.
#[derive(Default)]
pub(super) struct Progress(Mutex<VecDeque<(Instant, i64)>>);

/// How far a replica is behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Lag {
    pub(super) changes: u64,
    /// The time since the primary has been beyond the end of the replica's log, as far as it was watched.
    pub(super) time: Duration,
}

impl Progress {
    /// Records where the log of the primary ends now.
    pub(super) fn note(&self, now: Instant, end: i64) {
        let mut ends = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A primary that has lost changes begins anew.
        while ends.back().is_some_and(|(_, last)| *last > end) {
            ends.pop_back();
        }
        if ends.back().is_none_or(|(_, last)| *last < end) {
            ends.push_back((now, end));
        }
        if ends.len() > ROOM {
            ends.pop_front();
        }
    }

    /// How far a replica is behind whose log ends here.
    pub(super) fn lag(&self, now: Instant, end: i64) -> Lag {
        let ends = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let newest = ends.back().map_or(end, |(_, newest)| *newest);
        let beyond = ends.partition_point(|(_, seen)| *seen <= end);
        Lag {
            changes: u64::try_from(newest - end).unwrap_or(0),
            time: ends.get(beyond).map_or(Duration::ZERO, |(at, _)| now.duration_since(*at)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replica_is_as_old_as_the_first_change_that_it_lacks() {
        let (begun, progress) = (Instant::now(), Progress::default());
        let after = |seconds| begun + Duration::from_secs(seconds);
        let lag = |end| {
            let Lag { changes, time } = progress.lag(after(100), end);
            (changes, time.as_secs())
        };
        assert_eq!(lag(5), (0, 0));
        for (seconds, end) in [(0, 10), (10, 10), (20, 12), (30, 20), (40, 20)] {
            progress.note(after(seconds), end);
        }
        assert_eq!(lag(21), (0, 0));
        assert_eq!(lag(20), (0, 0));
        assert_eq!(lag(19), (1, 70));
        assert_eq!(lag(12), (8, 70));
        assert_eq!(lag(11), (9, 80));
        assert_eq!(lag(10), (10, 80));
        assert_eq!(lag(0), (20, 100));
        progress.note(after(50), 15);
        assert_eq!(lag(12), (3, 50));
        assert_eq!(lag(15), (0, 0));
    }

    #[test]
    fn the_ends_that_are_remembered_are_few() {
        let (now, progress) = (Instant::now(), Progress::default());
        for end in 0..10_000 {
            progress.note(now, end);
        }
        assert_eq!(progress.0.lock().unwrap().len(), ROOM);
    }
}
