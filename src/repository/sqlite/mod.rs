//! The store in an SQLite file: one writer that commits in groups, and a pool of readers.
//!
//! SQLite allows one writer at a time. Here there is only one, so that nobody inside the process
//! ever waits for a lock; in WAL mode readers and the writer do not wait for each other.

mod batch;
mod check;
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
#[cfg(test)]
mod tests;
mod videos;
mod writer;

use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::stream::{BoxStream, StreamExt, TryStreamExt};

pub use self::open::OpenError;
use self::readers::Readers;
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
        Self::open_with(path, open::BUSY_TIMEOUT).await
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

    async fn open_with(path: &Path, busy_timeout: Duration) -> Result<Self, OpenError> {
        let opened = open::open(path, busy_timeout).await?;
        let readers = Readers::new(opened.options.clone());
        Ok(Self { writer: Writer::start(opened), readers })
    }
}

#[async_trait]
impl VideoRepository for SqliteRepository {
    async fn write(&self, write: Write, by: Attribution) -> Result<Vec<Written>, RepositoryError> {
        self.writer.write(write, by).await
    }

    async fn get_many(&self, ids: &[VideoId]) -> Result<Vec<Option<Video>>, RepositoryError> {
        self.readers.get_many(ids).await.map_err(RepositoryError::store("look up videos"))
    }

    async fn get_by_path(&self, path: &str) -> Result<Option<Video>, RepositoryError> {
        let found = self.readers.get_by_path(path).await;
        found.map_err(RepositoryError::store("look up a video by its path"))
    }

    async fn list(
        &self,
        filter: &VideoFilter,
        order: &VideoOrder,
        page: &PageRequest<VideoPlace>,
    ) -> Result<Page<Video>, RepositoryError> {
        let listed = self.readers.list(filter, order, page).await;
        listed.map_err(RepositoryError::store("list videos"))
    }

    async fn count(&self, filter: &VideoFilter) -> Result<u64, RepositoryError> {
        self.readers.count(filter).await.map_err(RepositoryError::store("count videos"))
    }

    async fn entries_of(
        &self,
        ids: &[VideoId],
        page: &PageRequest<i32>,
    ) -> Result<Vec<Page<AuditEntry>>, RepositoryError> {
        let listed = self.readers.entries_of(ids, page).await;
        listed.map_err(RepositoryError::store("list the history of videos"))
    }

    async fn count_entries_of(&self, ids: &[VideoId]) -> Result<Vec<u64>, RepositoryError> {
        let counted = self.readers.count_entries_of(ids).await;
        counted.map_err(RepositoryError::store("count the history of videos"))
    }

    async fn get_entries(
        &self,
        ids: &[AuditEntryId],
    ) -> Result<Vec<Option<AuditEntry>>, RepositoryError> {
        self.readers.get_entries(ids).await.map_err(RepositoryError::store("look up entries"))
    }

    async fn list_entries(
        &self,
        filter: &AuditFilter,
        page: &PageRequest<i64>,
    ) -> Result<Page<AuditEntry>, RepositoryError> {
        let listed = self.readers.list_entries(filter, page).await;
        listed.map_err(RepositoryError::store("list entries"))
    }

    async fn count_entries(&self, filter: &AuditFilter) -> Result<u64, RepositoryError> {
        let counted = self.readers.count_entries(filter).await;
        counted.map_err(RepositoryError::store("count entries"))
    }

    async fn search(
        &self,
        query: &SearchQuery,
        filter: &VideoFilter,
        page: &PageRequest<SearchPlace>,
    ) -> Result<Page<SearchHit>, RepositoryError> {
        let found = self.readers.search(query, filter, page).await;
        found.map_err(RepositoryError::store("search videos"))
    }

    async fn count_found(
        &self,
        query: &SearchQuery,
        filter: &VideoFilter,
    ) -> Result<u64, RepositoryError> {
        let counted = self.readers.count_found(query, filter).await;
        counted.map_err(RepositoryError::store("count what a search finds"))
    }

    async fn totals(&self, _filter: &VideoFilter) -> Result<VideoTotals, RepositoryError> {
        todo!()
    }

    async fn count_by(
        &self,
        _facet: Facet,
        _filter: &VideoFilter,
        _limit: usize,
    ) -> Result<Vec<FacetCount>, RepositoryError> {
        todo!()
    }

    fn scan(&self) -> BoxStream<'_, Result<Video, RepositoryError>> {
        let videos = self.readers.scan();
        videos.map_err(|error| RepositoryError::store("scan the library")(error)).boxed()
    }

    async fn check(&self) -> Result<Vec<String>, RepositoryError> {
        self.readers.check().await.map_err(RepositoryError::store("check the library"))
    }

    async fn ping(&self) -> Result<(), RepositoryError> {
        self.readers.ping().await.map_err(RepositoryError::store("read the library"))
    }

    async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}
