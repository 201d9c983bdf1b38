//! How a library in an SQLite file is used.

use std::time::Duration;

/// How a library in an SQLite file is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SqliteSettings {
    /// How long a reading method may take, the wait for a free connection included. One that may have
    /// to look at every row may wait as long for its turn, and then take as long. `scan` and `check`
    /// may take as long as they need.
    pub read_limit: Duration,
    /// How long what looks up a few rows may hold up the thread that asks for them, before one that may
    /// wait for the disk takes over: handing over at once would cost more than most of it.
    pub at_once_limit: Duration,
    /// What is mostly written.
    pub load: WriteLoad,
}

impl Default for SqliteSettings {
    /// Five seconds to read, a millisecond of it at once, and changes by clients.
    fn default() -> Self {
        Self {
            read_limit: Duration::from_secs(5),
            at_once_limit: Duration::from_millis(1),
            load: WriteLoad::Changes,
        }
    }
}

/// What is mostly written, by which memory and the write-ahead log are measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteLoad {
    /// Changes by clients that wait for each.
    Changes,
    /// Batches of thousands of videos, each of which touches pages all over the indexes.
    Bulk,
}
