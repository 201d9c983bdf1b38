//! Events for subscribers.

use std::sync::Arc;

use crate::domain::{AuditEntry, LogPosition};

/// An event for a subscriber.
#[derive(Clone, Debug)]
pub struct Event {
    /// The kind of event.
    pub kind: EventKind,
    /// The place to go on from, once the subscriber has dealt with this.
    pub place: LogPosition,
}

/// The kind of event.
#[derive(Clone, Debug)]
pub enum EventKind {
    /// Something was changed.
    Change(Arc<Change>),
    /// All missed changes have been delivered.
    CaughtUp,
    /// There were changes, but none that the subscriber selects.
    Progress,
}

/// An entry of the log, and the position after it.
#[derive(Debug)]
pub struct Change {
    /// The entry.
    pub entry: AuditEntry,
    /// The position after it.
    pub place: LogPosition,
}

impl From<AuditEntry> for Change {
    fn from(entry: AuditEntry) -> Self {
        Self { place: LogPosition::behind(&entry), entry }
    }
}

impl From<Change> for Event {
    fn from(change: Change) -> Self {
        Self { place: change.place, kind: EventKind::Change(Arc::new(change)) }
    }
}
