//! What connections may take.

use std::time::Duration;

/// What connections may take.
#[derive(Clone, Debug)]
pub struct ConnectionLimits {
    /// How many there may be at once. More wait, unanswered, until one of them ends.
    pub max_connections: usize,
    /// The longest head of a request, in bytes: its first line and its header.
    pub max_header_bytes: usize,
    /// How long a head may take to come, from its first byte on; in HTTP/2, each frame.
    pub header_timeout: Duration,
    /// How long a client may take nothing of what there is for it.
    pub write_timeout: Duration,
    /// How long a query may still take whose client has closed its sending side, and may be gone.
    pub closed_timeout: Duration,
    /// How many bytes of answers may wait for the client of one connection.
    pub max_waiting_bytes: usize,
    /// How long a connection may be without a request.
    pub idle_timeout: Duration,
}
