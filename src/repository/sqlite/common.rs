//! What the readers of one store share.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::contributions::SharedContributions;
use super::landmarks::Landmarks;

/// Shared by all readers of a store.
#[derive(Default)]
pub(super) struct ReaderShared {
    /// The number of statements they have executed.
    statements: AtomicU64,
    /// Whether their statements are to end, even if somebody waits for them.
    is_closing: AtomicBool,
    contributions: SharedContributions,
    /// What they know of orders.
    landmarks: Landmarks,
}

impl ReaderShared {
    /// The number of statements that its readers have executed.
    pub(super) fn statements(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }

    pub(super) fn count(&self, statements: u64) {
        self.statements.fetch_add(statements, Ordering::Relaxed);
    }

    /// What videos contribute to statistics.
    pub(super) fn contributions(&self) -> &SharedContributions {
        &self.contributions
    }

    /// What they know of orders.
    pub(super) fn landmarks(&self) -> &Landmarks {
        &self.landmarks
    }

    /// Whether statements are to end.
    pub(super) fn is_closing(&self) -> bool {
        self.is_closing.load(Ordering::Relaxed)
    }

    /// Ends statements from now on.
    pub(super) fn close(&self) {
        self.is_closing.store(true, Ordering::Relaxed);
    }
}
