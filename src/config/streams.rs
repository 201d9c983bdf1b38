//! Subscriptions, and the WebSockets and event streams that carry them.

use std::time::Duration;

use clap::Args;

use super::declaration::{Declaration as _, any_seconds, defaults};

/// How subscriptions are served.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Subscriptions")]
pub struct StreamSettings {
    /// Maximum number of concurrent subscriptions
    #[arg(long, setting(), value_name = "COUNT", default_value_t = 10_000)]
    #[arg(within = 0..=1_000_000_usize)]
    pub max_subscriptions: usize,

    /// Maximum number of concurrent operations on one WebSocket
    #[arg(long, setting(), value_name = "COUNT", default_value_t = 100)]
    #[arg(within = 1..=10_000_usize)]
    pub max_subscriptions_per_connection: usize,

    /// Maximum number of changes that a subscriber can fall behind before it is disconnected
    #[arg(long, setting(), value_name = "CHANGES", default_value_t = 100_000)]
    #[arg(within = 1..=1_000_000_000_u64)]
    pub max_subscriber_lag: u64,

    /// Maximum number of conditions that are tested per half second for all subscribers to
    /// libraryChanged together; beyond it, their events ask them to read their lists again
    #[arg(long, setting(), value_name = "COUNT", default_value_t = 500_000)]
    #[arg(within = 0..=1_000_000_000_u64)]
    pub max_live_filter_tests: u64,

    /// Time-out for initialising a WebSocket (connection_init), in seconds
    #[arg(long = "init-timeout-seconds", setting(), default_value = "10")]
    #[arg(value_parser = any_seconds, seconds = 1..=3600)]
    pub init_timeout: Duration,

    /// Interval of keep-alive messages on idle streams, in seconds; a WebSocket whose client is
    /// silent for three intervals is closed
    #[arg(long = "keep-alive-seconds", setting(), default_value = "15")]
    #[arg(value_parser = any_seconds, seconds = 1..=3600)]
    pub keep_alive: Duration,
}

impl Default for StreamSettings {
    fn default() -> Self {
        defaults()
    }
}
