//! Subscriptions, and the WebSockets and event streams that carry them.

use std::time::Duration;

use clap::Args;
use clap::builder::RangedU64ValueParser;

/// How subscriptions are served.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Subscriptions")]
pub struct StreamSettings {
    /// Maximum number of concurrent subscriptions: 0 to 1000000
    #[arg(long, env = "REELGRAPH_MAX_SUBSCRIPTIONS", hide_env_values = true, value_name = "COUNT")]
    #[arg(default_value = "10000")]
    #[arg(value_parser = RangedU64ValueParser::<usize>::new().range(0..=1_000_000))]
    pub max_subscriptions: usize,

    /// Maximum number of concurrent operations on one WebSocket: 1 to 10000
    #[arg(long, env = "REELGRAPH_MAX_SUBSCRIPTIONS_PER_CONNECTION", hide_env_values = true)]
    #[arg(value_name = "COUNT", default_value = "100")]
    #[arg(value_parser = RangedU64ValueParser::<usize>::new().range(1..=10_000))]
    pub max_subscriptions_per_connection: usize,

    /// Maximum number of changes that a subscriber can fall behind before it is disconnected: 1 to
    /// 1000000000
    #[arg(long, env = "REELGRAPH_MAX_SUBSCRIBER_LAG", hide_env_values = true)]
    #[arg(value_name = "CHANGES", default_value = "100000")]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=1_000_000_000))]
    pub max_subscriber_lag: u64,

    /// Time-out for initialising a WebSocket (connection_init), in seconds: 1 to 3600
    #[arg(long, env = "REELGRAPH_INIT_TIMEOUT_SECONDS", hide_env_values = true)]
    #[arg(value_name = "SECONDS", default_value = "10")]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub init_timeout_seconds: u64,

    /// Interval of keep-alive messages on idle streams, in seconds: 1 to 3600; a WebSocket whose
    /// client is silent for three intervals is closed
    #[arg(long, env = "REELGRAPH_KEEP_ALIVE_SECONDS", hide_env_values = true)]
    #[arg(value_name = "SECONDS", default_value = "15")]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub keep_alive_seconds: u64,
}

impl StreamSettings {
    /// Time-out for initialising a WebSocket.
    pub fn init_timeout(&self) -> Duration {
        Duration::from_secs(self.init_timeout_seconds)
    }

    /// Interval of keep-alive messages on an idle stream.
    pub fn keep_alive(&self) -> Duration {
        Duration::from_secs(self.keep_alive_seconds)
    }
}
