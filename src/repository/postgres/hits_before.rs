//! How many hits come before a page of a search.

use super::ranked::{push_compared, push_exact, push_ranked};
use super::search_terms::{of_tiers_up_to, push_indexed, tiers};
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
    push_exact(&mut sql, query, filter);
    let total = |sql: &mut Sql| push_count(sql, query, filter, Tier::PathStart, |_| ());
    sql.push(" SELECT ");
    match page.place() {
        Some(place) => push_count_up_to(&mut sql, query, filter, (place, !page.is_backward())),
        None if page.is_backward() => total(&mut sql),
        None => push_none(&mut sql),
    }
    sql.push(", ");
    match page.offset() {
        0 => push_none(&mut sql),
        _ => total(&mut sql),
    }
    sql
}

/// Adds the number of no hits.
fn push_none(sql: &mut Sql) {
    sql.push("0::bigint");
}

/// Adds the number of hits before a place, or also at it.
fn push_count_up_to(
    sql: &mut Sql,
    query: &SearchQuery,
    filter: &VideoFilter,
    (place, or_at): (&SearchPosition, bool),
) {
    let is_before = if or_at { beyond_or_at(Direction::Asc) } else { beyond(Direction::Asc) };
    push_count(sql, query, filter, place.tier, |sql| {
        let tier = place.tier as usize;
        sql.push(format_args!(" WHERE tier < {tier} OR tier = {tier} AND "));
        push_compared(sql, is_before, place);
    });
}

/// Adds the number of hits in tiers up to this one that meet a condition on the tier and the place.
fn push_count(
    sql: &mut Sql,
    query: &SearchQuery,
    filter: &VideoFilter,
    last: Tier,
    push_condition: impl Fn(&mut Sql),
) {
    sql.push("(SELECT count(*) FROM (SELECT 0 AS tier, created_at, id FROM exact) e");
    push_condition(sql);
    sql.push(")");
    if let Some(last) = tiers(query).iter().rfind(|tier| **tier <= last) {
        let rows = |sql: &mut Sql| {
            push_indexed(sql.push("video_search s WHERE "), of_tiers_up_to(query, *last));
            sql.push(" AND ");
        };
        push_ranked(sql.push(" + (SELECT count(*) FROM ("), query, filter, rows);
        push_condition(sql.push(") g"));
        sql.push(")");
    }
}
