//! The store in an SQLite file: one writer that commits in groups, and a few readers.
//!
//! SQLite allows one writer at a time. Here there is only one, so that nobody inside the process
//! ever waits for a lock; in WAL mode readers and the writer do not wait for each other. What is
//! read for a caller is given up after a time; what is written never is.

mod batch;
mod check;
mod counters;
mod entries;
mod filter;
mod keyset;
mod match_expression;
mod open;
mod positions;
mod readers;
mod rows;
mod search;
mod search_check;
mod search_index;
mod statistics;
#[cfg(test)]
mod tests;
mod videos;
mod writer;

use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::stream::{BoxStream, StreamExt, TryStreamExt};
use tokio::sync::watch;

pub use self::open::OpenError;
use self::readers::Readers;
use self::rows::BoxError;
use self::writer::Writer;
use super::{Attribution, RepositoryError, SearchHit, VideoRepository, Write, Written};
use crate::domain::{
    AuditEntry, AuditEntryId, AuditFilter, Facet, FacetCount, Page, PageRequest, SearchPlace,
    SearchQuery, Video, VideoFilter, VideoId, VideoOrder, VideoPlace, VideoTotals,
};

/// A library in an SQLite file.
pub struct SqliteRepository {
    writer: Writer,
    readers: Readers,
    settings: SqliteSettings,
}

/// How a library in an SQLite file is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SqliteSettings {
    /// How long a reading method may take, the wait for a free connection included. `scan` and
    /// `check` may take as long as they need.
    pub read_limit: Duration,
}

impl Default for SqliteSettings {
    /// Five seconds to read.
    fn default() -> Self {
        Self { read_limit: Duration::from_secs(5) }
    }
}

/// What a store has done so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Statistics {
    /// Transactions committed. Writes that come at the same time share one.
    pub commits: u64,
    /// Statements run to read, those of `scan` and `check` left out.
    pub statements: u64,
}

impl SqliteRepository {
    /// Opens the library in this file. Where there is none, it is made; where it lacks migrations,
    /// they are applied.
    ///
    /// # Errors
    /// When the file cannot be opened or is no library; what is none stays as it was.
    pub async fn open(path: &Path) -> Result<Self, OpenError> {
        Self::open_with(path, SqliteSettings::default()).await
    }

    /// Opens the library in this file as [`open`](Self::open) does, to be used as `settings` say.
    ///
    /// # Errors
    /// Those of [`open`](Self::open).
    pub async fn open_with(path: &Path, settings: SqliteSettings) -> Result<Self, OpenError> {
        Self::open_waiting(path, settings, open::BUSY_TIMEOUT).await
    }

    /// Opens the library in this file as [`open`](Self::open) does, and closes it again.
    ///
    /// # Errors
    /// Those of [`open`](Self::open).
    pub async fn migrate(path: &Path) -> Result<(), OpenError> {
        Self::open(path).await?.close().await;
        Ok(())
    }

    /// What this store has done so far.
    pub fn statistics(&self) -> Statistics {
        Statistics { commits: self.writer.commits(), statements: self.readers.statements() }
    }

    async fn open_waiting(
        path: &Path,
        settings: SqliteSettings,
        busy_timeout: Duration,
    ) -> Result<Self, OpenError> {
        let opened = open::open(path, busy_timeout).await?;
        let readers = Readers::new(opened.options.clone());
        Ok(Self { writer: Writer::start(opened), readers, settings })
    }

    /// What `reading` comes to, if it does so in time.
    async fn read<T>(
        &self,
        attempted: &'static str,
        reading: impl Future<Output = Result<T, BoxError>>,
    ) -> Result<T, RepositoryError> {
        let limit = self.settings.read_limit;
        match tokio::time::timeout(limit, reading).await {
            Ok(outcome) => outcome.map_err(RepositoryError::store(attempted)),
            Err(_) => Err(RepositoryError::TimedOut { attempted, limit }),
        }
    }
}

#[async_trait]
impl VideoRepository for SqliteRepository {
    async fn write(&self, write: Write, by: Attribution) -> Result<Vec<Written>, RepositoryError> {
        self.writer.write(write, by).await
    }

    async fn get_many(&self, ids: &[VideoId]) -> Result<Vec<Option<Video>>, RepositoryError> {
        self.read("look up videos", self.readers.get_many(ids)).await
    }

    async fn get_by_path(&self, path: &str) -> Result<Option<Video>, RepositoryError> {
        self.read("look up a video by its path", self.readers.get_by_path(path)).await
    }

    async fn list(
        &self,
        filter: &VideoFilter,
        order: &VideoOrder,
        page: &PageRequest<VideoPlace>,
    ) -> Result<Page<Video>, RepositoryError> {
        self.read("list videos", self.readers.list(filter, order, page)).await
    }

    async fn count(&self, filter: &VideoFilter) -> Result<u64, RepositoryError> {
        self.read("count videos", self.readers.count(filter)).await
    }

    async fn entries_of(
        &self,
        ids: &[VideoId],
        page: &PageRequest<i32>,
    ) -> Result<Vec<Page<AuditEntry>>, RepositoryError> {
        self.read("list the history of videos", self.readers.entries_of(ids, page)).await
    }

    async fn count_entries_of(&self, ids: &[VideoId]) -> Result<Vec<u64>, RepositoryError> {
        self.read("count the history of videos", self.readers.count_entries_of(ids)).await
    }

    async fn get_entries(
        &self,
        ids: &[AuditEntryId],
    ) -> Result<Vec<Option<AuditEntry>>, RepositoryError> {
        self.read("look up entries", self.readers.get_entries(ids)).await
    }

    async fn list_entries(
        &self,
        filter: &AuditFilter,
        page: &PageRequest<i64>,
    ) -> Result<Page<AuditEntry>, RepositoryError> {
        self.read("list entries", self.readers.list_entries(filter, page)).await
    }

    async fn entries_after(
        &self,
        sequence: i64,
        filter: &AuditFilter,
        limit: usize,
    ) -> Result<Vec<AuditEntry>, RepositoryError> {
        self.read("follow the log", self.readers.entries_after(sequence, filter, limit)).await
    }

    async fn count_entries(&self, filter: &AuditFilter) -> Result<u64, RepositoryError> {
        self.read("count entries", self.readers.count_entries(filter)).await
    }

    async fn search(
        &self,
        query: &SearchQuery,
        filter: &VideoFilter,
        page: &PageRequest<SearchPlace>,
    ) -> Result<Page<SearchHit>, RepositoryError> {
        self.read("search videos", self.readers.search(query, filter, page)).await
    }

    async fn count_found(
        &self,
        query: &SearchQuery,
        filter: &VideoFilter,
    ) -> Result<u64, RepositoryError> {
        self.read("count what a search finds", self.readers.count_found(query, filter)).await
    }

    async fn totals(&self, filter: &VideoFilter) -> Result<VideoTotals, RepositoryError> {
        self.read("add up videos", self.readers.totals(filter)).await
    }

    async fn count_by(
        &self,
        facet: Facet,
        filter: &VideoFilter,
        limit: usize,
    ) -> Result<Vec<FacetCount>, RepositoryError> {
        self.read("count videos by kind", self.readers.count_by(facet, filter, limit)).await
    }

    fn scan(&self) -> BoxStream<'_, Result<Video, RepositoryError>> {
        let videos = self.readers.scan();
        videos.map_err(|error| RepositoryError::store("scan the library")(error)).boxed()
    }

    async fn check(&self) -> Result<Vec<String>, RepositoryError> {
        self.readers.check().await.map_err(RepositoryError::store("check the library"))
    }

    fn commits(&self) -> watch::Receiver<i64> {
        self.writer.newest()
    }

    async fn ping(&self) -> Result<(), RepositoryError> {
        self.read("read the library", self.readers.ping()).await
    }

    async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}
