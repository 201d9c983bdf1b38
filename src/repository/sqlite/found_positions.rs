//! All that a query finds, as statements for positions, in no order.

use super::exact;
use super::match_expression;
use super::search_functions::{COLLECT, COLLECTED};
use crate::domain::SearchQuery;
use crate::repository::sql::Sql;

/// Whether videos are exact matches.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Exact {
    None,
    Some,
}

/// Adds the statement for the positions of all that a query finds, in no order.
pub(super) fn push_found(sql: &mut Sql, query: &SearchQuery, exact: Exact) {
    if exact == Exact::Some {
        sql.push("SELECT position FROM (");
        exact::push_positions(sql, query);
        sql.push(")");
        if query.requires_nothing() {
            return;
        }
        sql.push(" UNION ALL ");
    }
    sql.push("SELECT -rowid AS position FROM video_search WHERE video_search MATCH ");
    sql.push_bind(match_expression::of_query(query));
    if exact == Exact::Some {
        push_not_exact(sql, query);
    }
}

/// Adds the condition that a match in the index is not an exact match.
pub(super) fn push_not_exact(sql: &mut Sql, query: &SearchQuery) {
    sql.push(" AND -video_search.rowid NOT IN (");
    exact::push_positions(sql, query);
    sql.push(")");
}

/// Adds an expression: the number of the set of all that a query finds, which is collected at most once
/// per read. The query can find something.
pub(super) fn push_set(sql: &mut Sql, query: &SearchQuery, exact: Exact) {
    let key = query.as_written();
    sql.push(format_args!("(SELECT coalesce({COLLECTED}(")).push_bind(key.to_owned());
    sql.push(format_args!("), (SELECT {COLLECT}(rowid, ")).push_bind(key.to_owned());
    sql.push(") FROM ");
    if exact == Exact::Some {
        push_rowids_with_exact(sql, query);
    } else {
        push_matches(sql, query);
    }
    sql.push(")))");
}

/// Adds all rowids in the index; some can come twice.
fn push_rowids_with_exact(sql: &mut Sql, query: &SearchQuery) {
    sql.push("(SELECT -position AS rowid FROM (");
    exact::push_positions(sql, query);
    sql.push(")");
    if !query.requires_nothing() {
        push_matches(sql.push(" UNION ALL SELECT rowid FROM "), query);
    }
    sql.push(")");
}

fn push_matches(sql: &mut Sql, query: &SearchQuery) {
    sql.push("video_search WHERE video_search MATCH ");
    sql.push_bind(match_expression::of_query(query));
}

/// The statement for that number.
pub(super) fn set_of(query: &SearchQuery, exact: Exact) -> Sql {
    let mut sql = Sql::new("SELECT ");
    push_set(&mut sql, query, exact);
    sql
}
