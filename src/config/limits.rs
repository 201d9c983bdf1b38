//! How much one request may ask of the server.

use std::time::Duration;

use clap::Args;
use clap::builder::RangedU64ValueParser;

/// The limits of each request.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Limits")]
pub struct LimitSettings {
    /// The longest request body, in bytes: 1024 to 104857600
    #[arg(long, env = "REELGRAPH_MAX_BODY_BYTES", hide_env_values = true, value_name = "BYTES")]
    #[arg(default_value = "1048576")]
    #[arg(value_parser = RangedU64ValueParser::<usize>::new().range(1024..=104_857_600))]
    pub max_body_bytes: usize,

    /// How long one look into an SQLite library may take, in seconds: 1 to 3600
    #[arg(long, env = "REELGRAPH_READ_TIMEOUT_SECONDS", hide_env_values = true)]
    #[arg(value_name = "SECONDS", default_value = "5")]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub read_timeout_seconds: u64,
}

impl LimitSettings {
    /// How long one look into an SQLite library may take.
    pub fn read_limit(&self) -> Duration {
        Duration::from_secs(self.read_timeout_seconds)
    }
}
