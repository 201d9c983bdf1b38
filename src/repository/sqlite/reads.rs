//! The reads of everything that has readers: the store, its snapshots, and read-only libraries.

use async_trait::async_trait;

use super::filter::leading_search;
use super::readers::ReaderPools;
use super::{
    entries, found, found_in_order, past, request_pages, search, statistics, videos, ways,
};
use crate::domain::{
    AuditEntry, AuditEntryId, AuditFilter, AuditRequest, LogPosition, Page, PageRequest,
    SearchPosition, SearchQuery, SortPosition, Timestamp, Video, VideoFilter, VideoId, VideoOrder,
    VideoStats,
};
use crate::repository::{RepositoryError, SearchHit, VideoReader};

/// Readers of a library in an SQLite file: the store, or one of its snapshots.
pub(super) trait Reads: Send + Sync + 'static {
    /// With these connections.
    fn readers(&self) -> &ReaderPools;
}

impl Reads for ReaderPools {
    fn readers(&self) -> &ReaderPools {
        self
    }
}

#[async_trait]
impl<R: Reads> VideoReader for R {
    async fn get_many(&self, ids: &[VideoId]) -> Result<Vec<Option<Video>>, RepositoryError> {
        self.readers().look_up("look up videos", videos::get_many(ids)).await
    }

    async fn get_by_path(&self, path: &str) -> Result<Option<Video>, RepositoryError> {
        self.readers().look_up("look up a video by its path", videos::get_by_path(path)).await
    }

    async fn list(
        &self,
        filter: &VideoFilter,
        order: &VideoOrder,
        page: &PageRequest<SortPosition>,
    ) -> Result<Page<Video>, RepositoryError> {
        let way = match page.offset() {
            0 => ways::of_page(filter, order),
            _ => ways::of_skipping_page(filter, order),
        };
        let Some((query, rest)) = leading_search(filter) else {
            let reading = videos::list(filter, order, page);
            return self.readers().read_by(way, "list videos", reading).await;
        };
        let reading = found_in_order::list(query, rest, order, page);
        self.readers().read_by(way, "list videos", reading).await
    }

    async fn rows_before(
        &self,
        filter: &VideoFilter,
        order: &VideoOrder,
        page: &PageRequest<SortPosition>,
    ) -> Result<u64, RepositoryError> {
        let way = ways::of_skipping_page(filter, order);
        let Some((query, rest)) = leading_search(filter) else {
            let reading = videos::rows_before(filter, order, page);
            return self.readers().read_by(way, "count the videos before a page", reading).await;
        };
        let reading = found_in_order::rows_before(query, rest, order, page);
        self.readers().read_by(way, "count the videos before a page", reading).await
    }

    async fn count(&self, filter: &VideoFilter) -> Result<u64, RepositoryError> {
        let way = ways::of_sums(filter);
        self.readers().read_by(way, "count videos", statistics::count(filter)).await
    }

    async fn entries_of(
        &self,
        ids: &[VideoId],
        page: &PageRequest<i32>,
    ) -> Result<Vec<Page<AuditEntry>>, RepositoryError> {
        self.readers().look_up("list the history of videos", entries::entries_of(ids, page)).await
    }

    async fn count_entries_of(&self, ids: &[VideoId]) -> Result<Vec<u64>, RepositoryError> {
        self.readers().look_up("count the history of videos", entries::count_entries_of(ids)).await
    }

    async fn get_entries(
        &self,
        ids: &[AuditEntryId],
    ) -> Result<Vec<Option<AuditEntry>>, RepositoryError> {
        self.readers().look_up("look up entries", entries::get_entries(ids)).await
    }

    async fn videos_at(&self, ids: &[AuditEntryId]) -> Result<Vec<Option<Video>>, RepositoryError> {
        self.readers().look_up("look up past videos", past::videos_at(ids)).await
    }

    async fn list_entries(
        &self,
        filter: &AuditFilter,
        page: &PageRequest<i64>,
    ) -> Result<Page<AuditEntry>, RepositoryError> {
        let (way, reading) = (ways::of_log(filter), entries::list_entries(filter, page));
        self.readers().read_by(way, "list entries", reading).await
    }

    async fn entries_after(
        &self,
        sequence: i64,
        filter: &AuditFilter,
        limit: usize,
    ) -> Result<Vec<AuditEntry>, RepositoryError> {
        let (way, reading) =
            (ways::of_log(filter), entries::entries_after(sequence, filter, limit));
        self.readers().read_by(way, "follow the log", reading).await
    }

    async fn first_later_entry(&self, time: Timestamp) -> Result<Option<i64>, RepositoryError> {
        self.readers().read("find a time in the log", entries::first_later(time)).await
    }

    async fn newest(&self) -> Result<LogPosition, RepositoryError> {
        self.readers().look_up("find the end of the log", entries::newest()).await
    }

    async fn count_entries(&self, filter: &AuditFilter) -> Result<u64, RepositoryError> {
        let way = ways::of_number_of_entries(filter);
        self.readers().read_by(way, "count entries", entries::count_entries(filter)).await
    }

    async fn list_requests(
        &self,
        filter: &AuditFilter,
        page: &PageRequest<i64>,
    ) -> Result<Page<AuditRequest>, RepositoryError> {
        let (way, reading) =
            (ways::of_requests(filter), request_pages::list_requests(filter, page));
        self.readers().read_by(way, "list requests", reading).await
    }

    async fn count_requests(&self, filter: &AuditFilter) -> Result<u64, RepositoryError> {
        let (way, reading) =
            (ways::of_number_of_requests(filter), request_pages::count_requests(filter));
        self.readers().read_by(way, "count requests", reading).await
    }

    async fn search(
        &self,
        query: &SearchQuery,
        filter: &VideoFilter,
        page: &PageRequest<SearchPosition>,
    ) -> Result<Page<SearchHit>, RepositoryError> {
        let way = match page.offset() {
            0 => ways::of_search(query, filter),
            _ => ways::of_number_found(query),
        };
        self.readers().read_by(way, "search videos", search::search(query, filter, page)).await
    }

    async fn hits_before(
        &self,
        query: &SearchQuery,
        filter: &VideoFilter,
        page: &PageRequest<SearchPosition>,
    ) -> Result<u64, RepositoryError> {
        let reading = search::hits_before(query, filter, page);
        let way = ways::of_number_found(query);
        self.readers().read_by(way, "count what a search finds before a page", reading).await
    }

    async fn count_found(
        &self,
        query: &SearchQuery,
        filter: &VideoFilter,
    ) -> Result<u64, RepositoryError> {
        let (way, reading) = (ways::of_number_found(query), found::count_found(query, filter));
        self.readers().read_by(way, "count what a search finds", reading).await
    }

    async fn stats(&self, filter: &VideoFilter) -> Result<VideoStats, RepositoryError> {
        let way = ways::of_sums(filter);
        self.readers().read_by(way, "add up videos", statistics::stats(filter)).await
    }
}
