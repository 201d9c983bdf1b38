//! Reading videos with equal fingerprints.

use async_trait::async_trait;

use super::error::RepositoryError;
use crate::domain::file::Fingerprint;
use crate::domain::{DuplicateGroup, DuplicatePlace, Page, PageRequest, Video, VideoFilter};

/// Finds videos whose files have the same content.
///
/// # Errors
/// Those of [`VideoReader`](super::VideoReader).
#[async_trait]
pub trait DuplicateReader: Send + Sync + 'static {
    /// The videos with each of these fingerprints that match `filter`, in the order of `fingerprints`: by ID, the
    /// first `limit`.
    async fn with_fingerprints(
        &self,
        fingerprints: &[Fingerprint],
        filter: &VideoFilter,
        limit: usize,
    ) -> Result<Vec<Vec<Video>>, RepositoryError>;

    /// A page of the groups of videos with equal fingerprints, in the order of [`DuplicatePlace`]. Only videos that
    /// match `filter` count. The group at the place that `page` starts from may no longer exist.
    async fn duplicates(
        &self,
        filter: &VideoFilter,
        page: &PageRequest<DuplicatePlace>,
    ) -> Result<Page<DuplicateGroup>, RepositoryError>;

    /// The number of these groups.
    async fn count_duplicates(&self, filter: &VideoFilter) -> Result<u64, RepositoryError>;
}
