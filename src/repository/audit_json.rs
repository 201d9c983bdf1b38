//! The values of an audit entry as JSON, as every database stores them: one object for the old
//! values and one for the new.

use std::fmt;

use serde::Serializer;
use serde::de::{Deserializer, Error, MapAccess, Visitor};

use crate::domain::{AuditEntry, AuditOperation, FieldChange, FieldValue, Video, VideoField};

/// The old values of the fields that an entry changed; none if the video was added.
pub(super) fn old_values(entry: &AuditEntry) -> Option<String> {
    (entry.operation != AuditOperation::Insert)
        .then(|| side(&entry.changes, |change| change.old.as_ref()))
}

/// The new values of the fields that an entry changed; none if the video was deleted.
pub(super) fn new_values(entry: &AuditEntry) -> Option<String> {
    (entry.operation != AuditOperation::Delete)
        .then(|| side(&entry.changes, |change| change.new.as_ref()))
}

/// Every value that a video has.
pub(super) fn values_of(video: &Video) -> String {
    side(&FieldChange::between(None, Some(video)), |change| change.new.as_ref())
}

/// One side of the changes of fields, as a JSON object.
fn side(changes: &[FieldChange], value: impl Fn(&FieldChange) -> Option<&FieldValue>) -> String {
    let member = |change: &FieldChange| Some((change.field.name(), value(change)?.to_json()));
    let mut json = Vec::new();
    serde_json::Serializer::new(&mut json)
        .collect_map(changes.iter().filter_map(member))
        .expect("texts, numbers and objects of them can be JSON");
    String::from_utf8(json).expect("JSON is UTF-8")
}

/// The changes of an entry with these texts.
///
/// # Errors
/// When a text is no JSON object, or has a field or a value that a video cannot have.
pub(super) fn read(old: Option<&str>, new: Option<&str>) -> serde_json::Result<Vec<FieldChange>> {
    // Most have one.
    let mut changes = Vec::with_capacity(1);
    read_side(old, &mut changes, |change, value| change.old = Some(value))?;
    read_side(new, &mut changes, |change, value| change.new = Some(value))?;
    Ok(changes)
}

/// Reads one side of changes from a JSON object.
fn read_side(
    json: Option<&str>,
    changes: &mut Vec<FieldChange>,
    put: fn(&mut FieldChange, FieldValue),
) -> serde_json::Result<()> {
    let Some(json) = json else { return Ok(()) };
    let mut json = serde_json::Deserializer::from_str(json);
    json.deserialize_map(Side { changes, put })?;
    json.end()
}

struct Side<'c> {
    /// In the order of their fields.
    changes: &'c mut Vec<FieldChange>,
    put: fn(&mut FieldChange, FieldValue),
}

impl Side<'_> {
    /// The change of a field, created if there is none.
    fn change(&mut self, field: VideoField) -> &mut FieldChange {
        let place = self.changes.binary_search_by_key(&field, |change| change.field);
        let place = place.unwrap_or_else(|place| {
            self.changes.insert(place, FieldChange { field, old: None, new: None });
            place
        });
        &mut self.changes[place]
    }
}

impl<'de> Visitor<'de> for Side<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the fields of a video")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<&str>()? {
            let unknown = || A::Error::custom(format_args!("a video has no field {name}"));
            let field = VideoField::from_name(name).ok_or_else(unknown)?;
            (self.put)(self.change(field), map.next_value_seed(field)?);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::samples::{self, video};
    use crate::domain::{Dimension, Text, Timestamp};

    fn entry(operation: AuditOperation, changes: Vec<FieldChange>) -> AuditEntry {
        AuditEntry { operation, changes, ..samples::entry(1) }
    }

    #[test]
    fn an_entry_has_an_object_for_each_side_that_exists() {
        let value = video().get(VideoField::Width);
        let (old, new) = (value.clone(), value.clone());
        let change = |old, new| vec![FieldChange { field: VideoField::Width, old, new }];
        let width = r#"{"width":1920}"#;
        for (operation, changes, [old, new]) in [
            (AuditOperation::Insert, change(None, value.clone()), [None, Some(width)]),
            (AuditOperation::Update, change(old, new), [Some(width), Some(width)]),
            (AuditOperation::Delete, change(value, None), [Some(width), None]),
        ] {
            let entry = entry(operation, changes);
            let sides = (old_values(&entry), new_values(&entry));
            assert_eq!((sides.0.as_deref(), sides.1.as_deref()), (old, new));
            assert_eq!(read(old, new).unwrap(), entry.changes);
        }
    }

    #[test]
    fn the_texts_stay_as_libraries_have_them() {
        let mut video = video();
        let text = |text| Text::new(text).unwrap();
        video.values.path = text("/média/\"日本\"\\\n\u{7f}.mkv");
        video.values.thumbnail_path = Some(text("/thumbs/1.jpg"));
        video.updated_at = Timestamp::MAX;
        let whole = concat!(
            r#"{"path":"/média/\"日本\"\\\n"#,
            "\u{7f}",
            r#".mkv","filename":"b.mkv","durationFrames":300,"#,
            r#""frameRate":{"numerator":30000,"denominator":1001},"width":1920,"height":1080,"#,
            r#""videoCodec":"h264","audioCodec":"aac","fileSize":1000000,"#,
            r#""thumbnailPath":"/thumbs/1.jpg","createdAt":"1970-01-01T00:00:00.000007Z","#,
            r#""updatedAt":"9999-12-31T23:59:59.999999Z"}"#,
        );
        let added = entry(AuditOperation::Insert, FieldChange::between(None, Some(&video)));
        assert_eq!(new_values(&added).as_deref(), Some(whole));
        assert_eq!(read(None, Some(whole)).unwrap(), added.changes);

        let mut after = video.clone();
        after.values.audio_codec = None;
        after.values.width = Dimension::new(1).unwrap();
        let changes = FieldChange::between(Some(&video), Some(&after));
        let (old, new) = (r#"{"width":1920,"audioCodec":"aac"}"#, r#"{"width":1}"#);
        let changed = entry(AuditOperation::Update, changes);
        assert_eq!(old_values(&changed).as_deref(), Some(old));
        assert_eq!(new_values(&changed).as_deref(), Some(new));
        assert_eq!(read(Some(old), Some(new)).unwrap(), changed.changes);
    }

    #[test]
    fn a_field_that_is_on_one_side_only_is_read_in_its_place() {
        let changes = read(Some(r#"{"width":1}"#), Some(r#"{"path":"/a"}"#)).unwrap();
        let fields: Vec<_> = changes.iter().map(|change| change.field).collect();
        assert_eq!(fields, [VideoField::Path, VideoField::Width]);
        for wrong in
            [r#"{"size":1}"#, r#"{"width":"1"}"#, "[]", r#"{"width":1} "#, r#"{"width":1}1"#]
        {
            let is_read = read(Some(wrong), None).is_ok();
            assert_eq!(is_read, wrong.ends_with("} "), "{wrong}");
        }
    }
}
