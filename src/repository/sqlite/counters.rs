//! The counters of all videos, which every change keeps up to date: `video_counts` and
//! `frame_rate_totals`.

use std::collections::HashMap;
use std::hash::Hash;

use serde::Serialize;
use sqlx::{AssertSqlSafe, SqliteConnection};

use super::rows::{BoxError, json_array};
use crate::domain::{Facet, Text, Video};
use crate::repository::stage::Change;

/// Adds to the counters what has changed on a stage.
pub(super) async fn flush(
    connection: &mut SqliteConnection,
    changes: &[Change],
) -> Result<(), BoxError> {
    let (mut counts, mut totals) = (Deltas::default(), Deltas::default());
    for change in changes {
        let before = change.before.iter().map(|video| (video, -1));
        for (video, sign) in before.chain(change.after.iter().map(|video| (video, 1))) {
            for counter in counters_of(video) {
                counts.add(counter, [sign]);
            }
            let values = &video.values;
            let rate = (values.frame_rate.numerator(), values.frame_rate.denominator());
            let [frames_high, frames_low] = parts(values.duration_frames.get());
            let [size_high, size_low] = parts(values.file_size.get());
            let numbers = [1, frames_high, frames_low, size_high, size_low];
            totals.add(rate, numbers.map(|number| sign * number));
        }
    }
    counts.flush(connection, ADD_TO_COUNTS, "DELETE FROM video_counts WHERE videos = 0").await?;
    totals.flush(connection, ADD_TO_TOTALS, "DELETE FROM frame_rate_totals WHERE videos = 0").await
}

/// The upper bits and the lower 32 bits of a number, which are summed apart.
fn parts(number: i64) -> [i64; 2] {
    [number >> 32, number & 0xFFFF_FFFF]
}

/// What `video_counts` calls a facet.
pub(super) fn name(facet: Facet) -> &'static str {
    match facet {
        Facet::VideoCodec => "video_codec",
        Facet::AudioCodec => "audio_codec",
        Facet::Resolution => "resolution",
    }
}

/// The key of each row of `video_counts` that counts a video.
fn counters_of(video: &Video) -> [(&'static str, &str, i32, i32); 4] {
    let values = &video.values;
    let audio_codec = values.audio_codec.as_ref().map_or("", Text::as_str);
    [
        ("everything", "", 0, 0),
        (name(Facet::VideoCodec), values.video_codec.as_str(), 0, 0),
        (name(Facet::AudioCodec), audio_codec, 0, 0),
        (name(Facet::Resolution), "", values.width.get(), values.height.get()),
    ]
}

/// What is to be added to the rows with these keys; the first number is that of videos.
struct Deltas<K, const N: usize>(HashMap<K, [i64; N]>);

impl<K, const N: usize> Default for Deltas<K, N> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<K: Eq + Hash + Serialize, const N: usize> Deltas<K, N>
where
    [i64; N]: Serialize,
{
    fn add(&mut self, key: K, numbers: [i64; N]) {
        let sums = self.0.entry(key).or_insert([0; N]);
        for (sum, number) in sums.iter_mut().zip(numbers) {
            *sum += number;
        }
    }

    /// Adds all by one statement, and removes by the other the rows whose videos are gone.
    async fn flush(
        mut self,
        connection: &mut SqliteConnection,
        add: &'static str,
        remove: &'static str,
    ) -> Result<(), BoxError> {
        self.0.retain(|_, numbers| *numbers != [0; N]);
        sqlx::query(add).bind(json_array(&self.0)).execute(&mut *connection).await?;
        if self.0.values().any(|numbers| numbers[0] < 0) {
            sqlx::query(remove).execute(connection).await?;
        }
        Ok(())
    }
}

const ADD_TO_COUNTS: &str = "
    INSERT INTO video_counts (facet, text, first, second, videos)
    SELECT
        value ->> '$[0][0]', value ->> '$[0][1]', value ->> '$[0][2]', value ->> '$[0][3]',
        value ->> '$[1][0]'
    FROM json_each(?)
    WHERE TRUE
    ON CONFLICT (facet, text, first, second) DO UPDATE SET videos = videos + excluded.videos";

const ADD_TO_TOTALS: &str = "
    INSERT INTO frame_rate_totals (
        numerator, denominator, videos, frames_high, frames_low, file_size_high, file_size_low
    )
    SELECT
        value ->> '$[0][0]', value ->> '$[0][1]', value ->> '$[1][0]', value ->> '$[1][1]',
        value ->> '$[1][2]', value ->> '$[1][3]', value ->> '$[1][4]'
    FROM json_each(?)
    WHERE TRUE
    ON CONFLICT (numerator, denominator) DO UPDATE SET
        videos = videos + excluded.videos,
        frames_high = frames_high + excluded.frames_high,
        frames_low = frames_low + excluded.frames_low,
        file_size_high = file_size_high + excluded.file_size_high,
        file_size_low = file_size_low + excluded.file_size_low";

/// Which counters are not what the videos come to.
pub(super) async fn faults(snapshot: &mut SqliteConnection) -> Result<Vec<String>, BoxError> {
    const VIDEOS: &str = "
        SELECT 'everything', '', 0, 0, count(*) FROM videos HAVING count(*) > 0
        UNION ALL
        SELECT 'video_codec', video_codec, 0, 0, count(*) FROM videos GROUP BY video_codec
        UNION ALL
        SELECT 'audio_codec', coalesce(audio_codec, ''), 0, 0, count(*) FROM videos
        GROUP BY audio_codec
        UNION ALL
        SELECT 'resolution', '', width, height, count(*) FROM videos GROUP BY width, height";
    const RATES: &str = "
        SELECT
            frame_rate_numerator, frame_rate_denominator, count(*), sum(duration_frames >> 32),
            sum(duration_frames & 4294967295), sum(file_size >> 32), sum(file_size & 4294967295)
        FROM videos
        GROUP BY frame_rate_numerator, frame_rate_denominator";
    let sql = format!(
        "WITH counted AS ({VIDEOS}), summed AS ({RATES})
        SELECT facet FROM (
            SELECT * FROM (SELECT * FROM video_counts EXCEPT SELECT * FROM counted)
            UNION ALL
            SELECT * FROM (SELECT * FROM counted EXCEPT SELECT * FROM video_counts)
        )
        UNION
        SELECT 'frame_rate' FROM (
            SELECT * FROM (SELECT * FROM frame_rate_totals EXCEPT SELECT * FROM summed)
            UNION ALL
            SELECT * FROM (SELECT * FROM summed EXCEPT SELECT * FROM frame_rate_totals)
        )"
    );
    let facets: Vec<String> = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(snapshot).await?;
    let fault = |facet| format!("the statistics by {facet} are not what the videos come to");
    Ok(facets.into_iter().map(fault).collect())
}
