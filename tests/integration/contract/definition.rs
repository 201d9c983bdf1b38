//! What a page of videos must hold, by the definitions alone: [`VideoFilter::matches`] selects and
//! [`VideoOrder::compare`] orders.

use reelgraph::domain::{Page, PageRequest, Video, VideoFilter, VideoOrder, VideoPlace};
use reelgraph::repository::VideoRepository;

/// A filter and an order.
#[derive(Clone, Debug)]
pub struct Selection {
    pub filter: VideoFilter,
    pub order: VideoOrder,
}

impl Selection {
    /// The rows that are selected out of all videos, in order.
    pub fn rows_of(&self, videos: &[Video]) -> Vec<Video> {
        let selected = videos.iter().filter(|video| self.filter.matches(video));
        let mut rows: Vec<Video> = selected.cloned().collect();
        rows.sort_by(|a, b| self.order.compare(&self.order.place_of(a), &self.order.place_of(b)));
        rows
    }

    /// The page of `rows` that a request asks for.
    pub fn page_of(&self, rows: &[Video], request: &PageRequest<VideoPlace>) -> Page<Video> {
        let lies_beyond = |row: &&Video| {
            let is_beyond = |place| {
                let ordering = self.order.compare(&self.order.place_of(row), place);
                if request.is_backward() { ordering.is_lt() } else { ordering.is_gt() }
            };
            request.place().is_none_or(is_beyond)
        };
        let mut beyond: Vec<Video> = rows.iter().filter(lies_beyond).cloned().collect();
        let near_side = beyond.len() < rows.len();
        let far_side = beyond.len() > request.limit();
        if request.is_backward() {
            let items = beyond.split_off(beyond.len().saturating_sub(request.limit()));
            return Page { items, has_previous: far_side, has_next: near_side };
        }
        beyond.truncate(request.limit());
        Page { items: beyond, has_previous: near_side, has_next: far_side }
    }
}

/// Walks over all pages of a selection, forwards and then backwards, and compares each with what
/// it must be, the count included. `limits` are the sizes of the pages, again and again in turn.
///
/// # Errors
/// The first page that is not as it must be, in words.
pub async fn walk(
    store: &dyn VideoRepository,
    selection: &Selection,
    limits: &[usize],
    videos: &[Video],
) -> Result<(), String> {
    let rows = selection.rows_of(videos);
    let count = store.count(&selection.filter).await.unwrap();
    if count != rows.len() as u64 {
        return Err(format!("{count} videos are counted where {} pass", rows.len()));
    }
    let mut limits = limits.iter().cycle().copied();
    let mut next_limit = || limits.next().expect("there is a size of pages");

    let mut after = None;
    loop {
        let request = PageRequest::Forward { limit: next_limit(), after };
        let page = checked_page(store, selection, &request, &rows).await?;
        if !page.has_next {
            break;
        }
        after = page.items.last().map(|video| selection.order.place_of(video));
    }
    let mut before = None;
    loop {
        let request = PageRequest::Backward { limit: next_limit(), before };
        let page = checked_page(store, selection, &request, &rows).await?;
        if !page.has_previous {
            return Ok(());
        }
        before = page.items.first().map(|video| selection.order.place_of(video));
    }
}

/// Asks for a page and compares it with what it must be.
///
/// # Errors
/// What differs, in words.
pub async fn checked_page(
    store: &dyn VideoRepository,
    selection: &Selection,
    request: &PageRequest<VideoPlace>,
    rows: &[Video],
) -> Result<Page<Video>, String> {
    let page = store
        .list(&selection.filter, &selection.order, request)
        .await
        .map_err(|error| format!("{request:?} of {selection:?}: {error:?}"))?;
    let expected = selection.page_of(rows, request);
    if page == expected {
        return Ok(page);
    }
    let shown = |page: &Page<Video>| {
        let ids: Vec<_> = page.items.iter().map(|video| video.id.to_string()).collect();
        format!("{ids:#?}, {} before, {} after", page.has_previous, page.has_next)
    };
    Err(format!(
        "{request:?} of {selection:?}\n gives {}\n where {} must be",
        shown(&page),
        shown(&expected)
    ))
}
