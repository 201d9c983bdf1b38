//! Rows of a list of the present whose videos have not changed since a moment.

use std::collections::VecDeque;

use super::listing::Listing;
use super::since::Since;
use crate::domain::{Page, PageRequest};
use crate::repository::RepositoryError;

/// How many times as many rows each page has as the one before it.
const GROWTH: usize = 4;
/// The maximum number of rows of a page.
const MOST: usize = 2000;

/// These rows, one after another, from a place on in one direction. They are read page by page: where few
/// rows remain of a page, the next one is larger.
pub struct Unchanged<'a, L: Listing> {
    listing: &'a L,
    since: &'a Since,
    next: Option<PageRequest<L::Place>>,
    rows: VecDeque<L::Row>,
}

impl<'a, L: Listing> Unchanged<'a, L> {
    /// Those of this page, and of all behind it in its direction.
    pub fn new(listing: &'a L, since: &'a Since, first: PageRequest<L::Place>) -> Self {
        Self { listing, since, next: Some(first), rows: VecDeque::new() }
    }

    /// The next row; none at the end.
    pub async fn next(&mut self) -> Result<Option<L::Row>, RepositoryError> {
        loop {
            if let Some(row) = self.rows.pop_front() {
                return Ok(Some(row));
            }
            let Some(request) = self.next.take() else { return Ok(None) };
            let page = self.listing.page(&request).await?;
            self.take_in(page, &request);
        }
    }

    /// Takes in a page that was read, which it was to begin with.
    pub fn take_in(&mut self, page: Page<L::Row>, request: &PageRequest<L::Place>) {
        let limit = request.limit().max(1).saturating_mul(GROWTH).min(MOST);
        let is_backward = request.is_backward();
        let (has_more, last) = match is_backward {
            true => (page.has_previous, page.items.first()),
            false => (page.has_next, page.items.last()),
        };
        let place = last.filter(|_| has_more).map(|row| self.listing.place(row));
        self.next = place.map(|place| match is_backward {
            true => PageRequest::Backward { limit, before: Some(place) },
            false => PageRequest::Forward { limit, after: Some(place) },
        });
        let is_unchanged = |row: &L::Row| !self.since.has_changed(self.listing.video(row).id);
        self.rows.extend(page.items.into_iter().filter(is_unchanged));
        if is_backward {
            self.rows.make_contiguous().reverse();
        }
    }
}
