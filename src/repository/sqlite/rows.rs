//! Rows: how videos and entries go into statements and come out of them.
//!
//! They come out as JSON, one in a cell. A cell for each column costs far more, because every one of
//! them is copied on its own.

use std::borrow::Cow;
use std::error::Error;

use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use crate::domain::{
    AuditEntry, AuditOperation, Dimension, FieldChange, FieldValue, FrameRate, Quantity, Text,
    Timestamp, Video, VideoField, VideoId, VideoValues,
};

pub(super) type BoxError = Box<dyn Error + Send + Sync>;

/// A list as a statement takes it through `json_each`.
pub(super) fn json_array<T: Serialize>(items: impl IntoIterator<Item = T>) -> String {
    let mut json = Vec::new();
    let mut serializer = serde_json::Serializer::new(&mut json);
    serializer.collect_seq(items).expect("numbers, texts and lists of them can be JSON");
    String::from_utf8(json).expect("JSON is UTF-8")
}

/// A video in one cell, for [`read_video`].
pub(super) const VIDEO: &str = "
    json_array(
        hex(videos.id), videos.path, videos.filename, videos.duration_frames,
        videos.frame_rate_numerator, videos.frame_rate_denominator, videos.width, videos.height,
        videos.video_codec, videos.audio_codec, videos.file_size, videos.thumbnail_path,
        videos.created_at, videos.updated_at, videos.version
    )";

#[derive(Deserialize)]
struct VideoRow<'a> {
    id: VideoId,
    #[serde(borrow)]
    path: Cow<'a, str>,
    #[serde(borrow)]
    filename: Cow<'a, str>,
    duration_frames: i64,
    frame_rate_numerator: i32,
    frame_rate_denominator: i32,
    width: i32,
    height: i32,
    #[serde(borrow)]
    video_codec: Cow<'a, str>,
    #[serde(borrow)]
    audio_codec: Option<Cow<'a, str>>,
    file_size: i64,
    #[serde(borrow)]
    thumbnail_path: Option<Cow<'a, str>>,
    created_at: i64,
    updated_at: i64,
    version: i32,
}

/// The [`VIDEO`] in a column.
pub(super) fn read_video(row: &SqliteRow, column: usize) -> Result<Video, BoxError> {
    let row: VideoRow<'_> = serde_json::from_str(row.try_get(column)?)?;
    let id = row.id;
    video_of(row).map_err(|error| format!("the row of video {id} cannot be read: {error}").into())
}

fn video_of(row: VideoRow<'_>) -> Result<Video, BoxError> {
    let optional_text = |text: Option<Cow<'_, str>>| text.map(|text| Text::new(&text)).transpose();
    let values = VideoValues {
        path: Text::new(&row.path)?,
        filename: Text::new(&row.filename)?,
        duration_frames: Quantity::new(row.duration_frames)?,
        frame_rate: FrameRate::new(row.frame_rate_numerator, row.frame_rate_denominator)?,
        width: Dimension::new(row.width)?,
        height: Dimension::new(row.height)?,
        video_codec: Text::new(&row.video_codec)?,
        audio_codec: optional_text(row.audio_codec)?,
        file_size: Quantity::new(row.file_size)?,
        thumbnail_path: optional_text(row.thumbnail_path)?,
    };
    let created_at = Timestamp::from_micros(row.created_at)?;
    let updated_at = Timestamp::from_micros(row.updated_at)?;
    Ok(Video { id: row.id, values, created_at, updated_at, version: row.version })
}

/// An entry in one cell, for [`read_entry`].
pub(super) const ENTRY: &str = "
    json_array(
        audit_log.sequence, hex(audit_log.entity_id), audit_log.version, audit_log.operation,
        audit_log.timestamp, audit_log.old_values, audit_log.new_values, audit_log.actor,
        audit_log.request_id
    )";

#[derive(Deserialize)]
struct EntryRow<'a> {
    sequence: i64,
    entity_id: VideoId,
    version: i32,
    #[serde(borrow)]
    operation: Cow<'a, str>,
    timestamp: i64,
    #[serde(borrow)]
    old_values: Option<Cow<'a, str>>,
    #[serde(borrow)]
    new_values: Option<Cow<'a, str>>,
    actor: Option<String>,
    request_id: Option<String>,
}

/// The [`ENTRY`] in a column.
pub(super) fn read_entry(row: &SqliteRow, column: usize) -> Result<AuditEntry, BoxError> {
    let row: EntryRow<'_> = serde_json::from_str(row.try_get(column)?)?;
    let sequence = row.sequence;
    entry_of(row)
        .map_err(|error| format!("entry {sequence} of the log cannot be read: {error}").into())
}

fn entry_of(row: EntryRow<'_>) -> Result<AuditEntry, BoxError> {
    Ok(AuditEntry {
        sequence: row.sequence,
        entity_id: row.entity_id,
        version: row.version,
        operation: AuditOperation::from_name(&row.operation)
            .ok_or_else(|| format!("{} is no operation", row.operation))?,
        timestamp: Timestamp::from_micros(row.timestamp)?,
        changes: read_changes(row.old_values.as_deref(), row.new_values.as_deref())?,
        actor: row.actor,
        request_id: row.request_id,
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
    let bytes: &[u8] = row.try_get(column)?;
    let bytes = bytes.try_into().map_err(|_| "an ID has not 16 bytes")?;
    Ok(VideoId::from_bytes(bytes))
}
