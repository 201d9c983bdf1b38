//! Reading a library.

use async_trait::async_trait;

use super::{RepositoryError, SearchHit, only};
use crate::domain::{
    AuditEntry, AuditEntryId, AuditFilter, LogPlace, Page, PageRequest, SearchPlace, SearchQuery,
    Video, VideoFilter, VideoId, VideoOrder, VideoPlace, VideoStats,
};

/// Reads videos and their history: those of a store as they are at each call, or those of one
/// moment, where this is a [`snapshot`](super::VideoRepository::snapshot).
///
/// # Errors
/// Every method fails with [`RepositoryError::Store`] when the store itself does, with
/// [`RepositoryError::Unavailable`] when it cannot work at the moment, and with
/// [`RepositoryError::TimedOut`] or [`RepositoryError::Busy`] when it takes longer than the store
/// allows. What may have to look at every row is done for whoever came first, and nothing else waits
/// for it.
#[async_trait]
pub trait VideoReader: Send + Sync + 'static {
    /// The video with this ID.
    async fn get(&self, id: VideoId) -> Result<Option<Video>, RepositoryError> {
        only(self.get_many(&[id]).await?)
    }

    /// The videos with these IDs, in the order of `ids`; `None` where there is none. An ID may
    /// stand in `ids` more than once.
    async fn get_many(&self, ids: &[VideoId]) -> Result<Vec<Option<Video>>, RepositoryError>;

    /// The video at this path, compared byte by byte. A text that no path can be finds none.
    async fn get_by_path(&self, path: &str) -> Result<Option<Video>, RepositoryError>;

    /// A page of the videos that pass `filter`, in the order of `order`.
    ///
    /// The place that `page` starts from is one that `order` admits. It need not be a video's any
    /// more, nor that of one that passes `filter`.
    async fn list(
        &self,
        filter: &VideoFilter,
        order: &VideoOrder,
        page: &PageRequest<VideoPlace>,
    ) -> Result<Page<Video>, RepositoryError>;

    /// How many videos pass `filter`.
    async fn count(&self, filter: &VideoFilter) -> Result<u64, RepositoryError>;

    /// A page of the history of each of these videos, newest first, in the order of `ids`. A place
    /// is a version. The history of an ID that was never used is empty.
    async fn entries_of(
        &self,
        ids: &[VideoId],
        page: &PageRequest<i32>,
    ) -> Result<Vec<Page<AuditEntry>>, RepositoryError>;

    /// How many entries the history of each of these videos has, in the order of `ids`.
    async fn count_entries_of(&self, ids: &[VideoId]) -> Result<Vec<u64>, RepositoryError>;

    /// The entries with these IDs, in the order of `ids`; `None` where there is none.
    async fn get_entries(
        &self,
        ids: &[AuditEntryId],
    ) -> Result<Vec<Option<AuditEntry>>, RepositoryError>;

    /// A page of the whole library's log, newest first. A place is a sequence number.
    async fn list_entries(
        &self,
        filter: &AuditFilter,
        page: &PageRequest<i64>,
    ) -> Result<Page<AuditEntry>, RepositoryError>;

    /// The entries of the log that come after the one of this sequence and pass `filter`, oldest
    /// first: the first `limit` of them. Before the log's first entry comes 0.
    async fn entries_after(
        &self,
        sequence: i64,
        filter: &AuditFilter,
        limit: usize,
    ) -> Result<Vec<AuditEntry>, RepositoryError>;

    /// The end of the log: the place behind its newest entry. As long as it stays the same, so does
    /// everything that can be read. It is asked for often, and told at once.
    async fn newest(&self) -> Result<LogPlace, RepositoryError>;

    /// How many entries of the log pass `filter`.
    async fn count_entries(&self, filter: &AuditFilter) -> Result<u64, RepositoryError>;

    /// A page of the videos that `query` finds and that pass `filter`, in the order of
    /// [`SearchPlace`]. The place that `page` starts from need not be a video's any more, nor that
    /// of one that is found.
    async fn search(
        &self,
        query: &SearchQuery,
        filter: &VideoFilter,
        page: &PageRequest<SearchPlace>,
    ) -> Result<Page<SearchHit>, RepositoryError>;

    /// How many videos `query` finds that pass `filter`.
    async fn count_found(
        &self,
        query: &SearchQuery,
        filter: &VideoFilter,
    ) -> Result<u64, RepositoryError>;

    /// All statistics of the videos that pass `filter`.
    async fn stats(&self, filter: &VideoFilter) -> Result<VideoStats, RepositoryError>;
}
