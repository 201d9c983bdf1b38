//! Reading statistics: those of all videos from the counters, others from the videos.

use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::counters;
use super::filter::{Conditions, Sql};
use super::readers::Readers;
use super::rows::BoxError;
use crate::domain::filter::{IntegerField, RealField, TextField};
use crate::domain::stats::FacetValue;
use crate::domain::{Dimension, Facet, FacetCount, FrameRate, Text, VideoFilter, VideoTotals};

impl Readers {
    pub(super) async fn count(&self, filter: &VideoFilter) -> Result<u64, BoxError> {
        if filter.is_everything() {
            // The row is missing where there is no video.
            let sql =
                "SELECT coalesce(sum(videos), 0) FROM video_counts WHERE facet = 'everything'";
            return self.fetch_count(sqlx::query(sql)).await;
        }
        let mut sql = Sql::new("SELECT count(*) FROM videos");
        Conditions::of(&mut sql).filter_videos(filter);
        self.fetch_count(sql.build()).await
    }

    pub(super) async fn totals(&self, filter: &VideoFilter) -> Result<VideoTotals, BoxError> {
        let mut totals = VideoTotals::default();
        for row in self.fetch_all(totals_of(filter).build()).await? {
            let rate = FrameRate::new(row.try_get(0)?, row.try_get(1)?)?;
            totals.count += u64::try_from(row.try_get::<i64, _>(2)?)?;
            totals.frames.insert(rate, read_sum(&row, 3)?);
            totals.file_size += read_sum(&row, 5)?;
        }
        Ok(totals)
    }

    pub(super) async fn count_by(
        &self,
        facet: Facet,
        filter: &VideoFilter,
        limit: usize,
    ) -> Result<Vec<FacetCount>, BoxError> {
        let rows = self.fetch_all(counts_of(facet, filter, limit).build()).await?;
        rows.iter().map(|row| read_facet_count(facet, row)).collect()
    }
}

/// The statement for the totals at each frame rate.
pub(super) fn totals_of(filter: &VideoFilter) -> Sql {
    if filter.is_everything() {
        return Sql::new(
            "SELECT
                numerator, denominator, videos, frames_high, frames_low, file_size_high,
                file_size_low
            FROM frame_rate_totals",
        );
    }
    let mut sql = Sql::new(
        "SELECT
            numerator, denominator, sum(videos), sum(frames_high), sum(frames_low),
            sum(file_size_high), sum(file_size_low)
        FROM (
            SELECT
                +frame_rate_numerator AS numerator, +frame_rate_denominator AS denominator,
                count(*) AS videos,
                sum(duration_frames >> 32) AS frames_high,
                sum(duration_frames & 4294967295) AS frames_low,
                sum(file_size >> 32) AS file_size_high,
                sum(file_size & 4294967295) AS file_size_low",
    );
    let together = "video_codec, audio_codec, width, height, frame_rate_numerator, \
                    frame_rate_denominator";
    push_groups(&mut sql, filter, [together, "numerator, denominator"]);
    sql.push(") GROUP BY numerator, denominator");
    sql
}

/// The statement for the most frequent values of a facet.
pub(super) fn counts_of(facet: Facet, filter: &VideoFilter, limit: usize) -> Sql {
    let mut sql = Sql::new("");
    if filter.is_everything() {
        sql.push("SELECT text, first, second, videos FROM video_counts WHERE facet = ");
        sql.push_bind(counters::name(facet));
    } else {
        let (columns, together) = match facet {
            Facet::VideoCodec => ("+video_codec AS text, 0 AS first, 0 AS second", "video_codec"),
            Facet::AudioCodec => (
                "coalesce(audio_codec, '') AS text, 0 AS first, 0 AS second",
                "video_codec, audio_codec",
            ),
            Facet::Resolution => (
                "'' AS text, +width AS first, +height AS second",
                "video_codec, audio_codec, width, height",
            ),
        };
        sql.push("SELECT text, first, second, sum(videos) AS videos FROM (SELECT ");
        sql.push(columns).push(", count(*) AS videos");
        push_groups(&mut sql, filter, [together, "text, first, second"]);
        sql.push(") GROUP BY text, first, second");
    }
    sql.push(" ORDER BY videos DESC, text, first, second LIMIT ");
    sql.push_bind(i64::try_from(limit).unwrap_or(i64::MAX));
    sql
}

/// Adds what follows the columns: the videos that pass a filter, in groups. Where the filter allows
/// it, they are those that stand together in the statistics index, more and smaller than needed.
fn push_groups(sql: &mut Sql, filter: &VideoFilter, [together, by_value]: [&str; 2]) {
    let is_covered = is_covered(filter);
    sql.push(" FROM videos");
    if is_covered {
        // SQLite does not know how few groups there are, and would sort the videos instead.
        sql.push(" INDEXED BY videos_statistics");
    }
    Conditions::of(sql).filter_videos(filter);
    sql.push(" GROUP BY ").push(if is_covered { together } else { by_value });
}

/// Whether the statistics index has all that a filter looks at. Without it, each video's row would
/// have to be fetched in the order of the index, which takes longer than going through the table.
fn is_covered(filter: &VideoFilter) -> bool {
    match filter {
        VideoFilter::All(parts) | VideoFilter::Any(parts) => parts.iter().all(is_covered),
        VideoFilter::Not(part) => is_covered(part),
        VideoFilter::Text(field, _) => {
            matches!(field, TextField::VideoCodec | TextField::AudioCodec)
        }
        VideoFilter::Integer(field, _) => {
            matches!(field, IntegerField::Width | IntegerField::Height | IntegerField::FileSize)
        }
        VideoFilter::Real(field, _, _) => matches!(field, RealField::FrameRate),
    }
}

fn read_facet_count(facet: Facet, row: &SqliteRow) -> Result<FacetCount, BoxError> {
    let value = match facet {
        Facet::VideoCodec | Facet::AudioCodec => {
            let text: &str = row.try_get(0)?;
            FacetValue::Codec((!text.is_empty()).then(|| Text::new(text)).transpose()?)
        }
        Facet::Resolution => FacetValue::Resolution(
            Dimension::new(row.try_get(1)?)?,
            Dimension::new(row.try_get(2)?)?,
        ),
    };
    Ok(FacetCount { value, count: u64::try_from(row.try_get::<i64, _>(3)?)? })
}

/// The sum whose parts begin at this column.
fn read_sum(row: &SqliteRow, column: usize) -> Result<u128, BoxError> {
    let high = u128::try_from(row.try_get::<i64, _>(column)?)?;
    let low = u128::try_from(row.try_get::<i64, _>(column + 1)?)?;
    Ok((high << 32) + low)
}
