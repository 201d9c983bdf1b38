//! The groups that a watched store finds: its statistics and its duplicates.

use async_trait::async_trait;
use reelgraph::domain::file::Fingerprint;
use reelgraph::domain::stats::{
    Bounds, Bucket, Extremes, FolderPage, FolderTotals, TimeBucket, TimeGrouping,
};
use reelgraph::domain::{DuplicateGroup, DuplicatePlace, Page, PageRequest, Video, VideoFilter};
use reelgraph::repository::{BreakdownReader, DuplicateReader, RepositoryError};

use super::watched_store::WatchedStore;

#[async_trait]
impl BreakdownReader for WatchedStore {
    async fn time_buckets(
        &self,
        filter: &VideoFilter,
        grouping: &TimeGrouping,
    ) -> Result<Vec<TimeBucket>, RepositoryError> {
        self.called("time_buckets")?;
        self.inner.time_buckets(filter, grouping).await
    }

    async fn file_sizes(
        &self,
        filter: &VideoFilter,
        bounds: &Bounds<i64>,
    ) -> Result<Vec<Bucket<i64>>, RepositoryError> {
        self.called("file_sizes")?;
        self.inner.file_sizes(filter, bounds).await
    }

    async fn durations(
        &self,
        filter: &VideoFilter,
        bounds: &Bounds<f64>,
    ) -> Result<Vec<Bucket<f64>>, RepositoryError> {
        self.called("durations")?;
        self.inner.durations(filter, bounds).await
    }

    async fn extremes(&self, filter: &VideoFilter) -> Result<Option<Extremes>, RepositoryError> {
        self.called("extremes")?;
        self.inner.extremes(filter).await
    }

    async fn folders(
        &self,
        filter: &VideoFilter,
        page: &FolderPage,
    ) -> Result<Vec<FolderTotals>, RepositoryError> {
        self.called("folders")?;
        self.inner.folders(filter, page).await
    }
}

#[async_trait]
impl DuplicateReader for WatchedStore {
    async fn with_fingerprints(
        &self,
        fingerprints: &[Fingerprint],
        filter: &VideoFilter,
        limit: usize,
    ) -> Result<Vec<Vec<Video>>, RepositoryError> {
        self.called("with_fingerprints")?;
        self.inner.with_fingerprints(fingerprints, filter, limit).await
    }

    async fn duplicates(
        &self,
        filter: &VideoFilter,
        page: &PageRequest<DuplicatePlace>,
    ) -> Result<Page<DuplicateGroup>, RepositoryError> {
        self.called("duplicates")?;
        self.inner.duplicates(filter, page).await
    }

    async fn count_duplicates(&self, filter: &VideoFilter) -> Result<u64, RepositoryError> {
        self.called("count_duplicates")?;
        self.inner.count_duplicates(filter).await
    }
}
