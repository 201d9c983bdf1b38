//! The activity of a store outside memory, for operators.

use std::sync::atomic::{AtomicU64, Ordering};

/// A store's counts since it was opened, and its state at this moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreActivity {
    /// Transactions committed, by the number of writes in each of them.
    pub commits: GroupSizes,
    /// Read statements executed, except those of `scan` and `check`. A statement for many videos
    /// counts once.
    pub statements: u64,
    /// Writes waiting for the next transaction.
    pub writes_waiting: usize,
    /// The connections for look-ups by index.
    pub readers: ReaderUse,
    /// The connections for scans, if these have their own.
    pub scans: Option<ReaderUse>,
    /// The connections of snapshots.
    pub snapshots: ReaderUse,
    /// The sizes of the files, if the store has files of its own.
    pub files: Option<FileSizes>,
}

/// The sizes of the files of a library, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileSizes {
    /// The library itself.
    pub library: u64,
    /// The write-ahead log.
    pub log: u64,
}

/// How busy the connections are that read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReaderUse {
    /// The maximum number.
    pub size: usize,
    /// The number in use.
    pub busy: usize,
    /// The number of callers waiting for one.
    pub waiting: usize,
}

/// The highest number of writes of each group but the last, which has no bound.
pub const GROUP_BOUNDS: [u64; 10] = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];

/// Histogram of the number of writes per transaction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GroupSizes {
    /// The number of transactions with at most as many writes as the bound at the same position in
    /// [`GROUP_BOUNDS`], and more than the bound before it. The last number counts those above all
    /// bounds.
    pub counts: [u64; GROUP_BOUNDS.len() + 1],
    /// The writes of all of them.
    pub writes: u64,
}

impl GroupSizes {
    /// The number of transactions.
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

    /// The counts so far.
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
