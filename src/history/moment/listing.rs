//! Lists of the present that lists of the past are made of.

use std::cmp::Ordering;
use std::sync::Arc;

use super::made::{Side, Sorted};
use super::runs::Runs;
use super::since::Since;
use crate::domain::{
    Page, PageRequest, SearchPosition, SearchQuery, SortPosition, Video, VideoFilter, VideoOrder,
};
use crate::repository::{RepositoryError, SearchHit, VideoReader};

/// A list of videos, each of which has a place in it.
pub trait Listing: Send + Sync {
    /// A place.
    type Place: Clone + Send + Sync;
    /// A row.
    type Row: Send + Sync;

    /// How two places lie to each other.
    fn compare(&self, a: &Self::Place, b: &Self::Place) -> Ordering;

    /// The row of a video at a place.
    fn row(&self, place: &Self::Place, video: &Video) -> Self::Row;

    /// The place of a row.
    fn place(&self, row: &Self::Row) -> Self::Place;

    /// The video of a row.
    fn video<'r>(&self, row: &'r Self::Row) -> &'r Video;

    /// The videos that have changed and are in the list on one side.
    fn changed(
        &self,
        since: &Arc<Since>,
        side: Side,
    ) -> impl Future<Output = Result<Arc<Sorted<Self::Place>>, RepositoryError>> + Send;

    /// The runs in it of rows that have all changed, as far as they were passed.
    fn runs(&self, since: &Since) -> Arc<Runs<Self::Place>>;

    /// A page of it as it is now.
    fn page(
        &self,
        page: &PageRequest<Self::Place>,
    ) -> impl Future<Output = Result<Page<Self::Row>, RepositoryError>> + Send;

    /// The number of its rows before a page as it is now.
    fn before(
        &self,
        page: &PageRequest<Self::Place>,
    ) -> impl Future<Output = Result<u64, RepositoryError>> + Send;

    /// The number of its rows as it is now.
    fn count(&self) -> impl Future<Output = Result<u64, RepositoryError>> + Send;
}

/// Videos in an order.
pub struct Videos<'a> {
    /// Where they are read.
    pub present: &'a dyn VideoReader,
    /// Which ones.
    pub filter: &'a VideoFilter,
    /// Their order.
    pub order: &'a VideoOrder,
}

impl Listing for Videos<'_> {
    type Place = SortPosition;
    type Row = Video;

    fn compare(&self, a: &SortPosition, b: &SortPosition) -> Ordering {
        self.order.compare(a, b)
    }

    fn row(&self, _: &SortPosition, video: &Video) -> Video {
        video.clone()
    }

    fn place(&self, row: &Video) -> SortPosition {
        self.order.place_of(row)
    }

    fn video<'r>(&self, row: &'r Video) -> &'r Video {
        row
    }

    async fn changed(
        &self,
        since: &Arc<Since>,
        side: Side,
    ) -> Result<Arc<Sorted<SortPosition>>, RepositoryError> {
        since.in_order(side, self.order, self.filter).await
    }

    fn runs(&self, since: &Since) -> Arc<Runs<SortPosition>> {
        since.made.runs_in_orders.get_or_keep((self.order.clone(), self.filter.clone()))
    }

    async fn page(&self, page: &PageRequest<SortPosition>) -> Result<Page<Video>, RepositoryError> {
        self.present.list(self.filter, self.order, page).await
    }

    async fn before(&self, page: &PageRequest<SortPosition>) -> Result<u64, RepositoryError> {
        self.present.rows_before(self.filter, self.order, page).await
    }

    async fn count(&self) -> Result<u64, RepositoryError> {
        self.present.count(self.filter).await
    }
}

/// What a search finds.
pub struct Hits<'a> {
    /// Where it is read.
    pub present: &'a dyn VideoReader,
    /// Among which videos.
    pub filter: &'a VideoFilter,
    /// The search.
    pub query: &'a SearchQuery,
}

impl Listing for Hits<'_> {
    type Place = SearchPosition;
    type Row = SearchHit;

    fn compare(&self, a: &SearchPosition, b: &SearchPosition) -> Ordering {
        a.cmp(b)
    }

    fn row(&self, place: &SearchPosition, video: &Video) -> SearchHit {
        SearchHit { video: video.clone(), tier: place.tier }
    }

    fn place(&self, row: &SearchHit) -> SearchPosition {
        row.place()
    }

    fn video<'r>(&self, row: &'r SearchHit) -> &'r Video {
        &row.video
    }

    async fn changed(
        &self,
        since: &Arc<Since>,
        side: Side,
    ) -> Result<Arc<Sorted<SearchPosition>>, RepositoryError> {
        since.found(side, self.query, self.filter).await
    }

    fn runs(&self, since: &Since) -> Arc<Runs<SearchPosition>> {
        since.made.runs_in_searches.get_or_keep((self.query.clone(), self.filter.clone()))
    }

    async fn page(
        &self,
        page: &PageRequest<SearchPosition>,
    ) -> Result<Page<SearchHit>, RepositoryError> {
        self.present.search(self.query, self.filter, page).await
    }

    async fn before(&self, page: &PageRequest<SearchPosition>) -> Result<u64, RepositoryError> {
        self.present.hits_before(self.query, self.filter, page).await
    }

    async fn count(&self) -> Result<u64, RepositoryError> {
        self.present.count_found(self.query, self.filter).await
    }
}
