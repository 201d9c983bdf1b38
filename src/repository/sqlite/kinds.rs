//! The kinds of videos: what those of each come to, which every change keeps up to date.

use std::collections::HashMap;

use sqlx::SqliteConnection;

use super::reader::Reader;
use super::rows::{BoxError, read_id};
use super::sql::Sql;
use super::values::{MAX_ROWS, Values};
use crate::domain::{Text, Video};
use crate::repository::MAX_FAULTS;
use crate::repository::stage::Change;

/// What some changes come to for the kinds of their videos, the new kinds among them.
pub(super) struct Deltas<'a>(Vec<(Key<'a>, [i64; 5])>);

impl<'a> Deltas<'a> {
    /// Those of the changes on a stage.
    pub(super) fn of(changes: &'a [Change]) -> Self {
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
        Self(deltas.into_iter().collect())
    }

    /// Adds them to the kinds. Those whose videos are gone are still there, for as long as rows of
    /// videos may name them.
    pub(super) async fn add(&self, connection: &mut SqliteConnection) -> Result<(), BoxError> {
        for deltas in self.0.chunks(MAX_ROWS) {
            let mut rows = Values::new("delta", COLUMNS);
            for ((video_codec, audio_codec, size, frame_rate), numbers) in deltas {
                rows.add(*video_codec)?;
                rows.add(*audio_codec)?;
                for number in size.iter().chain(frame_rate) {
                    rows.add(*number)?;
                }
                for number in numbers {
                    rows.add(*number)?;
                }
            }
            let sql = add(&rows);
            rows.execute(connection, sql).await?;
        }
        Ok(())
    }

    /// Removes the kinds that no video is of any more.
    pub(super) async fn remove_empty(
        &self,
        connection: &mut SqliteConnection,
    ) -> Result<(), BoxError> {
        if self.0.iter().any(|(_, [videos, ..])| *videos < 0) {
            sqlx::query("DELETE FROM video_kinds WHERE videos = 0").execute(connection).await?;
        }
        Ok(())
    }
}

/// What tells a kind from others: both codecs, the size in pixels, and the frame rate.
type Key<'a> = (&'a str, Option<&'a str>, [i32; 2], [i32; 2]);

fn key_of(video: &Video) -> Key<'_> {
    let values = &video.values;
    (
        values.video_codec.as_str(),
        values.audio_codec.as_ref().map(Text::as_str),
        [values.width.get(), values.height.get()],
        [values.frame_rate.numerator(), values.frame_rate.denominator()],
    )
}

/// What one video adds to its kind.
fn numbers_of(video: &Video) -> [i64; 5] {
    let (frames, size) = (video.values.duration_frames.get(), video.values.file_size.get());
    [1, frames >> 32, frames & 0xFFFF_FFFF, size >> 32, size & 0xFFFF_FFFF]
}

const COLUMNS: &[&str] = &[
    "video_codec",
    "audio_codec",
    "width",
    "height",
    "frame_rate_numerator",
    "frame_rate_denominator",
    "videos",
    "frames_high",
    "frames_low",
    "file_size_high",
    "file_size_low",
];

/// The statement that adds to the kinds what `delta` has.
fn add(delta: &Values<'_>) -> String {
    format!(
        "WITH {delta}
        INSERT INTO video_kinds ({})
        SELECT * FROM delta WHERE videos IS NOT NULL
        ON CONFLICT (
            video_codec, coalesce(audio_codec, ''), width, height, frame_rate_numerator,
            frame_rate_denominator
        ) DO UPDATE SET
            videos = videos + excluded.videos,
            frames_high = frames_high + excluded.frames_high,
            frames_low = frames_low + excluded.frames_low,
            file_size_high = file_size_high + excluded.file_size_high,
            file_size_low = file_size_low + excluded.file_size_low",
        COLUMNS.join(", ")
    )
}

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
