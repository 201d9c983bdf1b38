//! Positions in the log, with a fingerprint that distinguishes logs.

use serde::{Deserialize, Serialize};

use super::audit::{AuditEntry, AuditEntryId};
use super::timestamp::Timestamp;

/// A position in the log: after one of its entries, or before the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogPosition {
    /// The entry's sequence; 0 before the first entry.
    pub sequence: i64,
    /// A checksum of what makes the entry unlike every other. Another library has another entry of
    /// the same sequence, and so has this one after an older backup of it was restored.
    pub fingerprint: u32,
}

impl LogPosition {
    /// Before the first entry.
    pub const START: Self = Self { sequence: 0, fingerprint: 0 };

    /// The position after this entry.
    pub fn behind(entry: &AuditEntry) -> Self {
        Self::behind_change(entry.sequence, entry.id(), entry.timestamp)
    }

    /// The position after the entry with this sequence, ID and time.
    pub fn behind_change(sequence: i64, id: AuditEntryId, timestamp: Timestamp) -> Self {
        let mut hasher = crc32fast::Hasher::new();
        hasher.update(id.entity_id.as_bytes());
        hasher.update(&id.version.to_be_bytes());
        hasher.update(&timestamp.as_micros().to_be_bytes());
        Self { sequence, fingerprint: hasher.finalize() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::VideoId;

    #[test]
    fn a_fingerprint_stays_as_cursors_have_it() {
        let id = AuditEntryId { entity_id: VideoId::from_bytes([7; 16]), version: 300 };
        let timestamp = Timestamp::from_micros(1_764_355_200_000_000).unwrap();
        let place = LogPosition::behind_change(1_000_000, id, timestamp);
        assert_eq!(place, LogPosition { sequence: 1_000_000, fingerprint: 0x4a84_e563 });
    }
}
