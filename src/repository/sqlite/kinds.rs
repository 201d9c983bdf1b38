//! The kinds of videos: what those of each come to, which every change keeps up to date.

use std::collections::HashMap;

use rusqlite::{Connection, params};

use super::reader::{Reader, Statement};
use super::rows::{BoxError, read_id};
use super::sql::Sql;
use crate::domain::{Text, Video};
use crate::repository::MAX_FAULTS;
use crate::repository::stage::Change;

/// The kinds of the videos that some changes concern, with what these come to.
pub(super) struct Kinds<'a> {
    /// Those of which it is known.
    numbers: HashMap<Key<'a>, i64>,
    is_any_empty: bool,
}

impl<'a> Kinds<'a> {
    /// Adds to the kinds what the changes on a stage come to. Those whose videos are gone are still
    /// there, for as long as rows of videos may name them.
    pub(super) fn add(connection: &Connection, changes: &'a [Change]) -> Result<Self, BoxError> {
        let mut kinds = Self { numbers: HashMap::new(), is_any_empty: false };
        let mut add = Statement::prepare(connection, ADD)?;
        for (key, sums) in deltas(changes) {
            let (video_codec, audio_codec, width, height, numerator, denominator) = key;
            let [videos, frames_high, frames_low, size_high, size_low] = sums;
            let values = params![
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
            ];
            let added = add.first(values, |row| Ok((row.get(0)?, row.get::<_, i64>(1)?)))?;
            let (number, videos) = added.ok_or("a kind was not kept")?;
            kinds.is_any_empty |= videos == 0;
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

    /// Removes the kinds that no video is of any more.
    pub(super) fn remove_empty(&self, connection: &Connection) -> Result<(), BoxError> {
        if self.is_any_empty {
            let sql = "DELETE FROM video_kinds WHERE videos = 0";
            Statement::prepare(connection, sql)?.execute(())?;
        }
        Ok(())
    }
}

/// What some changes come to, for each kind that is not as before.
fn deltas(changes: &[Change]) -> HashMap<Key<'_>, [i64; 5]> {
    let mut deltas: HashMap<Key<'_>, [i64; 5]> = HashMap::new();
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

/// What tells a kind from others: both codecs, the size in pixels, and the frame rate.
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

/// The statement that adds to a kind, or makes it. It returns its number and how many videos it has.
const ADD: &str = "
    INSERT INTO video_kinds (
        video_codec, audio_codec, width, height, frame_rate_numerator, frame_rate_denominator,
        videos, frames_high, frames_low, file_size_high, file_size_low
    )
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (
        video_codec, coalesce(audio_codec, ''), width, height, frame_rate_numerator,
        frame_rate_denominator
    ) DO UPDATE SET
        videos = videos + excluded.videos,
        frames_high = frames_high + excluded.frames_high,
        frames_low = frames_low + excluded.frames_low,
        file_size_high = file_size_high + excluded.file_size_high,
        file_size_low = file_size_low + excluded.file_size_low
    RETURNING kind, videos";

/// The statement for the number of a kind.
const FIND: &str = "
    SELECT kind
    FROM video_kinds
    WHERE video_codec = ?
        AND coalesce(audio_codec, '') = coalesce(?, '')
        AND width = ?
        AND height = ?
        AND frame_rate_numerator = ?
        AND frame_rate_denominator = ?";

/// What a statement reads of the videos of each kind, in the order of the columns of `video_kinds`.
pub(super) const SUMS: &str = "
    count(*) AS videos,
    sum(duration_frames >> 32) AS frames_high,
    sum(duration_frames & 4294967295) AS frames_low,
    sum(file_size >> 32) AS file_size_high,
    sum(file_size & 4294967295) AS file_size_low";

/// Which videos are of another kind than they name, and which kinds are not what their videos come
/// to.
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
        Ok(format!("video {}: it names another kind than its own", read_id(row, 0)?))
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
        Ok(format!("the statistics of kind {kind} are not what its videos come to"))
    })?);
    Ok(faults)
}
