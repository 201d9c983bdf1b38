//! Values: how they are bound, and what the columns of a row hold.

use rusqlite::ToSql;
use rusqlite::types::{Null, ToSqlOutput, ValueRef};

use super::columns::{EntryColumn, VideoColumn};
use crate::domain::{AuditEntry, PackedFacts, Text, Timestamp, Video, natural};
use crate::repository::audit_json;
use crate::repository::sql::Value;

/// SQLite has no lists: its statements read them from JSON.
impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Integer(number) => ValueRef::Integer(*number),
            Self::Real(number) => ValueRef::Real(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Id(id) => ValueRef::Blob(id.as_bytes()),
            Self::Bytes(bytes) => ValueRef::Blob(bytes),
            Self::Integers(_) | Self::Texts(_) | Self::Ids(_) => {
                return Err(rusqlite::Error::ToSqlConversionFailure("SQLite has no lists".into()));
            }
        }))
    }
}

/// What a video has in a column; none in those by which its row is found and counted, and in those that
/// SQLite computes.
pub(super) fn of_video(video: &Video, column: VideoColumn) -> Option<ToSqlOutput<'_>> {
    let values = &video.values;
    Some(match column {
        VideoColumn::Id => video.id.as_bytes().as_slice().into(),
        VideoColumn::Path => values.path.as_str().into(),
        VideoColumn::Filename => values.filename.as_str().into(),
        VideoColumn::FilenameKey => natural::key_of(values.filename.as_str()).into(),
        VideoColumn::DurationFrames => values.duration_frames.get().into(),
        VideoColumn::FrameRateNumerator => values.frame_rate.numerator().into(),
        VideoColumn::FrameRateDenominator => values.frame_rate.denominator().into(),
        VideoColumn::Width => values.width.get().into(),
        VideoColumn::Height => values.height.get().into(),
        VideoColumn::VideoCodec => values.video_codec.as_str().into(),
        VideoColumn::AudioCodec => optional(values.audio_codec.as_ref().map(Text::as_str)),
        VideoColumn::FileSize => values.file_size.get().into(),
        VideoColumn::ThumbnailPath => optional(values.thumbnail_path.as_ref().map(Text::as_str)),
        VideoColumn::File => optional(values.file.as_ref().map(PackedFacts::as_str)),
        VideoColumn::MissingSince => micros(values.facts().missing_since),
        VideoColumn::FileModifiedAt => micros(values.facts().file_modified_at),
        VideoColumn::Fingerprint => {
            values.facts().fingerprint.map_or(Null.into(), |it| it.to_string().into())
        }
        VideoColumn::CreatedAt => video.created_at.as_micros().into(),
        VideoColumn::UpdatedAt => video.updated_at.as_micros().into(),
        VideoColumn::Version => video.version.into(),
        VideoColumn::Position
        | VideoColumn::Kind
        | VideoColumn::DurationSeconds
        | VideoColumn::AudioCodecKey
        | VideoColumn::Pixels
        | VideoColumn::FramesPerSecond => return None,
    })
}

/// What an entry of the log has in a column.
pub(super) fn of_entry(entry: &AuditEntry, column: EntryColumn) -> ToSqlOutput<'_> {
    let json = |text: Option<String>| ToSqlOutput::Owned(text.into());
    match column {
        EntryColumn::Sequence => entry.sequence.into(),
        EntryColumn::EntityId => entry.entity_id.as_bytes().as_slice().into(),
        EntryColumn::Version => entry.version.into(),
        EntryColumn::Operation => entry.operation.name().into(),
        EntryColumn::Timestamp => entry.timestamp.as_micros().into(),
        EntryColumn::OldValues => json(audit_json::old_values(entry)),
        EntryColumn::NewValues => json(audit_json::new_values(entry)),
        EntryColumn::Actor => optional(entry.actor.as_deref()),
        EntryColumn::RequestId => optional(entry.request_id.as_deref()),
        // Most entries are the last of their write.
        EntryColumn::WriteEnd if entry.write_end == entry.sequence => Null.into(),
        EntryColumn::WriteEnd => entry.write_end.into(),
    }
}

/// A time, or NULL.
fn micros(at: Option<Timestamp>) -> ToSqlOutput<'static> {
    at.map_or(Null.into(), |at| at.as_micros().into())
}

/// A text, or NULL.
pub(super) fn optional(text: Option<&str>) -> ToSqlOutput<'_> {
    text.map_or(Null.into(), Into::into)
}
