//! What a page must hold, by the definitions alone: [`VideoFilter::matches`] and
//! [`SearchQuery::tier`] select, [`VideoOrder::compare`] and the order of [`SearchPosition`] order.

use std::cmp::Ordering;
use std::fmt::Debug;

use reelgraph::domain::{
    Page, PageRequest, SearchPosition, SearchQuery, SortPosition, Video, VideoFilter, VideoOrder,
};
use reelgraph::repository::{RepositoryError, SearchHit, VideoRepository};

use crate::support::filters::is_match;

/// A list that is defined by the library's functions.
pub trait Defined: Debug {
    type Row: Clone + PartialEq;
    type Place: Debug;

    /// The rows out of all videos, in order.
    fn rows_of(&self, videos: &[Video]) -> Vec<Self::Row>;

    /// Where a row stands.
    fn place_of(&self, row: &Self::Row) -> Self::Place;

    /// How two places lie to one another.
    fn compare(&self, a: &Self::Place, b: &Self::Place) -> Ordering;

    /// The page that a store gives.
    async fn list(
        &self,
        store: &dyn VideoRepository,
        page: &PageRequest<Self::Place>,
    ) -> Result<Page<Self::Row>, RepositoryError>;

    /// The number of rows before a page that a store gives; None if stores do not count them.
    async fn start(
        &self,
        store: &dyn VideoRepository,
        page: &PageRequest<Self::Place>,
    ) -> Result<Option<u64>, RepositoryError>;

    /// The number of rows that a store gives.
    async fn count(&self, store: &dyn VideoRepository) -> Result<u64, RepositoryError>;

    /// A row in a failure.
    fn shown(row: &Self::Row) -> String;

    /// The page of `rows` that a request asks for.
    fn page_of(&self, rows: &[Self::Row], request: &PageRequest<Self::Place>) -> Page<Self::Row> {
        let lies_beyond = |row: &&Self::Row| {
            let is_beyond = |place| {
                let ordering = self.compare(&self.place_of(row), place);
                if request.is_backward() { ordering.is_lt() } else { ordering.is_gt() }
            };
            request.place().is_none_or(is_beyond)
        };
        let mut beyond: Vec<Self::Row> = rows.iter().filter(lies_beyond).cloned().collect();
        beyond.drain(..request.offset().min(beyond.len()));
        let near_side = beyond.len() < rows.len();
        let far_side = beyond.len() > request.limit();
        if request.is_backward() {
            let items = beyond.split_off(beyond.len().saturating_sub(request.limit()));
            return Page { items, has_previous: far_side, has_next: near_side };
        }
        beyond.truncate(request.limit());
        Page { items: beyond, has_previous: near_side, has_next: far_side }
    }

    /// The number of rows before the first one of a page; before the place where that would stand, if the page
    /// is empty.
    fn start_of(
        &self,
        rows: &[Self::Row],
        request: &PageRequest<Self::Place>,
        page: &Page<Self::Row>,
    ) -> usize {
        if let Some(first) = page.items.first() {
            return rows.iter().position(|row| row == first).expect("a row of the list");
        }
        let lies_before = |row: &&Self::Row| {
            request.place().is_none_or(|place| {
                let ordering = self.compare(&self.place_of(row), place);
                ordering.is_lt() || ordering.is_eq() && !request.is_backward()
            })
        };
        let before = rows.iter().filter(lies_before).count();
        match (request.place(), request.is_backward()) {
            (None, false) => request.offset().min(rows.len()),
            (_, false) => before.saturating_add(request.offset()).min(rows.len()),
            (_, true) => before,
        }
    }
}

/// A filter and an order.
#[derive(Clone, Debug)]
pub struct Selection {
    pub filter: VideoFilter,
    pub order: VideoOrder,
}

impl Defined for Selection {
    type Row = Video;
    type Place = SortPosition;

    fn rows_of(&self, videos: &[Video]) -> Vec<Video> {
        let selected = videos.iter().filter(|video| is_match(&self.filter, video));
        let mut rows: Vec<Video> = selected.cloned().collect();
        rows.sort_by(|a, b| self.compare(&self.place_of(a), &self.place_of(b)));
        rows
    }

    fn place_of(&self, row: &Video) -> SortPosition {
        self.order.place_of(row)
    }

    fn compare(&self, a: &SortPosition, b: &SortPosition) -> Ordering {
        self.order.compare(a, b)
    }

    async fn list(
        &self,
        store: &dyn VideoRepository,
        page: &PageRequest<SortPosition>,
    ) -> Result<Page<Video>, RepositoryError> {
        store.list(&self.filter, &self.order, page).await
    }

    async fn start(
        &self,
        store: &dyn VideoRepository,
        page: &PageRequest<SortPosition>,
    ) -> Result<Option<u64>, RepositoryError> {
        store.rows_before(&self.filter, &self.order, page).await.map(Some)
    }

    async fn count(&self, store: &dyn VideoRepository) -> Result<u64, RepositoryError> {
        store.count(&self.filter).await
    }

    fn shown(row: &Video) -> String {
        row.id.to_string()
    }
}

/// A query and a filter.
#[derive(Clone, Debug)]
pub struct Search {
    pub query: SearchQuery,
    pub filter: VideoFilter,
}

impl Search {
    /// A search of the whole library.
    pub fn for_text(query: &str) -> Self {
        let query = SearchQuery::parse(query).unwrap();
        Self { query, filter: VideoFilter::everything() }
    }
}

impl Defined for Search {
    type Row = SearchHit;
    type Place = SearchPosition;

    fn rows_of(&self, videos: &[Video]) -> Vec<SearchHit> {
        let hit = |video: &Video| {
            let tier = self.query.rank(&video.values)?;
            Some(SearchHit { video: video.clone(), tier })
        };
        let selected = videos.iter().filter(|video| is_match(&self.filter, video));
        let mut rows: Vec<SearchHit> = selected.filter_map(hit).collect();
        rows.sort_by_key(SearchHit::place);
        rows
    }

    fn place_of(&self, row: &SearchHit) -> SearchPosition {
        row.place()
    }

    fn compare(&self, a: &SearchPosition, b: &SearchPosition) -> Ordering {
        a.cmp(b)
    }

    async fn list(
        &self,
        store: &dyn VideoRepository,
        page: &PageRequest<SearchPosition>,
    ) -> Result<Page<SearchHit>, RepositoryError> {
        store.search(&self.query, &self.filter, page).await
    }

    async fn start(
        &self,
        store: &dyn VideoRepository,
        page: &PageRequest<SearchPosition>,
    ) -> Result<Option<u64>, RepositoryError> {
        store.hits_before(&self.query, &self.filter, page).await.map(Some)
    }

    async fn count(&self, store: &dyn VideoRepository) -> Result<u64, RepositoryError> {
        store.count_found(&self.query, &self.filter).await
    }

    fn shown(row: &SearchHit) -> String {
        let (id, tier) = (row.video.id, row.tier);
        format!("{id} {tier:?} {}", row.video.values.path)
    }
}

/// Walks over all pages of a list, forwards and then backwards, and compares each with what it
/// must be, the count included. `limits` are the sizes of the pages, again and again in turn.
///
/// # Errors
/// The first page that is not as it must be, in words.
pub async fn walk<D: Defined>(
    store: &dyn VideoRepository,
    list: &D,
    limits: &[usize],
    videos: &[Video],
) -> Result<(), String> {
    let rows = list.rows_of(videos);
    let count =
        list.count(store).await.map_err(|error| format!("the count of {list:?}: {error:?}"))?;
    if count != rows.len() as u64 {
        return Err(format!("{list:?}\n counts {count} where there are {}", rows.len()));
    }
    let mut limits = limits.iter().cycle().copied();
    let mut next_limit = || limits.next().expect("there is a size of pages");

    let mut after = None;
    loop {
        let request = PageRequest::Forward { limit: next_limit(), after };
        let page = checked_page(store, list, &request, &rows).await?;
        if !page.has_next {
            break;
        }
        after = page.items.last().map(|row| list.place_of(row));
    }
    let mut before = None;
    loop {
        let request = PageRequest::Backward { limit: next_limit(), before };
        let page = checked_page(store, list, &request, &rows).await?;
        if !page.has_previous {
            return Ok(());
        }
        before = page.items.first().map(|row| list.place_of(row));
    }
}

/// Asks for a page and compares it with what it must be.
///
/// # Errors
/// What differs, in words.
pub async fn checked_page<D: Defined>(
    store: &dyn VideoRepository,
    list: &D,
    request: &PageRequest<D::Place>,
    rows: &[D::Row],
) -> Result<Page<D::Row>, String> {
    let page = list
        .list(store, request)
        .await
        .map_err(|error| format!("{request:?} of {list:?}: {error:?}"))?;
    let expected = list.page_of(rows, request);
    if page == expected {
        let start = list.start(store, request).await;
        let start = start.map_err(|error| format!("the start of {request:?}: {error:?}"))?;
        let expected = list.start_of(rows, request, &page);
        return match start {
            Some(start) if start != expected as u64 => {
                Err(format!("{request:?} of {list:?}\n starts at {start}, not {expected}"))
            }
            _ => Ok(page),
        };
    }
    let shown = |page: &Page<D::Row>| {
        let rows: Vec<_> = page.items.iter().map(D::shown).collect();
        format!("{rows:#?}, {} before, {} after", page.has_previous, page.has_next)
    };
    Err(format!(
        "{request:?} of {list:?}\n gives {}\n where {} must be",
        shown(&page),
        shown(&expected)
    ))
}
