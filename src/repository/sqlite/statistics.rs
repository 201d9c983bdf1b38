//! Reading statistics: from the kinds of videos where a filter asks for nothing else, and from the
//! videos where it does.

use serde::Deserialize;
use sqlx::Row;

use super::filter::{self, Conditions, Sql};
use super::kinds::SUMS;
use super::readers::Readers;
use super::rows::BoxError;
use crate::domain::stats::{KindTotals, VideoKind};
use crate::domain::{Dimension, FrameRate, Text, VideoFilter, VideoStats};

impl Readers {
    pub(super) async fn count(&self, filter: &VideoFilter) -> Result<u64, BoxError> {
        self.fetch_count(count_of(filter).build()).await
    }

    pub(super) async fn stats(&self, filter: &VideoFilter) -> Result<VideoStats, BoxError> {
        let rows = self.fetch_all(kinds_of(filter).build()).await?;
        let json: &str = rows.first().ok_or("the statement tells nothing")?.try_get(0)?;
        let mut stats = VideoStats::default();
        for row in serde_json::from_str::<Vec<KindRow>>(json)? {
            let (kind, totals) = kind_of(&row)?;
            stats.add_kind(&kind, totals);
        }
        Ok(stats)
    }
}

/// The statement for the number of videos that pass a filter.
pub(super) fn count_of(filter: &VideoFilter) -> Sql {
    if filter::is_on_kinds(filter) {
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

/// The statement for the kinds of the videos that pass a filter, all in one cell.
pub(super) fn kinds_of(filter: &VideoFilter) -> Sql {
    let is_on_kinds = filter::is_on_kinds(filter);
    let sums = if is_on_kinds { "video_kinds" } else { "sums" };
    let mut sql = Sql::new(format!(
        "SELECT json_group_array(json_array(
            video_codec, audio_codec, width, height, frame_rate_numerator, frame_rate_denominator,
            {sums}.videos, {sums}.frames_high, {sums}.frames_low,
            {sums}.file_size_high, {sums}.file_size_low
        ))"
    ));
    if is_on_kinds {
        sql.push(" FROM video_kinds");
        Conditions::of(&mut sql).filter_videos(filter);
    } else {
        sql.push(" FROM (SELECT kind, ").push(SUMS).push(" FROM videos");
        Conditions::of(&mut sql).filter_videos(filter);
        // With the plus SQLite sorts numbers. Without it, it would fetch each video in the order of
        // the index on kinds, which takes far longer.
        sql.push(" GROUP BY +kind) AS sums CROSS JOIN video_kinds ON video_kinds.kind = sums.kind");
    }
    sql
}

#[derive(Deserialize)]
struct KindRow {
    video_codec: String,
    audio_codec: Option<String>,
    width: i32,
    height: i32,
    frame_rate_numerator: i32,
    frame_rate_denominator: i32,
    videos: u64,
    frames_high: u64,
    frames_low: u64,
    file_size_high: u64,
    file_size_low: u64,
}

fn kind_of(row: &KindRow) -> Result<(VideoKind, KindTotals), BoxError> {
    let kind = VideoKind {
        video_codec: Text::new(&row.video_codec)?,
        audio_codec: row.audio_codec.as_deref().map(Text::new).transpose()?,
        width: Dimension::new(row.width)?,
        height: Dimension::new(row.height)?,
        frame_rate: FrameRate::new(row.frame_rate_numerator, row.frame_rate_denominator)?,
    };
    let sum = |high: u64, low: u64| (u128::from(high) << 32) + u128::from(low);
    let totals = KindTotals {
        count: row.videos,
        frames: sum(row.frames_high, row.frames_low),
        file_size: sum(row.file_size_high, row.file_size_low),
    };
    Ok((kind, totals))
}
