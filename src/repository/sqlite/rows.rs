//! Rows: conversion of videos and entries.

use std::error::Error;

use rusqlite::Row;
use serde::{Serialize, Serializer};

use crate::domain::{
    AuditEntry, AuditOperation, Dimension, FrameRate, Quantity, Text, Timestamp, Video, VideoId,
    VideoValues,
};
use crate::repository::audit_json;

pub(super) type BoxError = Box<dyn Error + Send + Sync>;

/// A list as a parameter for `json_each`.
pub(super) fn json_array<T: Serialize>(items: impl IntoIterator<Item = T>) -> String {
    let mut json = Vec::new();
    let mut serializer = serde_json::Serializer::new(&mut json);
    serializer.collect_seq(items).expect("numbers, texts and lists of them can be JSON");
    String::from_utf8(json).expect("JSON is UTF-8")
}

/// The columns of a video, for [`read_video`].
pub(super) const VIDEO: &str = "
    videos.id, videos.path, videos.filename, videos.duration_frames, videos.frame_rate_numerator,
    videos.frame_rate_denominator, videos.width, videos.height, videos.video_codec,
    videos.audio_codec, videos.file_size, videos.thumbnail_path, videos.created_at,
    videos.updated_at, videos.version";

/// The [`VIDEO`] that starts at a column.
pub(super) fn read_video(row: &Row<'_>, column: usize) -> Result<Video, BoxError> {
    let id = read_id(row, column)?;
    video_of(id, row, column)
        .map_err(|error| format!("the row of video {id} cannot be read: {error}").into())
}

fn video_of(id: VideoId, row: &Row<'_>, column: usize) -> Result<Video, BoxError> {
    let quantity = |index| Ok::<_, BoxError>(Quantity::new(integer(row, column + index)?)?);
    let small = |index| read_number(row, column + index);
    let time = |index| Ok::<_, BoxError>(Timestamp::from_micros(integer(row, column + index)?)?);
    let values = VideoValues {
        path: read_text(row, column + 1)?,
        filename: read_text(row, column + 2)?,
        duration_frames: quantity(3)?,
        frame_rate: FrameRate::new(small(4)?, small(5)?)?,
        width: Dimension::new(small(6)?)?,
        height: Dimension::new(small(7)?)?,
        video_codec: read_text(row, column + 8)?,
        audio_codec: read_optional_text(row, column + 9)?,
        file_size: quantity(10)?,
        thumbnail_path: read_optional_text(row, column + 11)?,
    };
    Ok(Video { id, values, created_at: time(12)?, updated_at: time(13)?, version: small(14)? })
}

/// The whole number in a column.
pub(super) fn read_number<N>(row: &Row<'_>, column: usize) -> Result<N, BoxError>
where
    N: TryFrom<i64, Error: Error + Send + Sync + 'static>,
{
    Ok(N::try_from(integer(row, column)?)?)
}

/// The text in a column.
pub(super) fn read_text(row: &Row<'_>, column: usize) -> Result<Text, BoxError> {
    Ok(read_optional_text(row, column)?.ok_or("a text is missing")?)
}

/// The text in a column, which can be NULL.
pub(super) fn read_optional_text(row: &Row<'_>, column: usize) -> Result<Option<Text>, BoxError> {
    Ok(text(row, column)?.map(Text::new).transpose()?)
}

/// The columns of an entry, for [`read_entry`].
pub(super) const ENTRY: &str = "
    audit_log.sequence, audit_log.entity_id, audit_log.version, audit_log.operation,
    audit_log.timestamp, audit_log.old_values, audit_log.new_values, audit_log.actor,
    audit_log.request_id, audit_log.write_end";

/// The number of columns.
pub(super) const ENTRY_COLUMNS: usize = 10;

/// The [`ENTRY`] that starts at a column.
pub(super) fn read_entry(row: &Row<'_>, column: usize) -> Result<AuditEntry, BoxError> {
    let sequence = integer(row, column)?;
    entry_of(sequence, row, column)
        .map_err(|error| format!("entry {sequence} of the log cannot be read: {error}").into())
}

fn entry_of(sequence: i64, row: &Row<'_>, column: usize) -> Result<AuditEntry, BoxError> {
    let text = |index| text(row, column + index);
    let operation = text(3)?.unwrap_or_default();
    Ok(AuditEntry {
        sequence,
        entity_id: read_id(row, column + 1)?,
        version: read_number(row, column + 2)?,
        operation: AuditOperation::from_name(operation)
            .ok_or_else(|| format!("{operation} is no operation"))?,
        timestamp: Timestamp::from_micros(integer(row, column + 4)?)?,
        changes: audit_json::read(text(5)?, text(6)?)?,
        actor: text(7)?.map(str::to_owned),
        request_id: text(8)?.map(str::to_owned),
        write_end: row.get_ref(column + 9)?.as_i64_or_null()?.unwrap_or(sequence),
    })
}

/// The ID in a column.
pub(super) fn read_id(row: &Row<'_>, column: usize) -> Result<VideoId, BoxError> {
    let bytes = row.get_ref(column)?.as_blob()?;
    let bytes = bytes.try_into().map_err(|_| "an ID is not 16 bytes long")?;
    Ok(VideoId::from_bytes(bytes))
}

fn integer(row: &Row<'_>, column: usize) -> Result<i64, BoxError> {
    Ok(row.get_ref(column)?.as_i64()?)
}

/// None if the column is NULL.
fn text<'r>(row: &'r Row<'_>, column: usize) -> Result<Option<&'r str>, BoxError> {
    Ok(row.get_ref(column)?.as_str_or_null()?)
}
