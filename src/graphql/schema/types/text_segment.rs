//! Texts in segments, as the API shows them.

use async_graphql::SimpleObject;

use crate::domain::search;
use crate::graphql::execution::direct::direct;

direct!(
    /// A part of a text, and whether a search matches it.
    #[derive(SimpleObject)]
    pub struct TextSegment<'a> {
        /// The part as it is in the text; never empty.
        text: &'a str,
        /// Whether the search matches it.
        is_match: bool,
    }
);

impl<'a> From<search::TextSegment<'a>> for TextSegment<'a> {
    fn from(search::TextSegment { text, is_match }: search::TextSegment<'a>) -> Self {
        Self { text, is_match }
    }
}
