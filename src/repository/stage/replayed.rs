//! Recording the log of another library as it is.

use super::{Change, Stage};
use crate::domain::{AuditEntry, Replay};
use crate::repository::RepositoryError;

impl Stage {
    /// Records entries of another library's log behind the end of this one, which must be where they
    /// stand there, and makes their changes.
    pub(super) fn replay(&mut self, entries: Vec<AuditEntry>) -> Result<(), RepositoryError> {
        let mark = self.mark();
        for entry in entries {
            if let Err(error) = self.replay_one(entry) {
                self.undo_to(mark);
                return Err(error);
            }
        }
        Ok(())
    }

    fn replay_one(&mut self, entry: AuditEntry) -> Result<(), RepositoryError> {
        let failed = RepositoryError::store("copy the log");
        if entry.sequence != self.end.sequence + 1 {
            let (next, end) = (entry.sequence, self.end.sequence);
            return Err(failed(format!("entry {next} does not follow entry {end}")));
        }
        let id = entry.entity_id;
        let before = self.videos.get(&id).cloned();
        let last_version = self.last_versions.get(&id).copied().unwrap_or(0);
        let mut replay = Replay::resuming(last_version, before.clone());
        if let Err(fault) = replay.apply(&entry) {
            return Err(failed(format!("audit entry {}: {fault}", entry.id())));
        }
        let after = replay.into_video();
        self.push(Change { before, after, entry });
        Ok(())
    }
}
