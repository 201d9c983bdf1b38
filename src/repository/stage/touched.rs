//! What must be on the stage before a write is applied.

use crate::domain::catalogue::root::path_below;
use crate::domain::{Text, VideoId};
use crate::repository::file_change::{FileChange, FileChanges};
use crate::repository::{Claim, Claims, Write};

impl Write {
    /// The IDs whose state must be on the stage before this write is applied.
    pub fn touched_ids(&self) -> Vec<VideoId> {
        match self {
            Self::Insert { videos, .. } => videos.iter().map(|video| video.id).collect(),
            Self::Update { id, .. }
            | Self::Delete { id, .. }
            | Self::Check(Claims::Update { id, .. }) => vec![*id],
            Self::Restore { past, .. } => vec![past.id],
            Self::DeleteMany(videos) => videos.iter().map(|(id, _)| *id).collect(),
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
            Self::Delete { .. } | Self::DeleteMany(_) | Self::Replay(_) => Vec::new(),
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
