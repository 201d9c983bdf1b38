//! Where the videos that match a filter are read, if it has a search.
//!
//! The planner does not know how many hits a search has. A statement therefore has both ways, to look up
//! each hit and to go through the videos, and decides by how many of the newest videos are hits.

use std::fmt::Display;

use super::columns::VideoColumn;
use super::filter::{filter_few_videos, filter_videos, filter_walk};
use super::found::{OFTEN, Searches, count_of, push_are_often, push_hits, push_search};
use super::texts;
use super::videos::page_of_videos;
use crate::domain::{PageRequest, SearchQuery, SortPosition, VideoFilter, VideoOrder};
use crate::repository::sql::{Columns, Conditions, Sql, Walk, keys_of};

/// How many of the newest videos are hits if going through all videos takes less time than looking up each
/// hit.
const MANY: i64 = 800;

/// The search that finds the videos of a filter, and the conditions that they must fulfil in addition;
/// none if no search must hold, or if the filter names its videos.
pub(super) fn leading_search(filter: &VideoFilter) -> Option<(SearchQuery, VideoFilter)> {
    if filter.is_by_name() { None } else { filter.split_search() }
}

/// The statement for the number of videos that match a filter.
pub(super) fn count_matching(filter: &VideoFilter) -> Sql {
    match leading_search(filter) {
        Some((query, rest)) if rest.is_everything() => count_of(&query),
        _ => {
            let mut sql = Sql::new("");
            push_count(&mut sql, filter);
            sql
        }
    }
}

/// Adds a statement for the number of videos that match a filter: from the kinds of videos if the filter
/// allows it.
fn push_count(sql: &mut Sql, filter: &VideoFilter) {
    if filter.is_on_kinds() {
        sql.push("SELECT coalesce(sum(videos), 0)::bigint FROM video_kinds");
        return filter_videos(&mut Conditions::of(sql), filter);
    }
    push_from(sql.push("SELECT count(*)"), filter);
}

/// The statement that selects columns of all videos that match a filter, in no order.
pub(super) fn select_matching(columns: impl Display, filter: &VideoFilter) -> Sql {
    let mut sql = Sql::new(format!("SELECT {columns}"));
    push_from(&mut sql, filter);
    sql
}

/// Adds `FROM` and the videos that match a filter, as a table `videos`. Returns where conditions can be
/// added.
pub(super) fn push_from<'s>(sql: &'s mut Sql, filter: &VideoFilter) -> Conditions<'s> {
    let Some((query, rest)) = leading_search(filter) else {
        sql.push(" FROM videos");
        let mut conditions = Conditions::of(sql);
        filter_videos(&mut conditions, filter);
        return conditions;
    };
    sql.push(" FROM (SELECT videos.*");
    let mut looked_up = from_hits(sql, &query, MANY);
    filter_few_videos(&mut looked_up, &rest);
    sql.push(" UNION ALL SELECT videos.* FROM videos WHERE ");
    push_are_often(sql, &query, MANY);
    push_search(sql.push(" AND ("), &query, Searches::BySet);
    // Not for the planner to make a join of.
    sql.push(") IS TRUE");
    filter_videos(&mut Conditions::after_others(sql), &rest);
    sql.push(") videos");
    Conditions::of(sql)
}

/// Adds the hits of a search, looked up one by one, unless so many of the newest videos are hits.
fn from_hits<'s>(sql: &'s mut Sql, query: &SearchQuery, least: i64) -> Conditions<'s> {
    push_hits(sql.push(" FROM ("), query);
    sql.push(
        ") AS found (hit)
        CROSS JOIN LATERAL (SELECT * FROM videos WHERE videos.id = found.hit OFFSET 0) videos
        WHERE NOT ",
    );
    push_are_often(sql, query, least);
    Conditions::after_others(sql)
}

/// The statement for a page of the videos that match a filter, with rows as those of every
/// [page](super::pages::page_of).
pub(super) fn page_of_matching(
    filter: &VideoFilter,
    order: &VideoOrder,
    page: &PageRequest<SortPosition>,
) -> Sql {
    let Some((query, rest)) = leading_search(filter) else {
        return page_of_videos(filter, order, page);
    };
    let mut sql = Sql::new("");
    for walk in Walk::of_page(page, &keys_of(order)) {
        let selected = match walk.near_side {
            false => format!("SELECT false, {}", VideoColumn::SELECTED),
            true => format!("SELECT true{}", ", NULL".repeat(VideoColumn::READ)),
        };
        sql.push(if walk.near_side { " UNION ALL (" } else { "(" }).push(&selected);
        // Few hits are sorted; of many, the walk meets enough soon.
        let mut conditions = from_hits(&mut sql, &query, OFTEN);
        filter_few_videos(&mut conditions, &rest);
        push_stretch(&mut sql, &walk);
        sql.push(") UNION ALL (").push(&selected).push(" FROM videos WHERE ");
        push_are_often(&mut sql, &query, OFTEN);
        push_search(sql.push(" AND "), &query, Searches::ByWords);
        filter_walk(&mut Conditions::after_others(&mut sql), &rest);
        push_stretch(&mut sql, &walk);
        sql.push(")");
    }
    sql
}

/// Adds where a walk begins, its order and its end, after other conditions.
fn push_stretch(sql: &mut Sql, walk: &Walk<'_, VideoColumn, SortPosition>) {
    walk.push_beyond(&mut Conditions::after_others(sql));
    walk.push_order(sql);
    walk.push_limit(sql);
}

/// The statement for the number of videos up to the position of a page, or before it, if the page goes
/// backward; and of all videos. Both are of those that match a filter.
pub(super) fn counts_for(
    filter: &VideoFilter,
    order: &VideoOrder,
    page: &PageRequest<SortPosition>,
) -> Sql {
    let keys = keys_of(order);
    // Hits of a search are not read by an index on texts.
    let parts = texts::parts_of(keys[0].0).filter(|_| leading_search(filter).is_none());
    let parts = parts.map_or(&["TRUE"][..], |parts| parts);
    let keys = keys.into_iter().map(|(column, direction)| (column, direction.reversed()));
    let (near_side, place) = (!page.is_backward(), page.place());
    let walk = Walk { near_side, keys: keys.collect(), place, limit: 1, offset: 0 };
    let mut sql = Sql::new("SELECT ");
    for (index, part) in parts.iter().enumerate() {
        sql.push(if index == 0 { "(SELECT count(*)" } else { " + (SELECT count(*)" });
        let mut conditions = push_from(&mut sql, filter);
        conditions.and().push(part);
        walk.push_beyond(&mut conditions);
        sql.push(")");
    }
    push_count(sql.push(", ("), filter);
    sql.push(")");
    sql
}
