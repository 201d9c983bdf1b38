//! Past states of videos in memory.

use super::Library;
use crate::domain::past::Histories;
use crate::domain::{AuditEntry, AuditEntryId, AuditOperation, Invalid, Video, VideoId};

impl Histories for &Library {
    type Error = Invalid;

    fn checkpoint(&mut self, id: AuditEntryId) -> Result<Option<Video>, Invalid> {
        Ok(self.checkpoints.get(&id).cloned())
    }

    fn entries(&mut self, id: VideoId, after: i32, up_to: i32) -> Result<Vec<AuditEntry>, Invalid> {
        let versions = usize::try_from(up_to).unwrap_or_default();
        let newest_first = self.history(&id).take(versions).rev();
        let mut entries = Vec::new();
        for entry in newest_first.take_while(|entry| entry.version > after) {
            entries.push(entry.clone());
            if entry.operation != AuditOperation::Update {
                break;
            }
        }
        Ok(entries)
    }
}
