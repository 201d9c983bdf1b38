//! The sums over the videos of one group.

use crate::domain::scalars::Quantity;

/// The number of videos in a group, and their size.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// The number of videos.
    pub count: u64,
    /// Bytes of all of them.
    pub file_size: u128,
}

impl Sums {
    /// Counts one more video, of this size.
    pub fn add(&mut self, file_size: Quantity) {
        self.add_all(Self { count: 1, file_size: file_size.get().unsigned_abs().into() });
    }

    /// Counts more videos, by their sums.
    pub fn add_all(&mut self, others: Self) {
        self.count += others.count;
        self.file_size += others.file_size;
    }

    /// Counts videos no longer that were counted, by their sums.
    pub fn remove_all(&mut self, others: Self) {
        self.count = self.count.saturating_sub(others.count);
        self.file_size = self.file_size.saturating_sub(others.file_size);
    }
}
