//! Reading statistics by groups: one pass over the videos, which the program groups row by row.
//!
//! SQLite would sort the rows to group them, which takes longer than to hand them over.

use async_trait::async_trait;
use rusqlite::Row;

use super::columns::VideoColumn;
use super::folders;
use super::matching::Matching;
use super::reader::{Reader, Reading};
use super::reads::Reads;
use super::rows::{BoxError, read_quantity, read_time};
use super::ways;
use crate::domain::VideoFilter;
use crate::domain::stats::{
    Bounds, Bucket, Extremes, FolderPage, FolderTotals, Histogram, TimeBucket, TimeBuckets,
    TimeField, TimeGrouping,
};
use crate::repository::sql::{Sql, VideoColumns, nullness};
use crate::repository::{BreakdownReader, RepositoryError};

#[async_trait]
impl<R: Reads> BreakdownReader for R {
    async fn time_buckets(
        &self,
        filter: &VideoFilter,
        grouping: &TimeGrouping,
    ) -> Result<Vec<TimeBucket>, RepositoryError> {
        let (class, reading) = (ways::of_groups(filter), time_buckets(filter, *grouping));
        self.readers().read_by(class, "add up videos by time", reading).await
    }

    async fn file_sizes(
        &self,
        filter: &VideoFilter,
        bounds: &Bounds<i64>,
    ) -> Result<Vec<Bucket<i64>>, RepositoryError> {
        let (class, reading) = (ways::of_groups(filter), file_sizes(filter, bounds));
        self.readers().read_by(class, "add up videos by size", reading).await
    }

    async fn durations(
        &self,
        filter: &VideoFilter,
        bounds: &Bounds<f64>,
    ) -> Result<Vec<Bucket<f64>>, RepositoryError> {
        let (class, reading) = (ways::of_groups(filter), durations(filter, bounds));
        self.readers().read_by(class, "add up videos by duration", reading).await
    }

    async fn extremes(&self, filter: &VideoFilter) -> Result<Option<Extremes>, RepositoryError> {
        let (class, reading) = (ways::of_extremes(filter), extremes(filter));
        self.readers().read_by(class, "find the extremes of videos", reading).await
    }

    async fn folders(
        &self,
        filter: &VideoFilter,
        page: &FolderPage,
    ) -> Result<Vec<FolderTotals>, RepositoryError> {
        let (class, reading) = (ways::of_groups(filter), folders::list(filter, page));
        self.readers().read_by(class, "add up videos by folder", reading).await
    }
}

fn time_buckets(
    filter: &VideoFilter,
    grouping: TimeGrouping,
) -> impl Reading<Vec<TimeBucket>> + use<> {
    let filter = filter.clone();
    move |reader: &Reader| {
        let mut buckets = TimeBuckets::new(grouping);
        let matching = Matching::of(reader, &filter)?;
        let is_newest_first = matching.is_table() && grouping.field == TimeField::CreatedAt;
        reader.for_each_while(&times(&matching, grouping.field), |row| {
            let time = read_time(row, 0)?;
            if is_newest_first && buckets.are_complete_before(time) {
                return Ok(false);
            }
            buckets.add(time, read_quantity(row, 1)?);
            Ok(true)
        })?;
        Ok(buckets.into_newest())
    }
}

fn file_sizes(
    filter: &VideoFilter,
    bounds: &Bounds<i64>,
) -> impl Reading<Vec<Bucket<i64>>> + use<> {
    let (filter, bounds) = (filter.clone(), bounds.clone());
    move |reader: &Reader| {
        let mut histogram = Histogram::new(bounds.clone());
        reader.for_each(&sizes(&Matching::of(reader, &filter)?), |row| {
            let size = read_quantity(row, 0)?;
            histogram.add(size.get(), size);
            Ok(())
        })?;
        Ok(histogram.into_buckets())
    }
}

fn durations(filter: &VideoFilter, bounds: &Bounds<f64>) -> impl Reading<Vec<Bucket<f64>>> + use<> {
    let (filter, bounds) = (filter.clone(), bounds.clone());
    move |reader: &Reader| {
        let mut histogram = Histogram::new(bounds.clone());
        let matching = Matching::of(reader, &filter)?;
        reader.for_each(&sizes_with(VideoColumn::DurationSeconds, &matching), |row| {
            histogram.add(row.get(0)?, read_quantity(row, 1)?);
            Ok(())
        })?;
        Ok(histogram.into_buckets())
    }
}

fn extremes(filter: &VideoFilter) -> impl Reading<Option<Extremes>> + use<> {
    let filter = filter.clone();
    move |reader: &Reader| {
        let sql = extremes_of(&Matching::of(reader, &filter)?);
        Ok(reader.all(&sql, read_extremes)?.into_iter().next().flatten())
    }
}

fn read_extremes(row: &Row<'_>) -> Result<Option<Extremes>, BoxError> {
    let is_nothing = row.get::<_, Option<i64>>(0)?.is_none();
    if is_nothing {
        return Ok(None);
    }
    Ok(Some(Extremes {
        min_file_size: read_quantity(row, 0)?,
        max_file_size: read_quantity(row, 1)?,
        min_duration_seconds: row.get(2)?,
        max_duration_seconds: row.get(3)?,
    }))
}

/// The statement for a time and the sizes of videos. In the table, those that were added last come first.
pub(super) fn times(matching: &Matching, field: TimeField) -> Sql {
    let column = VideoColumn::of_time(field);
    let mut sql = Sql::new("");
    let mut conditions =
        matching.select(&mut sql, format_args!("{column}, {}", VideoColumn::FileSize));
    if field.is_optional() {
        conditions.and().push(column).push(nullness(false));
    }
    if matching.is_table() && field == TimeField::CreatedAt {
        sql.push(" ORDER BY ").push(VideoColumn::Position).push(" DESC");
    }
    sql
}

/// The statement for a column and the sizes of videos.
pub(super) fn sizes_with(column: VideoColumn, matching: &Matching) -> Sql {
    let mut sql = Sql::new("");
    matching.select(&mut sql, format_args!("{column}, {}", VideoColumn::FileSize));
    sql
}

/// The statement for the sizes of videos.
pub(super) fn sizes(matching: &Matching) -> Sql {
    let mut sql = Sql::new("");
    matching.select_only(&mut sql, VideoColumn::FileSize);
    sql
}

/// The statement for the smallest and the largest numbers of videos; NULL if there are none.
pub(super) fn extremes_of(matching: &Matching) -> Sql {
    let (size, duration) = (VideoColumn::FileSize, VideoColumn::DurationSeconds);
    let extremes = [
        format!("min({size})"),
        format!("max({size})"),
        format!("min({duration})"),
        format!("max({duration})"),
    ];
    if matching.is_everything() {
        // SQLite finds each of them at an end of an index, but not several with one statement.
        let looked_up = extremes.map(|extreme| format!("(SELECT {extreme} FROM videos)"));
        return Sql::new(format!("SELECT {}", looked_up.join(", ")));
    }
    let mut sql = Sql::new("");
    matching.select(&mut sql, extremes.join(", "));
    sql
}
