//! What subscribers are told.

use std::sync::Arc;

use crate::domain::{AuditEntry, LogPlace};

/// What a subscriber is told.
#[derive(Clone, Debug)]
pub struct Event {
    /// What has happened.
    pub kind: EventKind,
    /// The place to go on from, once the subscriber has dealt with this.
    pub place: LogPlace,
}

/// What has happened.
#[derive(Clone, Debug)]
pub enum EventKind {
    /// Something was changed.
    Change(Arc<Change>),
    /// All that had been missed before was told.
    CaughtUp,
    /// Changes were made, but none that the subscriber asks for.
    Progress,
}

/// An entry of the log, and the place behind it.
#[derive(Debug)]
pub struct Change {
    /// The entry.
    pub entry: AuditEntry,
    /// The place right behind it.
    pub place: LogPlace,
}

impl From<AuditEntry> for Change {
    fn from(entry: AuditEntry) -> Self {
        Self { place: LogPlace::behind(&entry), entry }
    }
}
