//! Pages of lists: the one place that reads paging arguments and shapes connections.

use std::borrow::Cow;
use std::future::Future;

use async_graphql::{Context, Description, Object, OutputType, SimpleObject, TypeName};

use super::cursor::Cursor;
use crate::domain::{Page, PageRequest};
use crate::graphql::Scope;
use crate::graphql::error::ApiError;
use crate::graphql::execution::direct::{AsScalar, Shown, asks_for, direct};
use crate::repository::RepositoryError;

/// How many rows a page has where no number is given.
pub const DEFAULT_LIMIT: i32 = 20;
/// How many rows a page has at most.
pub const MAX_LIMIT: i32 = 100;

/// The arguments that every connection takes.
pub struct PageArgs {
    /// How many rows from the start, or after `after`.
    pub first: Option<i32>,
    /// The cursor that the rows follow.
    pub after: Option<String>,
    /// How many rows up to the end, or up to `before`.
    pub last: Option<i32>,
    /// The cursor that the rows come before.
    pub before: Option<String>,
}

impl PageArgs {
    /// The page that is asked for; `place_of` reads a cursor of this connection.
    ///
    /// # Errors
    /// `BadUserInput` when the arguments ask for both directions or for too much; what `place_of`
    /// fails with.
    pub fn parse<P>(
        self,
        place_of: impl FnOnce(&str) -> Result<P, ApiError>,
    ) -> Result<PageRequest<P>, ApiError> {
        let Self { first, after, last, before } = self;
        let forward = first.map(|_| "first").or(after.as_ref().map(|_| "after"));
        let backward = last.map(|_| "last").or(before.as_ref().map(|_| "before"));
        if let (Some(one), Some(other)) = (forward, backward) {
            return Err(ApiError::BadUserInput(format!(
                "{one} and {other} cannot be given together: \
                 page forward with first and after, or backward with last and before"
            )));
        }
        if backward.is_some() {
            let limit = limit("last", last)?;
            return Ok(PageRequest::Backward {
                limit,
                before: before.as_deref().map(place_of).transpose()?,
            });
        }
        let limit = limit("first", first)?;
        Ok(PageRequest::Forward { limit, after: after.as_deref().map(place_of).transpose()? })
    }
}

/// How many rows are asked for by the argument with this name.
///
/// # Errors
/// `BadUserInput` when it asks for fewer than none or for too many.
pub fn limit(name: &str, given: Option<i32>) -> Result<usize, ApiError> {
    let rows = given.unwrap_or(DEFAULT_LIMIT);
    let limit = usize::try_from(rows).ok().filter(|_| rows <= MAX_LIMIT);
    limit.ok_or_else(|| {
        ApiError::BadUserInput(format!("{name} must be from 0 to {MAX_LIMIT}, not {rows}"))
    })
}

/// The page that `read` reads, where it is shown: who asks for `totalCount` alone does not wait for
/// rows, which with a filter may be far apart.
///
/// # Errors
/// Those of `read`.
pub async fn page_if_shown<T>(
    ctx: &Context<'_>,
    read: impl Future<Output = Result<Page<T>, RepositoryError>>,
) -> Result<Page<T>, ApiError> {
    if shows_page(ctx) { Ok(read.await?) } else { Ok(Page::empty()) }
}

/// Whether something of a page is selected, and not `totalCount` alone.
pub fn shows_page(ctx: &Context<'_>) -> bool {
    ["edges", "nodes", "pageInfo"].iter().any(|name| asks_for(ctx, name))
}

/// What can be listed in pages.
pub trait Listed: Send + Sync + Sized + 'static {
    /// What the names of the connection's types begin with in the schema.
    const NAME: &'static str;
    /// What a list of these is a list of, and in which order.
    type Listing: Send + Sync;
    /// What a row shows.
    type Node: OutputType + Shown;
    /// A row with its place: an [`Edge`], where a place is all that it has besides.
    type Edge<'a>: OutputType + Shown + From<Edge<'a, Self>>;

    /// What this row shows.
    fn node(&self) -> &Self::Node;

    /// Where this stands in a list.
    fn cursor<'a>(&self, listing: &'a Self::Listing) -> Cursor<'a>;

    /// How many rows a list has, on all pages together.
    fn count(
        scope: &Scope,
        listing: &Self::Listing,
    ) -> impl Future<Output = Result<u64, ApiError>> + Send;
}

/// A page of a list.
#[derive(Description)]
pub struct Connection<R: Listed> {
    listing: R::Listing,
    page: Page<R>,
}

direct!(
    #[Object(name_type, use_type_description)]
    impl<R: Listed> Connection<R> {
        /// The rows of this page, each with its place in the list.
        fn edges(&self) -> Vec<R::Edge<'_>> {
            let listing = &self.listing;
            let edge = |row| Edge { row, listing: Listing::Of(listing) };
            self.page.items.iter().map(|row| edge(row).into()).collect()
        }

        /// The rows of this page.
        fn nodes(&self) -> Vec<&R::Node> {
            self.page.items.iter().map(R::node).collect()
        }

        /// Where this page lies in the list.
        fn page_info(&self) -> PageInfo<'_> {
            let cursor = |row: Option<&R>| row.map(|row| AsScalar(row.cursor(&self.listing)));
            PageInfo {
                has_next_page: self.page.has_next,
                has_previous_page: self.page.has_previous,
                start_cursor: cursor(self.page.items.first()),
                end_cursor: cursor(self.page.items.last()),
            }
        }

        /// How many match, on all pages together.
        async fn total_count(&self, ctx: &Context<'_>) -> Result<i32, ApiError> {
            let count = R::count(Scope::of(ctx), &self.listing).await?;
            i32::try_from(count).map_err(ApiError::internal)
        }
    }
);

impl<R: Listed> TypeName for Connection<R> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Connection", R::NAME).into()
    }
}

impl<R: Listed> Connection<R> {
    /// A page of a list.
    pub fn new(listing: R::Listing, page: Page<R>) -> Self {
        Self { listing, page }
    }
}

/// A row of a page, and its place in the list.
#[derive(Description)]
pub struct Edge<'a, R: Listed> {
    /// The row.
    pub row: &'a R,
    /// The list that it stands in.
    pub listing: Listing<'a, R::Listing>,
}

/// The list that a row stands in.
pub enum Listing<'a, L> {
    /// That of a page.
    Of(&'a L),
    /// One of which there is no page.
    Own(Box<L>),
}

impl<L> Listing<'_, L> {
    /// The list.
    pub fn get(&self) -> &L {
        match self {
            Self::Of(listing) => listing,
            Self::Own(listing) => listing,
        }
    }
}

direct!(
    #[Object(name_type, use_type_description)]
    impl<R: Listed> Edge<'_, R> {
        /// The row's place in the list, for `after` and `before`. It stays good when the row is gone.
        fn cursor(&self) -> AsScalar<Cursor<'_>> {
            AsScalar(self.row.cursor(self.listing.get()))
        }

        /// The row itself.
        fn node(&self) -> &R::Node {
            self.row.node()
        }
    }
);

impl<R: Listed> TypeName for Edge<'_, R> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Edge", R::NAME).into()
    }
}

direct!(
    /// Where a page lies in its list.
    #[derive(SimpleObject)]
    pub struct PageInfo<'a> {
        /// Whether a row comes after the last one of this page.
        has_next_page: bool,
        /// Whether a row comes before the first one of this page.
        has_previous_page: bool,
        /// The place of this page's first row; null when the page is empty.
        start_cursor: Option<AsScalar<Cursor<'a>>>,
        /// The place of this page's last row; null when the page is empty.
        end_cursor: Option<AsScalar<Cursor<'a>>>,
    }
);
