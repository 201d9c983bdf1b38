//! Lists and search results of a moment in the past.

use std::borrow::Cow;

use async_graphql::{Description, Object};

use super::entities::VideoSnapshot;
use crate::domain::{
    PageRequest, SearchPosition, SearchQuery, SortPosition, VideoFilter, VideoOrder,
};
use crate::graphql::error::ApiError;
use crate::graphql::execution::direct::{LazyScalar, direct};
use crate::graphql::schema::connection::{Counted, Edge, Indexed, Listed};
use crate::graphql::schema::cursor::Cursor;
use crate::graphql::schema::scope::Scope;
use crate::history::moment::Moment;
use crate::repository;

/// A list of the videos of a moment.
pub struct PastListing {
    /// The moment.
    pub moment: Moment,
    /// The selected videos.
    pub filter: VideoFilter,
    /// In which order.
    pub order: VideoOrder,
}

impl Listed for VideoSnapshot {
    const NAME: &'static str = "VideoSnapshot";
    type Listing = PastListing;
    type Node = Self;
    type Edge<'a> = Edge<'a, Self>;

    fn node(&self) -> &Self {
        self
    }

    fn cursor<'a>(&self, PastListing { order, .. }: &'a PastListing) -> Cursor<'a> {
        Cursor::Video { order: Cow::Borrowed(order), place: order.place_of(&self.0) }
    }
}

impl Counted for VideoSnapshot {
    async fn count(
        scope: &Scope,
        PastListing { moment, filter, .. }: &PastListing,
    ) -> Result<u64, ApiError> {
        let _place = scope.scans.place(true).await;
        Ok(moment.count(filter).await?)
    }
}

impl Indexed for VideoSnapshot {
    type Position = SortPosition;

    async fn start(
        scope: &Scope,
        PastListing { moment, filter, order }: &PastListing,
        page: &PageRequest<SortPosition>,
    ) -> Result<u64, ApiError> {
        let _place = scope.scans.place(true).await;
        Ok(moment.rows_before(filter, order, page).await?)
    }
}

/// A past video that a search found, and its position in the result.
pub struct PastHit {
    video: VideoSnapshot,
    place: SearchPosition,
}

impl From<repository::SearchHit> for PastHit {
    fn from(hit: repository::SearchHit) -> Self {
        Self { place: hit.place(), video: VideoSnapshot(hit.video) }
    }
}

/// The result of a search of a moment, the best match first.
pub struct PastSearchListing {
    /// The moment.
    pub moment: Moment,
    /// The search.
    pub query: SearchQuery,
    /// Among which videos.
    pub filter: VideoFilter,
}

impl Listed for PastHit {
    const NAME: &'static str = "VideoSnapshotSearch";
    type Listing = PastSearchListing;
    type Node = VideoSnapshot;
    type Edge<'a> = VideoSnapshotSearchEdge<'a>;

    fn node(&self) -> &VideoSnapshot {
        &self.video
    }

    fn cursor(&self, PastSearchListing { query, .. }: &PastSearchListing) -> Cursor<'static> {
        Cursor::found(query, self.place)
    }
}

impl Counted for PastHit {
    async fn count(
        scope: &Scope,
        PastSearchListing { moment, query, filter }: &PastSearchListing,
    ) -> Result<u64, ApiError> {
        let _place = scope.scans.place(true).await;
        Ok(moment.count_found(query, filter).await?)
    }
}

impl Indexed for PastHit {
    type Position = SearchPosition;

    async fn start(
        scope: &Scope,
        PastSearchListing { moment, query, filter }: &PastSearchListing,
        page: &PageRequest<SearchPosition>,
    ) -> Result<u64, ApiError> {
        let _place = scope.scans.place(true).await;
        Ok(moment.hits_before(query, filter, page).await?)
    }
}

/// An item, its cursor and its relevance.
#[derive(Description)]
pub struct VideoSnapshotSearchEdge<'a>(Edge<'a, PastHit>);

impl<'a> From<Edge<'a, PastHit>> for VideoSnapshotSearchEdge<'a> {
    fn from(edge: Edge<'a, PastHit>) -> Self {
        Self(edge)
    }
}

direct!(
    #[Object(use_type_description)]
    impl VideoSnapshotSearchEdge<'_> {
        /// Cursor for `after` and `before`.
        fn cursor(&self) -> LazyScalar<Cursor<'_>> {
            LazyScalar(self.0.row.cursor(self.0.listing.get()))
        }

        /// The item.
        fn node(&self) -> &VideoSnapshot {
            &self.0.row.video
        }

        /// Relevance, as in `searchVideos`.
        fn score(&self) -> f64 {
            self.0.row.place.tier.score()
        }
    }
);
