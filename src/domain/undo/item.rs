//! What an undo does to one video.

use crate::domain::audit::{AuditEntry, FieldChange};
use crate::domain::field::VideoField;
use crate::domain::video::{Video, VideoId};

/// What an undo does to a video.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UndoAction {
    /// It gets other values.
    Update,
    /// It is deleted.
    Delete,
    /// It is added again, with its ID and the time of its creation.
    Restore,
    /// It stays as it is.
    Nothing,
}

/// What is in the way of undoing something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UndoConflict {
    /// The field; none if the video was deleted or added since.
    pub field: Option<VideoField>,
    /// The change that is in the way.
    pub entry: AuditEntry,
}

/// What an undo does to one video, and what is in the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UndoItem {
    /// The video.
    pub id: VideoId,
    /// As it is now; none if it is deleted.
    pub present: Option<Video>,
    /// The version at which it is now; that of its deletion if it is deleted.
    pub version: i32,
    /// What it becomes; none if it is deleted then. Its version and the time of its update mean nothing.
    pub target: Option<Video>,
    /// What is in the way, whatever the policy makes of it.
    pub conflicts: Vec<UndoConflict>,
    /// The sequence of the newest change of the request.
    pub undone_from: i64,
}

impl UndoItem {
    /// What is done to the video.
    pub fn action(&self) -> UndoAction {
        match (&self.present, &self.target) {
            (None, None) => UndoAction::Nothing,
            (None, Some(_)) => UndoAction::Restore,
            (Some(_), None) => UndoAction::Delete,
            (Some(present), Some(target)) if present.has_values_of(target) => UndoAction::Nothing,
            (Some(_), Some(_)) => UndoAction::Update,
        }
    }

    /// What changes, from the present values; not the time of the update, which nobody knows before.
    pub fn changes(&self) -> Vec<FieldChange> {
        let mut changes = FieldChange::between(self.present.as_ref(), self.target.as_ref());
        changes.retain(|change| change.field != VideoField::UpdatedAt);
        changes
    }
}

impl Video {
    fn has_values_of(&self, other: &Self) -> bool {
        self.values == other.values && self.created_at == other.created_at
    }
}
