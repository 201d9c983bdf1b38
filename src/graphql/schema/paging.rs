//! The arguments of pages, and what a page is asked for.

use std::future::Future;

use async_graphql::Context;

use super::list_size::ListSize;
use crate::domain::{Page, PageRequest};
use crate::graphql::error::ApiError;
use crate::graphql::execution::direct::asks_for;
use crate::graphql::execution::scans::Looks;
use crate::repository::RepositoryError;

/// The default page size.
pub const DEFAULT_LIMIT: i32 = 20;
/// The maximum page size.
pub const MAX_LIMIT: i32 = 100;
/// The size of every page.
pub const PAGE: ListSize = ListSize::First(MAX_LIMIT);
/// The maximum number of rows to skip.
const MAX_OFFSET: i32 = 10_000_000;

/// The arguments of every connection.
pub struct PageArgs {
    /// Page size, forward from the start or from `after`.
    pub first: Option<i32>,
    /// The cursor that the rows follow.
    pub after: Option<String>,
    /// Page size, backward from the end or from `before`.
    pub last: Option<i32>,
    /// The cursor that the rows precede.
    pub before: Option<String>,
}

impl PageArgs {
    /// The requested page; `place_of` reads a cursor of this connection.
    ///
    /// # Errors
    /// `BadUserInput` when the arguments combine both directions or exceed the limit; errors of
    /// `place_of`.
    pub fn parse<P>(
        self,
        place_of: impl FnOnce(&str) -> Result<P, ApiError>,
    ) -> Result<PageRequest<P>, ApiError> {
        let Self { first, after, last, before } = self;
        let forward = first.map(|_| "first").or(after.as_ref().map(|_| "after"));
        let backward = last.map(|_| "last").or(before.as_ref().map(|_| "before"));
        if let (Some(one), Some(other)) = (forward, backward) {
            return Err(ApiError::BadUserInput(format!(
                "{one} and {other} cannot be combined: page forward with first and after, or \
                 backward with last and before"
            )));
        }
        if backward.is_some() {
            let limit = PAGE.limit("last", last.unwrap_or(DEFAULT_LIMIT))?;
            return Ok(PageRequest::Backward {
                limit,
                before: before.as_deref().map(place_of).transpose()?,
            });
        }
        let limit = PAGE.limit("first", first.unwrap_or(DEFAULT_LIMIT))?;
        Ok(PageRequest::Forward { limit, after: after.as_deref().map(place_of).transpose()? })
    }
}

impl PageArgs {
    /// The requested page, without as many rows as the argument `offset` says.
    ///
    /// # Errors
    /// Those of [`parse`](Self::parse); `BadUserInput` when the offset is too large, or the page is to be
    /// taken from the end.
    pub fn parse_with_offset<P>(
        self,
        offset: Option<i32>,
        place_of: impl FnOnce(&str) -> Result<P, ApiError>,
    ) -> Result<PageRequest<P>, ApiError> {
        let Some(rows) = offset else { return self.parse(place_of) };
        let backward = self.last.map(|_| "last").or(self.before.as_ref().map(|_| "before"));
        if let Some(name) = backward {
            return Err(ApiError::BadUserInput(format!(
                "offset and {name} cannot be combined: skip rows forward, from the start or from after"
            )));
        }
        let offset = usize::try_from(rows).ok().filter(|_| rows <= MAX_OFFSET);
        let offset = offset.ok_or_else(|| {
            ApiError::BadUserInput(format!("offset must be from 0 to {MAX_OFFSET}, not {rows}"))
        })?;
        Ok(self.parse(place_of)?.skipping(offset))
    }
}

/// The page from `read`, if it is selected: requests for `totalCount` alone do not wait for rows,
/// which can be far apart with a filter.
///
/// # Errors
/// Those of `read`.
pub async fn page_if_shown<T>(
    ctx: &Context<'_>,
    read: impl Future<Output = Result<Page<T>, RepositoryError>>,
) -> Result<Page<T>, ApiError> {
    if shows_page(ctx) { Ok(read.await?) } else { Ok(Page::empty()) }
}

/// What the field of this context selects of a list.
pub fn looks(ctx: &Context<'_>) -> Looks {
    let [count, start] = ["totalCount", "startIndex"].map(|name| asks_for(ctx, name));
    Looks { page: shows_page(ctx), count, start, skipped: 0 }
}

/// Whether a page is selected, and not just `totalCount`.
pub fn shows_page(ctx: &Context<'_>) -> bool {
    ["edges", "nodes", "pageInfo"].iter().any(|name| asks_for(ctx, name))
}
