//! Values: how they are bound, and what the columns of a row hold.

use sqlx::encode::IsNull;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{PgArgumentBuffer, PgArguments, PgHasArrayType, PgTypeInfo};
use sqlx::{Arguments, Encode, Postgres};

use super::columns::{EntryColumn, VideoColumn};
use super::escape::escaped;
use super::failure::BoxError;
use crate::domain::{AuditEntry, FileFacts, Text, Timestamp, Video, VideoId, natural};
use crate::repository::audit_json;
use crate::repository::sql::{Columns, Value};

/// An ID as PostgreSQL has it. The type of the client library would need another version of SQLite.
#[derive(Clone, Copy)]
pub(super) struct Id(pub(super) VideoId);

impl PgHasArrayType for Id {
    fn array_type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(Oid(2951))
    }
}

impl Encode<'_, Postgres> for Id {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxError> {
        buffer.extend_from_slice(self.0.as_bytes());
        Ok(IsNull::No)
    }
}

/// The values of a statement, to be bound.
pub(super) fn arguments(values: &[Value]) -> Result<PgArguments, BoxError> {
    let mut arguments = PgArguments::default();
    for value in values {
        match value {
            Value::Null => arguments.add(None::<&str>)?,
            Value::Integer(number) => arguments.add(*number)?,
            Value::Real(number) => arguments.add(*number)?,
            Value::Text(text) => arguments.add(up_to_nul(text))?,
            Value::Id(id) => arguments.add(Id(*id))?,
            Value::Bytes(bytes) => arguments.add(bytes)?,
            Value::Integers(numbers) => arguments.add(numbers)?,
            Value::Texts(texts) => arguments.add(texts)?,
            Value::Ids(ids) => arguments.add(ids.iter().copied().map(Id).collect::<Vec<_>>())?,
        }
    }
    Ok(arguments)
}

/// PostgreSQL takes no text with a NUL, and no text of a library has one: only a position that a client
/// has made up does.
fn up_to_nul(text: &str) -> &str {
    text.split('\0').next().unwrap_or_default()
}

/// The cells of a column, one for each row that is written.
pub(super) enum Cells {
    Ids(Vec<Id>),
    Numbers(Vec<Option<i64>>),
    Texts(Vec<Option<String>>),
}

impl Cells {
    /// How a statement takes them apart.
    pub(super) fn placeholder(&self, number: usize) -> String {
        match self {
            Self::Ids(_) => format!("${number}::uuid[]"),
            Self::Numbers(_) => format!("${number}::bigint[]"),
            Self::Texts(_) => format!("${number}::text[]"),
        }
    }

    /// Binds them as an array.
    pub(super) fn bind(self, arguments: &mut PgArguments) -> Result<(), BoxError> {
        match self {
            Self::Ids(ids) => arguments.add(ids),
            Self::Numbers(numbers) => arguments.add(numbers),
            Self::Texts(texts) => arguments.add(texts),
        }
    }
}

/// The cells of all columns that are stored, as places in a statement and as its arguments.
pub(super) fn arrays<C: Columns>(
    cells: impl Fn(C) -> Cells,
) -> Result<(String, PgArguments), BoxError> {
    let mut arguments = PgArguments::default();
    let mut places = Vec::new();
    for (index, column) in C::STORED.iter().enumerate() {
        let cells = cells(*column);
        places.push(cells.placeholder(index + 1));
        cells.bind(&mut arguments)?;
    }
    Ok((places.join(", "), arguments))
}

/// What videos have in a column that is stored.
pub(super) fn of_videos(videos: &[&Video], column: VideoColumn) -> Cells {
    let texts = |of: fn(&Video) -> &str| {
        Cells::Texts(videos.iter().map(|video| Some(of(video).to_owned())).collect())
    };
    let optional = |of: fn(&Video) -> Option<&Text>| {
        Cells::Texts(videos.iter().map(|video| of(video).map(ToString::to_string)).collect())
    };
    let numbers = |of: fn(&Video) -> i64| {
        Cells::Numbers(videos.iter().map(|video| Some(of(video))).collect())
    };
    match column {
        VideoColumn::Id => Cells::Ids(videos.iter().map(|video| Id(video.id)).collect()),
        VideoColumn::Path => texts(|video| video.values.path.as_str()),
        VideoColumn::Filename => texts(|video| video.values.filename.as_str()),
        VideoColumn::FilenameKey => {
            let key = |video: &&Video| Some(natural::key_of(video.values.filename.as_str()));
            Cells::Texts(videos.iter().map(key).collect())
        }
        VideoColumn::VideoCodec => texts(|video| video.values.video_codec.as_str()),
        VideoColumn::AudioCodec => optional(|video| video.values.audio_codec.as_ref()),
        VideoColumn::ThumbnailPath => optional(|video| video.values.thumbnail_path.as_ref()),
        VideoColumn::File => {
            let file = |video: &&Video| video.values.file.as_ref().map(|it| it.as_str().to_owned());
            Cells::Texts(videos.iter().map(file).collect())
        }
        VideoColumn::MissingSince => times(videos, |facts| facts.missing_since),
        VideoColumn::FileModifiedAt => times(videos, |facts| facts.file_modified_at),
        VideoColumn::Fingerprint => {
            let fingerprint = |video: &&Video| video.values.facts().fingerprint;
            let texts = videos.iter().map(fingerprint).map(|it| it.map(|it| it.to_string()));
            Cells::Texts(texts.collect())
        }
        VideoColumn::DurationFrames => numbers(|video| video.values.duration_frames.get()),
        VideoColumn::FrameRateNumerator => {
            numbers(|video| video.values.frame_rate.numerator().into())
        }
        VideoColumn::FrameRateDenominator => {
            numbers(|video| video.values.frame_rate.denominator().into())
        }
        VideoColumn::Width => numbers(|video| video.values.width.get().into()),
        VideoColumn::Height => numbers(|video| video.values.height.get().into()),
        VideoColumn::FileSize => numbers(|video| video.values.file_size.get()),
        VideoColumn::CreatedAt => numbers(|video| video.created_at.as_micros()),
        VideoColumn::UpdatedAt => numbers(|video| video.updated_at.as_micros()),
        VideoColumn::Version => numbers(|video| video.version.into()),
        VideoColumn::DurationSeconds
        | VideoColumn::AudioCodecKey
        | VideoColumn::Pixels
        | VideoColumn::FramesPerSecond => unreachable!("PostgreSQL computes it"),
    }
}

/// Times among the facts of files.
fn times(videos: &[&Video], of: fn(&FileFacts) -> Option<Timestamp>) -> Cells {
    let time = |video: &&Video| of(video.values.facts()).map(Timestamp::as_micros);
    Cells::Numbers(videos.iter().map(time).collect())
}

/// What entries of the log have in a column.
pub(super) fn of_entries(entries: &[&AuditEntry], column: EntryColumn) -> Cells {
    let texts = |of: fn(&AuditEntry) -> Option<String>| {
        Cells::Texts(entries.iter().map(|entry| of(entry)).collect())
    };
    let numbers = |of: fn(&AuditEntry) -> Option<i64>| {
        Cells::Numbers(entries.iter().map(|entry| of(entry)).collect())
    };
    match column {
        EntryColumn::Sequence => numbers(|entry| Some(entry.sequence)),
        EntryColumn::EntityId => {
            Cells::Ids(entries.iter().map(|entry| Id(entry.entity_id)).collect())
        }
        EntryColumn::Version => numbers(|entry| Some(entry.version.into())),
        EntryColumn::Operation => texts(|entry| Some(entry.operation.name().to_owned())),
        EntryColumn::Timestamp => numbers(|entry| Some(entry.timestamp.as_micros())),
        EntryColumn::OldValues => texts(audit_json::old_values),
        EntryColumn::NewValues => texts(audit_json::new_values),
        EntryColumn::Actor => texts(|entry| entry.actor.as_deref().map(escaped)),
        EntryColumn::RequestId => texts(|entry| entry.request_id.as_deref().map(escaped)),
        // Most entries are the last of their write.
        EntryColumn::WriteEnd => {
            numbers(|entry| Some(entry.write_end).filter(|end| *end != entry.sequence))
        }
    }
}
