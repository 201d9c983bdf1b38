//! Pages: which rows of an order are asked for, and which were found.

use std::cmp::Ordering;

/// A stretch of an order: at most `limit` rows after a place, or before one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum PageRequest<P> {
    /// The first rows after `after`, or of all.
    Forward {
        /// How many rows at most.
        limit: usize,
        /// The place that they follow; it need not be a row's any more.
        after: Option<P>,
    },
    /// The last rows before `before`, or of all; they too come in the order itself.
    Backward {
        /// How many rows at most.
        limit: usize,
        /// The place that they come before; it need not be a row's any more.
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

    /// How many rows at most.
    pub fn limit(&self) -> usize {
        match self {
            Self::Forward { limit, .. } | Self::Backward { limit, .. } => *limit,
        }
    }

    /// The place that the rows lie beyond, where one is given.
    pub fn place(&self) -> Option<&P> {
        match self {
            Self::Forward { after, .. } => after.as_ref(),
            Self::Backward { before, .. } => before.as_ref(),
        }
    }

    /// Whether the rows are taken from the end.
    pub fn is_backward(&self) -> bool {
        matches!(self, Self::Backward { .. })
    }
}

/// Rows in order, and whether there are more on either side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The rows, in the order itself whichever way they were asked for.
    pub items: Vec<T>,
    /// Whether a row comes before the first of these.
    pub has_previous: bool,
    /// Whether a row comes after the last of these.
    pub has_next: bool,
}

impl<T> Page<T> {
    /// No row, and none around.
    pub fn empty() -> Self {
        Self { items: Vec::new(), has_previous: false, has_next: false }
    }

    /// The page out of what a store read for `request`: the rows in the direction of reading, one
    /// more than the limit where there are so many, and whether a row lies on the near side of the
    /// request's place.
    pub fn assemble<P>(request: &PageRequest<P>, mut read: Vec<T>, near_side: bool) -> Self {
        let far_side = read.len() > request.limit();
        read.truncate(request.limit());
        if request.is_backward() {
            read.reverse();
            return Self { items: read, has_previous: far_side, has_next: near_side };
        }
        Self { items: read, has_previous: near_side, has_next: far_side }
    }

    /// The page out of all rows there are, in their order; `compare` tells how a row lies to a
    /// place.
    pub fn cut<P>(
        rows: &[T],
        request: &PageRequest<P>,
        compare: impl Fn(&T, &P) -> Ordering,
    ) -> Self
    where
        T: Clone,
    {
        let (begin, end) = match request {
            PageRequest::Forward { limit, after } => {
                let begin = after
                    .as_ref()
                    .map_or(0, |place| rows.partition_point(|row| compare(row, place).is_le()));
                (begin, begin.saturating_add(*limit).min(rows.len()))
            }
            PageRequest::Backward { limit, before } => {
                let end = before.as_ref().map_or(rows.len(), |place| {
                    rows.partition_point(|row| compare(row, place).is_lt())
                });
                (end.saturating_sub(*limit), end)
            }
        };
        Self {
            items: rows[begin..end].to_vec(),
            has_previous: begin > 0,
            has_next: end < rows.len(),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_more_than_the_limit_is_the_next_page() {
        let page = Page::assemble(&PageRequest::<()>::first(2), vec![1, 2, 3], false);
        assert_eq!(page, Page { items: vec![1, 2], has_previous: false, has_next: true });
    }

    #[test]
    fn a_page_read_backwards_is_turned_round() {
        let request = PageRequest::Backward { limit: 2, before: Some(9) };
        let page = Page::assemble(&request, vec![8, 7, 6], true);
        assert_eq!(page, Page { items: vec![7, 8], has_previous: true, has_next: true });
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
        let page = Page::assemble(&request, vec![2], true);
        assert_eq!(page, Page { items: vec![], has_previous: true, has_next: true });
    }
}
