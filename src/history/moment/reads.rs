//! What can be read of a moment.

use std::sync::Arc;

use super::listing::{Hits, Videos};
use super::merge::Merged;
use super::place::Resolved;
use super::since::Since;
use crate::domain::{
    Page, PageRequest, SearchPosition, SearchQuery, SortPosition, Video, VideoFilter, VideoId,
    VideoOrder,
};
use crate::repository::{RepositoryError, SearchHit, VideoReader};

/// The library as it was at a moment.
///
/// Filters must not be [on files](VideoFilter::is_on_files): where they were is not recorded.
#[derive(Clone)]
pub struct Moment {
    pub(super) at: Resolved,
    pub(super) present: Arc<dyn VideoReader>,
    /// What has changed since; none before the first change, when there was nothing.
    pub(super) since: Option<Arc<Since>>,
}

impl Moment {
    /// Which moment it is.
    pub fn at(&self) -> Resolved {
        self.at
    }

    /// The video with this ID.
    ///
    /// # Errors
    /// Those of [`VideoReader`], here and below.
    pub async fn get(&self, id: VideoId) -> Result<Option<Video>, RepositoryError> {
        let Some(since) = &self.since else { return Ok(None) };
        match since.get(id) {
            Some(changed) => Ok(changed.then.as_deref().cloned()),
            None => self.present.get(id).await,
        }
    }

    /// The video at this path, compared byte by byte.
    ///
    /// # Errors
    /// As above.
    pub async fn get_by_path(&self, path: &str) -> Result<Option<Video>, RepositoryError> {
        let Some(since) = &self.since else { return Ok(None) };
        if let Some(video) = since.with_path(path) {
            return Ok(Some(Video::clone(video)));
        }
        let found = self.present.get_by_path(path).await?;
        Ok(found.filter(|video| !since.has_changed(video.id)))
    }

    /// A page of the videos that pass `filter`, in the order of `order`.
    ///
    /// # Errors
    /// As above.
    pub async fn list(
        &self,
        filter: &VideoFilter,
        order: &VideoOrder,
        page: &PageRequest<SortPosition>,
    ) -> Result<Page<Video>, RepositoryError> {
        let Some(since) = &self.since else { return Ok(Page::empty()) };
        let videos = Videos { present: &*self.present, filter, order };
        Merged::of(&videos, since).await?.page(page).await
    }

    /// The number of videos before a [page](Self::list).
    ///
    /// # Errors
    /// As above.
    pub async fn rows_before(
        &self,
        filter: &VideoFilter,
        order: &VideoOrder,
        page: &PageRequest<SortPosition>,
    ) -> Result<u64, RepositoryError> {
        let Some(since) = &self.since else { return Ok(0) };
        let videos = Videos { present: &*self.present, filter, order };
        Merged::of(&videos, since).await?.start(page).await
    }

    /// A page of what a search finds among the videos that pass `filter`.
    ///
    /// # Errors
    /// As above.
    pub async fn search(
        &self,
        query: &SearchQuery,
        filter: &VideoFilter,
        page: &PageRequest<SearchPosition>,
    ) -> Result<Page<SearchHit>, RepositoryError> {
        let Some(since) = &self.since else { return Ok(Page::empty()) };
        let hits = Hits { present: &*self.present, filter, query };
        Merged::of(&hits, since).await?.page(page).await
    }

    /// The number of videos before a page of a [search](Self::search).
    ///
    /// # Errors
    /// As above.
    pub async fn hits_before(
        &self,
        query: &SearchQuery,
        filter: &VideoFilter,
        page: &PageRequest<SearchPosition>,
    ) -> Result<u64, RepositoryError> {
        let Some(since) = &self.since else { return Ok(0) };
        let hits = Hits { present: &*self.present, filter, query };
        Merged::of(&hits, since).await?.start(page).await
    }

    /// The number of videos that a search finds among those that pass `filter`.
    ///
    /// # Errors
    /// As above.
    pub async fn count_found(
        &self,
        query: &SearchQuery,
        filter: &VideoFilter,
    ) -> Result<u64, RepositoryError> {
        let Some(since) = &self.since else { return Ok(0) };
        let hits = Hits { present: &*self.present, filter, query };
        Merged::of(&hits, since).await?.count().await
    }
}
