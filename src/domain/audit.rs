//! The history: one entry for each change of a video.

use std::fmt;
use std::str::FromStr;

use super::comparison::Comparison;
use super::field::{FieldValue, VideoField};
use super::scalars::Invalid;
use super::timestamp::Timestamp;
use super::video::{Video, VideoId};

/// One recorded change of one video.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// Its place in the log: higher than that of every change committed before it.
    pub sequence: i64,
    /// The video that changed. The entry outlives the video.
    pub entity_id: VideoId,
    /// The video's version after the change.
    pub version: i32,
    /// The kind of change.
    pub operation: AuditOperation,
    /// The time of the change or, if the clock was set back, of the change before it in the log, so
    /// that times never decrease. Libraries written by older versions can contain times that do.
    pub timestamp: Timestamp,
    /// The differences, in the order of [`VideoField`].
    pub changes: Vec<FieldChange>,
    /// Who made the change, if credentials are required.
    pub actor: Option<String>,
    /// The request that did it.
    pub request_id: Option<String>,
    /// The sequence of the last entry of the same write; its own if that is this one.
    ///
    /// A write is what a store carries out as a whole or not at all: the changes of one mutation field,
    /// or of one batch of an import. Its entries stand together in the log and share their time, actor
    /// and request, and the library was in none of the states between them. Entries that were recorded
    /// before the log had this count as a write each.
    pub write_end: i64,
}

impl AuditEntry {
    /// The entry's own ID.
    pub fn id(&self) -> AuditEntryId {
        AuditEntryId { entity_id: self.entity_id, version: self.version }
    }

    /// Whether the log may go on behind this entry with `next`, or end there if that is none: until a
    /// write has come to its end, the rest of it follows.
    pub fn may_precede(&self, next: Option<&Self>) -> bool {
        if self.write_end == self.sequence {
            return true;
        }
        let is_of_same_write = |next: &Self| {
            next.sequence == self.sequence + 1
                && next.write_end == self.write_end
                && next.timestamp == self.timestamp
                && next.actor == self.actor
                && next.request_id == self.request_id
        };
        self.write_end > self.sequence && next.is_some_and(is_of_same_write)
    }

    /// The time at which a record was last updated, for a change with this time. The record may
    /// have been added with a time in the future.
    pub fn time_of_update(timestamp: Timestamp, created_at: Timestamp) -> Timestamp {
        timestamp.max(created_at)
    }
}

/// An entry's ID: the video's, a colon, and the video's version after the change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AuditEntryId {
    /// The video that changed.
    pub entity_id: VideoId,
    /// The video's version after the change.
    pub version: i32,
}

impl fmt::Display for AuditEntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.entity_id, self.version)
    }
}

impl FromStr for AuditEntryId {
    type Err = Invalid;

    /// Reads what [`Display`](fmt::Display) writes, the UUID in either case.
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let refusal = || Invalid::new("must be the ID of a video, a colon and a version");
        let (entity_id, version) = text.split_once(':').ok_or_else(refusal)?;
        let id = Self {
            entity_id: entity_id.parse()?,
            version: version.parse().map_err(|_| refusal())?,
        };
        let is_canonical = version == id.version.to_string();
        if is_canonical { Ok(id) } else { Err(refusal()) }
    }
}

/// The kinds of change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AuditOperation {
    /// It was added.
    Insert,
    /// Some of its fields changed.
    Update,
    /// It was deleted.
    Delete,
}

impl AuditOperation {
    /// Every operation.
    pub const ALL: [Self; 3] = [Self::Insert, Self::Update, Self::Delete];

    /// Its name: `INSERT`, `UPDATE` or `DELETE`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Insert => "INSERT",
            Self::Update => "UPDATE",
            Self::Delete => "DELETE",
        }
    }

    /// The operation with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|operation| operation.name() == name)
    }
}

/// One field that a change made different.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldChange {
    /// The field.
    pub field: VideoField,
    /// The old value; none before an insert, and if there was none.
    pub old: Option<FieldValue>,
    /// The new value; none after a delete, and if there is none.
    pub new: Option<FieldValue>,
}

impl FieldChange {
    /// The differences between a video before and after a change, in the order of [`VideoField`].
    ///
    /// Without the time of the update: the entry has it.
    pub fn between(before: Option<&Video>, after: Option<&Video>) -> Vec<Self> {
        let both = before.zip(after);
        // They take longer to compare one by one than all other fields.
        let has_same_facts = both.is_some_and(|(old, new)| old.values.file == new.values.file);
        let is_left_out = |field: &VideoField| match field {
            VideoField::UpdatedAt => both.is_some(),
            field => has_same_facts && VideoField::OF_FILE.contains(field),
        };
        VideoField::ALL
            .into_iter()
            .filter(|field| !is_left_out(field))
            .map(|field| Self {
                field,
                old: before.and_then(|video| video.get(field)),
                new: after.and_then(|video| video.get(field)),
            })
            .filter(|change| change.old != change.new)
            .collect()
    }
}

/// A filter for entries of the log: all conditions must hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AuditFilter {
    /// Changes of this video.
    pub entity_id: Option<VideoId>,
    /// Changes of one of these videos; an empty list matches nothing.
    pub entity_ids: Option<Vec<VideoId>>,
    /// Changes of these kinds; an empty list matches nothing.
    pub operations: Option<Vec<AuditOperation>>,
    /// Changes of at least one of these fields; an empty list matches nothing.
    pub fields: Option<Vec<VideoField>>,
    /// Changes made by this one.
    pub actor: Option<String>,
    /// Changes made by one of these; an empty list matches nothing.
    pub actors: Option<Vec<String>>,
    /// Changes with an actor or, if false, without one.
    pub has_actor: Option<bool>,
    /// Changes made by this request.
    pub request_id: Option<String>,
    /// Changes made at such times.
    pub timestamp: Vec<(Comparison, Timestamp)>,
    /// Changes without a time (there are none) or, if false, with one.
    pub timestamp_is_null: Option<bool>,
}

impl AuditFilter {
    /// Whether it matches every entry, as far as that can be determined without looking at one.
    pub fn is_everything(&self) -> bool {
        self.conditions() == 0
    }

    /// The number of its conditions. Each field counts: all values of an entry may have to be examined
    /// for it.
    pub fn conditions(&self) -> u64 {
        let given = [
            self.entity_id.is_some(),
            self.entity_ids.is_some(),
            self.operations.is_some(),
            self.actor.is_some(),
            self.actors.is_some(),
            self.has_actor.is_some(),
            self.request_id.is_some(),
            self.timestamp_is_null.is_some(),
        ];
        let fields = self.fields.as_ref().map_or(0, |fields| fields.len().max(1));
        let others = (fields + self.timestamp.len()) as u64;
        given.into_iter().map(u64::from).sum::<u64>() + others
    }

    /// Whether it only matches entries of videos that it names.
    pub fn names_videos(&self) -> bool {
        self.entity_id.is_some() || self.entity_ids.is_some()
    }

    /// Whether it only matches entries of videos that it names, or of one request.
    pub fn is_by_origin(&self) -> bool {
        self.names_videos() || self.request_id.is_some()
    }

    /// Whether it matches an entry. This defines the filter for every store.
    pub fn matches(&self, entry: &AuditEntry) -> bool {
        let has_one_of = |fields: &Vec<VideoField>| {
            entry.changes.iter().any(|change| fields.contains(&change.field))
        };
        let is_by_one_of =
            |actors: &Vec<String>| entry.actor.as_ref().is_some_and(|it| actors.contains(it));
        self.entity_id.is_none_or(|id| id == entry.entity_id)
            && self.entity_ids.as_ref().is_none_or(|ids| ids.contains(&entry.entity_id))
            && self.operations.as_ref().is_none_or(|all| all.contains(&entry.operation))
            && self.fields.as_ref().is_none_or(has_one_of)
            && (self.actor.is_none() || self.actor == entry.actor)
            && self.actors.as_ref().is_none_or(is_by_one_of)
            && self.has_actor.is_none_or(|wanted| wanted == entry.actor.is_some())
            && (self.request_id.is_none() || self.request_id == entry.request_id)
            && self.timestamp.iter().all(|(is, bound)| is.holds(&entry.timestamp, bound))
            && self.timestamp_is_null != Some(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Dimension, samples};

    #[test]
    fn an_entrys_id_has_one_spelling_but_for_the_case_of_the_uuid() {
        let shown = "c78bce5b-65ee-4465-bf77-675b13c4be39:7";
        for text in [shown, "C78BCE5B-65EE-4465-BF77-675B13C4BE39:7"] {
            assert_eq!(text.parse::<AuditEntryId>().unwrap().to_string(), shown);
        }
        let uuid = "c78bce5b-65ee-4465-bf77-675b13c4be39";
        for version in ["", ":", ":07", ":+7", ":7 ", ": 7", ":7:7", ":2147483648", ":x", "7"] {
            let text = format!("{uuid}{version}");
            assert!(text.parse::<AuditEntryId>().is_err(), "{text}");
        }
        assert!("7:7".parse::<AuditEntryId>().is_err());
    }

    #[test]
    fn operations_are_found_by_their_names() {
        for operation in AuditOperation::ALL {
            assert_eq!(AuditOperation::from_name(operation.name()), Some(operation));
        }
        assert_eq!(AuditOperation::from_name("insert"), None);
    }

    #[test]
    fn a_write_goes_on_until_it_ends() {
        let entry = |sequence, write_end| AuditEntry { write_end, ..samples::entry(sequence) };
        let follows = |one: AuditEntry, next: AuditEntry| one.may_precede(Some(&next));
        assert!(entry(1, 1).may_precede(None) && !entry(1, 2).may_precede(None));
        assert!(follows(entry(1, 1), entry(2, 2)) && follows(entry(1, 1), entry(2, 3)));
        assert!(follows(entry(1, 3), entry(2, 3)) && !follows(entry(1, 3), entry(3, 3)));
        assert!(!follows(entry(1, 3), entry(2, 2)) && !follows(entry(2, 1), entry(3, 1)));
        assert!(!follows(entry(1, 2), AuditEntry { timestamp: Timestamp::MAX, ..entry(2, 2) }));
        assert!(!follows(entry(1, 2), AuditEntry { actor: Some("a".into()), ..entry(2, 2) }));
        assert!(!follows(entry(1, 2), AuditEntry { request_id: Some("r".into()), ..entry(2, 2) }));
    }

    #[test]
    fn an_insert_and_a_delete_tell_every_field_that_has_a_value() {
        let video = samples::video();
        let has_value = |field: &VideoField| {
            *field != VideoField::ThumbnailPath && !VideoField::OF_FILE.contains(field)
        };
        let fields = || VideoField::ALL.into_iter().filter(has_value);
        let added = fields().map(|field| FieldChange { field, old: None, new: video.get(field) });
        assert_eq!(FieldChange::between(None, Some(&video)), added.collect::<Vec<_>>());
        let gone = fields().map(|field| FieldChange { field, old: video.get(field), new: None });
        assert_eq!(FieldChange::between(Some(&video), None), gone.collect::<Vec<_>>());
    }

    #[test]
    fn an_update_tells_what_differs_but_not_its_own_time() {
        let before = samples::video();
        let mut after = before.clone();
        after.values.audio_codec = None;
        after.values.width = Dimension::new(1).unwrap();
        after.updated_at = Timestamp::MAX;
        let change = |field: VideoField| FieldChange {
            field,
            old: before.get(field),
            new: after.get(field),
        };
        assert_eq!(
            FieldChange::between(Some(&before), Some(&after)),
            [change(VideoField::Width), change(VideoField::AudioCodec)]
        );
        assert_eq!(FieldChange::between(Some(&before), Some(&before)), []);
    }
}
