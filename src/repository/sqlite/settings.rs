//! How a library in an SQLite file is used.

use std::time::Duration;

use crate::config::LimitSettings;

/// How a library in an SQLite file is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SqliteSettings {
    /// The time limit of a reading method, including the wait for a free connection. A scan can
    /// wait as long for its turn, and then take as long. `scan` and `check` have no limit.
    pub read_limit: Duration,
    /// How long an inline look-up may block the calling thread before one that can wait for the
    /// disk takes over: handing over immediately would cost more than most of them.
    pub at_once_limit: Duration,
    /// The typical writes.
    pub load: WriteLoad,
}

impl Default for SqliteSettings {
    /// The time-out of the settings, a millisecond of it inline, and changes by clients.
    fn default() -> Self {
        Self {
            read_limit: LimitSettings::default().read_timeout,
            at_once_limit: Duration::from_millis(1),
            load: WriteLoad::Changes,
        }
    }
}

/// The typical writes, which determine the size of the cache and of the write-ahead log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteLoad {
    /// Changes by clients that wait for each.
    Changes,
    /// Batches of thousands of videos, each of which touches pages all over the indexes.
    Bulk,
}
