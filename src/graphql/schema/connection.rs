//! Pages of lists: the one place that shapes connections.

use std::borrow::Cow;
use std::future::Future;

use async_graphql::{Context, Description, Object, OutputType, SimpleObject, TypeName};

use super::cursor::Cursor;
use super::scope::Scope;
use crate::domain::{LogPosition, Page, PageRequest};
use crate::graphql::error::ApiError;
use crate::graphql::execution::direct::{LazyScalar, WriteJson, direct};

/// What can be listed in pages.
pub trait Listed: Send + Sync + Sized + 'static {
    /// The prefix of the connection's type names in the schema.
    const NAME: &'static str;
    /// Which list it is, and in which order.
    type Listing: Send + Sync;
    /// The type of a row.
    type Node: OutputType + WriteJson;
    /// A row with its cursor: an [`Edge`], unless there is more to it.
    type Edge<'a>: OutputType + WriteJson + From<Edge<'a, Self>>;

    /// This row's value.
    fn node(&self) -> &Self::Node;

    /// The position of this row in a list.
    fn cursor<'a>(&self, listing: &'a Self::Listing) -> Cursor<'a>;
}

/// What can be listed in pages, and counted.
pub trait Counted: Listed {
    /// The number of rows in a list, on all pages together.
    fn count(
        scope: &Scope,
        listing: &Self::Listing,
    ) -> impl Future<Output = Result<u64, ApiError>> + Send;
}

/// What can be listed in pages whose rows have numbers.
pub trait Indexed: Counted {
    /// A position in a list.
    type Position: Send + Sync;

    /// The number of rows in a list before a page.
    fn start(
        scope: &Scope,
        listing: &Self::Listing,
        page: &PageRequest<Self::Position>,
    ) -> impl Future<Output = Result<u64, ApiError>> + Send;
}

/// A page of results.
#[derive(Description)]
pub struct Connection<R: Listed> {
    listing: R::Listing,
    page: Page<R>,
    /// The end of the log at the moment of the page, unless it is that of the request.
    end_of_log: Option<LogPosition>,
}

direct!(
    #[Object(name_type, use_type_description)]
    impl<R: Counted> Connection<R> {
        /// The items on this page, each with its cursor.
        fn edges(&self) -> Vec<R::Edge<'_>> {
            self.all_edges()
        }

        /// The items on this page.
        fn nodes(&self) -> Vec<&R::Node> {
            self.all_nodes()
        }

        /// Pagination details.
        fn page_info(&self) -> PageInfo<'_> {
            self.info()
        }

        /// How many match, on all pages together.
        async fn total_count(&self, ctx: &Context<'_>) -> Result<i32, ApiError> {
            self.count(ctx).await
        }

        /// The newest change's place in the same snapshot as the page: replay events after it, skip those before.
        async fn changes_cursor(&self, ctx: &Context<'_>) -> Result<String, ApiError> {
            self.cursor_of_changes(ctx).await
        }
    }
);

/// A page of results.
#[derive(Description)]
pub struct IndexedConnection<R: Indexed> {
    page: Connection<R>,
    request: PageRequest<R::Position>,
}

direct!(
    #[Object(name_type, use_type_description)]
    impl<R: Indexed> IndexedConnection<R> {
        /// The items on this page, each with its cursor.
        fn edges(&self) -> Vec<R::Edge<'_>> {
            self.page.all_edges()
        }

        /// The items on this page.
        fn nodes(&self) -> Vec<&R::Node> {
            self.page.all_nodes()
        }

        /// Pagination details.
        fn page_info(&self) -> PageInfo<'_> {
            self.page.info()
        }

        /// How many match, on all pages together.
        async fn total_count(&self, ctx: &Context<'_>) -> Result<i32, ApiError> {
            self.page.count(ctx).await
        }

        /// How many rows of the list come before the first one of this page; on an empty page, before the place where it
        /// would stand, `totalCount` at most. Counted only where it is asked for.
        async fn start_index(&self, ctx: &Context<'_>) -> Result<i32, ApiError> {
            self.start(ctx).await
        }

        /// The newest change's place in the same snapshot as the page: replay events after it, skip those before.
        async fn changes_cursor(&self, ctx: &Context<'_>) -> Result<String, ApiError> {
            self.page.cursor_of_changes(ctx).await
        }
    }
);

/// A page of results.
#[derive(Description)]
pub struct StateConnection<R: Listed>(Connection<R>);

direct!(
    #[Object(name_type, use_type_description)]
    impl<R: Counted> StateConnection<R> {
        /// The items on this page, each with its cursor.
        fn edges(&self) -> Vec<R::Edge<'_>> {
            self.0.all_edges()
        }

        /// The items on this page.
        fn nodes(&self) -> Vec<&R::Node> {
            self.0.all_nodes()
        }

        /// Pagination details.
        fn page_info(&self) -> PageInfo<'_> {
            self.0.info()
        }

        /// How many match, on all pages together.
        async fn total_count(&self, ctx: &Context<'_>) -> Result<i32, ApiError> {
            self.0.count(ctx).await
        }
    }
);

/// A page of results.
#[derive(Description)]
pub struct ForwardConnection<R: Listed>(Connection<R>);

direct!(
    #[Object(name_type, use_type_description)]
    impl<R: Listed> ForwardConnection<R> {
        /// The items on this page, each with its cursor.
        fn edges(&self) -> Vec<R::Edge<'_>> {
            self.0.all_edges()
        }

        /// The items on this page.
        fn nodes(&self) -> Vec<&R::Node> {
            self.0.all_nodes()
        }

        /// Pagination details.
        fn page_info(&self) -> PageInfo<'_> {
            self.0.info()
        }
    }
);

/// A page of results.
#[derive(Description)]
pub struct PastConnection<R: Indexed>(IndexedConnection<R>);

direct!(
    #[Object(name_type, use_type_description)]
    impl<R: Indexed> PastConnection<R> {
        /// The items on this page, each with its cursor.
        fn edges(&self) -> Vec<R::Edge<'_>> {
            self.0.page.all_edges()
        }

        /// The items on this page.
        fn nodes(&self) -> Vec<&R::Node> {
            self.0.page.all_nodes()
        }

        /// Pagination details.
        fn page_info(&self) -> PageInfo<'_> {
            self.0.page.info()
        }

        /// How many matched, on all pages together.
        async fn total_count(&self, ctx: &Context<'_>) -> Result<i32, ApiError> {
            self.0.page.count(ctx).await
        }

        /// How many rows of the list come before the first one of this page. Counted only where it is asked for.
        async fn start_index(&self, ctx: &Context<'_>) -> Result<i32, ApiError> {
            self.0.start(ctx).await
        }
    }
);

impl<R: Indexed> TypeName for PastConnection<R> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Connection", R::NAME).into()
    }
}

impl<R: Indexed> PastConnection<R> {
    /// A page of a moment, whose own cursor is the moment's.
    pub fn new(listing: R::Listing, request: PageRequest<R::Position>, page: Page<R>) -> Self {
        Self(IndexedConnection::new(listing, request, page))
    }
}

impl<R: Listed> TypeName for ForwardConnection<R> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Connection", R::NAME).into()
    }
}

impl<R: Listed> ForwardConnection<R> {
    /// A page of what is only paged forwards, and not counted.
    pub fn new(listing: R::Listing, page: Page<R>) -> Self {
        Self(Connection::new(listing, page))
    }
}

impl<R: Listed> TypeName for StateConnection<R> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Connection", R::NAME).into()
    }
}

impl<R: Listed> StateConnection<R> {
    /// A page of what is not in the log, so that no place in that belongs to it.
    pub fn new(listing: R::Listing, page: Page<R>) -> Self {
        Self(Connection::new(listing, page))
    }
}

impl<R: Indexed> TypeName for IndexedConnection<R> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Connection", R::NAME).into()
    }
}

impl<R: Indexed> IndexedConnection<R> {
    /// The page of results that was requested.
    pub fn new(listing: R::Listing, request: PageRequest<R::Position>, page: Page<R>) -> Self {
        Self { page: Connection::new(listing, page), request }
    }

    async fn start(&self, ctx: &Context<'_>) -> Result<i32, ApiError> {
        number(R::start(Scope::of(ctx), &self.page.listing, &self.request).await?)
    }
}

fn number(count: u64) -> Result<i32, ApiError> {
    i32::try_from(count).map_err(ApiError::internal)
}

impl<R: Listed> TypeName for Connection<R> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Connection", R::NAME).into()
    }
}

impl<R: Listed> Connection<R> {
    /// A page of results.
    pub fn new(listing: R::Listing, page: Page<R>) -> Self {
        Self { listing, page, end_of_log: None }
    }

    /// A page of results of a moment of its own, at which the log had this end.
    pub fn at(end_of_log: LogPosition, listing: R::Listing, page: Page<R>) -> Self {
        Self { listing, page, end_of_log: Some(end_of_log) }
    }

    fn all_edges(&self) -> Vec<R::Edge<'_>> {
        let listing = &self.listing;
        let edge = |row| Edge { row, listing: Listing::Of(listing) };
        self.page.items.iter().map(|row| edge(row).into()).collect()
    }

    fn all_nodes(&self) -> Vec<&R::Node> {
        self.page.items.iter().map(R::node).collect()
    }

    fn info(&self) -> PageInfo<'_> {
        let cursor = |row: Option<&R>| row.map(|row| LazyScalar(row.cursor(&self.listing)));
        PageInfo {
            has_next_page: self.page.has_next,
            has_previous_page: self.page.has_previous,
            start_cursor: cursor(self.page.items.first()),
            end_cursor: cursor(self.page.items.last()),
        }
    }

    async fn cursor_of_changes(&self, ctx: &Context<'_>) -> Result<String, ApiError> {
        let place = match self.end_of_log {
            Some(end) => end,
            None => Scope::of(ctx).end_of_log().await?,
        };
        Ok(Cursor::Changes { place }.encode())
    }
}

impl<R: Counted> Connection<R> {
    async fn count(&self, ctx: &Context<'_>) -> Result<i32, ApiError> {
        number(R::count(Scope::of(ctx), &self.listing).await?)
    }
}

/// An item and its cursor.
#[derive(Description)]
pub struct Edge<'a, R: Listed> {
    /// The row.
    pub row: &'a R,
    /// The list that it belongs to.
    pub listing: Listing<'a, R::Listing>,
}

/// The list that a row belongs to.
pub enum Listing<'a, L> {
    /// That of a page.
    Of(&'a L),
    /// A list without a page.
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
        /// Cursor for `after` and `before`. It stays valid after the item has been deleted.
        fn cursor(&self) -> LazyScalar<Cursor<'_>> {
            LazyScalar(self.row.cursor(self.listing.get()))
        }

        /// The item.
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
    /// Pagination details of a page.
    #[derive(SimpleObject)]
    pub struct PageInfo<'a> {
        /// Whether there are items after this page.
        has_next_page: bool,
        /// Whether there are items before this page.
        has_previous_page: bool,
        /// Cursor of the first item; null if the page is empty.
        start_cursor: Option<LazyScalar<Cursor<'a>>>,
        /// Cursor of the last item; null if the page is empty.
        end_cursor: Option<LazyScalar<Cursor<'a>>>,
    }
);
