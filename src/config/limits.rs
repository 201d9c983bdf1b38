//! Limits on requests.

use std::time::Duration;

use clap::Args;
use clap::builder::RangedU64ValueParser;

/// The limits of requests.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Limits")]
pub struct LimitSettings {
    /// Maximum size of a request body, in bytes: 1024 to 104857600
    #[arg(long, env = "REELGRAPH_MAX_BODY_BYTES", hide_env_values = true, value_name = "BYTES")]
    #[arg(default_value = "1048576")]
    #[arg(value_parser = RangedU64ValueParser::<usize>::new().range(1024..=104_857_600))]
    pub max_body_bytes: usize,

    /// Maximum size of a request line and header, in bytes: 1024 to 262144
    #[arg(long, env = "REELGRAPH_MAX_HEADER_BYTES", hide_env_values = true, value_name = "BYTES")]
    #[arg(default_value = "16384")]
    #[arg(value_parser = RangedU64ValueParser::<usize>::new().range(1024..=262_144))]
    pub max_header_bytes: usize,

    /// Maximum size of the response to one operation, in bytes before compression: 1024 to
    /// 1073741824
    #[arg(long, env = "REELGRAPH_MAX_ANSWER_BYTES", hide_env_values = true, value_name = "BYTES")]
    #[arg(default_value = "16777216")]
    #[arg(value_parser = RangedU64ValueParser::<usize>::new().range(1024..=1_073_741_824))]
    pub max_answer_bytes: usize,

    /// Maximum number of requests in flight, not counting health checks and subscriptions: 1 to
    /// 100000
    #[arg(long, env = "REELGRAPH_MAX_REQUESTS", hide_env_values = true, value_name = "COUNT")]
    #[arg(default_value = "4096")]
    #[arg(value_parser = RangedU64ValueParser::<usize>::new().range(1..=100_000))]
    pub max_requests: usize,

    /// Time-out for queries, in seconds: 1 to 3600
    #[arg(long, env = "REELGRAPH_REQUEST_TIMEOUT_SECONDS", hide_env_values = true)]
    #[arg(value_name = "SECONDS", default_value = "30")]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub request_timeout_seconds: u64,

    /// Time-out for one look-up or scan in an SQLite library, in seconds: 1 to 3600; a scan can
    /// first wait up to as long for its turn
    #[arg(long, env = "REELGRAPH_READ_TIMEOUT_SECONDS", hide_env_values = true)]
    #[arg(value_name = "SECONDS", default_value = "5")]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub read_timeout_seconds: u64,
}

impl LimitSettings {
    /// Time-out for a query.
    pub fn request_timeout(&self) -> Duration {
        Duration::from_secs(self.request_timeout_seconds)
    }

    /// Time-out for one read of an SQLite library.
    pub fn read_limit(&self) -> Duration {
        Duration::from_secs(self.read_timeout_seconds)
    }
}
