//! The texts of searches.

use crate::domain::SearchQuery;
use crate::graphql::error::ApiError;

/// Parses the argument `query`.
///
/// # Errors
/// `BadUserInput` when it is too long.
pub fn search_query(text: &str) -> Result<SearchQuery, ApiError> {
    SearchQuery::parse(text).map_err(|too_long| ApiError::BadUserInput(format!("query {too_long}")))
}
