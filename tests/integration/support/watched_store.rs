//! A store that counts its calls, and fails when it is told to.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use futures_util::stream::BoxStream;
use reelgraph::domain::{
    AuditEntry, AuditEntryId, AuditFilter, AuditRequest, LogPosition, Page, PageRequest,
    SearchPosition, SearchQuery, SortPosition, Timestamp, Video, VideoFilter, VideoId, VideoOrder,
    VideoStats,
};
use reelgraph::repository::memory::MemoryRepository;
use reelgraph::repository::{
    Catalogue, ChangeContext, CopyActivity, RepositoryError, SearchHit, SnapshotReads, VideoReader,
    VideoRepository, Write, Written,
};
use tokio::sync::watch;

use super::videos::by;
use super::watched_catalogue::WatchedCatalogue;

/// A library whose calls are watched.
pub struct WatchedStore {
    pub(super) inner: Arc<dyn VideoRepository>,
    /// A copy that queries are read from; without one, those of the library are.
    copy: Option<Arc<Self>>,
    /// What others write as soon as something has been read.
    intrusions: Mutex<Vec<Write>>,
    calls: Arc<Mutex<BTreeMap<&'static str, usize>>>,
    fault: Mutex<Option<(&'static str, Fault)>>,
    is_held: watch::Sender<bool>,
}

/// How a call goes wrong.
#[derive(Clone, Copy, Debug)]
pub enum Fault {
    /// It fails with an error that has a cause.
    Error,
    /// It fails because the store is away.
    Unavailable,
    /// It panics.
    Panic,
}

impl Default for WatchedStore {
    /// An empty library in memory.
    fn default() -> Self {
        Self::over(Arc::new(MemoryRepository::new()))
    }
}

impl WatchedStore {
    /// Watches the calls of this library.
    pub fn over(inner: Arc<dyn VideoRepository>) -> Self {
        let (intrusions, calls, fault, is_held) = Default::default();
        Self { inner, copy: None, intrusions, calls, fault, is_held }
    }

    /// The same store with a copy, which stays as it is.
    pub fn with_copy(self, copy: Arc<Self>) -> Self {
        Self { copy: Some(copy), ..self }
    }

    /// Has others make a write after each snapshot, and after each read outside one, until there are no
    /// more of these, the last one first.
    pub fn intrude(&self, writes: Vec<Write>) {
        *self.intrusions.lock().unwrap() = writes;
    }

    /// The number of writes that others have not made yet.
    pub fn intrusions_left(&self) -> usize {
        self.intrusions.lock().unwrap().len()
    }

    /// What was read, once others have written something.
    async fn intruded<T>(&self, read: T) -> T {
        let write = self.intrusions.lock().unwrap().pop();
        if let Some(write) = write {
            self.inner.write(write, by(7)).await.unwrap();
        }
        read
    }

    /// Makes the next call of a method go wrong, and none after it.
    pub fn break_next(&self, method: &'static str, fault: Fault) {
        *self.fault.lock().unwrap() = Some((method, fault));
    }

    /// How often each method was called since this was asked last.
    pub fn take_calls(&self) -> BTreeMap<&'static str, usize> {
        std::mem::take(&mut *self.calls.lock().unwrap())
    }

    /// Lets writes and counts wait until they are released.
    pub fn hold(&self) {
        self.is_held.send_replace(true);
    }

    /// Lets go on what waits.
    pub fn release(&self) {
        self.is_held.send_replace(false);
    }

    async fn released(&self) {
        self.is_held.subscribe().wait_for(|is_held| !is_held).await.unwrap();
    }

    pub(super) fn called(&self, method: &'static str) -> Result<(), RepositoryError> {
        *self.calls.lock().unwrap().entry(method).or_default() += 1;
        let fault = self.fault.lock().unwrap().take_if(|(broken, _)| *broken == method);
        match fault {
            None => Ok(()),
            Some((_, Fault::Error)) => {
                Err(RepositoryError::store("ask the disk")("the disk is on fire"))
            }
            Some((_, Fault::Unavailable)) => {
                Err(RepositoryError::unavailable("ask the disk")("the disk is away"))
            }
            Some((_, Fault::Panic)) => panic!("the store lost its head"),
        }
    }
}

#[async_trait]
impl VideoRepository for WatchedStore {
    async fn write(
        &self,
        write: Write,
        by: ChangeContext,
    ) -> Result<Vec<Written>, RepositoryError> {
        self.called("write")?;
        self.released().await;
        self.inner.write(write, by).await
    }

    async fn snapshot(
        &self,
        reads: SnapshotReads,
    ) -> Result<Arc<dyn VideoReader>, RepositoryError> {
        self.called("snapshot")?;
        self.intruded(self.inner.snapshot(reads).await).await
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

    fn copies(&self) -> Vec<CopyActivity> {
        let made_up = |_: &Arc<Self>| CopyActivity {
            server: "copy".to_owned(),
            is_used: true,
            reason: None,
            changes_behind: None,
            behind: None,
            queries: 0,
        };
        match &self.copy {
            Some(copy) => vec![made_up(copy)],
            None => self.inner.copies(),
        }
    }

    async fn copy_for(&self, place: Option<LogPosition>) -> Option<Arc<dyn VideoRepository>> {
        let Some(copy) = &self.copy else { return self.inner.copy_for(place).await };
        let end = copy.inner.newest().await.unwrap();
        let has_place = place.is_none_or(|place| place.sequence <= end.sequence);
        has_place.then(|| Arc::clone(copy) as _)
    }

    fn catalogue(&self) -> Arc<dyn Catalogue> {
        let (inner, calls) = (self.inner.catalogue(), Arc::clone(&self.calls));
        Arc::new(WatchedCatalogue { inner, calls })
    }

    async fn ping(&self) -> Result<(), RepositoryError> {
        self.inner.ping().await
    }

    async fn close(&self) -> Result<(), RepositoryError> {
        self.inner.close().await
    }
}

#[async_trait]
impl VideoReader for WatchedStore {
    async fn get_many(&self, ids: &[VideoId]) -> Result<Vec<Option<Video>>, RepositoryError> {
        self.called("get_many")?;
        self.inner.get_many(ids).await
    }

    async fn get_by_path(&self, path: &str) -> Result<Option<Video>, RepositoryError> {
        self.called("get_by_path")?;
        self.inner.get_by_path(path).await
    }

    async fn list(
        &self,
        filter: &VideoFilter,
        order: &VideoOrder,
        page: &PageRequest<SortPosition>,
    ) -> Result<Page<Video>, RepositoryError> {
        self.called("list")?;
        self.intruded(self.inner.list(filter, order, page).await).await
    }

    async fn rows_before(
        &self,
        filter: &VideoFilter,
        order: &VideoOrder,
        page: &PageRequest<SortPosition>,
    ) -> Result<u64, RepositoryError> {
        self.called("rows_before")?;
        self.intruded(self.inner.rows_before(filter, order, page).await).await
    }

    async fn count(&self, filter: &VideoFilter) -> Result<u64, RepositoryError> {
        self.called("count")?;
        self.released().await;
        self.intruded(self.inner.count(filter).await).await
    }

    async fn entries_of(
        &self,
        ids: &[VideoId],
        page: &PageRequest<i32>,
    ) -> Result<Vec<Page<AuditEntry>>, RepositoryError> {
        self.called("entries_of")?;
        self.intruded(self.inner.entries_of(ids, page).await).await
    }

    async fn count_entries_of(&self, ids: &[VideoId]) -> Result<Vec<u64>, RepositoryError> {
        self.called("count_entries_of")?;
        self.inner.count_entries_of(ids).await
    }

    async fn get_entries(
        &self,
        ids: &[AuditEntryId],
    ) -> Result<Vec<Option<AuditEntry>>, RepositoryError> {
        self.called("get_entries")?;
        self.inner.get_entries(ids).await
    }

    async fn videos_at(&self, ids: &[AuditEntryId]) -> Result<Vec<Option<Video>>, RepositoryError> {
        self.called("videos_at")?;
        self.inner.videos_at(ids).await
    }

    async fn list_entries(
        &self,
        filter: &AuditFilter,
        page: &PageRequest<i64>,
    ) -> Result<Page<AuditEntry>, RepositoryError> {
        self.called("list_entries")?;
        self.intruded(self.inner.list_entries(filter, page).await).await
    }

    async fn entries_after(
        &self,
        sequence: i64,
        filter: &AuditFilter,
        limit: usize,
    ) -> Result<Vec<AuditEntry>, RepositoryError> {
        self.called("entries_after")?;
        self.inner.entries_after(sequence, filter, limit).await
    }

    async fn first_later_entry(&self, time: Timestamp) -> Result<Option<i64>, RepositoryError> {
        self.called("first_later_entry")?;
        self.inner.first_later_entry(time).await
    }

    async fn newest(&self) -> Result<LogPosition, RepositoryError> {
        self.called("newest")?;
        self.inner.newest().await
    }

    async fn count_entries(&self, filter: &AuditFilter) -> Result<u64, RepositoryError> {
        self.called("count_entries")?;
        self.intruded(self.inner.count_entries(filter).await).await
    }

    async fn list_requests(
        &self,
        filter: &AuditFilter,
        page: &PageRequest<i64>,
    ) -> Result<Page<AuditRequest>, RepositoryError> {
        self.called("list_requests")?;
        self.intruded(self.inner.list_requests(filter, page).await).await
    }

    async fn count_requests(&self, filter: &AuditFilter) -> Result<u64, RepositoryError> {
        self.called("count_requests")?;
        self.inner.count_requests(filter).await
    }

    async fn search(
        &self,
        query: &SearchQuery,
        filter: &VideoFilter,
        page: &PageRequest<SearchPosition>,
    ) -> Result<Page<SearchHit>, RepositoryError> {
        self.called("search")?;
        self.intruded(self.inner.search(query, filter, page).await).await
    }

    async fn hits_before(
        &self,
        query: &SearchQuery,
        filter: &VideoFilter,
        page: &PageRequest<SearchPosition>,
    ) -> Result<u64, RepositoryError> {
        self.called("hits_before")?;
        self.intruded(self.inner.hits_before(query, filter, page).await).await
    }

    async fn count_found(
        &self,
        query: &SearchQuery,
        filter: &VideoFilter,
    ) -> Result<u64, RepositoryError> {
        self.called("count_found")?;
        self.intruded(self.inner.count_found(query, filter).await).await
    }

    async fn stats(&self, filter: &VideoFilter) -> Result<VideoStats, RepositoryError> {
        self.called("stats")?;
        self.intruded(self.inner.stats(filter).await).await
    }
}
