//! Search results in the API.

use async_graphql::{Description, Object};

use super::Video;
use crate::domain::{PageRequest, SearchPosition, SearchQuery, VideoFilter};
use crate::graphql::error::ApiError;
use crate::graphql::execution::direct::{LazyScalar, direct};
use crate::graphql::schema::connection::{Counted, Edge, Indexed, Listed};
use crate::graphql::schema::cursor::Cursor;
use crate::graphql::schema::scope::Scope;
use crate::repository;

/// A video that a search found, and its position in the result.
pub struct SearchHit {
    video: Video,
    place: SearchPosition,
}

impl From<repository::SearchHit> for SearchHit {
    fn from(hit: repository::SearchHit) -> Self {
        Self { place: hit.place(), video: Video(hit.video) }
    }
}

/// The result of a search, the best match first.
pub struct SearchListing {
    /// The search.
    pub query: SearchQuery,
    /// Among which videos.
    pub filter: VideoFilter,
}

impl Listed for SearchHit {
    const NAME: &'static str = "VideoSearch";
    type Listing = SearchListing;
    type Node = Video;
    type Edge<'a> = VideoSearchEdge<'a>;

    fn node(&self) -> &Video {
        &self.video
    }

    fn cursor(&self, SearchListing { query, .. }: &SearchListing) -> Cursor<'static> {
        Cursor::found(query, self.place)
    }
}

impl Counted for SearchHit {
    async fn count(
        scope: &Scope,
        SearchListing { query, filter }: &SearchListing,
    ) -> Result<u64, ApiError> {
        let _place = scope.scans.place(true).await;
        Ok(scope.reader().count_found(query, filter).await?)
    }
}

impl Indexed for SearchHit {
    type Position = SearchPosition;

    async fn start(
        scope: &Scope,
        SearchListing { query, filter }: &SearchListing,
        page: &PageRequest<SearchPosition>,
    ) -> Result<u64, ApiError> {
        let _place = scope.scans.place(true).await;
        Ok(scope.reader().hits_before(query, filter, page).await?)
    }
}

/// An item, its cursor and its relevance.
#[derive(Description)]
pub struct VideoSearchEdge<'a>(Edge<'a, SearchHit>);

impl<'a> From<Edge<'a, SearchHit>> for VideoSearchEdge<'a> {
    fn from(edge: Edge<'a, SearchHit>) -> Self {
        Self(edge)
    }
}

direct!(
    #[Object(use_type_description)]
    impl VideoSearchEdge<'_> {
        /// Cursor for `after` and `before`. It stays valid after the item has been deleted.
        fn cursor(&self) -> LazyScalar<Cursor<'_>> {
            LazyScalar(self.0.row.cursor(self.0.listing.get()))
        }

        /// The item.
        fn node(&self) -> &Video {
            &self.0.row.video
        }

        /// Relevance: higher is better, comparable only within one search.
        /// 1.25 if the query is the whole filename, with or without its extension, or the whole path; 1 if
        /// the filename contains every word whole; 0.75 if it contains every word, some only as the start
        /// of a longer one; 0.5 if the path is needed and every word is whole; 0.25 otherwise.
        fn score(&self) -> f64 {
            self.0.row.place.tier.score()
        }
    }
);
