//! Reading statistics of a library by groups.

use async_trait::async_trait;

use super::error::RepositoryError;
use crate::domain::VideoFilter;
use crate::domain::stats::{
    Bounds, Bucket, Extremes, FolderPage, FolderTotals, TimeBucket, TimeGrouping,
};

/// Breaks down the videos that match a filter into groups.
///
/// # Errors
/// Those of [`VideoReader`](super::VideoReader).
#[async_trait]
pub trait BreakdownReader: Send + Sync + 'static {
    /// The videos by units of time, newest first, as [`TimeBuckets`] defines them.
    ///
    /// [`TimeBuckets`]: crate::domain::stats::TimeBuckets
    async fn time_buckets(
        &self,
        filter: &VideoFilter,
        grouping: &TimeGrouping,
    ) -> Result<Vec<TimeBucket>, RepositoryError>;

    /// The videos by size in bytes, as [`Histogram`](crate::domain::stats::Histogram) defines it.
    async fn file_sizes(
        &self,
        filter: &VideoFilter,
        bounds: &Bounds<i64>,
    ) -> Result<Vec<Bucket<i64>>, RepositoryError>;

    /// The videos by duration in seconds, as [`Histogram`](crate::domain::stats::Histogram) defines it.
    async fn durations(
        &self,
        filter: &VideoFilter,
        bounds: &Bounds<f64>,
    ) -> Result<Vec<Bucket<f64>>, RepositoryError>;

    /// The smallest and the largest sizes and durations; none if no video matches.
    async fn extremes(&self, filter: &VideoFilter) -> Result<Option<Extremes>, RepositoryError>;

    /// The videos by folder, in the order of paths, as [`FolderSums`] defines them.
    ///
    /// [`FolderSums`]: crate::domain::stats::FolderSums
    async fn folders(
        &self,
        filter: &VideoFilter,
        page: &FolderPage,
    ) -> Result<Vec<FolderTotals>, RepositoryError>;
}
