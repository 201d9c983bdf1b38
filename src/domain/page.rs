//! Pagination: which rows of a sort order are requested, and which were found.

use std::cmp::Ordering;
use std::ops::Range;

/// A stretch of an order: at most `limit` rows after a place, or before one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum PageRequest<P> {
    /// The first rows after `after`, or of all.
    Forward {
        /// The maximum number of rows.
        limit: usize,
        /// The position before them; its row may no longer exist.
        after: Option<P>,
    },
    /// The rows after the first `offset` of those after `after`, or of all.
    Offset {
        /// The maximum number of rows.
        limit: usize,
        /// The position before them; its row may no longer exist.
        after: Option<P>,
        /// The number of rows to skip.
        offset: usize,
    },
    /// The last rows before `before`, or of all; in the sort order as well.
    Backward {
        /// The maximum number of rows.
        limit: usize,
        /// The position after them; its row may no longer exist.
        before: Option<P>,
    },
}

impl<P> PageRequest<P> {
    /// The first `limit` rows.
    pub fn first(limit: usize) -> Self {
        Self::Forward { limit, after: None }
    }

    /// The last `limit` rows.
    pub fn last(limit: usize) -> Self {
        Self::Backward { limit, before: None }
    }

    /// The maximum number of rows.
    pub fn limit(&self) -> usize {
        match self {
            Self::Forward { limit, .. }
            | Self::Offset { limit, .. }
            | Self::Backward { limit, .. } => *limit,
        }
    }

    /// The position that the rows are beyond, if any.
    pub fn place(&self) -> Option<&P> {
        match self {
            Self::Forward { after, .. } | Self::Offset { after, .. } => after.as_ref(),
            Self::Backward { before, .. } => before.as_ref(),
        }
    }

    /// Whether the rows are taken from the end.
    pub fn is_backward(&self) -> bool {
        matches!(self, Self::Backward { .. })
    }

    /// The same without the first rows. Only a page that goes forward can skip any.
    pub fn skipping(self, offset: usize) -> Self {
        match self {
            Self::Forward { limit, after } if offset > 0 => Self::Offset { limit, after, offset },
            other => other,
        }
    }

    /// The number of rows that it skips.
    pub fn offset(&self) -> usize {
        match self {
            Self::Offset { offset, .. } => *offset,
            Self::Forward { .. } | Self::Backward { .. } => 0,
        }
    }

    /// Where its rows are among all rows, in their order; `compare` compares a row with a position.
    pub fn range<T>(&self, rows: &[T], compare: impl Fn(&T, &P) -> Ordering) -> Range<usize> {
        let place = self.place();
        if self.is_backward() {
            let end = place.map_or(rows.len(), |place| {
                rows.partition_point(|row| compare(row, place).is_lt())
            });
            return end.saturating_sub(self.limit())..end;
        }
        let after =
            place.map_or(0, |place| rows.partition_point(|row| compare(row, place).is_le()));
        let begin = after.saturating_add(self.offset()).min(rows.len());
        begin..begin.saturating_add(self.limit()).min(rows.len())
    }

    /// The number of rows before the page, as [`range`](Self::range) begins: out of the number of rows up to
    /// its position, if it goes forward, or before that, if it goes backward; and of all rows, if that
    /// matters.
    ///
    /// # Errors
    /// Those of `total`.
    pub fn start<E>(&self, up_to: u64, total: impl FnOnce() -> Result<u64, E>) -> Result<u64, E> {
        match self {
            Self::Forward { .. } => Ok(up_to),
            Self::Offset { offset, .. } => Ok(up_to.saturating_add(*offset as u64).min(total()?)),
            Self::Backward { limit, .. } => Ok(up_to.saturating_sub(*limit as u64)),
        }
    }
}

/// Rows in order, and whether there are more on either side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The rows in sort order, in whichever direction they were requested.
    pub items: Vec<T>,
    /// Whether there are rows before these.
    pub has_previous: bool,
    /// Whether there are rows after these.
    pub has_next: bool,
}

impl<T> Page<T> {
    /// No rows, and none around.
    pub fn empty() -> Self {
        Self { items: Vec::new(), has_previous: false, has_next: false }
    }

    /// The page out of all rows, in their order; `compare` compares a row with a position.
    pub fn cut<P>(
        rows: &[T],
        request: &PageRequest<P>,
        compare: impl Fn(&T, &P) -> Ordering,
    ) -> Self
    where
        T: Clone,
    {
        let range = request.range(rows, compare);
        Self {
            items: rows[range.clone()].to_vec(),
            has_previous: range.start > 0,
            has_next: range.end < rows.len(),
        }
    }

    /// The same page of something else.
    pub fn map<U>(self, shape: impl FnMut(T) -> U) -> Page<U> {
        Page {
            items: self.items.into_iter().map(shape).collect(),
            has_previous: self.has_previous,
            has_next: self.has_next,
        }
    }
}

/// A page under construction by a store, in reading order.
pub struct PageBuilder<T> {
    page: Page<T>,
    limit: usize,
    is_backward: bool,
    /// Whether a row shows that there are others before it.
    has_skipped: bool,
}

impl<T> PageBuilder<T> {
    /// The initial capacity for rows.
    const FEW: usize = 8;

    /// The page for this request, without rows yet.
    pub fn new<P>(request: &PageRequest<P>) -> Self {
        let (limit, is_backward) = (request.limit(), request.is_backward());
        let items = Vec::with_capacity(limit.min(Self::FEW));
        let has_skipped = request.offset() > 0;
        Self { page: Page { items, ..Page::empty() }, limit, is_backward, has_skipped }
    }

    /// Adds a row. One more than the limit is not read: it only shows that there is more.
    ///
    /// # Errors
    /// Those of `read`.
    pub fn add<E>(&mut self, read: impl FnOnce() -> Result<T, E>) -> Result<(), E> {
        self.page.has_previous |= self.has_skipped;
        if self.page.items.len() < self.limit {
            self.page.items.push(read()?);
        } else if self.is_backward {
            self.page.has_previous = true;
        } else {
            self.page.has_next = true;
        }
        Ok(())
    }

    /// Records that there is a row on the near side of the request's position.
    pub fn note_near_side(&mut self) {
        if self.is_backward {
            self.page.has_next = true;
        } else {
            self.page.has_previous = true;
        }
    }

    /// Whether it is known that there is a row on the near side.
    pub fn has_near_side(&self) -> bool {
        if self.is_backward { self.page.has_next } else { self.page.has_previous }
    }

    /// The page.
    pub fn build(mut self) -> Page<T> {
        if self.is_backward {
            self.page.items.reverse();
        }
        self.page
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    /// The page with these rows, in the direction of reading, and one on the near side.
    fn built(request: &PageRequest<i32>, rows: &[i32]) -> Page<i32> {
        let mut page = PageBuilder::new(request);
        page.note_near_side();
        for row in rows {
            page.add(|| Ok::<_, Infallible>(*row)).unwrap();
        }
        page.build()
    }

    #[test]
    fn a_row_more_than_the_limit_is_the_next_page_and_is_not_read() {
        let mut page = PageBuilder::new(&PageRequest::<()>::first(2));
        for row in [Ok(1), Ok(2), Err("it was read")] {
            page.add(|| row).unwrap();
        }
        let expected = Page { items: vec![1, 2], has_previous: false, has_next: true };
        assert_eq!(page.build(), expected);
    }

    #[test]
    fn a_page_read_backwards_is_turned_round() {
        let request = PageRequest::Backward { limit: 2, before: Some(9) };
        let page = built(&request, &[8, 7, 6]);
        assert_eq!(page, Page { items: vec![7, 8], has_previous: true, has_next: true });
    }

    #[test]
    fn a_page_can_skip_rows_up_to_all_of_them() {
        let rows = [2, 4, 6, 8];
        let forward = |after| PageRequest::Forward { limit: 1, after };
        for (request, items, has_previous, has_next, start) in [
            (forward(None).skipping(0), vec![2], false, true, 0),
            (forward(None).skipping(1), vec![4], true, true, 1),
            (forward(Some(3)).skipping(2), vec![8], true, false, 3),
            (forward(None).skipping(4), vec![], true, false, 4),
            (forward(Some(9)).skipping(usize::MAX), vec![], true, false, 4),
        ] {
            let page = Page::cut(&rows, &request, i32::cmp);
            assert_eq!(page, Page { items, has_previous, has_next }, "{request:?}");
            assert_eq!(request.range(&rows, i32::cmp).start, start, "{request:?}");
        }
        assert_eq!(Page::cut(&[], &forward(None).skipping(3), i32::cmp), Page::empty());
        assert_eq!(PageRequest::<()>::last(1).skipping(3), PageRequest::last(1));
    }

    #[test]
    fn a_page_starts_behind_the_rows_up_to_its_place() {
        let total = || Ok::<_, Infallible>(10);
        let forward = PageRequest::Forward { limit: 3, after: Some(()) };
        for (request, up_to, start) in [
            (forward.clone(), 4, 4),
            (forward.clone().skipping(5), 4, 9),
            (forward.clone().skipping(7), 4, 10),
            (forward.skipping(usize::MAX), 4, 10),
            (PageRequest::Backward { limit: 3, before: Some(()) }, 4, 1),
            (PageRequest::Backward { limit: 3, before: Some(()) }, 2, 0),
            (PageRequest::last(usize::MAX), 10, 0),
        ] {
            assert_eq!(request.start(up_to, total), Ok(start), "{request:?}");
        }
    }

    #[test]
    fn a_page_is_cut_where_its_place_would_be() {
        let cut = |request| Page::cut(&[2, 4, 6, 8], &request, i32::cmp);
        for place in [4, 5] {
            let page = cut(PageRequest::Forward { limit: 1, after: Some(place) });
            assert_eq!(page, Page { items: vec![6], has_previous: true, has_next: true });
        }
        for place in [5, 6] {
            let page = cut(PageRequest::Backward { limit: 2, before: Some(place) });
            assert_eq!(page, Page { items: vec![2, 4], has_previous: false, has_next: true });
        }
        let page = cut(PageRequest::Forward { limit: 9, after: None });
        assert_eq!(page, Page { items: vec![2, 4, 6, 8], has_previous: false, has_next: false });
    }

    #[test]
    fn an_empty_page_still_tells_of_its_neighbours() {
        let request = PageRequest::Forward { limit: 0, after: Some(1) };
        let page = built(&request, &[2]);
        assert_eq!(page, Page { items: vec![], has_previous: true, has_next: true });
    }
}
