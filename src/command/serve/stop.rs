//! The time budget of a shutdown.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::config::ServeSettings;

/// The maximum that is reserved from the time for requests, for closing the library.
const CLOSING: Duration = Duration::from_secs(1);

/// The maximum that is reserved from the time for closing, for sending and writing telemetry.
const REPORTING: Duration = Duration::from_millis(250);

/// The time for closing the library if requests get none.
const SHORTEST: Duration = Duration::from_secs(1);

/// The time limits of a shutdown, from the signal on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct StopTimes {
    /// How long the server keeps serving while it reports not to be ready.
    pub drain: Duration,
    /// How long requests in flight can take after that.
    pub requests: Duration,
    /// When all must be closed.
    pub closed: Duration,
    /// When the process must have ended.
    pub ended: Duration,
}

impl StopTimes {
    pub fn of(settings: &ServeSettings) -> Self {
        let (drain, limit) = (settings.drain, settings.stop_limit);
        let whole = limit.max(SHORTEST);
        Self {
            drain,
            requests: limit - CLOSING.min(limit / 4),
            closed: drain + whole - REPORTING.min(whole / 16),
            ended: drain + whole,
        }
    }
}

/// The step of a shutdown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Requests,
    Scans,
    Keys,
    Library,
}

/// What it means if a step did not finish.
impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Requests => "requests were still in flight",
            Self::Scans => "a scan was still running: the next one completes it",
            Self::Keys => "the times of the last use of keys were not saved",
            Self::Library => {
                "the library was not closed. No acknowledged change is lost, but keep the -wal \
                 file next to the library: it is part of the library"
            }
        })
    }
}

/// The current step of a shutdown, for the report if it does not finish.
#[derive(Clone)]
pub(super) struct Progress(Arc<Mutex<Step>>);

impl Progress {
    pub fn new() -> Self {
        Self(Arc::new(Mutex::new(Step::Requests)))
    }

    pub fn begin(&self, step: Step) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = step;
    }

    pub fn step(&self) -> Step {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[track_caller]
    fn check(arguments: &[&str], expected: [u64; 4]) {
        #[derive(Parser)]
        struct Settings {
            #[command(flatten)]
            serve: ServeSettings,
        }
        let arguments = ["reelgraph"].iter().chain(arguments);
        let times = StopTimes::of(&Settings::parse_from(arguments).serve);
        let [drain, requests, closed, ended] = expected.map(Duration::from_micros);
        assert_eq!(times, StopTimes { drain, requests, closed, ended });
    }

    #[test]
    fn a_stop_ends_within_its_time_and_leaves_some_to_close_the_library_in() {
        check(&[], [0, 9_000_000, 9_750_000, 10_000_000]);
        check(&["--stop-seconds", "1"], [0, 750_000, 937_500, 1_000_000]);
        check(&["--stop-seconds", "0"], [0, 0, 937_500, 1_000_000]);
        let drained = ["--drain-seconds", "5", "--stop-seconds", "2"];
        check(&drained, [5_000_000, 1_500_000, 6_875_000, 7_000_000]);
    }
}
