//! Replaying the history of a video: what its entries say must be what the library has.

use super::audit::{AuditEntry, AuditOperation, FieldChange, FieldValue};
use super::frame_rate::FrameRate;
use super::scalars::{Dimension, Invalid, Quantity, Text};
use super::timestamp::Timestamp;
use super::video::{Video, VideoField, VideoId, VideoValues};

/// A video's state after the entries that were replayed so far.
#[derive(Clone, Debug, Default)]
pub struct Replay {
    video: Option<Video>,
    version: i32,
}

impl Replay {
    /// The video after the entries so far; none before it was added and once it is deleted.
    pub fn video(&self) -> Option<&Video> {
        self.video.as_ref()
    }

    /// Goes one entry further.
    ///
    /// # Errors
    /// When the entry cannot follow what was replayed before it; the state then stays as it is.
    pub fn apply(&mut self, entry: &AuditEntry) -> Result<(), Invalid> {
        if entry.version != self.version + 1 {
            return Err(Invalid::new(format!(
                "version {} follows version {}",
                entry.version, self.version
            )));
        }
        let after = match (entry.operation, &self.video) {
            (AuditOperation::Insert, None) => Some(inserted(entry)?),
            (AuditOperation::Update, Some(before)) => Some(updated(before, entry)?),
            (AuditOperation::Delete, Some(before)) => {
                check_deleted(before, entry)?;
                None
            }
            (AuditOperation::Insert, Some(_)) => {
                return Err(Invalid::new("an INSERT follows a video that is there"));
            }
            (AuditOperation::Update | AuditOperation::Delete, None) => {
                let operation = entry.operation.name();
                return Err(Invalid::new(format!("{operation} of a video that is not there")));
            }
        };
        self.video = after;
        self.version = entry.version;
        Ok(())
    }
}

fn inserted(entry: &AuditEntry) -> Result<Video, Invalid> {
    if let Some(change) = entry.changes.iter().find(|change| change.old.is_some()) {
        return Err(disagreement(change.field));
    }
    Fields(&entry.changes).video(entry.entity_id, entry.version)
}

fn updated(before: &Video, entry: &AuditEntry) -> Result<Video, Invalid> {
    if entry.changes.is_empty() {
        return Err(Invalid::new("an UPDATE changes nothing"));
    }
    for change in &entry.changes {
        if change.old != before.get(change.field) {
            return Err(disagreement(change.field));
        }
    }
    let is_changed = |field| entry.changes.iter().any(|change| change.field == field);
    let mut fields: Vec<FieldChange> = FieldChange::between(None, Some(before));
    fields.retain(|kept| !is_changed(kept.field));
    fields.extend(entry.changes.iter().cloned());
    let video = Fields(&fields).video(entry.entity_id, entry.version)?;
    Ok(Video { updated_at: entry.timestamp, ..video })
}

fn check_deleted(before: &Video, entry: &AuditEntry) -> Result<(), Invalid> {
    let expected = FieldChange::between(Some(before), None);
    let disagreeing = VideoField::ALL.into_iter().find(|field| {
        let of = |changes: &[FieldChange]| changes.iter().find(|c| c.field == *field).cloned();
        of(&expected) != of(&entry.changes)
    });
    disagreeing.map_or(Ok(()), |field| Err(disagreement(field)))
}

fn disagreement(field: VideoField) -> Invalid {
    Invalid::new(format!("the old value of {} is not the one before it", field.name()))
}

/// The new values of a list of changes, by field.
struct Fields<'a>(&'a [FieldChange]);

impl Fields<'_> {
    fn video(&self, id: VideoId, version: i32) -> Result<Video, Invalid> {
        let values = VideoValues {
            path: self.text(VideoField::Path)?,
            filename: self.text(VideoField::Filename)?,
            duration_frames: self.quantity(VideoField::DurationFrames)?,
            frame_rate: self.frame_rate(VideoField::FrameRate)?,
            width: self.dimension(VideoField::Width)?,
            height: self.dimension(VideoField::Height)?,
            video_codec: self.text(VideoField::VideoCodec)?,
            audio_codec: self.optional_text(VideoField::AudioCodec)?,
            file_size: self.quantity(VideoField::FileSize)?,
            thumbnail_path: self.optional_text(VideoField::ThumbnailPath)?,
        };
        Ok(Video {
            id,
            values,
            created_at: self.timestamp(VideoField::CreatedAt)?,
            updated_at: self.timestamp(VideoField::UpdatedAt)?,
            version,
        })
    }

    fn get(&self, field: VideoField) -> Option<&FieldValue> {
        self.0.iter().find(|change| change.field == field).and_then(|change| change.new.as_ref())
    }

    fn optional_text(&self, field: VideoField) -> Result<Option<Text>, Invalid> {
        match self.get(field) {
            None => Ok(None),
            Some(FieldValue::Text(text)) => Ok(Some(text.clone())),
            Some(_) => Err(unusable(field)),
        }
    }

    fn text(&self, field: VideoField) -> Result<Text, Invalid> {
        self.optional_text(field)?.ok_or_else(|| unusable(field))
    }

    fn quantity(&self, field: VideoField) -> Result<Quantity, Invalid> {
        match self.get(field) {
            Some(FieldValue::Integer(amount)) => Quantity::new(*amount),
            _ => Err(unusable(field)),
        }
    }

    fn dimension(&self, field: VideoField) -> Result<Dimension, Invalid> {
        match self.get(field) {
            Some(FieldValue::Integer(pixels)) => {
                Dimension::new(i32::try_from(*pixels).map_err(|_| unusable(field))?)
            }
            _ => Err(unusable(field)),
        }
    }

    fn frame_rate(&self, field: VideoField) -> Result<FrameRate, Invalid> {
        match self.get(field) {
            Some(FieldValue::FrameRate(rate)) => Ok(*rate),
            _ => Err(unusable(field)),
        }
    }

    fn timestamp(&self, field: VideoField) -> Result<Timestamp, Invalid> {
        match self.get(field) {
            Some(FieldValue::Timestamp(at)) => Ok(*at),
            _ => Err(unusable(field)),
        }
    }
}

fn unusable(field: VideoField) -> Invalid {
    Invalid::new(format!("there is no value for {}", field.name()))
}
