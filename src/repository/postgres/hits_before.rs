//! How many hits come before a page of a search.

use super::found::push_number;
use super::ranked::{push_compared, push_exact, push_ranked};
use super::search_terms::tiers;
use super::search_tokens::{index_decides, of_tier, of_tiers_up_to, push_indexed};
use super::stretch::NEAR;
use crate::domain::search::Tier;
use crate::domain::{Direction, PageRequest, SearchPosition, SearchQuery, VideoFilter};
use crate::repository::sql::{Sql, beyond, beyond_or_at};

/// The statement for the number of hits up to the position of a page, or before it, if the page goes
/// backward; and of all hits, if that matters, else 0.
pub(super) fn counts_for(
    query: &SearchQuery,
    filter: &VideoFilter,
    page: &PageRequest<SearchPosition>,
) -> Sql {
    let mut sql = Sql::new("");
    let counts = Counts { query, filter };
    push_exact(&mut sql, query, filter);
    let place = page.place().map(|place| Before { place, or_at: !page.is_backward() });
    if let Some(before) = &place {
        before.push_look(&mut sql);
    }
    sql.push(" SELECT ");
    match place {
        Some(before) => counts.push_before(&mut sql, &before),
        None if page.is_backward() => counts.push_all(&mut sql),
        None => push_none(&mut sql),
    }
    sql.push(", ");
    match page.offset() {
        0 => push_none(&mut sql),
        _ => counts.push_all(&mut sql),
    }
    sql
}

/// Adds the number of no hits.
fn push_none(sql: &mut Sql) {
    sql.push("0::bigint");
}

/// What comes before a place.
struct Before<'a> {
    place: &'a SearchPosition,
    /// With what is at the place.
    or_at: bool,
}

impl Before<'_> {
    /// Adds how many videos come before it, if these are not more than are ranked without the index.
    fn push_look(&self, sql: &mut Sql) {
        sql.push(", before AS MATERIALIZED (SELECT count(*) AS total FROM (SELECT");
        self.push_nearest(sql);
        sql.push(format_args!(" LIMIT {NEAR} + 1) n)"));
    }

    fn push_nearest(&self, sql: &mut Sql) {
        self.push_is_before(sql.push(" FROM video_search WHERE "));
        sql.push(" ORDER BY created_at, id");
    }

    fn push_is_before(&self, sql: &mut Sql) {
        let is_before =
            if self.or_at { beyond_or_at(Direction::Asc) } else { beyond(Direction::Asc) };
        push_compared(sql, is_before, self.place);
    }
}

/// Expressions for numbers of hits.
struct Counts<'a> {
    query: &'a SearchQuery,
    filter: &'a VideoFilter,
}

impl Counts<'_> {
    fn push_all(&self, sql: &mut Sql) {
        if self.filter.is_everything() {
            return push_number(sql, self.query);
        }
        sql.push("(SELECT count(*) FROM exact)");
        if let Some(last) = tiers(self.query).last() {
            self.push_up_to(sql, *last);
        }
    }

    fn push_before(&self, sql: &mut Sql, before: &Before<'_>) {
        let tier = before.place.tier;
        sql.push("(SELECT count(*) FROM exact");
        if tier == Tier::Exact {
            before.push_is_before(sql.push(" WHERE "));
        }
        sql.push(")");
        if let Some(better) = tiers(self.query).iter().rfind(|other| **other < tier) {
            self.push_up_to(sql, *better);
        }
        if tiers(self.query).contains(&tier) {
            self.push_in_tier(sql, before);
        }
    }

    /// Adds the number of hits in this tier and better ones.
    fn push_up_to(&self, sql: &mut Sql, last: Tier) {
        let push_rows = |sql: &mut Sql| {
            push_indexed(sql.push("video_search s WHERE "), of_tiers_up_to(self.query, last));
            sql.push(" AND ");
        };
        sql.push(" + (SELECT count(*) FROM ");
        if self.filter.is_everything() && index_decides(self.query) {
            push_rows(sql);
            sql.push("s.id NOT IN (SELECT id FROM exact))");
        } else {
            push_ranked(sql.push("("), self.query, self.filter, push_rows);
            sql.push(format_args!(") g WHERE tier <= {})", last as usize));
        }
    }

    /// Adds the number of hits in the tier of a place that come before it: from the videos in between, or by
    /// the index, if these are many.
    fn push_in_tier(&self, sql: &mut Sql, before: &Before<'_>) {
        self.push_ranked(sql, before, "<=", |sql| {
            before.push_nearest(sql.push("(SELECT *"));
            sql.push(format_args!(" LIMIT {NEAR}) s WHERE "));
        });
        self.push_ranked(sql, before, ">", |sql| {
            before.push_is_before(sql.push("video_search s WHERE "));
            push_indexed(sql.push(" AND "), of_tier(self.query, before.place.tier));
            sql.push(" AND ");
        });
    }

    fn push_ranked(
        &self,
        sql: &mut Sql,
        before: &Before<'_>,
        comparison: &str,
        push_rows: impl FnOnce(&mut Sql),
    ) {
        push_ranked(sql.push(" + (SELECT count(*) FROM ("), self.query, self.filter, |sql| {
            push_rows(sql);
            sql.push(format_args!("(SELECT total FROM before) {comparison} {NEAR} AND "));
        });
        sql.push(format_args!(") g WHERE tier = {})", before.place.tier as usize));
    }
}
