//! Past states of a video, found from its present one and the changes since.

use std::collections::BTreeMap;

use crate::domain::audit::{AuditEntry, AuditEntryId, AuditOperation, FieldChange};
use crate::domain::field::{FieldValue, VideoField};
use crate::domain::replay::Replay;
use crate::domain::scalars::Invalid;
use crate::domain::timestamp::Timestamp;
use crate::domain::video::Video;

/// What a video has in its fields, without the time of its update: entries of updates do not have that.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fields(BTreeMap<VideoField, FieldValue>);

/// The fields that a change can take back.
pub fn undoable() -> impl Iterator<Item = VideoField> {
    VideoField::ALL.into_iter().filter(|field| *field != VideoField::UpdatedAt)
}

impl Fields {
    /// Those of a video.
    pub fn of(video: &Video) -> Self {
        Self(undoable().filter_map(|field| Some((field, video.get(field)?))).collect())
    }

    /// The value of a field; none if there is none.
    pub fn get(&self, field: VideoField) -> Option<&FieldValue> {
        self.0.get(&field)
    }

    /// Gives a field a value.
    pub fn set(&mut self, field: VideoField, value: Option<FieldValue>) {
        match value {
            Some(value) => self.0.insert(field, value),
            None => self.0.remove(&field),
        };
    }

    /// The video that has these.
    ///
    /// # Errors
    /// When no video can have them.
    pub fn into_video(self, id: AuditEntryId, updated_at: Timestamp) -> Result<Video, Invalid> {
        let mut values = self.0;
        values.insert(VideoField::UpdatedAt, updated_at.into());
        let given = |(field, value)| FieldChange { field, old: None, new: Some(value) };
        Replay::video_with(id, &values.into_iter().map(given).collect::<Vec<_>>())
    }
}

/// What a deleted video had.
pub fn deleted_by(deletion: &AuditEntry) -> Fields {
    let changes = deletion.changes.iter().filter(|change| change.field != VideoField::UpdatedAt);
    Fields(changes.filter_map(|it| Some((it.field, it.old.clone()?))).collect())
}

/// The state before the first of these changes, which lead to this one; none if it did not exist.
pub fn before<'e>(
    changes: impl DoubleEndedIterator<Item = &'e AuditEntry>,
    after: Option<Fields>,
) -> Option<Fields> {
    let mut state = after;
    for entry in changes.rev() {
        match entry.operation {
            AuditOperation::Insert => state = None,
            AuditOperation::Delete => state = Some(deleted_by(entry)),
            AuditOperation::Update => {
                if let Some(fields) = &mut state {
                    entry.changes.iter().for_each(|it| fields.set(it.field, it.old.clone()));
                }
            }
        }
    }
    state
}
