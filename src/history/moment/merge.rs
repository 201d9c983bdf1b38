//! Lists of the past: rows of the present that have not changed, merged with those that have, as they were.

use std::sync::Arc;

use super::listing::Listing;
use super::made::{Side, Sorted};
use super::since::Since;
use super::unchanged::Unchanged;
use crate::domain::{Page, PageRequest, Video};
use crate::repository::RepositoryError;

/// A list as it was.
pub struct Merged<'a, L: Listing> {
    pub(super) listing: &'a L,
    pub(super) since: &'a Arc<Since>,
    /// The videos that have changed and were in it.
    pub(super) then: Arc<Sorted<L::Place>>,
}

/// Rows, and whether more follow in their direction.
pub(super) struct Stretch<R> {
    pub rows: Vec<R>,
    pub has_more: bool,
}

/// Rows of then that are still to be merged.
pub(super) struct Rest<'t, P> {
    rows: &'t [(P, Arc<Video>)],
    is_backward: bool,
}

impl<'t, P> Rest<'t, P> {
    pub fn forward(rows: &'t [(P, Arc<Video>)]) -> Self {
        Self { rows, is_backward: false }
    }

    pub fn backward(rows: &'t [(P, Arc<Video>)]) -> Self {
        Self { rows, is_backward: true }
    }

    fn first(&self) -> Option<&'t (P, Arc<Video>)> {
        if self.is_backward { self.rows.last() } else { self.rows.first() }
    }

    fn take(&mut self) -> Option<&'t (P, Arc<Video>)> {
        let (row, rest) =
            if self.is_backward { self.rows.split_last() } else { self.rows.split_first() }?;
        self.rows = rest;
        Some(row)
    }
}

impl<'a, L: Listing> Merged<'a, L> {
    /// What `listing` was before what has changed since.
    pub async fn of(listing: &'a L, since: &'a Arc<Since>) -> Result<Self, RepositoryError> {
        let then = listing.changed(since, Side::Then).await?;
        Ok(Self { listing, since, then })
    }

    /// A page of it.
    pub async fn page(
        &self,
        request: &PageRequest<L::Place>,
    ) -> Result<Page<L::Row>, RepositoryError> {
        match request {
            PageRequest::Forward { limit, after } => self.forward(*limit, after.as_ref()).await,
            PageRequest::Backward { limit, before } => self.backward(*limit, before.as_ref()).await,
            PageRequest::Offset { limit, after, offset } => {
                self.skipping(*limit, after.as_ref(), *offset).await
            }
        }
    }

    /// The number of its rows before a page.
    pub async fn start(&self, request: &PageRequest<L::Place>) -> Result<u64, RepositoryError> {
        let up_to = match request.place() {
            None if request.is_backward() => self.count().await?,
            None => 0,
            Some(place) => self.rows_up_to(place, request.is_backward()).await?,
        };
        let total = if request.offset() > 0 { self.count().await? } else { up_to };
        request.start(up_to, || Ok(total))
    }

    /// The number of its rows.
    pub async fn count(&self) -> Result<u64, RepositoryError> {
        let now = self.listing.changed(self.since, Side::Now).await?;
        let present = self.listing.count().await?;
        Ok(present.saturating_sub(now.len() as u64) + self.then.len() as u64)
    }

    async fn forward(
        &self,
        limit: usize,
        after: Option<&L::Place>,
    ) -> Result<Page<L::Row>, RepositoryError> {
        let begin = after.map_or(0, |place| self.rows_to(&self.then, place, false));
        let first = PageRequest::Forward { limit: limit + 1, after: after.cloned() };
        let present = Unchanged::new(self.listing, self.since, first);
        let Stretch { rows, has_more } =
            self.merge(Rest::forward(&self.then[begin..]), present, 0, limit).await?;
        let has_previous = match after {
            Some(place) => self.has_up_to(begin, place).await?,
            None => false,
        };
        Ok(Page { items: rows, has_previous, has_next: has_more })
    }

    async fn backward(
        &self,
        limit: usize,
        before: Option<&L::Place>,
    ) -> Result<Page<L::Row>, RepositoryError> {
        let len = self.then.len();
        let end = before.map_or(len, |place| self.rows_to(&self.then, place, true));
        let first = PageRequest::Backward { limit: limit + 1, before: before.cloned() };
        let present = Unchanged::new(self.listing, self.since, first);
        let Stretch { mut rows, has_more } =
            self.merge(Rest::backward(&self.then[..end]), present, 0, limit).await?;
        rows.reverse();
        let has_next = match before {
            Some(place) => self.has_from(end, place).await?,
            None => false,
        };
        Ok(Page { items: rows, has_previous: has_more, has_next })
    }

    /// The rows behind the first `skipped` in one direction.
    pub(super) async fn merge(
        &self,
        mut then: Rest<'_, L::Place>,
        mut present: Unchanged<'_, L>,
        mut skipped: usize,
        limit: usize,
    ) -> Result<Stretch<L::Row>, RepositoryError> {
        let mut next = present.next().await?;
        let mut rows = Vec::with_capacity(limit.min(100));
        loop {
            let is_then_next = match (then.first(), &next) {
                (None, None) => return Ok(Stretch { rows, has_more: false }),
                (None, Some(_)) => false,
                (Some(_), None) => true,
                (Some((place, _)), Some(row)) => {
                    let compared = self.listing.compare(place, &self.listing.place(row));
                    compared.is_lt() != then.is_backward
                }
            };
            if skipped == 0 && rows.len() == limit {
                return Ok(Stretch { rows, has_more: true });
            }
            let row = match is_then_next {
                true => then.take().map(|(place, video)| self.listing.row(place, video)),
                false => std::mem::replace(&mut next, present.next().await?),
            };
            match skipped {
                0 => rows.extend(row),
                _ => skipped -= 1,
            }
        }
    }

    /// Whether there are rows up to a place, behind which `begin` of those of then are.
    async fn has_up_to(&self, begin: usize, place: &L::Place) -> Result<bool, RepositoryError> {
        if begin > 0 {
            return Ok(true);
        }
        let before = PageRequest::Backward { limit: 1, before: Some(place.clone()) };
        let mut unchanged = Unchanged::new(self.listing, self.since, before);
        // The row at the place itself is the only other one.
        Ok(unchanged.next().await?.is_some() || self.rows_up_to(place, false).await? > 0)
    }

    /// Whether there are rows from a place on, before which `end` of those of then are.
    async fn has_from(&self, end: usize, place: &L::Place) -> Result<bool, RepositoryError> {
        if end < self.then.len() {
            return Ok(true);
        }
        let after = PageRequest::Forward { limit: 1, after: Some(place.clone()) };
        let mut unchanged = Unchanged::new(self.listing, self.since, after);
        if unchanged.next().await?.is_some() {
            return Ok(true);
        }
        Ok(self.count().await? > self.rows_up_to(place, true).await?)
    }

    /// The number of rows up to a place, or before it.
    async fn rows_up_to(&self, place: &L::Place, is_before: bool) -> Result<u64, RepositoryError> {
        let place_of = Some(place.clone());
        let request = match is_before {
            true => PageRequest::Backward { limit: 0, before: place_of },
            false => PageRequest::Forward { limit: 0, after: place_of },
        };
        let now = self.listing.changed(self.since, Side::Now).await?;
        let of = |rows: &Sorted<L::Place>| self.rows_to(rows, place, is_before) as u64;
        let present = self.listing.before(&request).await?;
        Ok(present.saturating_sub(of(&now)) + of(&self.then))
    }

    /// How many rows are up to a place, or before it.
    pub(super) fn rows_to(
        &self,
        rows: &[(L::Place, Arc<Video>)],
        place: &L::Place,
        is_before: bool,
    ) -> usize {
        rows.partition_point(|(at, _)| {
            let compared = self.listing.compare(at, place);
            if is_before { compared.is_lt() } else { compared.is_le() }
        })
    }
}
