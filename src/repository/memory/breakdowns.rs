//! Statistics of a library in memory by groups: the definitions themselves.

use async_trait::async_trait;

use super::MemoryRepository;
use crate::domain::VideoFilter;
use crate::domain::stats::{
    Bounds, Bucket, Extremes, FolderPage, FolderSums, FolderTotals, Histogram, TimeBucket,
    TimeBuckets, TimeGrouping,
};
use crate::repository::{BreakdownReader, RepositoryError};

#[async_trait]
impl BreakdownReader for MemoryRepository {
    async fn time_buckets(
        &self,
        filter: &VideoFilter,
        grouping: &TimeGrouping,
    ) -> Result<Vec<TimeBucket>, RepositoryError> {
        let mut buckets = TimeBuckets::new(*grouping);
        for video in self.read()?.matching(filter) {
            if let Some(time) = grouping.field.of(video) {
                buckets.add(time, video.values.file_size);
            }
        }
        Ok(buckets.into_newest())
    }

    async fn file_sizes(
        &self,
        filter: &VideoFilter,
        bounds: &Bounds<i64>,
    ) -> Result<Vec<Bucket<i64>>, RepositoryError> {
        let mut histogram = Histogram::new(bounds.clone());
        for video in self.read()?.matching(filter) {
            histogram.add(video.values.file_size.get(), video.values.file_size);
        }
        Ok(histogram.into_buckets())
    }

    async fn durations(
        &self,
        filter: &VideoFilter,
        bounds: &Bounds<f64>,
    ) -> Result<Vec<Bucket<f64>>, RepositoryError> {
        let mut histogram = Histogram::new(bounds.clone());
        for video in self.read()?.matching(filter) {
            histogram.add(video.values.duration_seconds(), video.values.file_size);
        }
        Ok(histogram.into_buckets())
    }

    async fn extremes(&self, filter: &VideoFilter) -> Result<Option<Extremes>, RepositoryError> {
        Ok(Extremes::of(self.read()?.matching(filter)))
    }

    async fn folders(
        &self,
        filter: &VideoFilter,
        page: &FolderPage,
    ) -> Result<Vec<FolderTotals>, RepositoryError> {
        let mut sums = FolderSums::new(page.clone());
        for video in self.read()?.matching(filter) {
            sums.add(video.values.path.as_str(), video.values.file_size);
        }
        Ok(sums.into_first())
    }
}
