//! What must be on the stage before a write is applied.

use crate::domain::catalogue::root::path_below;
use crate::domain::{Text, VideoId};
use crate::repository::file_change::{FileChange, FileChanges};
use crate::repository::{Claim, Claims, PlannedChanges, Write};

impl Write {
    /// The IDs whose state must be on the stage before this write is applied.
    pub fn touched_ids(&self) -> Vec<VideoId> {
        match self {
            Self::Insert { videos, .. } => videos.iter().map(|video| video.id).collect(),
            Self::Update { id, .. }
            | Self::Delete { id, .. }
            | Self::Check(Claims::Update { id, .. }) => vec![*id],
            Self::Restore { past, .. } => vec![past.id],
            Self::Planned(plan) => plan.changes.iter().map(|change| change.id).collect(),
            Self::Check(Claims::Insert(claims)) => claims.iter().filter_map(Claim::id).collect(),
            Self::Replay(entries) => entries.iter().map(|entry| entry.entity_id).collect(),
            Self::Files(found) => found.changes.iter().filter_map(FileChange::new_id).collect(),
        }
    }

    /// The paths whose holders must be on the stage before this write is applied.
    pub fn touched_paths(&self) -> Vec<Text> {
        match self {
            Self::Insert { videos, .. } => {
                videos.iter().map(|video| video.values.path.clone()).collect()
            }
            Self::Restore { past, .. } => vec![past.values.path.clone()],
            Self::Update { patch, .. } => patch.path.iter().cloned().collect(),
            Self::Planned(plan) => plan.paths().cloned().collect(),
            Self::Delete { .. } | Self::Replay(_) => Vec::new(),
            Self::Check(Claims::Insert(claims)) => {
                claims.iter().filter_map(Claim::path).cloned().collect()
            }
            Self::Check(Claims::Update { path, .. }) => path.iter().cloned().collect(),
            Self::Files(found) => {
                let prefix = &found.path_prefix;
                found.new_paths().filter_map(|path| path_below(prefix, path).ok()).collect()
            }
        }
    }

    /// How many videos it may touch.
    pub fn size(&self) -> usize {
        self.found().map_or_else(|| self.touched_ids().len(), |found| found.changes.len())
    }

    /// What a scan found, whose files must be on the stage before this write is applied.
    pub fn found(&self) -> Option<&FileChanges> {
        match self {
            Self::Files(found) => Some(found),
            _ => None,
        }
    }
}

/// The sequence behind which the entries of the log must be on the stage before these writes are applied, with
/// the videos that they are of; none if the writes depend on no entry of a log that ends there.
pub fn log_needed<'a>(writes: impl Iterator<Item = &'a Write>, end: i64) -> Option<i64> {
    let plans = writes.filter_map(|write| match write {
        Write::Planned(plan) if plan.depends_on_log() => Some(plan.seen),
        _ => None,
    });
    let since = plans.min()?.max(end - PlannedChanges::MAX_SINCE);
    (since < end).then_some(since)
}
