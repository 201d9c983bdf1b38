//! All that a query finds: as a set of IDs, as a condition on a video, and how many there are.

use super::columns::VideoColumn;
use super::search_terms::push_found;
use super::search_tokens::{index_decides, of_certain, of_query, push_indexed};
use super::storable::storable;
use super::texts;
use crate::domain::SearchQuery;
use crate::repository::sql::Sql;

/// The newest videos, which a search looks at first: what it finds often is among them.
pub(super) const NEWEST: &str =
    "(SELECT * FROM video_search ORDER BY created_at DESC, id DESC LIMIT 8000)";

/// How a statement finds out whether a video is a hit.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Searches {
    /// In the set of all hits, which is collected once: for many videos.
    BySet,
    /// By the words of the video: for few videos.
    ByWords,
    /// By the words of the videos on the way if there are many hits, so that few videos are passed; else in
    /// the set.
    Walking,
}

/// How many of the [`NEWEST`] are hits if a walk meets enough of them soon.
pub(super) const OFTEN: i64 = 20;

/// Adds the condition that a row of `videos` is an exact match.
pub(super) fn push_is_exact(sql: &mut Sql, query: &SearchQuery) {
    let paths: Vec<String> = query.exact_paths().into_iter().map(str::to_owned).collect();
    sql.push("(videos.path = ANY(").push_bind(storable(&paths));
    sql.push(") OR ");
    let filenames = storable(&query.exact_filenames());
    let longest = filenames.iter().map(String::len).max();
    texts::push_indexed(sql, VideoColumn::Filename, longest, |sql| {
        sql.push("videos.filename = ANY(").push_bind(filenames.clone()).push(")");
    });
    sql.push(")");
}

/// Adds the condition that a search finds a row of `videos`.
pub(super) fn push_search(sql: &mut Sql, query: &SearchQuery, searches: Searches) {
    match searches {
        Searches::BySet => push_is_in_set(sql, query),
        Searches::ByWords => push_is_hit(sql, query),
        Searches::Walking => {
            push_are_often(sql.push("CASE WHEN "), query, OFTEN);
            push_is_hit(sql.push(" THEN "), query);
            push_is_in_set(sql.push(" ELSE "), query);
            sql.push(" END");
        }
    }
}

fn push_is_in_set(sql: &mut Sql, query: &SearchQuery) {
    push_hits(sql.push("videos.id IN ("), query);
    sql.push(")");
}

fn push_is_hit(sql: &mut Sql, query: &SearchQuery) {
    push_is_exact(sql.push("("), query);
    push_has_words(sql.push(" OR "), query);
    sql.push(")");
}

/// Adds the condition that a row of `videos` matches by words.
fn push_has_words(sql: &mut Sql, query: &SearchQuery) {
    if query.requires_nothing() {
        sql.push("FALSE");
        return;
    }
    push_found(sql.push("coalesce((SELECT "), query);
    sql.push(
        " FROM video_search s WHERE s.created_at = videos.created_at AND s.id = videos.id), FALSE)",
    );
}

/// Adds the condition that so many of the [`NEWEST`] match by words.
pub(super) fn push_are_often(sql: &mut Sql, query: &SearchQuery, least: i64) {
    if query.requires_nothing() {
        sql.push("FALSE");
        return;
    }
    sql.push("(SELECT count(*) >= ").push_bind(least);
    sql.push(format_args!(" FROM (SELECT FROM {NEWEST} s WHERE "));
    push_found(sql, query);
    sql.push(" LIMIT ").push_bind(least).push(") n)");
}

/// Adds a statement for the IDs of all hits, in no order.
pub(super) fn push_hits(sql: &mut Sql, query: &SearchQuery) {
    if !query.requires_nothing() {
        push_matches(sql.push("SELECT id FROM "), query);
        sql.push(" UNION ");
    }
    push_is_exact(sql.push("SELECT videos.id FROM videos WHERE "), query);
}

/// Adds the rows that match by words.
fn push_matches(sql: &mut Sql, query: &SearchQuery) {
    push_indexed(sql.push("video_search s WHERE "), of_query(query));
    if !index_decides(query) {
        push_found(sql.push(" AND "), query);
    }
}

/// The statement for the number of hits.
pub(super) fn count_of(query: &SearchQuery) -> Sql {
    let mut sql = Sql::new("SELECT ");
    push_number(&mut sql, query);
    sql
}

/// Adds an expression: the number of hits.
pub(super) fn push_number(sql: &mut Sql, query: &SearchQuery) {
    if let Some([certain, uncertain]) = of_certain(query) {
        // What need not be read is not.
        push_indexed(sql.push("(SELECT count(*) FROM video_search s WHERE "), certain);
        push_indexed(sql.push(") + (SELECT count(*) FROM video_search s WHERE "), uncertain);
        push_found(sql.push(" AND "), query);
        sql.push(") + ");
    } else if !query.requires_nothing() {
        push_matches(sql.push("(SELECT count(*) FROM "), query);
        sql.push(") + ");
    }
    push_is_exact(sql.push("(SELECT count(*) FROM videos WHERE "), query);
    push_has_words(sql.push(" AND NOT "), query);
    sql.push(")");
}
