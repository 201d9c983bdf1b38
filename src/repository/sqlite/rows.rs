//! Rows: how videos and entries stand in columns, and in the JSON that statements take them from.

use std::error::Error;

use serde::Serialize;
use serde_json::{Map, Value};
use sqlx::sqlite::SqliteRow;
use sqlx::{Decode, Row, Sqlite, Type};

use crate::domain::{
    AuditEntry, AuditOperation, Dimension, FieldChange, FieldValue, FrameRate, Quantity, Text,
    Timestamp, Video, VideoField, VideoId, VideoValues,
};

pub(super) type BoxError = Box<dyn Error + Send + Sync>;

/// What [`read_video`] reads, in the order of [`video_row`], which goes on with the position.
pub(super) const VIDEO_COLUMNS: &str = "
    videos.id, videos.path, videos.filename, videos.duration_frames, videos.frame_rate_numerator,
    videos.frame_rate_denominator, videos.width, videos.height, videos.video_codec,
    videos.audio_codec, videos.file_size, videos.thumbnail_path, videos.created_at,
    videos.updated_at, videos.version";

/// What [`read_entry`] reads, in the order of [`entry_row`].
pub(super) const ENTRY_COLUMNS: &str = "
    audit_log.sequence, audit_log.entity_id, audit_log.version, audit_log.operation,
    audit_log.timestamp, audit_log.old_values, audit_log.new_values, audit_log.actor,
    audit_log.request_id";

/// How many columns [`ENTRY_COLUMNS`] are.
pub(super) const ENTRY_WIDTH: usize = 9;

/// A list as a statement takes it through `json_each`.
pub(super) fn json_array<T: Serialize>(items: impl IntoIterator<Item = T>) -> String {
    let items: Vec<T> = items.into_iter().collect();
    serde_json::to_string(&items).expect("numbers, texts and lists of them can be JSON")
}

/// A video as an item of [`json_array`], with its position where it has no row yet.
pub(super) fn video_row(video: &Video, position: Option<i64>) -> impl Serialize + '_ {
    let values = &video.values;
    (
        video.id,
        values.path.as_str(),
        values.filename.as_str(),
        values.duration_frames.get(),
        values.frame_rate.numerator(),
        values.frame_rate.denominator(),
        values.width.get(),
        values.height.get(),
        values.video_codec.as_str(),
        values.audio_codec.as_ref().map(Text::as_str),
        values.file_size.get(),
        values.thumbnail_path.as_ref().map(Text::as_str),
        video.created_at.as_micros(),
        video.updated_at.as_micros(),
        video.version,
        position,
    )
}

/// An entry as an item of [`json_array`].
pub(super) fn entry_row(entry: &AuditEntry) -> impl Serialize + '_ {
    let old = (entry.operation != AuditOperation::Insert)
        .then(|| side(&entry.changes, |change| change.old.as_ref()));
    let new = (entry.operation != AuditOperation::Delete)
        .then(|| side(&entry.changes, |change| change.new.as_ref()));
    (
        entry.sequence,
        entry.entity_id,
        entry.version,
        entry.operation.name(),
        entry.timestamp.as_micros(),
        old,
        new,
        entry.actor.as_deref(),
        entry.request_id.as_deref(),
    )
}

fn side(
    changes: &[FieldChange],
    value: impl Fn(&FieldChange) -> Option<&FieldValue>,
) -> Map<String, Value> {
    let member =
        |change: &FieldChange| Some((change.field.name().to_owned(), value(change)?.to_json()));
    changes.iter().filter_map(member).collect()
}

/// The video whose [`VIDEO_COLUMNS`] begin at column `first`.
pub(super) fn read_video(row: &SqliteRow, first: usize) -> Result<Video, BoxError> {
    let mut cells = Cells { row, next: first };
    let id = cells.id()?;
    read_video_after_id(id, &mut cells)
        .map_err(|error| format!("the row of video {id} cannot be read: {error}").into())
}

fn read_video_after_id(id: VideoId, cells: &mut Cells<'_>) -> Result<Video, BoxError> {
    let values = VideoValues {
        path: cells.text()?,
        filename: cells.text()?,
        duration_frames: Quantity::new(cells.next()?)?,
        frame_rate: FrameRate::new(cells.next()?, cells.next()?)?,
        width: Dimension::new(cells.next()?)?,
        height: Dimension::new(cells.next()?)?,
        video_codec: cells.text()?,
        audio_codec: cells.optional_text()?,
        file_size: Quantity::new(cells.next()?)?,
        thumbnail_path: cells.optional_text()?,
    };
    let created_at = Timestamp::from_micros(cells.next()?)?;
    let updated_at = Timestamp::from_micros(cells.next()?)?;
    Ok(Video { id, values, created_at, updated_at, version: cells.next()? })
}

/// The entry whose [`ENTRY_COLUMNS`] begin at column `first`.
pub(super) fn read_entry(row: &SqliteRow, first: usize) -> Result<AuditEntry, BoxError> {
    let mut cells = Cells { row, next: first };
    let sequence = cells.next()?;
    read_entry_after_sequence(sequence, &mut cells)
        .map_err(|error| format!("entry {sequence} of the log cannot be read: {error}").into())
}

fn read_entry_after_sequence(sequence: i64, cells: &mut Cells<'_>) -> Result<AuditEntry, BoxError> {
    let entity_id = cells.id()?;
    let version = cells.next()?;
    let operation: &str = cells.next()?;
    Ok(AuditEntry {
        sequence,
        entity_id,
        version,
        operation: AuditOperation::from_name(operation)
            .ok_or_else(|| format!("{operation} is no operation"))?,
        timestamp: Timestamp::from_micros(cells.next()?)?,
        changes: read_changes(cells.next()?, cells.next()?)?,
        actor: cells.next()?,
        request_id: cells.next()?,
    })
}

fn read_changes(old: Option<&str>, new: Option<&str>) -> Result<Vec<FieldChange>, BoxError> {
    let parse = |side: Option<&str>| side.map_or(Ok(Map::new()), serde_json::from_str);
    let (old, new) = (parse(old)?, parse(new)?);
    let mut names = old.keys().chain(new.keys());
    if let Some(name) = names.find(|name| VideoField::from_name(name).is_none()) {
        return Err(format!("a video has no field {name}").into());
    }
    let read = |side: &Map<String, Value>, field: VideoField| {
        side.get(field.name()).map(|json| FieldValue::from_json(field, json)).transpose()
    };
    let mut changes = Vec::with_capacity(old.len().max(new.len()));
    for field in VideoField::ALL {
        let (old, new) = (read(&old, field)?, read(&new, field)?);
        if old.is_some() || new.is_some() {
            changes.push(FieldChange { field, old, new });
        }
    }
    Ok(changes)
}

/// The ID in a column.
pub(super) fn read_id(row: &SqliteRow, column: usize) -> Result<VideoId, BoxError> {
    Cells { row, next: column }.id()
}

/// The cells of a row, from left to right.
struct Cells<'r> {
    row: &'r SqliteRow,
    next: usize,
}

impl<'r> Cells<'r> {
    fn next<T: Decode<'r, Sqlite> + Type<Sqlite>>(&mut self) -> Result<T, sqlx::Error> {
        self.next += 1;
        self.row.try_get(self.next - 1)
    }

    fn id(&mut self) -> Result<VideoId, BoxError> {
        let bytes: &[u8] = self.next()?;
        let bytes = bytes.try_into().map_err(|_| "an ID has not 16 bytes")?;
        Ok(VideoId::from_bytes(bytes))
    }

    fn text(&mut self) -> Result<Text, BoxError> {
        Ok(Text::new(self.next()?)?)
    }

    fn optional_text(&mut self) -> Result<Option<Text>, BoxError> {
        let text: Option<&str> = self.next()?;
        Ok(text.map(Text::new).transpose()?)
    }
}
