//! Replaying the history of a video: its entries must lead to what the library has.

use super::audit::{AuditEntry, AuditEntryId, AuditOperation, FieldChange};
use super::field::{FieldValue, VideoField};
use super::file::{FileFacts, PackedFacts};
use super::frame_rate::FrameRate;
use super::scalars::{Dimension, Invalid, Quantity, Text};
use super::timestamp::Timestamp;
use super::video::{Video, VideoId, VideoValues};

/// A video's state after the entries that were replayed so far.
#[derive(Clone, Debug, Default)]
pub struct Replay {
    video: Option<Video>,
    version: i32,
    /// The time of the last entry if that is an update.
    updated: Option<Timestamp>,
}

impl Replay {
    /// Goes on after this version, at which the video was in this state, or did not exist.
    pub fn resuming(version: i32, video: Option<Video>) -> Self {
        Self { video, version, updated: None }
    }

    /// The video after a change, which has these values.
    ///
    /// # Errors
    /// When a video cannot have them.
    pub fn video_with(id: AuditEntryId, values: &[FieldChange]) -> Result<Video, Invalid> {
        Fields(values).video(id.entity_id, id.version)
    }

    /// The video after the entries; none before it is added and after it is deleted.
    pub fn into_video(self) -> Option<Video> {
        self.video
    }

    /// The video after the entries so far; none before it is added and after it is deleted.
    pub fn video(&self) -> Option<&Video> {
        self.video.as_ref()
    }

    /// Whether the result of the entries so far equals this video, or its absence.
    pub fn agrees_with(&self, video: Option<&Video>) -> bool {
        self.video() == video || video.is_some() && self.as_written_before().as_ref() == video
    }

    /// The video as written by versions of this program that timestamped updates by the clock
    /// alone, even before the record's creation. It stays like this until the next update.
    fn as_written_before(&self) -> Option<Video> {
        let updated_at = self.updated?;
        self.video().map(|video| Video { updated_at, ..video.clone() })
    }

    /// Goes one entry further.
    ///
    /// # Errors
    /// When the entry cannot follow those replayed before it; the state then does not change.
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
                self.check_deleted(before, entry)?;
                None
            }
            (AuditOperation::Insert, Some(_)) => {
                return Err(Invalid::new("an INSERT of a video that already exists"));
            }
            (AuditOperation::Update | AuditOperation::Delete, None) => {
                let operation = entry.operation.name();
                return Err(Invalid::new(format!("{operation} of a video that does not exist")));
            }
        };
        self.video = after;
        self.version = entry.version;
        self.updated = (entry.operation == AuditOperation::Update).then_some(entry.timestamp);
        Ok(())
    }

    fn check_deleted(&self, before: &Video, entry: &AuditEntry) -> Result<(), Invalid> {
        let Some(field) = undeleted(before, entry) else { return Ok(()) };
        match self.as_written_before() {
            Some(video) if undeleted(&video, entry).is_none() => Ok(()),
            _ => Err(disagreement(field)),
        }
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
    let updated_at = AuditEntry::time_of_update(entry.timestamp, video.created_at);
    Ok(Video { updated_at, ..video })
}

/// The first field whose deletion does not match the video.
fn undeleted(video: &Video, deletion: &AuditEntry) -> Option<VideoField> {
    let expected = FieldChange::between(Some(video), None);
    VideoField::ALL.into_iter().find(|field| {
        let of = |changes: &[FieldChange]| changes.iter().find(|c| c.field == *field).cloned();
        of(&expected) != of(&deletion.changes)
    })
}

fn disagreement(field: VideoField) -> Invalid {
    Invalid::new(format!("the old value of {} differs from the value before it", field.name()))
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
            file: self.facts()?,
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

    fn facts(&self) -> Result<Option<PackedFacts>, Invalid> {
        let facts = self.0.iter().filter_map(|change| match &change.new {
            Some(FieldValue::Fact(fact)) => Some((change.field.name(), fact)),
            _ => None,
        });
        let mut facts = facts.peekable();
        if facts.peek().is_none() { Ok(None) } else { FileFacts::of(facts)?.pack() }
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
            write_end: version.into(),
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

    /// A record that was added with a future time and then widened, and the entry of its deletion
    /// with this update time.
    fn added_later_than_updated(updated_at: Timestamp) -> (Replay, Video, AuditEntry) {
        let (added, mut widened, [insert, update, delete]) = history();
        let created_at = Timestamp::from_micros(1_000).unwrap();
        let added = Video { created_at, updated_at: created_at, ..added };
        (widened.created_at, widened.updated_at) = (created_at, updated_at);
        let mut replay = Replay::default();
        let changes = FieldChange::between(None, Some(&added));
        replay.apply(&AuditEntry { changes, ..insert }).unwrap();
        replay.apply(&update).unwrap();
        let changes = FieldChange::between(Some(&widened), None);
        (replay, widened, AuditEntry { changes, ..delete })
    }

    #[test]
    fn an_update_is_not_before_the_addition_but_what_older_versions_wrote_is_accepted() {
        let at = |micros| Timestamp::from_micros(micros).unwrap();
        let (mut replay, video, deletion) = added_later_than_updated(at(1_000));
        assert_eq!(replay.video(), Some(&video));
        assert!(replay.agrees_with(Some(&video)) && !replay.agrees_with(None));
        replay.apply(&deletion).unwrap();
        assert!(replay.agrees_with(None) && !replay.agrees_with(Some(&video)));

        let (mut replay, video, deletion) = added_later_than_updated(at(8));
        assert!(replay.agrees_with(Some(&video)) && !replay.agrees_with(None));
        replay.apply(&deletion).unwrap();

        let (mut replay, video, deletion) = added_later_than_updated(at(9));
        assert!(!replay.agrees_with(Some(&video)));
        let error = replay.apply(&deletion).unwrap_err().to_string();
        assert_eq!(error, "the old value of updatedAt differs from the value before it");
    }

    /// Damages the entry of a version and asserts what replaying reports.
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
        refused(1, be(AuditOperation::Update), "UPDATE of a video that does not exist");
        refused(1, be(AuditOperation::Delete), "DELETE of a video that does not exist");
        refused(2, be(AuditOperation::Insert), "an INSERT of a video that already exists");
        refused(2, |entry| entry.changes.clear(), "an UPDATE changes nothing");
    }

    #[test]
    fn values_that_do_not_fit_are_refused() {
        let other = || Some(FieldValue::Integer(1));
        let width = "the old value of width differs from the value before it";
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
