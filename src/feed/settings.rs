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
}

impl Default for FeedSettings {
    /// The lag of the settings, which costs no memory as nothing is queued for anyone, and 30 seconds.
    fn default() -> Self {
        let max_lag = StreamSettings::default().max_subscriber_lag;
        Self { max_lag, progress_interval: Duration::from_secs(30) }
    }
}
