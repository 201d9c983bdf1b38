//! Whether a replica can be read, as its monitor found it.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::progress::Lag;

/// Whether a replica can be read. It is not until its monitor has seen it.
#[derive(Default)]
pub(super) struct Health {
    is_well: AtomicBool,
    /// The end of its log.
    sequence: AtomicI64,
    found: Mutex<Found>,
}

#[derive(Default)]
struct Found {
    lag: Option<Lag>,
    /// Why it is left out.
    reason: Option<String>,
}

impl Health {
    pub(super) fn is_well(&self) -> bool {
        self.is_well.load(Ordering::Acquire)
    }

    /// Whether it is known to have the change with this sequence.
    pub(super) fn has(&self, sequence: i64) -> bool {
        self.sequence.load(Ordering::Acquire) >= sequence
    }

    /// How far it is behind; none if that is not known.
    pub(super) fn lag(&self) -> Option<Lag> {
        self.found().lag
    }

    /// Why it is left out; none if it is not, or if nothing is known yet.
    pub(super) fn reason(&self) -> Option<String> {
        self.found().reason.clone()
    }

    /// Records the end of its log.
    pub(super) fn reached(&self, sequence: i64) {
        self.sequence.store(sequence, Ordering::Release);
    }

    /// Records how far it is behind.
    pub(super) fn lags(&self, lag: Lag) {
        self.found().lag = Some(lag);
    }

    /// Has queries read from it.
    pub(super) fn use_it(&self, server: &str) {
        self.found().reason = None;
        if !self.is_well.swap(true, Ordering::AcqRel) {
            tracing::info!(server, "reading queries from this replica");
        }
    }

    /// Has no queries read from it.
    pub(super) fn leave_out(&self, reason: String, server: &str) {
        self.is_well.store(false, Ordering::Release);
        let mut found = self.found();
        if found.reason.as_ref() != Some(&reason) {
            tracing::warn!(server, reason, "reading no queries from this replica");
        }
        found.reason = Some(reason);
    }

    /// Records that nothing is known about it.
    pub(super) fn forget(&self) {
        self.found().lag = None;
    }

    fn found(&self) -> MutexGuard<'_, Found> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
