//! Reading statistics: from the kinds of videos if the filter allows it, and otherwise from the
//! videos.

use rusqlite::Row;

use super::columns::{KindKey, KindSum};
use super::filter::{self, leading_search};
use super::found::{self, exact_or_nothing};
use super::found_positions::{Exact, push_found, set_of};
use super::hit_sums;
use super::kinds::SUMS;
use super::reader::{Reader, Reading};
use super::rows::{BoxError, read_number, read_optional_text, read_text};
use crate::domain::stats::{KindTotals, VideoKind};
use crate::domain::{Dimension, FrameRate, SearchQuery, VideoFilter, VideoStats};
use crate::repository::sql::{Columns, Conditions, Sql, join};

/// How many videos of the table are read in the time in which one hit is read by its position.
const PASSED_PER_HIT: u64 = 6;

/// How many hits are few: reading them by their positions takes as long as reading all kinds.
const FEW: u64 = if cfg!(test) { 3 } else { 3000 };

pub(super) fn count(filter: &VideoFilter) -> impl Reading<u64> + use<> {
    let search = leading_search(filter);
    let sql = count_of(filter);
    move |reader: &Reader| match &search {
        Some((query, rest)) => found::count(reader, query, rest),
        None => reader.number(&sql),
    }
}

pub(super) fn stats(filter: &VideoFilter) -> impl Reading<VideoStats> + use<> {
    let search = leading_search(filter);
    let filter = filter.clone();
    move |reader: &Reader| {
        let mut stats = VideoStats::default();
        match &search {
            Some((query, rest)) => add_hits(reader, query, rest, &mut stats)?,
            None => add_kinds(reader, &kinds_of(&filter), &mut stats)?,
        }
        Ok(stats)
    }
}

fn add_kinds(reader: &Reader, sql: &Sql, stats: &mut VideoStats) -> Result<(), BoxError> {
    reader.for_each(sql, |row| {
        let (kind, totals) = (read_kind(row)?, read_totals(row)?);
        stats.add_kind(kind, totals);
        Ok(())
    })
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

/// Adds the videos that a query finds and that match `rest`.
fn add_hits(
    reader: &Reader,
    query: &SearchQuery,
    rest: &VideoFilter,
    stats: &mut VideoStats,
) -> Result<(), BoxError> {
    let Some(exact) = exact_or_nothing(reader, query)? else { return Ok(()) };
    let set = reader.number(&set_of(query, exact))?;
    let hits = reader.hit_sets().positions(set).len() as u64;
    let are_many = are_many(reader, hits)?;
    if hits > FEW
        && rest.is_on_kinds()
        && let Some(sums) = hit_sums::by_kind(reader, set, are_many)?
    {
        return add_sums(reader, rest, &sums, stats);
    }
    if are_many {
        // The rows are looked up in the set.
        let search = VideoFilter::Search(query.clone());
        let both = VideoFilter::All(vec![search, rest.clone()]);
        return add_kinds(reader, &kinds_of(&both), stats);
    }
    add_kinds(reader, &kinds_of_hits(query, rest, exact), stats)
}

/// Whether reading all videos takes less time than reading this many hits by their positions.
pub(super) fn are_many(reader: &Reader, hits: u64) -> Result<bool, BoxError> {
    let videos = reader.number(&count_of(&VideoFilter::everything()))?;
    Ok(hits.saturating_mul(PASSED_PER_HIT) > videos)
}

/// Adds the sums of kinds, by their numbers, if a kind matches `rest`.
fn add_sums(
    reader: &Reader,
    rest: &VideoFilter,
    sums: &[KindTotals],
    stats: &mut VideoStats,
) -> Result<(), BoxError> {
    let mut sql = Sql::new(format!("SELECT {}, kind FROM video_kinds", KindKey::SELECTED));
    Conditions::of(&mut sql).filter_videos(rest);
    reader.for_each(&sql, |row| {
        let totals = sums.get(read_number::<usize>(row, KindKey::READ)?);
        if let Some(totals) = totals.filter(|totals| totals.count > 0) {
            stats.add_kind(read_kind(row)?, *totals);
        }
        Ok(())
    })
}

/// The statement that reads each hit by its position.
pub(super) fn kinds_of_hits(query: &SearchQuery, rest: &VideoFilter, exact: Exact) -> Sql {
    let mut sql = Sql::new("WITH found (hit) AS (");
    push_found(&mut sql, query, exact);
    sql.push(format_args!("), sums AS (SELECT kind, {} FROM found", *SUMS));
    sql.push(" CROSS JOIN videos ON videos.position = found.hit");
    Conditions::of(&mut sql).filter_videos(rest);
    sql.push(" GROUP BY +kind) SELECT ").push(KindKey::SELECTED).push(", ");
    sql.push(join(", ", |sum: &KindSum| format!("sums.{sum}")));
    sql.push(" FROM sums CROSS JOIN video_kinds ON video_kinds.kind = sums.kind");
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

fn read_kind(row: &Row<'_>) -> Result<VideoKind, BoxError> {
    let at = |key: KindKey| key as usize;
    Ok(VideoKind {
        video_codec: read_text(row, at(KindKey::VideoCodec))?,
        audio_codec: read_optional_text(row, at(KindKey::AudioCodec))?,
        width: Dimension::new(row.get(at(KindKey::Width))?)?,
        height: Dimension::new(row.get(at(KindKey::Height))?)?,
        frame_rate: FrameRate::new(
            row.get(at(KindKey::FrameRateNumerator))?,
            row.get(at(KindKey::FrameRateDenominator))?,
        )?,
    })
}

fn read_totals(row: &Row<'_>) -> Result<KindTotals, BoxError> {
    let number = |sum: KindSum| read_number::<u64>(row, KindKey::READ + sum as usize);
    // A sum is in two columns: its upper bits, and its lower ones, not carried over.
    let sum =
        |high, low| Ok::<_, BoxError>((u128::from(number(high)?) << 32) + u128::from(number(low)?));
    Ok(KindTotals {
        count: number(KindSum::Videos)?,
        frames: sum(KindSum::FramesHigh, KindSum::FramesLow)?,
        file_size: sum(KindSum::FileSizeHigh, KindSum::FileSizeLow)?,
    })
}
