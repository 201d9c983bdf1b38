//! The newest changes in memory, and who waits for which.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use tokio::sync::Notify;

use super::change_filter::ChangeFilter;
use super::event::Change;
use crate::domain::LogPosition;

/// How many changes are kept in memory: enough for the largest single write. Usually this takes a
/// few megabytes, and far more if all texts have their maximum length.
const CAPACITY: usize = 4096;

/// A stretch of the log up to the newest change that was read, and its readers.
pub(super) struct Recent {
    /// In order; the last of them is at `head`.
    changes: VecDeque<Arc<Change>>,
    head: LogPosition,
    readers: HashMap<ChangeFilter, Waiters>,
}

/// The subscribers with the same selection.
struct Waiters {
    count: usize,
    news: Arc<Notify>,
    /// The sequence of the newest matching change that is no longer in memory, or may be.
    forgotten: i64,
}

/// The changes after a position.
pub(super) enum ChangesAfter {
    /// These changes, and maybe more.
    Changes(Vec<Arc<Change>>),
    /// No matching change, up to the head.
    Nothing,
    /// Changes that have left the memory.
    Forgotten,
}

impl Recent {
    /// Starts after `head`.
    pub(super) fn behind(head: LogPosition) -> Self {
        Self { changes: VecDeque::new(), head, readers: HashMap::new() }
    }

    /// The position after the newest change that was read.
    pub(super) fn head(&self) -> LogPosition {
        self.head
    }

    /// Adds a reader, which is notified through the returned receiver.
    pub(super) fn join(&mut self, selection: ChangeFilter) -> Arc<Notify> {
        let oldest = self.changes.front().map(|change| change.place.sequence);
        let forgotten = oldest.map_or(self.head.sequence, |sequence| sequence - 1);
        let readers = self.readers.entry(selection).or_insert_with(|| Waiters {
            count: 0,
            news: Arc::new(Notify::new()),
            forgotten,
        });
        readers.count += 1;
        Arc::clone(&readers.news)
    }

    /// Lets a reader go.
    pub(super) fn leave(&mut self, selection: &ChangeFilter) {
        if let Some(readers) = self.readers.get_mut(selection) {
            readers.count -= 1;
            if readers.count == 0 {
                self.readers.remove(selection);
            }
        }
    }

    /// Whether there are any readers.
    pub(super) fn has_readers(&self) -> bool {
        !self.readers.is_empty()
    }

    /// What of `selection`, which a reader has, lies behind a sequence: at most `limit` changes.
    pub(super) fn look(
        &self,
        selection: &ChangeFilter,
        sequence: i64,
        limit: usize,
    ) -> ChangesAfter {
        let forgotten = self.readers.get(selection).map(|readers| readers.forgotten);
        if forgotten.is_none_or(|forgotten| sequence < forgotten) {
            return ChangesAfter::Forgotten;
        }
        let begin = self.changes.partition_point(|change| change.place.sequence <= sequence);
        let behind = self.changes.range(begin..);
        let selected = behind.filter(|change| selection.selects(&change.entry));
        let changes: Vec<Arc<Change>> = selected.take(limit).cloned().collect();
        if changes.is_empty() { ChangesAfter::Nothing } else { ChangesAfter::Changes(changes) }
    }

    /// Takes up the changes that come behind the head; whoever waits for one is told.
    pub(super) fn extend(&mut self, changes: Vec<Change>) {
        for change in changes {
            for selection in ChangeFilter::all_that_select(&change.entry) {
                if let Some(readers) = self.readers.get(&selection) {
                    readers.news.notify_waiters();
                }
            }
            self.head = change.place;
            self.changes.push_back(Arc::new(change));
            if self.changes.len() > CAPACITY {
                self.forget_oldest();
            }
        }
    }

    /// Wakes everyone.
    pub(super) fn wake_all(&self) {
        for readers in self.readers.values() {
            readers.news.notify_waiters();
        }
    }

    fn forget_oldest(&mut self) {
        let Some(oldest) = self.changes.pop_front() else { return };
        for selection in ChangeFilter::all_that_select(&oldest.entry) {
            if let Some(readers) = self.readers.get_mut(&selection) {
                readers.forgotten = oldest.place.sequence;
            }
        }
    }
}
