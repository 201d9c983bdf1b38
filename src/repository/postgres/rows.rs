//! Rows: conversion of videos and entries.

use sqlx::postgres::types::Oid;
use sqlx::postgres::{PgRow, PgTypeInfo, PgValueFormat, PgValueRef};
use sqlx::{Decode, Postgres, Row, Type};

use super::columns::{EntryColumn, VideoColumn};
use super::escape::unescaped;
use super::failure::BoxError;
use super::values::Id;
use crate::domain::{
    AuditEntry, AuditOperation, Dimension, FrameRate, PackedFacts, Quantity, Text, Timestamp,
    Video, VideoId, VideoValues,
};
use crate::repository::audit_json;

impl Type<Postgres> for Id {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(Oid(2950))
    }
}

impl<'r> Decode<'r, Postgres> for Id {
    fn decode(value: PgValueRef<'r>) -> Result<Self, BoxError> {
        match value.format() {
            PgValueFormat::Binary => {
                let bytes = value.as_bytes()?.try_into();
                Ok(Self(VideoId::from_bytes(bytes.map_err(|_| "an ID is not 16 bytes long")?)))
            }
            PgValueFormat::Text => Ok(Self(value.as_str()?.parse()?)),
        }
    }
}

/// Reads the video that starts at a column.
pub(super) fn read_video(row: &PgRow, first: usize) -> Result<Video, BoxError> {
    let id = read_id(row, first + VideoColumn::Id as usize)?;
    video_of(id, row, first)
        .map_err(|error| format!("the row of video {id} cannot be read: {error}").into())
}

fn video_of(id: VideoId, row: &PgRow, first: usize) -> Result<Video, BoxError> {
    let at = |column: VideoColumn| first + column as usize;
    let quantity = |column| read_quantity(row, at(column));
    let small = |column| row.try_get::<i32, _>(at(column));
    let time = |column| read_time(row, at(column));
    let text = |column| read_text(row, at(column));
    let values = VideoValues {
        path: text(VideoColumn::Path)?,
        filename: text(VideoColumn::Filename)?,
        duration_frames: quantity(VideoColumn::DurationFrames)?,
        frame_rate: FrameRate::new(
            small(VideoColumn::FrameRateNumerator)?,
            small(VideoColumn::FrameRateDenominator)?,
        )?,
        width: Dimension::new(small(VideoColumn::Width)?)?,
        height: Dimension::new(small(VideoColumn::Height)?)?,
        video_codec: text(VideoColumn::VideoCodec)?,
        audio_codec: read_optional_text(row, at(VideoColumn::AudioCodec))?,
        file_size: quantity(VideoColumn::FileSize)?,
        thumbnail_path: read_optional_text(row, at(VideoColumn::ThumbnailPath))?,
        file: row.try_get::<Option<&str>, _>(at(VideoColumn::File))?.map(PackedFacts::stored),
    };
    Ok(Video {
        id,
        values,
        created_at: time(VideoColumn::CreatedAt)?,
        updated_at: time(VideoColumn::UpdatedAt)?,
        version: small(VideoColumn::Version)?,
    })
}

/// The quantity in a column.
pub(super) fn read_quantity(row: &PgRow, column: usize) -> Result<Quantity, BoxError> {
    Ok(Quantity::new(row.try_get(column)?)?)
}

/// The time in a column.
pub(super) fn read_time(row: &PgRow, column: usize) -> Result<Timestamp, BoxError> {
    Ok(Timestamp::from_micros(row.try_get(column)?)?)
}

/// The text in a column.
pub(super) fn read_text(row: &PgRow, column: usize) -> Result<Text, BoxError> {
    Ok(Text::new(row.try_get::<&str, _>(column)?)?)
}

/// The text in a column that may have none.
pub(super) fn read_optional_text(row: &PgRow, column: usize) -> Result<Option<Text>, BoxError> {
    Ok(row.try_get::<Option<&str>, _>(column)?.map(Text::new).transpose()?)
}

/// The ID in a column.
pub(super) fn read_id(row: &PgRow, column: usize) -> Result<VideoId, BoxError> {
    Ok(row.try_get::<Id, _>(column)?.0)
}

/// The count in a column.
pub(super) fn read_count(row: &PgRow, column: usize) -> Result<u64, BoxError> {
    Ok(u64::try_from(row.try_get::<i64, _>(column)?)?)
}

/// Reads the entry that starts at a column.
pub(super) fn read_entry(row: &PgRow, first: usize) -> Result<AuditEntry, BoxError> {
    let sequence = row.try_get(first + EntryColumn::Sequence as usize)?;
    entry_of(sequence, row, first)
        .map_err(|error| format!("entry {sequence} of the log cannot be read: {error}").into())
}

fn entry_of(sequence: i64, row: &PgRow, first: usize) -> Result<AuditEntry, BoxError> {
    let at = |column: EntryColumn| first + column as usize;
    let text = |column| row.try_get::<Option<&str>, _>(at(column));
    let operation = text(EntryColumn::Operation)?.unwrap_or_default();
    Ok(AuditEntry {
        sequence,
        entity_id: read_id(row, at(EntryColumn::EntityId))?,
        version: row.try_get(at(EntryColumn::Version))?,
        operation: AuditOperation::from_name(operation)
            .ok_or_else(|| format!("{operation} is no operation"))?,
        timestamp: read_time(row, at(EntryColumn::Timestamp))?,
        changes: audit_json::read(text(EntryColumn::OldValues)?, text(EntryColumn::NewValues)?)?,
        actor: text(EntryColumn::Actor)?.map(unescaped),
        request_id: text(EntryColumn::RequestId)?.map(unescaped),
        write_end: row.try_get::<Option<i64>, _>(at(EntryColumn::WriteEnd))?.unwrap_or(sequence),
    })
}
