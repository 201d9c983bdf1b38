//! The server as the API shows it.

use async_graphql::SimpleObject;

use crate::config::DocumentLimits;
use crate::domain::SearchQuery;
use crate::graphql::execution::direct::direct;
use crate::graphql::schema::paging::MAX_LIMIT;

direct!(
    /// The server's version, and its limits.
    #[derive(Clone, Copy, Debug, SimpleObject)]
    pub struct ServerInfo {
        /// The version of the program.
        version: &'static str,
        /// The largest `first` and `last` of a connection.
        max_page_size: i32,
        /// The largest number of characters in the `query` of a search.
        max_search_characters: i32,
        /// The largest number of words in the `query` of a search.
        max_search_words: i32,
        /// The largest cost of an operation: the number of fields in its response if every page is full.
        max_cost: i32,
        /// The largest number of conditions in a filter.
        max_filter_conditions: i32,
        /// The largest number of videos that one `updateVideos` or `deleteVideos` changes.
        max_bulk_videos: i32,
    }
);

impl From<&DocumentLimits> for ServerInfo {
    fn from(limits: &DocumentLimits) -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION"),
            max_page_size: MAX_LIMIT,
            max_search_characters: as_int(SearchQuery::MAX_CHARACTERS),
            max_search_words: as_int(SearchQuery::MAX_WORDS),
            max_cost: as_int(limits.max_cost),
            max_filter_conditions: as_int(limits.max_filter_conditions),
            max_bulk_videos: as_int(limits.max_bulk),
        }
    }
}

/// A limit as an `Int`, whose largest value stands for all that are larger.
fn as_int(limit: usize) -> i32 {
    i32::try_from(limit).unwrap_or(i32::MAX)
}
