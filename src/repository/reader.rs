//! Reading a library.

use async_trait::async_trait;

use super::breakdown_reader::BreakdownReader;
use super::duplicate_reader::DuplicateReader;
use super::error::RepositoryError;
use crate::domain::search::Tier;
use crate::domain::{
    AuditEntry, AuditEntryId, AuditFilter, AuditRequest, LogPosition, Page, PageRequest,
    SearchPosition, SearchQuery, SortPosition, Timestamp, Video, VideoFilter, VideoId, VideoOrder,
    VideoStats,
};

/// Reads videos and their history: the current state at each call, or the state of a
/// [`snapshot`](super::VideoRepository::snapshot).
///
/// # Errors
/// Every method fails with [`RepositoryError::Store`] if the store itself fails, with
/// [`RepositoryError::Unavailable`] if it is temporarily unavailable, and with
/// [`RepositoryError::TimedOut`] or [`RepositoryError::Busy`] if it takes too long. Scans run first
/// come, first served, and nothing else waits for them.
#[async_trait]
pub trait VideoReader: BreakdownReader + DuplicateReader {
    /// The video with this ID.
    async fn get(&self, id: VideoId) -> Result<Option<Video>, RepositoryError> {
        only(self.get_many(&[id]).await?)
    }

    /// The videos with these IDs, in the order of `ids`; `None` if there is none. `ids` can contain
    /// an ID more than once.
    async fn get_many(&self, ids: &[VideoId]) -> Result<Vec<Option<Video>>, RepositoryError>;

    /// The video at this path, compared byte by byte. A text that cannot be a path finds none.
    async fn get_by_path(&self, path: &str) -> Result<Option<Video>, RepositoryError>;

    /// A page of the videos that pass `filter`, in the order of `order`.
    ///
    /// `order` must admit the position that `page` starts from. Its video may no longer exist or
    /// match `filter`.
    async fn list(
        &self,
        filter: &VideoFilter,
        order: &VideoOrder,
        page: &PageRequest<SortPosition>,
    ) -> Result<Page<Video>, RepositoryError>;

    /// The number of videos before a [page](Self::list): as many as
    /// [`PageRequest::range`] leaves out at the front, also if the page is empty.
    async fn rows_before(
        &self,
        filter: &VideoFilter,
        order: &VideoOrder,
        page: &PageRequest<SortPosition>,
    ) -> Result<u64, RepositoryError>;

    /// The number of videos that match `filter`.
    async fn count(&self, filter: &VideoFilter) -> Result<u64, RepositoryError>;

    /// A page of the history of each of these videos, newest first, in the order of `ids`. A place
    /// is a version. The history of an ID that was never used is empty.
    async fn entries_of(
        &self,
        ids: &[VideoId],
        page: &PageRequest<i32>,
    ) -> Result<Vec<Page<AuditEntry>>, RepositoryError>;

    /// The number of entries in the history of each of these videos, in the order of `ids`.
    async fn count_entries_of(&self, ids: &[VideoId]) -> Result<Vec<u64>, RepositoryError>;

    /// The entries with these IDs, in the order of `ids`; `None` if there is none.
    async fn get_entries(
        &self,
        ids: &[AuditEntryId],
    ) -> Result<Vec<Option<AuditEntry>>, RepositoryError>;

    /// The videos as they were after these changes, in the order of `ids`; `None` where the change is
    /// a DELETE or does not exist. Each costs the same, however long its history is.
    async fn videos_at(&self, ids: &[AuditEntryId]) -> Result<Vec<Option<Video>>, RepositoryError>;

    /// A page of the whole library's log, newest first. A place is a sequence number.
    async fn list_entries(
        &self,
        filter: &AuditFilter,
        page: &PageRequest<i64>,
    ) -> Result<Page<AuditEntry>, RepositoryError>;

    /// The entries of the log after this sequence that match `filter`, oldest first: the first
    /// `limit` of them. 0 precedes the first entry.
    async fn entries_after(
        &self,
        sequence: i64,
        filter: &AuditFilter,
        limit: usize,
    ) -> Result<Vec<AuditEntry>, RepositoryError>;

    /// The sequence of the first entry of the log that is later than this time; none if there is none.
    async fn first_later_entry(&self, time: Timestamp) -> Result<Option<i64>, RepositoryError>;

    /// The end of the log: the position after its newest entry. While it stays the same, so does
    /// everything that can be read. It is called often, and returns immediately.
    async fn newest(&self) -> Result<LogPosition, RepositoryError>;

    /// The number of entries of the log that match `filter`.
    async fn count_entries(&self, filter: &AuditFilter) -> Result<u64, RepositoryError>;

    /// A page of the requests that made the changes in the log, as [`RequestChanges`](crate::domain::RequestChanges) defines them:
    /// those with at least one change that matches `filter`, the one with the newest first change
    /// first. A place is the sequence number of a first change.
    async fn list_requests(
        &self,
        filter: &AuditFilter,
        page: &PageRequest<i64>,
    ) -> Result<Page<AuditRequest>, RepositoryError>;

    /// The number of requests with at least one change that matches `filter`.
    async fn count_requests(&self, filter: &AuditFilter) -> Result<u64, RepositoryError>;

    /// A page of the videos that match `query` and `filter`, in the order of [`SearchPosition`]. The
    /// video at the position that `page` starts from may no longer exist or match.
    async fn search(
        &self,
        query: &SearchQuery,
        filter: &VideoFilter,
        page: &PageRequest<SearchPosition>,
    ) -> Result<Page<SearchHit>, RepositoryError>;

    /// The number of videos before a page of a [search](Self::search), as
    /// [`rows_before`](Self::rows_before) counts them.
    async fn hits_before(
        &self,
        query: &SearchQuery,
        filter: &VideoFilter,
        page: &PageRequest<SearchPosition>,
    ) -> Result<u64, RepositoryError>;

    /// The number of videos that match `query` and `filter`.
    async fn count_found(
        &self,
        query: &SearchQuery,
        filter: &VideoFilter,
    ) -> Result<u64, RepositoryError>;

    /// The sums of the videos that match `filter`, in total and by what they have in common.
    async fn stats(&self, filter: &VideoFilter) -> Result<VideoStats, RepositoryError>;
}

/// A video that a search found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchHit {
    /// The video.
    pub video: Video,
    /// How well it fits the query.
    pub tier: Tier,
}

impl SearchHit {
    /// Its position in the result.
    pub fn place(&self) -> SearchPosition {
        SearchPosition { tier: self.tier, created_at: self.video.created_at, id: self.video.id }
    }
}

/// The only item of a list that was requested with one key.
pub(super) fn only<T>(list: Vec<T>) -> Result<T, RepositoryError> {
    let [item] = <[T; 1]>::try_from(list)
        .map_err(|list| format!("{} items where one was asked for", list.len()))
        .map_err(RepositoryError::store("read the store's answer"))?;
    Ok(item)
}
