//! How a library in PostgreSQL is used.

use std::fmt;
use std::time::Duration;

use crate::config::{LimitSettings, PostgresUrl};

/// How a library in PostgreSQL is used.
#[derive(Clone, Debug)]
pub struct PostgresSettings {
    /// The URL of the database itself, if the library's own leads to a pooler in transaction mode.
    pub direct_url: Option<PostgresUrl>,
    /// The password for URLs that have none.
    pub password: Option<Password>,
    /// The maximum number of connections that read. One more writes, and one receives notifications.
    pub connections: u32,
    /// How long a read takes at most.
    pub read_limit: Duration,
    /// How long a transaction waits for its turn to write, and how long each of its statements takes at
    /// most.
    pub write_limit: Duration,
    /// How long the database waits for the next read of a snapshot, unless that is one of all videos.
    pub idle_limit: Duration,
    /// How long it takes at most to connect.
    pub connect_limit: Duration,
    /// How long to wait at the start for a database that is not there yet.
    pub start_limit: Duration,
    /// How long the outcome of a commit is looked for that the database did not answer. Whoever made the
    /// change gets an error after that.
    pub outcome_limit: Duration,
    /// The URLs of replicas, which queries are read from.
    pub replicas: Vec<PostgresUrl>,
    /// How far behind a replica may be that queries are read from.
    pub max_replica_lag: Duration,
}

impl Default for PostgresSettings {
    fn default() -> Self {
        Self {
            direct_url: None,
            password: None,
            connections: 8,
            read_limit: LimitSettings::default().read_timeout,
            write_limit: Duration::from_secs(10),
            idle_limit: Duration::from_mins(5),
            connect_limit: Duration::from_secs(5),
            start_limit: Duration::ZERO,
            outcome_limit: Duration::from_secs(60),
            replicas: Vec::new(),
            max_replica_lag: Duration::from_secs(10),
        }
    }
}

/// A password, which is not shown.
#[derive(Clone)]
pub struct Password(String);

impl Password {
    /// This password.
    pub fn new(text: String) -> Self {
        Self(text)
    }

    pub(super) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(hidden)")
    }
}
