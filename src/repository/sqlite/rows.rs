//! Rows: conversion of videos and entries.

use std::error::Error;

use rusqlite::Row;
use serde::{Serialize, Serializer};

use super::columns::{EntryColumn, VideoColumn};
use crate::domain::{
    AuditEntry, AuditOperation, Dimension, FrameRate, PackedFacts, Quantity, Text, Timestamp,
    Video, VideoId, VideoValues,
};
use crate::repository::audit_json;
use crate::repository::sql::Columns;

pub(super) type BoxError = Box<dyn Error + Send + Sync>;

/// A list as a parameter for `json_each`.
pub(super) fn json_array<T: Serialize>(items: impl IntoIterator<Item = T>) -> String {
    let mut json = Vec::new();
    let mut serializer = serde_json::Serializer::new(&mut json);
    serializer.collect_seq(items).expect("numbers, texts and lists of them can be JSON");
    String::from_utf8(json).expect("JSON is UTF-8")
}

/// The columns of a video, for [`read_video`].
pub(super) const VIDEO: &str = VideoColumn::SELECTED;

/// Reads the [`VIDEO`] that starts at a column.
pub(super) fn read_video(row: &Row<'_>, first: usize) -> Result<Video, BoxError> {
    let id = read_id(row, first + VideoColumn::Id as usize)?;
    video_of(id, row, first)
        .map_err(|error| format!("the row of video {id} cannot be read: {error}").into())
}

fn video_of(id: VideoId, row: &Row<'_>, first: usize) -> Result<Video, BoxError> {
    let at = |column: VideoColumn| first + column as usize;
    let quantity = |column| read_quantity(row, at(column));
    let small = |column| read_number(row, at(column));
    let time = |column| read_time(row, at(column));
    let values = VideoValues {
        path: read_text(row, at(VideoColumn::Path))?,
        filename: read_text(row, at(VideoColumn::Filename))?,
        duration_frames: quantity(VideoColumn::DurationFrames)?,
        frame_rate: FrameRate::new(
            small(VideoColumn::FrameRateNumerator)?,
            small(VideoColumn::FrameRateDenominator)?,
        )?,
        width: Dimension::new(small(VideoColumn::Width)?)?,
        height: Dimension::new(small(VideoColumn::Height)?)?,
        video_codec: read_text(row, at(VideoColumn::VideoCodec))?,
        audio_codec: read_optional_text(row, at(VideoColumn::AudioCodec))?,
        file_size: quantity(VideoColumn::FileSize)?,
        thumbnail_path: read_optional_text(row, at(VideoColumn::ThumbnailPath))?,
        file: text(row, at(VideoColumn::File))?.map(PackedFacts::stored),
    };
    Ok(Video {
        id,
        values,
        created_at: time(VideoColumn::CreatedAt)?,
        updated_at: time(VideoColumn::UpdatedAt)?,
        version: small(VideoColumn::Version)?,
    })
}

/// The whole number in a column.
pub(super) fn read_number<N>(row: &Row<'_>, column: usize) -> Result<N, BoxError>
where
    N: TryFrom<i64, Error: Error + Send + Sync + 'static>,
{
    Ok(N::try_from(integer(row, column)?)?)
}

/// The quantity in a column.
pub(super) fn read_quantity(row: &Row<'_>, column: usize) -> Result<Quantity, BoxError> {
    Ok(Quantity::new(integer(row, column)?)?)
}

/// The time in a column.
pub(super) fn read_time(row: &Row<'_>, column: usize) -> Result<Timestamp, BoxError> {
    Ok(Timestamp::from_micros(integer(row, column)?)?)
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
pub(super) const ENTRY: &str = EntryColumn::SELECTED;

/// Reads the [`ENTRY`] that starts at a column.
pub(super) fn read_entry(row: &Row<'_>, first: usize) -> Result<AuditEntry, BoxError> {
    let sequence = integer(row, first + EntryColumn::Sequence as usize)?;
    entry_of(sequence, row, first)
        .map_err(|error| format!("entry {sequence} of the log cannot be read: {error}").into())
}

fn entry_of(sequence: i64, row: &Row<'_>, first: usize) -> Result<AuditEntry, BoxError> {
    let at = |column: EntryColumn| first + column as usize;
    let text = |column| text(row, at(column));
    let operation = text(EntryColumn::Operation)?.unwrap_or_default();
    Ok(AuditEntry {
        sequence,
        entity_id: read_id(row, at(EntryColumn::EntityId))?,
        version: read_number(row, at(EntryColumn::Version))?,
        operation: AuditOperation::from_name(operation)
            .ok_or_else(|| format!("{operation} is no operation"))?,
        timestamp: read_time(row, at(EntryColumn::Timestamp))?,
        changes: audit_json::read(text(EntryColumn::OldValues)?, text(EntryColumn::NewValues)?)?,
        actor: text(EntryColumn::Actor)?.map(str::to_owned),
        request_id: text(EntryColumn::RequestId)?.map(str::to_owned),
        write_end: row.get_ref(at(EntryColumn::WriteEnd))?.as_i64_or_null()?.unwrap_or(sequence),
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
