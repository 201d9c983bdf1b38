//! Limits on requests.

use std::time::Duration;

use clap::Args;

use super::declaration::{Declaration as _, any_seconds, defaults};

/// The limits of requests.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Limits")]
pub struct LimitSettings {
    /// Maximum size of a request body, in bytes
    #[arg(long, setting(), value_name = "BYTES", default_value_t = 1_048_576)]
    #[arg(within = 1024..=104_857_600_usize)]
    pub max_body_bytes: usize,

    /// Maximum size of a request line and header, in bytes
    #[arg(long, setting(), value_name = "BYTES", default_value_t = 16_384)]
    #[arg(within = 1024..=262_144_usize)]
    pub max_header_bytes: usize,

    /// Maximum size of the response to one operation, in bytes before compression
    #[arg(long, setting(), value_name = "BYTES", default_value_t = 16_777_216)]
    #[arg(within = 1024..=1_073_741_824_usize)]
    pub max_answer_bytes: usize,

    /// Maximum number of requests in flight, not counting health checks and subscriptions
    #[arg(long, setting(), value_name = "COUNT", default_value_t = 4096)]
    #[arg(within = 1..=100_000_usize)]
    pub max_requests: usize,

    /// Time-out for queries, in seconds
    #[arg(long = "request-timeout-seconds", setting(), default_value = "30")]
    #[arg(value_parser = any_seconds, seconds = 1..=3600)]
    pub request_timeout: Duration,

    /// Time-out for one look-up or scan in the library, in seconds; in an SQLite library, a scan can
    /// first wait up to as long for its turn
    #[arg(long = "read-timeout-seconds", setting(), default_value = "5")]
    #[arg(value_parser = any_seconds, seconds = 1..=3600)]
    pub read_timeout: Duration,
}

impl Default for LimitSettings {
    fn default() -> Self {
        defaults()
    }
}
