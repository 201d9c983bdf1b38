//! Reading statistics: from the kinds of videos if the filter allows it, and otherwise from the videos.

use sqlx::Row;
use sqlx::postgres::PgRow;

use super::columns::{KindKey, KindSum};
use super::failure::BoxError;
use super::filter::filter_videos;
use super::matching::select_matching;
use super::rows::{read_count, read_optional_text, read_text};
use crate::domain::stats::{KindTotals, Sums, VideoKind};
use crate::domain::{Dimension, FrameRate, VideoFilter, VideoStats};
use crate::repository::sql::{Columns, Conditions, Sql, join};

/// The statement for the kinds of the videos that match a filter, with their sums.
pub(super) fn kinds_of(filter: &VideoFilter) -> Sql {
    let is_on_kinds = filter.is_on_kinds();
    let keys = join(", ", KindKey::to_string);
    let sums = KindSum::STORED.iter().map(|sum| match (sum, is_on_kinds) {
        (KindSum::Videos, true) => "videos",
        (KindSum::Frames, true) => "frames::text",
        (KindSum::FileSize, true) => "file_size::text",
        (KindSum::Videos, false) => "count(*)",
        (KindSum::Frames, false) => "sum(duration_frames)::text",
        (KindSum::FileSize, false) => "sum(file_size)::text",
    });
    let sums = sums.collect::<Vec<_>>().join(", ");
    if !is_on_kinds {
        let mut sql = select_matching(format_args!("{keys}, {sums}"), filter);
        sql.push(" GROUP BY ").push(keys);
        return sql;
    }
    let mut sql = Sql::new(format!("SELECT {keys}, {sums} FROM video_kinds"));
    filter_videos(&mut Conditions::of(&mut sql), filter);
    sql
}

/// The statistics in the rows of [`kinds_of`].
pub(super) fn stats_in(rows: &[PgRow]) -> Result<VideoStats, BoxError> {
    let mut stats = VideoStats::default();
    for row in rows {
        stats.add_kind(read_kind(row)?, read_totals(row)?);
    }
    Ok(stats)
}

fn read_kind(row: &PgRow) -> Result<VideoKind, BoxError> {
    let at = |key: KindKey| key as usize;
    Ok(VideoKind {
        video_codec: read_text(row, at(KindKey::VideoCodec))?,
        audio_codec: read_optional_text(row, at(KindKey::AudioCodec))?,
        width: Dimension::new(row.try_get(at(KindKey::Width))?)?,
        height: Dimension::new(row.try_get(at(KindKey::Height))?)?,
        frame_rate: FrameRate::new(
            row.try_get(at(KindKey::FrameRateNumerator))?,
            row.try_get(at(KindKey::FrameRateDenominator))?,
        )?,
    })
}

fn read_totals(row: &PgRow) -> Result<KindTotals, BoxError> {
    let at = |sum: KindSum| KindKey::READ + sum as usize;
    Ok(KindTotals {
        count: read_count(row, at(KindSum::Videos))?,
        frames: read_sum(row, at(KindSum::Frames))?,
        file_size: read_sum(row, at(KindSum::FileSize))?,
    })
}

/// The sum in a column, as text: it can exceed every type of integers that a database has.
fn read_sum(row: &PgRow, column: usize) -> Result<u128, BoxError> {
    Ok(row.try_get::<&str, _>(column)?.parse()?)
}

/// The number of videos in a column, and their size in the next one, as text.
pub(super) fn read_sums(row: &PgRow, column: usize) -> Result<Sums, BoxError> {
    Ok(Sums { count: read_count(row, column)?, file_size: read_sum(row, column + 1)? })
}
