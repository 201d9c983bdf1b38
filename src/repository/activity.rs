//! What a store in a file is doing, for those who operate it.

use std::sync::atomic::{AtomicU64, Ordering};

/// A store's counts since it was opened, and its state at this moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activity {
    /// Transactions committed, by the number of writes in each of them.
    pub commits: GroupSizes,
    /// Statements run to read, those of `scan` and `check` left out. One that is run for many videos
    /// counts once.
    pub statements: u64,
    /// Writes waiting for the next transaction.
    pub writes_waiting: usize,
    /// The connections that look up what an index finds.
    pub readers: ReaderUse,
    /// The connections that may look at every row.
    pub scans: ReaderUse,
    /// The connections of snapshots.
    pub snapshots: ReaderUse,
    /// The size of the file, in bytes.
    pub file_bytes: u64,
    /// The size of the write-ahead log beside it, in bytes.
    pub log_bytes: u64,
}

/// How busy the connections are that read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReaderUse {
    /// How many there may be.
    pub size: usize,
    /// How many are in use.
    pub busy: usize,
    /// How many callers wait for one.
    pub waiting: usize,
}

/// The highest number of writes of each group but the last, which has no bound.
pub const GROUP_BOUNDS: [u64; 10] = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];

/// How many transactions had how many writes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GroupSizes {
    /// How many had at most as many writes as the bound at the same place in [`GROUP_BOUNDS`], and
    /// more than the bound before it. The last number is of those that had more than all bounds.
    pub counts: [u64; GROUP_BOUNDS.len() + 1],
    /// The writes of all of them.
    pub writes: u64,
}

impl GroupSizes {
    /// How many transactions that are.
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }
}

/// Counts transactions while they are committed.
#[derive(Debug, Default)]
pub struct GroupCounter {
    counts: [AtomicU64; GROUP_BOUNDS.len() + 1],
    writes: AtomicU64,
}

impl GroupCounter {
    /// Counts a transaction with as many writes.
    pub fn count(&self, writes: u64) {
        let group = GROUP_BOUNDS.partition_point(|bound| *bound < writes);
        self.counts[group].fetch_add(1, Ordering::Relaxed);
        self.writes.fetch_add(writes, Ordering::Relaxed);
    }

    /// What was counted so far.
    pub fn sizes(&self) -> GroupSizes {
        let counts = self.counts.each_ref().map(|count| count.load(Ordering::Relaxed));
        GroupSizes { counts, writes: self.writes.load(Ordering::Relaxed) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transaction_counts_in_the_first_group_that_it_fits() {
        let counter = GroupCounter::default();
        for writes in [1, 2, 3, 4, 512, 513] {
            counter.count(writes);
        }
        let sizes = counter.sizes();
        assert_eq!(sizes.counts, [1, 1, 2, 0, 0, 0, 0, 0, 0, 1, 1]);
        assert_eq!((sizes.total(), sizes.writes), (6, 1035));
    }
}
