//! Replicas of a database.

use std::time::Duration;

use clap::Args;

use super::database::POSTGRESQL;
use super::declaration::{Declaration as _, any_seconds, defaults};
use super::postgres_url::{PostgresUrl, some_url};

/// The replicas that queries are read from.
#[derive(Args, Clone, Debug)]
pub struct ReplicaSettings {
    /// URLs of replicas of the database, which queries are read from, separated by commas
    #[arg(long, setting(), help_heading = POSTGRESQL, value_name = "URLS")]
    #[arg(value_delimiter = ',', value_parser = some_url)]
    pub read_database_url: Vec<PostgresUrl>,

    /// Maximum lag of a replica that queries are read from, in seconds
    #[arg(long = "max-replica-lag-seconds", setting(), help_heading = POSTGRESQL)]
    #[arg(default_value = "10", value_parser = any_seconds, seconds = 1..=3600)]
    pub max_replica_lag: Duration,
}

impl Default for ReplicaSettings {
    fn default() -> Self {
        defaults()
    }
}
