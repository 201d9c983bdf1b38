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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::samples;

    /// A video that was added, widened and deleted, and the entries of that.
    fn history() -> (Video, Video, [AuditEntry; 3]) {
        let added = samples::video();
        let mut widened = added.clone();
        widened.values.width = Dimension::new(3840).unwrap();
        widened.values.thumbnail_path = Some(Text::new("/1.jpg").unwrap());
        (widened.version, widened.updated_at) = (2, Timestamp::from_micros(8).unwrap());
        let entry = |version: i32, operation, changes| AuditEntry {
            sequence: version.into(),
            entity_id: added.id,
            version,
            operation,
            timestamp: Timestamp::from_micros(6 + i64::from(version)).unwrap(),
            changes,
            actor: None,
            request_id: None,
        };
        let between = FieldChange::between;
        let entries = [
            entry(1, AuditOperation::Insert, between(None, Some(&added))),
            entry(2, AuditOperation::Update, between(Some(&added), Some(&widened))),
            entry(3, AuditOperation::Delete, between(Some(&widened), None)),
        ];
        (added, widened, entries)
    }

    #[test]
    fn replaying_a_history_gives_the_video_at_each_version() {
        let (added, widened, entries) = history();
        let mut replay = Replay::default();
        for (entry, expected) in entries.iter().zip([Some(&added), Some(&widened), None]) {
            replay.apply(entry).unwrap();
            assert_eq!(replay.video(), expected);
        }
        let again = Video { version: 4, ..added.clone() };
        replay.apply(&AuditEntry { version: 4, ..entries[0].clone() }).unwrap();
        assert_eq!(replay.video(), Some(&again));
    }

    /// Damages the entry of a version and asserts what replaying says of it.
    #[track_caller]
    fn refused(version: usize, damage: impl FnOnce(&mut AuditEntry), fault: &str) {
        let (.., mut entries) = history();
        damage(&mut entries[version - 1]);
        let mut replay = Replay::default();
        for entry in &entries[..version - 1] {
            replay.apply(entry).unwrap();
        }
        let before = replay.video().cloned();
        assert_eq!(replay.apply(&entries[version - 1]).unwrap_err().to_string(), fault);
        assert_eq!(replay.video(), before.as_ref());
    }

    #[test]
    fn an_entry_that_cannot_follow_is_refused() {
        refused(1, |entry| entry.version = 2, "version 2 follows version 0");
        refused(2, |entry| entry.version = 1, "version 1 follows version 1");
        refused(3, |entry| entry.version = 4, "version 4 follows version 2");
        let be = |operation| move |entry: &mut AuditEntry| entry.operation = operation;
        refused(1, be(AuditOperation::Update), "UPDATE of a video that is not there");
        refused(1, be(AuditOperation::Delete), "DELETE of a video that is not there");
        refused(2, be(AuditOperation::Insert), "an INSERT follows a video that is there");
        refused(2, |entry| entry.changes.clear(), "an UPDATE changes nothing");
    }

    #[test]
    fn values_that_do_not_fit_are_refused() {
        let other = || Some(FieldValue::Integer(1));
        let width = "the old value of width is not the one before it";
        refused(1, |entry| entry.changes[4].old = other(), width);
        refused(2, |entry| entry.changes[0].old = other(), width);
        refused(2, |entry| entry.changes[0].old = None, width);
        refused(3, |entry| entry.changes[4].old = other(), width);
        refused(3, |entry| entry.changes[4].new = other(), width);
        refused(3, |entry| drop(entry.changes.remove(4)), width);
        refused(1, |entry| drop(entry.changes.remove(4)), "there is no value for width");
        refused(2, |entry| entry.changes[0].new = None, "there is no value for width");
        refused(1, |entry| entry.changes[0].new = other(), "there is no value for path");
    }
}
