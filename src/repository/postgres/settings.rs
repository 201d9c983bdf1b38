//! How a library in PostgreSQL is used.

use std::time::Duration;

use crate::config::LimitSettings;

/// How a library in PostgreSQL is used.
#[derive(Clone, Debug)]
pub struct PostgresSettings {
    /// The maximum number of connections that read. One more writes.
    pub connections: u32,
    /// How long a read takes at most.
    pub read_limit: Duration,
    /// How long to wait for a connection.
    pub connect_limit: Duration,
}

impl Default for PostgresSettings {
    fn default() -> Self {
        Self {
            connections: 8,
            read_limit: LimitSettings::default().read_timeout,
            connect_limit: Duration::from_secs(10),
        }
    }
}
