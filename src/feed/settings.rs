//! How the feed treats its subscribers.

use std::time::Duration;

use crate::config::StreamSettings;

/// How the feed treats its subscribers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeedSettings {
    /// How many changes a subscriber may fall behind further than it was already.
    pub max_lag: u64,
    /// How often a subscriber is told how far it has come while there is nothing for it.
    pub progress_interval: Duration,
    /// How many tests of filters are made per half second for all who follow the state of the library.
    pub max_filter_tests: u64,
    /// The minimum time between two events about the state of the library for one subscriber.
    pub library_interval: Duration,
}

impl Default for FeedSettings {
    /// The limits of the settings. Nothing is queued for anyone, so the lag costs no memory.
    fn default() -> Self {
        let StreamSettings { max_subscriber_lag, max_live_filter_tests, .. } =
            StreamSettings::default();
        Self {
            max_lag: max_subscriber_lag,
            progress_interval: Duration::from_secs(30),
            max_filter_tests: max_live_filter_tests,
            library_interval: Duration::from_millis(500),
        }
    }
}
