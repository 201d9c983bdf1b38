//! The kinds of videos, with their sums, which every change updates.

use std::collections::HashMap;

use rusqlite::{Connection, params};

use super::reader::{Reader, Statement};
use super::rows::{BoxError, read_id};
use super::sql::Sql;
use crate::domain::{Text, Video};
use crate::repository::MAX_FAULTS;
use crate::repository::stage::Change;

/// The kinds that some changes affect, with their sums.
pub(super) struct Kinds<'a> {
    /// The known ones.
    numbers: HashMap<Key<'a>, i64>,
    is_any_empty: bool,
}

impl<'a> Kinds<'a> {
    /// Adds the net changes on a stage to the kinds. Kinds without videos stay while rows of videos
    /// may refer to them.
    pub(super) fn add(connection: &Connection, changes: &'a [Change]) -> Result<Self, BoxError> {
        let deltas = deltas(changes);
        let numbers = HashMap::with_capacity(deltas.len());
        let mut kinds = Self { numbers, is_any_empty: false };
        let mut find = Statement::prepare(connection, FIND)?;
        let mut change = Statement::prepare(connection, CHANGE)?;
        for (key, sums) in deltas {
            let known = find.first(key, |row| Ok((row.get(0)?, row.get::<_, i64>(1)?)))?;
            let number = if let Some((number, videos)) = known {
                let [more, frames_high, frames_low, size_high, size_low] = sums;
                change.execute((more, frames_high, frames_low, size_high, size_low, number))?;
                kinds.is_any_empty |= videos + more == 0;
                number
            } else {
                insert(connection, key, sums)?
            };
            kinds.numbers.insert(key, number);
        }
        Ok(kinds)
    }

    /// The number of the kind that a video is of, on whichever side of these changes.
    pub(super) fn number_of(
        &self,
        connection: &Connection,
        video: &'a Video,
    ) -> Result<i64, BoxError> {
        let key = key_of(video);
        if let Some(number) = self.numbers.get(&key) {
            return Ok(*number);
        }
        let number = Statement::prepare(connection, FIND)?.first(key, |row| Ok(row.get(0)?))?;
        Ok(number.ok_or("a video is of no kind")?)
    }

    /// Removes the kinds without videos.
    pub(super) fn remove_empty(&self, connection: &Connection) -> Result<(), BoxError> {
        if self.is_any_empty {
            let sql = "DELETE FROM video_kinds WHERE videos = 0";
            Statement::prepare(connection, sql)?.execute(())?;
        }
        Ok(())
    }
}

/// The net changes for each affected kind.
fn deltas(changes: &[Change]) -> HashMap<Key<'_>, [i64; 5]> {
    let mut deltas: HashMap<Key<'_>, [i64; 5]> = HashMap::with_capacity(2 * changes.len());
    for change in changes {
        let before = change.before.iter().map(|video| (video, -1));
        for (video, sign) in before.chain(change.after.iter().map(|video| (video, 1))) {
            let sums = deltas.entry(key_of(video)).or_default();
            for (sum, number) in sums.iter_mut().zip(numbers_of(video)) {
                *sum += sign * number;
            }
        }
    }
    deltas.retain(|_, numbers| *numbers != [0; 5]);
    deltas
}

/// Whether two videos are of one kind.
pub(super) fn are_of_one_kind(one: &Video, other: &Video) -> bool {
    key_of(one) == key_of(other)
}

/// What distinguishes kinds: both codecs, the resolution, and the frame rate.
type Key<'a> = (&'a str, Option<&'a str>, i32, i32, i32, i32);

fn key_of(video: &Video) -> Key<'_> {
    let values = &video.values;
    (
        values.video_codec.as_str(),
        values.audio_codec.as_ref().map(Text::as_str),
        values.width.get(),
        values.height.get(),
        values.frame_rate.numerator(),
        values.frame_rate.denominator(),
    )
}

/// What one video adds to its kind.
fn numbers_of(video: &Video) -> [i64; 5] {
    let (frames, size) = (video.values.duration_frames.get(), video.values.file_size.get());
    [1, frames >> 32, frames & 0xFFFF_FFFF, size >> 32, size & 0xFFFF_FFFF]
}

/// Stores a new kind, and returns its number.
fn insert(connection: &Connection, key: Key<'_>, sums: [i64; 5]) -> Result<i64, BoxError> {
    let (video_codec, audio_codec, width, height, numerator, denominator) = key;
    let [videos, frames_high, frames_low, size_high, size_low] = sums;
    let sql = "
        INSERT INTO video_kinds (
            video_codec, audio_codec, width, height, frame_rate_numerator, frame_rate_denominator,
            videos, frames_high, frames_low, file_size_high, file_size_low
        )
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    Statement::prepare(connection, sql)?.execute(params![
        video_codec,
        audio_codec,
        width,
        height,
        numerator,
        denominator,
        videos,
        frames_high,
        frames_low,
        size_high,
        size_low,
    ])?;
    Ok(connection.last_insert_rowid())
}

/// The statement that adds to the sums of a kind.
///
/// An upsert that returns the kind would cost more than this and the look-up before it: SQLite
/// keeps a separate journal for each statement with RETURNING.
const CHANGE: &str = "
    UPDATE video_kinds
    SET videos = videos + ?,
        frames_high = frames_high + ?,
        frames_low = frames_low + ?,
        file_size_high = file_size_high + ?,
        file_size_low = file_size_low + ?
    WHERE kind = ?";

/// The statement for the number of a kind, and for how many videos are of it.
const FIND: &str = "
    SELECT kind, videos
    FROM video_kinds
    WHERE video_codec = ?
        AND coalesce(audio_codec, '') = coalesce(?, '')
        AND width = ?
        AND height = ?
        AND frame_rate_numerator = ?
        AND frame_rate_denominator = ?";

/// The columns of a kind in a statement, in the order of `video_kinds`.
pub(super) const SUMS: &str = "
    count(*) AS videos,
    sum(duration_frames >> 32) AS frames_high,
    sum(duration_frames & 4294967295) AS frames_low,
    sum(file_size >> 32) AS file_size_high,
    sum(file_size & 4294967295) AS file_size_low";

/// The videos that refer to the wrong kind, and the kinds whose sums do not match their videos.
pub(super) fn faults(reader: &Reader) -> Result<Vec<String>, BoxError> {
    let strangers = format!(
        "SELECT videos.id
        FROM videos NOT INDEXED
        LEFT JOIN video_kinds AS its ON its.kind = videos.kind
        WHERE its.video_codec IS NOT videos.video_codec
            OR its.audio_codec IS NOT videos.audio_codec
            OR its.width IS NOT videos.width
            OR its.height IS NOT videos.height
            OR its.frame_rate_numerator IS NOT videos.frame_rate_numerator
            OR its.frame_rate_denominator IS NOT videos.frame_rate_denominator
        LIMIT {MAX_FAULTS}"
    );
    let mut faults = reader.all(&Sql::new(strangers), |row| {
        Ok(format!("video {}: it refers to the wrong kind", read_id(row, 0)?))
    })?;

    const STORED: &str = "
        SELECT kind, videos, frames_high, frames_low, file_size_high, file_size_low
        FROM video_kinds";
    let sums = format!(
        "WITH summed AS (SELECT kind, {SUMS} FROM videos NOT INDEXED GROUP BY kind)
        SELECT kind FROM ({STORED} EXCEPT SELECT * FROM summed)
        UNION
        SELECT kind FROM (SELECT * FROM summed EXCEPT {STORED})
        LIMIT {MAX_FAULTS}"
    );
    faults.extend(reader.all(&Sql::new(sums), |row| {
        let kind: i64 = row.get(0)?;
        Ok(format!("the statistics of kind {kind} do not match its videos"))
    })?);
    Ok(faults)
}
