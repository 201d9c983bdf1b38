//! A store whose calls are measured.

use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use futures_util::stream::BoxStream;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use tokio::sync::watch;
use tracing::{Instrument, Span};

use super::lead::ClockSkewMonitor;
use super::tally;
use crate::domain::file::Fingerprint;
use crate::domain::stats::{
    Bounds, Bucket, Extremes, FolderPage, FolderTotals, TimeBucket, TimeGrouping,
};
use crate::domain::{
    AuditEntry, AuditEntryId, AuditFilter, AuditRequest, DuplicateGroup, DuplicatePlace,
    LogPosition, Page, PageRequest, SearchPosition, SearchQuery, SortPosition, Timestamp, Video,
    VideoFilter, VideoId, VideoOrder, VideoStats,
};
use crate::repository::Catalogue;
use crate::repository::{
    BreakdownReader, ChangeContext, CopyActivity, DuplicateReader, RepositoryError, SearchHit,
    SnapshotReads, StoreActivity, VideoReader, VideoRepository, Write, Written,
};
use crate::spans;

/// The upper bounds of the groups that durations of calls are counted in, in seconds.
const CALL_SECONDS: [f64; 14] =
    [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];

/// The metrics of a store.
#[derive(Clone)]
pub(super) struct StoreInstruments {
    durations: Family<CallLabels, Histogram>,
    failures: Family<FailureLabels, Counter>,
    pub lead: Arc<ClockSkewMonitor>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CallLabels {
    call: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct FailureLabels {
    call: &'static str,
    reason: &'static str,
}

impl Default for StoreInstruments {
    fn default() -> Self {
        let durations =
            Family::new_with_constructor((|| Histogram::new(CALL_SECONDS)) as fn() -> _);
        Self { durations, failures: Family::default(), lead: Arc::default() }
    }
}

impl StoreInstruments {
    pub fn register(&self, registry: &mut Registry) {
        registry.register_with_unit(
            "reelgraph_store_call_duration",
            "Duration of store calls",
            Unit::Seconds,
            self.durations.clone(),
        );
        registry.register(
            "reelgraph_store_failures",
            "Store calls that failed or timed out",
            self.failures.clone(),
        );
    }

    /// The result of `answer`, measured under the name of the call.
    async fn measure<T>(
        &self,
        call: &'static str,
        answer: impl Future<Output = Result<T, RepositoryError>>,
    ) -> Result<T, RepositoryError> {
        // What the feed reads for all together is part of nobody's trace.
        let span = if tally::is_on() { spans::store_call(call) } else { Span::none() };
        let begun = Instant::now();
        let outcome = answer.instrument(span.clone()).await;
        let took = begun.elapsed();
        tally::add(took);
        self.durations.get_or_create(&CallLabels { call }).observe(took.as_secs_f64());
        if let Some(reason) = outcome.as_ref().err().and_then(failure) {
            spans::failed(&span);
            self.failures.get_or_create(&FailureLabels { call, reason }).inc();
        }
        outcome
    }
}

/// The reason why a call failed; none if the store worked and the caller gets a result or a
/// conflict.
fn failure(error: &RepositoryError) -> Option<&'static str> {
    match error {
        RepositoryError::TimedOut { .. } | RepositoryError::Busy { .. } => Some("timeout"),
        RepositoryError::Unavailable { .. } | RepositoryError::OutcomeUnknown => {
            Some("unavailable")
        }
        RepositoryError::Store { .. } => Some("error"),
        RepositoryError::NotFound(_)
        | RepositoryError::Conflicts(_)
        | RepositoryError::UpdateConflict(_)
        | RepositoryError::PlanOutdated => None,
    }
}

/// A store, or a snapshot of one, whose calls are measured.
pub(super) struct Measured<R: ?Sized> {
    inner: Arc<R>,
    instruments: StoreInstruments,
}

impl<R: ?Sized> Measured<R> {
    pub fn new(inner: Arc<R>, instruments: StoreInstruments) -> Self {
        Self { inner, instruments }
    }
}

#[async_trait]
impl VideoRepository for Measured<dyn VideoRepository> {
    async fn write(
        &self,
        write: Write,
        by: ChangeContext,
    ) -> Result<Vec<Written>, RepositoryError> {
        let now = by.at;
        let written = self.instruments.measure("write", self.inner.write(write, by)).await?;
        if let Some(newest) = written.iter().rev().find_map(|written| written.entry.as_ref()) {
            self.instruments.lead.note(newest.timestamp, now);
        }
        Ok(written)
    }

    async fn snapshot(
        &self,
        reads: SnapshotReads,
    ) -> Result<Arc<dyn VideoReader>, RepositoryError> {
        let snapshot = self.instruments.measure("snapshot", self.inner.snapshot(reads)).await?;
        Ok(Arc::new(Measured::new(snapshot, self.instruments.clone())))
    }

    fn scan(&self) -> BoxStream<'_, Result<Video, RepositoryError>> {
        self.inner.scan()
    }

    async fn check(&self) -> Result<Vec<String>, RepositoryError> {
        self.inner.check().await
    }

    fn commits(&self) -> watch::Receiver<i64> {
        self.inner.commits()
    }

    fn activity(&self) -> Option<StoreActivity> {
        self.inner.activity()
    }

    fn copies(&self) -> Vec<CopyActivity> {
        self.inner.copies()
    }

    async fn copy_for(&self, place: Option<LogPosition>) -> Option<Arc<dyn VideoRepository>> {
        let copy = self.inner.copy_for(place).await?;
        Some(Arc::new(Self::new(copy, self.instruments.clone())))
    }

    fn catalogue(&self) -> Arc<dyn Catalogue> {
        self.inner.catalogue()
    }

    async fn ping(&self) -> Result<(), RepositoryError> {
        self.instruments.measure("ping", self.inner.ping()).await
    }

    async fn close(&self) -> Result<(), RepositoryError> {
        self.inner.close().await
    }
}

#[async_trait]
impl<R: VideoReader + ?Sized> BreakdownReader for Measured<R> {
    async fn time_buckets(
        &self,
        filter: &VideoFilter,
        grouping: &TimeGrouping,
    ) -> Result<Vec<TimeBucket>, RepositoryError> {
        let buckets = self.inner.time_buckets(filter, grouping);
        self.instruments.measure("time_buckets", buckets).await
    }

    async fn file_sizes(
        &self,
        filter: &VideoFilter,
        bounds: &Bounds<i64>,
    ) -> Result<Vec<Bucket<i64>>, RepositoryError> {
        self.instruments.measure("file_sizes", self.inner.file_sizes(filter, bounds)).await
    }

    async fn durations(
        &self,
        filter: &VideoFilter,
        bounds: &Bounds<f64>,
    ) -> Result<Vec<Bucket<f64>>, RepositoryError> {
        self.instruments.measure("durations", self.inner.durations(filter, bounds)).await
    }

    async fn extremes(&self, filter: &VideoFilter) -> Result<Option<Extremes>, RepositoryError> {
        self.instruments.measure("extremes", self.inner.extremes(filter)).await
    }

    async fn folders(
        &self,
        filter: &VideoFilter,
        page: &FolderPage,
    ) -> Result<Vec<FolderTotals>, RepositoryError> {
        self.instruments.measure("folders", self.inner.folders(filter, page)).await
    }
}

#[async_trait]
impl<R: VideoReader + ?Sized> DuplicateReader for Measured<R> {
    async fn with_fingerprints(
        &self,
        fingerprints: &[Fingerprint],
        filter: &VideoFilter,
        limit: usize,
    ) -> Result<Vec<Vec<Video>>, RepositoryError> {
        let videos = self.inner.with_fingerprints(fingerprints, filter, limit);
        self.instruments.measure("with_fingerprints", videos).await
    }

    async fn duplicates(
        &self,
        filter: &VideoFilter,
        page: &PageRequest<DuplicatePlace>,
    ) -> Result<Page<DuplicateGroup>, RepositoryError> {
        self.instruments.measure("duplicates", self.inner.duplicates(filter, page)).await
    }

    async fn count_duplicates(&self, filter: &VideoFilter) -> Result<u64, RepositoryError> {
        self.instruments.measure("count_duplicates", self.inner.count_duplicates(filter)).await
    }
}

#[async_trait]
impl<R: VideoReader + ?Sized> VideoReader for Measured<R> {
    async fn get_many(&self, ids: &[VideoId]) -> Result<Vec<Option<Video>>, RepositoryError> {
        self.instruments.measure("get_many", self.inner.get_many(ids)).await
    }

    async fn get_by_path(&self, path: &str) -> Result<Option<Video>, RepositoryError> {
        self.instruments.measure("get_by_path", self.inner.get_by_path(path)).await
    }

    async fn list(
        &self,
        filter: &VideoFilter,
        order: &VideoOrder,
        page: &PageRequest<SortPosition>,
    ) -> Result<Page<Video>, RepositoryError> {
        self.instruments.measure("list", self.inner.list(filter, order, page)).await
    }

    async fn rows_before(
        &self,
        filter: &VideoFilter,
        order: &VideoOrder,
        page: &PageRequest<SortPosition>,
    ) -> Result<u64, RepositoryError> {
        let counted = self.inner.rows_before(filter, order, page);
        self.instruments.measure("rows_before", counted).await
    }

    async fn count(&self, filter: &VideoFilter) -> Result<u64, RepositoryError> {
        self.instruments.measure("count", self.inner.count(filter)).await
    }

    async fn entries_of(
        &self,
        ids: &[VideoId],
        page: &PageRequest<i32>,
    ) -> Result<Vec<Page<AuditEntry>>, RepositoryError> {
        self.instruments.measure("entries_of", self.inner.entries_of(ids, page)).await
    }

    async fn count_entries_of(&self, ids: &[VideoId]) -> Result<Vec<u64>, RepositoryError> {
        self.instruments.measure("count_entries_of", self.inner.count_entries_of(ids)).await
    }

    async fn get_entries(
        &self,
        ids: &[AuditEntryId],
    ) -> Result<Vec<Option<AuditEntry>>, RepositoryError> {
        self.instruments.measure("get_entries", self.inner.get_entries(ids)).await
    }

    async fn videos_at(&self, ids: &[AuditEntryId]) -> Result<Vec<Option<Video>>, RepositoryError> {
        self.instruments.measure("videos_at", self.inner.videos_at(ids)).await
    }

    async fn list_entries(
        &self,
        filter: &AuditFilter,
        page: &PageRequest<i64>,
    ) -> Result<Page<AuditEntry>, RepositoryError> {
        self.instruments.measure("list_entries", self.inner.list_entries(filter, page)).await
    }

    async fn entries_after(
        &self,
        sequence: i64,
        filter: &AuditFilter,
        limit: usize,
    ) -> Result<Vec<AuditEntry>, RepositoryError> {
        let entries = self.inner.entries_after(sequence, filter, limit);
        self.instruments.measure("entries_after", entries).await
    }

    async fn first_later_entry(&self, time: Timestamp) -> Result<Option<i64>, RepositoryError> {
        self.instruments.measure("first_later_entry", self.inner.first_later_entry(time)).await
    }

    async fn newest(&self) -> Result<LogPosition, RepositoryError> {
        self.instruments.measure("newest", self.inner.newest()).await
    }

    async fn count_entries(&self, filter: &AuditFilter) -> Result<u64, RepositoryError> {
        self.instruments.measure("count_entries", self.inner.count_entries(filter)).await
    }

    async fn list_requests(
        &self,
        filter: &AuditFilter,
        page: &PageRequest<i64>,
    ) -> Result<Page<AuditRequest>, RepositoryError> {
        self.instruments.measure("list_requests", self.inner.list_requests(filter, page)).await
    }

    async fn count_requests(&self, filter: &AuditFilter) -> Result<u64, RepositoryError> {
        self.instruments.measure("count_requests", self.inner.count_requests(filter)).await
    }

    async fn search(
        &self,
        query: &SearchQuery,
        filter: &VideoFilter,
        page: &PageRequest<SearchPosition>,
    ) -> Result<Page<SearchHit>, RepositoryError> {
        self.instruments.measure("search", self.inner.search(query, filter, page)).await
    }

    async fn hits_before(
        &self,
        query: &SearchQuery,
        filter: &VideoFilter,
        page: &PageRequest<SearchPosition>,
    ) -> Result<u64, RepositoryError> {
        let counted = self.inner.hits_before(query, filter, page);
        self.instruments.measure("hits_before", counted).await
    }

    async fn count_found(
        &self,
        query: &SearchQuery,
        filter: &VideoFilter,
    ) -> Result<u64, RepositoryError> {
        self.instruments.measure("count_found", self.inner.count_found(query, filter)).await
    }

    async fn stats(&self, filter: &VideoFilter) -> Result<VideoStats, RepositoryError> {
        self.instruments.measure("stats", self.inner.stats(filter)).await
    }
}
