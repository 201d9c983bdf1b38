//! Limits on connections.

use std::time::Duration;

use crate::config::{ConnectionSettings, LimitSettings};

/// How many responses of the maximum size can wait for the client of one connection.
const WAITING_ANSWERS: usize = 4;

/// Limits on connections.
#[derive(Clone, Debug, Default)]
pub struct ConnectionLimits {
    /// Their number, and the time-outs of their clients.
    pub connections: ConnectionSettings,
    /// The sizes of headers and responses.
    pub requests: LimitSettings,
}

impl ConnectionLimits {
    /// How long a query can take after its client has closed its sending side, and may be gone.
    pub(super) fn closed_timeout(&self) -> Duration {
        self.requests.read_timeout
    }

    /// The budget for the unread responses of one connection, in bytes.
    pub(super) fn max_waiting_bytes(&self) -> usize {
        self.requests.max_answer_bytes.saturating_mul(WAITING_ANSWERS)
    }
}
