//! Reading statistics: from the kinds of videos if the filter allows it, and otherwise from the
//! videos.

use rusqlite::Row;

use super::columns::{Columns, KindKey, KindSum, join};
use super::filter::{self, Conditions};
use super::kinds::SUMS;
use super::reader::{Reader, Reading};
use super::rows::{BoxError, read_number, read_optional_text, read_text};
use super::sql::Sql;
use crate::domain::stats::{KindTotals, VideoKind};
use crate::domain::{Dimension, FrameRate, VideoFilter, VideoStats};

pub(super) fn count(filter: &VideoFilter) -> impl Reading<u64> + use<> {
    let sql = count_of(filter);
    move |reader: &Reader| reader.number(&sql)
}

pub(super) fn stats(filter: &VideoFilter) -> impl Reading<VideoStats> + use<> {
    let sql = kinds_of(filter);
    move |reader: &Reader| {
        let mut stats = VideoStats::default();
        reader.for_each(&sql, |row| {
            let (kind, totals) = read_kind(row)?;
            stats.add_kind(&kind, totals);
            Ok(())
        })?;
        Ok(stats)
    }
}

/// The statement for the number of videos that pass a filter.
pub(super) fn count_of(filter: &VideoFilter) -> Sql {
    if filter.is_on_kinds() {
        let mut sql = Sql::new("SELECT coalesce(sum(videos), 0) FROM video_kinds");
        Conditions::of(&mut sql).filter_videos(filter);
        return sql;
    }
    let mut sql = Sql::new("SELECT count(*) FROM videos");
    let mut conditions = Conditions::of(&mut sql);
    if filter::only_column(filter).is_some() {
        // All that it takes is in the index on that column.
        conditions.filter_by_index(filter);
    } else {
        conditions.filter_videos(filter);
    }
    sql
}

/// The statement for the kinds of the videos that match a filter, with their sums.
pub(super) fn kinds_of(filter: &VideoFilter) -> Sql {
    let is_on_kinds = filter.is_on_kinds();
    let sums = if is_on_kinds { "video_kinds" } else { "sums" };
    let sums = join(", ", |sum: &KindSum| format!("{sums}.{sum}"));
    let mut sql = Sql::new(format!("SELECT {}, {sums}", KindKey::SELECTED));
    if is_on_kinds {
        sql.push(" FROM video_kinds");
        Conditions::of(&mut sql).filter_videos(filter);
    } else {
        sql.push(" FROM (SELECT kind, ").push(&*SUMS).push(" FROM videos");
        Conditions::of(&mut sql).filter_videos(filter);
        // With the plus SQLite sorts numbers. Without it, it would fetch each video in the order of
        // the index on kinds, which takes far longer.
        sql.push(" GROUP BY +kind) AS sums CROSS JOIN video_kinds ON video_kinds.kind = sums.kind");
    }
    sql
}

fn read_kind(row: &Row<'_>) -> Result<(VideoKind, KindTotals), BoxError> {
    let at = |key: KindKey| key as usize;
    let kind = VideoKind {
        video_codec: read_text(row, at(KindKey::VideoCodec))?,
        audio_codec: read_optional_text(row, at(KindKey::AudioCodec))?,
        width: Dimension::new(row.get(at(KindKey::Width))?)?,
        height: Dimension::new(row.get(at(KindKey::Height))?)?,
        frame_rate: FrameRate::new(
            row.get(at(KindKey::FrameRateNumerator))?,
            row.get(at(KindKey::FrameRateDenominator))?,
        )?,
    };
    let number = |sum: KindSum| read_number::<u64>(row, KindKey::READ + sum as usize);
    // A sum is in two columns: its upper bits, and its lower ones, not carried over.
    let sum =
        |high, low| Ok::<_, BoxError>((u128::from(number(high)?) << 32) + u128::from(number(low)?));
    let totals = KindTotals {
        count: number(KindSum::Videos)?,
        frames: sum(KindSum::FramesHigh, KindSum::FramesLow)?,
        file_size: sum(KindSum::FileSizeHigh, KindSum::FileSizeLow)?,
    };
    Ok((kind, totals))
}
