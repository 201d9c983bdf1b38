//! Pages of the past that begin at an offset.

use std::sync::Arc;

use super::listing::Listing;
use super::made::Side;
use super::merge::{Merged, Rest, Stretch};
use super::unchanged::Unchanged;
use crate::domain::{Page, PageRequest, Video};
use crate::repository::RepositoryError;

/// How many rows are rather passed one by one than by another look into the store.
const CLOSE: usize = 200;

/// A row of the present to merge from.
struct Landing<L: Listing> {
    request: PageRequest<L::Place>,
    /// The page that it begins.
    page: Page<L::Row>,
    /// How many of the rows of then are before it.
    then: usize,
    /// How many rows of the past are before it.
    rank: usize,
}

/// What has changed after the place that an offset counts from.
struct Changed<'s, P> {
    after: Option<&'s P>,
    now: &'s [(P, Arc<Video>)],
    then: &'s [(P, Arc<Video>)],
}

impl<L: Listing> Merged<'_, L> {
    /// The page behind `offset` of the rows after a place.
    pub(super) async fn skipping(
        &self,
        limit: usize,
        after: Option<&L::Place>,
        offset: usize,
    ) -> Result<Page<L::Row>, RepositoryError> {
        let now = self.listing.changed(self.since, Side::Now).await?;
        let from = |rows: &[(L::Place, Arc<Video>)]| {
            after.map_or(0, |place| self.rows_to(rows, place, false))
        };
        let changed =
            Changed { after, now: &now[from(&now)..], then: &self.then[from(&self.then)..] };
        let Some(landing) = self.land(&changed, limit, offset).await? else {
            return Ok(Page { has_previous: self.count().await? > 0, ..Page::empty() });
        };
        let first = PageRequest::Forward { limit: limit + 1, after: after.cloned() };
        let mut present = Unchanged::new(self.listing, self.since, first);
        present.take_in(landing.page, &landing.request);
        let rest = Rest::forward(&changed.then[landing.then..]);
        let Stretch { rows, has_more } =
            self.merge(rest, present, offset - landing.rank, limit).await?;
        let has_previous = !rows.is_empty() || has_more || self.count().await? > 0;
        Ok(Page { items: rows, has_previous, has_next: has_more })
    }

    /// A row of the present with at most `offset` rows of the past before it, or few less; none if there are
    /// fewer rows.
    ///
    /// The more rows of the present are passed, the more of the past are. Both numbers differ by what has changed
    /// at most, and often not at all.
    async fn land(
        &self,
        changed: &Changed<'_, L::Place>,
        limit: usize,
        offset: usize,
    ) -> Result<Option<Landing<L>>, RepositoryError> {
        let mut low = offset.saturating_sub(changed.then.len());
        let mut high = offset.saturating_add(changed.now.len()).saturating_add(1);
        let mut passed = offset;
        loop {
            let landing = self.landing(changed, limit, passed).await?;
            match landing.filter(|landing| landing.rank <= offset) {
                Some(landing) if offset - landing.rank <= CLOSE || high - passed <= 1 => {
                    return Ok(Some(landing));
                }
                Some(_) => low = passed,
                None if passed == low => return Ok(None),
                None => high = passed,
            }
            passed = low.midpoint(high);
        }
    }

    async fn landing(
        &self,
        changed: &Changed<'_, L::Place>,
        limit: usize,
        passed: usize,
    ) -> Result<Option<Landing<L>>, RepositoryError> {
        let first = PageRequest::Forward { limit: limit + 1, after: changed.after.cloned() };
        let request = first.skipping(passed);
        let page = self.listing.page(&request).await?;
        if passed == 0 {
            return Ok(Some(Landing { request, page, then: 0, rank: 0 }));
        }
        let Some(row) = page.items.first() else { return Ok(None) };
        let place = self.listing.place(row);
        let then = self.rows_to(changed.then, &place, true);
        let rank = then + passed.saturating_sub(self.rows_to(changed.now, &place, true));
        Ok(Some(Landing { request, page, then, rank }))
    }
}
