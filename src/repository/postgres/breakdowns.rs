//! Reading statistics by groups.
//!
//! PostgreSQL forms the groups where their definition can be a statement. By times, the program does: it
//! knows the zones.

use async_trait::async_trait;
use sqlx::Row;
use sqlx::postgres::PgRow;

use super::columns::VideoColumn;
use super::cursor::Cursor;
use super::failure::BoxError;
use super::matching::{push_from, select_matching};
use super::rows::{read_quantity, read_time};
use super::statistics::read_sums;
use super::{PostgresRepository, folders};
use crate::domain::VideoFilter;
use crate::domain::stats::{
    Bound, Bounds, Bucket, Extremes, FolderPage, FolderTotals, Histogram, TimeBucket, TimeBuckets,
    TimeField, TimeGrouping,
};
use crate::repository::sql::{Sql, Value, VideoColumns, nullness};
use crate::repository::{BreakdownReader, RepositoryError};

#[async_trait]
impl BreakdownReader for PostgresRepository {
    async fn time_buckets(
        &self,
        filter: &VideoFilter,
        grouping: &TimeGrouping,
    ) -> Result<Vec<TimeBucket>, RepositoryError> {
        let attempted = "add up videos by time";
        let (mut buckets, sql) = (TimeBuckets::new(*grouping), times(filter, grouping.field));
        let add = |row: &PgRow| {
            let time = read_time(row, 0)?;
            if buckets.are_complete_before(time) {
                return Ok(false);
            }
            buckets.add(time, read_quantity(row, 1)?);
            Ok(true)
        };
        let own = match self.source.is_snapshot() {
            true => None,
            false => Some(self.source.snapshot().await?),
        };
        let snapshot = own.as_ref().unwrap_or(&self.source);
        Cursor::open(snapshot, attempted, "times", &sql).await?.for_each_while(add).await?;
        Ok(buckets.into_newest())
    }

    async fn file_sizes(
        &self,
        filter: &VideoFilter,
        bounds: &Bounds<i64>,
    ) -> Result<Vec<Bucket<i64>>, RepositoryError> {
        let attempted = "add up videos by size";
        let thresholds = Value::Integers(bounds.as_slice().to_vec());
        let sql = ranges(filter, VideoColumn::FileSize, thresholds, "");
        self.read(attempted, sql, |rows| buckets_in(rows, bounds)).await
    }

    async fn durations(
        &self,
        filter: &VideoFilter,
        bounds: &Bounds<f64>,
    ) -> Result<Vec<Bucket<f64>>, RepositoryError> {
        let attempted = "add up videos by duration";
        // Both sides write the shortest number that is read as the same double.
        let thresholds = bounds.as_slice().iter().map(|bound| format!("{bound:?}"));
        let thresholds = Value::Texts(thresholds.collect());
        let cast = "::double precision[]";
        let sql = ranges(filter, VideoColumn::DurationSeconds, thresholds, cast);
        self.read(attempted, sql, |rows| buckets_in(rows, bounds)).await
    }

    async fn extremes(&self, filter: &VideoFilter) -> Result<Option<Extremes>, RepositoryError> {
        let attempted = "find the extremes of videos";
        let read =
            |rows: &[PgRow]| Ok(rows.iter().map(read_extremes).next().transpose()?.flatten());
        self.read(attempted, extremes_of(filter), read).await
    }

    async fn folders(
        &self,
        filter: &VideoFilter,
        page: &FolderPage,
    ) -> Result<Vec<FolderTotals>, RepositoryError> {
        let attempted = "add up videos by folder";
        let sql = folders::of_page(filter, page);
        self.read(attempted, sql, |rows| folders::first_of(rows, page)).await
    }
}

/// The statement for a time and the sizes of videos, the newest first.
pub(super) fn times(filter: &VideoFilter, field: TimeField) -> Sql {
    let column = VideoColumn::of_time(field);
    let mut sql = Sql::new(format!("SELECT {column}, {}", VideoColumn::FileSize));
    let mut conditions = push_from(&mut sql, filter);
    if field.is_optional() {
        conditions.and().push(column).push(nullness(false));
    }
    sql.push(format_args!(" ORDER BY {column} DESC"));
    sql
}

/// The statement for the number and the size of the videos between bounds, by the number of bounds that are
/// not above them.
fn ranges(filter: &VideoFilter, column: VideoColumn, bounds: Value, cast: &str) -> Sql {
    let mut sql = Sql::new(format!("SELECT width_bucket({column}, "));
    sql.push_bind(bounds).push(cast);
    sql.push(format_args!("), count(*), sum({})::text", VideoColumn::FileSize));
    push_from(&mut sql, filter);
    sql.push(" GROUP BY 1");
    sql
}

fn buckets_in<T: Bound>(rows: &[PgRow], bounds: &Bounds<T>) -> Result<Vec<Bucket<T>>, BoxError> {
    let mut histogram = Histogram::new(bounds.clone());
    for row in rows {
        histogram.add_range(usize::try_from(row.try_get::<i32, _>(0)?)?, read_sums(row, 1)?);
    }
    Ok(histogram.into_buckets())
}

/// The statement for the smallest and the largest numbers of videos; NULL if there are none.
pub(super) fn extremes_of(filter: &VideoFilter) -> Sql {
    let (size, duration) = (VideoColumn::FileSize, VideoColumn::DurationSeconds);
    let extremes = format_args!("min({size}), max({size}), min({duration}), max({duration})");
    select_matching(extremes, filter)
}

fn read_extremes(row: &PgRow) -> Result<Option<Extremes>, BoxError> {
    let is_nothing = row.try_get::<Option<i64>, _>(0)?.is_none();
    if is_nothing {
        return Ok(None);
    }
    Ok(Some(Extremes {
        min_file_size: read_quantity(row, 0)?,
        max_file_size: read_quantity(row, 1)?,
        min_duration_seconds: row.try_get(2)?,
        max_duration_seconds: row.try_get(3)?,
    }))
}
