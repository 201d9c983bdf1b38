//! All that a query finds, in no order, and its number.

use super::exact;
use super::filter::Conditions;
use super::match_expression;
use super::reader::{Reader, Reading};
use super::rows::BoxError;
use super::sql::Sql;
use crate::domain::{SearchQuery, VideoFilter};

/// Whether videos are exact matches.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Exact {
    None,
    Some,
}

/// Whether videos are exact matches, in the snapshot of all further reads; none if nothing can
/// match.
pub(super) fn exact_or_nothing(
    reader: &Reader,
    query: &SearchQuery,
) -> Result<Option<Exact>, BoxError> {
    if query.finds_nothing() {
        reader.ping()?;
        return Ok(None);
    }
    reader.stay_at_this_moment()?;
    let exact = if exact::are_there(reader, query)? { Exact::Some } else { Exact::None };
    Ok((exact == Exact::Some || !query.requires_nothing()).then_some(exact))
}

pub(super) fn count_found(query: &SearchQuery, filter: &VideoFilter) -> impl Reading<u64> + use<> {
    let (query, filter) = (query.clone(), filter.clone());
    move |reader: &Reader| match exact_or_nothing(reader, &query)? {
        Some(exact) => reader.number(&count_of(&query, &filter, exact)),
        None => Ok(0),
    }
}

fn count_of(query: &SearchQuery, filter: &VideoFilter, exact: Exact) -> Sql {
    if exact == Exact::Some {
        let mut sql = Sql::new("SELECT count(*) FROM videos WHERE position IN (");
        push_found(&mut sql, query, exact);
        sql.push(")");
        Conditions::after_others(&mut sql).filter_videos(filter);
        return sql;
    }
    let mut sql = Sql::new("SELECT count(*) FROM video_search");
    if !filter.is_everything() {
        sql.push(JOIN_VIDEOS);
    }
    let mut conditions = Conditions::of(&mut sql);
    conditions.and().push("video_search MATCH ").push_bind(match_expression::of_query(query));
    conditions.filter_videos(filter);
    sql
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

/// Adds the videos to the rows of the index.
pub(super) const JOIN_VIDEOS: &str = " CROSS JOIN videos ON videos.position = -video_search.rowid";
