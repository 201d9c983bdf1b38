//! Pages that one statement reads: their rows and one more, and one on the near side of their place.

use std::cmp::Ordering;

use crate::domain::{Page, PageBuilder, PageRequest};
use crate::repository::sql::Sql;

/// A stretch of an order.
pub(super) struct Stretch<'p, P> {
    /// Where it begins.
    pub(super) place: Option<&'p P>,
    /// Whether it goes backward.
    pub(super) is_backward: bool,
    /// Whether the place itself belongs to it.
    pub(super) is_inclusive: bool,
    limit: i64,
    offset: i64,
}

impl<P> Stretch<'_, P> {
    /// How a row compares with the place.
    pub(super) fn operator(&self, is_descending: bool) -> &'static str {
        match (self.is_backward != is_descending, self.is_inclusive) {
            (false, false) => ">",
            (false, true) => ">=",
            (true, false) => "<",
            (true, true) => "<=",
        }
    }

    /// Which way its rows are read.
    pub(super) fn direction(&self, is_descending: bool) -> &'static str {
        if self.is_backward == is_descending { "ASC" } else { "DESC" }
    }

    /// Adds how many rows are read.
    pub(super) fn push_limit(&self, sql: &mut Sql) {
        sql.push(" LIMIT ").push_bind(self.limit).push(" OFFSET ").push_bind(self.offset);
    }
}

/// The statement that reads a page. What `push` adds selects the rows of a stretch; what is in front of them
/// is whether they are on the near side.
pub(super) fn page_of<P>(
    request: &PageRequest<P>,
    push: impl Fn(&mut Sql, &Stretch<'_, P>),
) -> Sql {
    let limit = i64::try_from(request.limit()).map_or(i64::MAX, |limit| limit.saturating_add(1));
    let offset = i64::try_from(request.offset()).unwrap_or(i64::MAX);
    let (place, is_backward) = (request.place(), request.is_backward());
    let ahead = Stretch { place, is_backward, is_inclusive: false, limit, offset };
    let mut sql = Sql::new("SELECT FALSE, ahead.* FROM (");
    push(&mut sql, &ahead);
    sql.push(") AS ahead");
    // Where rows are skipped, they are what is on the near side.
    let bound = place.filter(|_| offset == 0);
    if bound.is_some() || offset > 0 {
        let is_inclusive = bound.is_some();
        let is_backward = is_backward != is_inclusive;
        let near = Stretch { place: bound, is_backward, is_inclusive, limit: 1, offset: 0 };
        sql.push(" UNION ALL SELECT TRUE, near.* FROM (");
        push(&mut sql, &near);
        sql.push(") AS near");
    }
    sql
}

/// The page out of the rows of that statement, in any order.
pub(super) fn page_from<T, P>(
    request: &PageRequest<P>,
    rows: Vec<(bool, T)>,
    compare: impl Fn(&T, &T) -> Ordering,
) -> Page<T> {
    let mut page = PageBuilder::new(request);
    let (near, mut ahead): (Vec<_>, Vec<_>) = rows.into_iter().partition(|(is_near, _)| *is_near);
    if !near.is_empty() {
        page.note_near_side();
    }
    ahead.sort_by(|(_, one), (_, other)| match request.is_backward() {
        true => compare(other, one),
        false => compare(one, other),
    });
    for (_, row) in ahead {
        let Ok(()) = page.add(|| Ok::<_, std::convert::Infallible>(row));
    }
    page.build()
}
