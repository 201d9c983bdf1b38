//! The number of all that a query finds.

use super::exact;
use super::found_positions::{Exact, push_found};
use super::match_expression;
use super::reader::{Reader, Reading};
use super::rows::BoxError;
use crate::domain::{SearchQuery, VideoFilter};
use crate::repository::sql::{Conditions, Sql};

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
    move |reader: &Reader| count(reader, &query, &filter)
}

/// The number of videos that a query finds and that match a filter.
pub(super) fn count(
    reader: &Reader,
    query: &SearchQuery,
    filter: &VideoFilter,
) -> Result<u64, BoxError> {
    match exact_or_nothing(reader, query)? {
        Some(exact) => reader.number(&count_of(query, filter, exact)),
        None => Ok(0),
    }
}

/// The statement for the number of videos that match a query and a filter.
pub(super) fn count_of(query: &SearchQuery, filter: &VideoFilter, exact: Exact) -> Sql {
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

/// Adds the videos to the rows of the index.
pub(super) const JOIN_VIDEOS: &str = " CROSS JOIN videos ON videos.position = -video_search.rowid";
