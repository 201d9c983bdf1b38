//! Limits on connections.

use std::time::Duration;

/// Limits on connections.
#[derive(Clone, Debug)]
pub struct ConnectionLimits {
    /// The maximum number of connections. Further ones wait until one closes.
    pub max_connections: usize,
    /// The longest head of a request, in bytes: its first line and its header.
    pub max_header_bytes: usize,
    /// The time-out for a request header, from its first byte on; in HTTP/2, for each frame.
    pub header_timeout: Duration,
    /// The time-out for a client that does not read.
    pub write_timeout: Duration,
    /// How long a query can take after its client has closed its sending side, and may be gone.
    pub closed_timeout: Duration,
    /// The budget for the unread responses of one connection, in bytes.
    pub max_waiting_bytes: usize,
    /// Time-out for an idle connection.
    pub idle_timeout: Duration,
}
