//! Hits with their tiers, as parts of statements.

use super::filter::{filter_few_videos, push_filter};
use super::found::{Searches, push_is_exact};
use super::search_terms::{push_found, push_tier};
use crate::domain::{SearchPosition, SearchQuery, VideoFilter};
use crate::repository::sql::{Conditions, Sql};

/// Begins a statement with the exact matches.
pub(super) fn push_exact(sql: &mut Sql, query: &SearchQuery, filter: &VideoFilter) {
    sql.push("WITH exact AS MATERIALIZED (SELECT created_at, id FROM videos WHERE ");
    push_is_exact(sql, query);
    filter_few_videos(&mut Conditions::after_others(sql), filter);
    sql.push(")");
}

/// Adds a statement for the hits among some rows of the table that are not exact ones, with their tiers.
pub(super) fn push_ranked(
    sql: &mut Sql,
    query: &SearchQuery,
    filter: &VideoFilter,
    push_rows: impl FnOnce(&mut Sql),
) {
    push_matches(sql, query, push_rows);
    if !filter.is_everything() {
        push_passes(sql.push(" AND "), filter, "s");
    }
    push_fence(sql);
}

/// The same for rows that are in an order, which PostgreSQL would not know to be that of the hits.
pub(super) fn push_ranked_in_order(
    sql: &mut Sql,
    query: &SearchQuery,
    push_rows: impl FnOnce(&mut Sql),
    push_order: impl FnOnce(&mut Sql),
) {
    push_matches(sql, query, push_rows);
    push_order(sql);
    push_fence(sql);
}

fn push_matches(sql: &mut Sql, query: &SearchQuery, push_rows: impl FnOnce(&mut Sql)) {
    push_tier(sql.push("SELECT created_at, id, "), query);
    push_rows(sql.push(" AS tier FROM "));
    push_found(sql, query);
    sql.push(" AND s.id NOT IN (SELECT id FROM exact)");
}

/// The planner is not to mix in conditions from outside.
fn push_fence(sql: &mut Sql) {
    sql.push(" OFFSET 0");
}

/// Adds the condition that the video of a row, by the name of its table, matches a filter. PostgreSQL tests
/// it last, so that videos are only read for what is a hit.
pub(super) fn push_passes(sql: &mut Sql, filter: &VideoFilter, table: &str) {
    push_filter(sql.push("(SELECT "), filter, Searches::ByWords);
    sql.push(format_args!(" FROM videos WHERE videos.id = {table}.id)"));
}

/// Adds how a row compares with a place.
pub(super) fn push_compared(sql: &mut Sql, operator: &str, place: &SearchPosition) {
    sql.push(format_args!("(created_at, id) {operator} ("));
    sql.push_bind(place.created_at.as_micros()).push(", ").push_bind(place.id).push(")");
}
