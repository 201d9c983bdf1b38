//! Pages as SQL: walks along an order from a place on, which an index can follow.
//!
//! A filter can exclude so much that a walk finds few videos on a long way, and each of its steps
//! fetches a row from elsewhere. In such cases, a page is searched in two steps: near the position
//! and, only if too few are found there, among all videos that match the filter.

use super::columns::VideoColumn;
use super::filter;
use crate::domain::{
    Direction, OrderField, PageRequest, SortPosition, SortValue, VideoFilter, VideoId, VideoOrder,
};
use crate::repository::sql::{self, Conditions, Key, Sql, beyond, beyond_or_at, keyword};

/// How far a walk goes before all videos are considered instead: some tens of milliseconds. In
/// tests of this store, it is so short that most videos of a small library are beyond it.
pub(super) const CLOSE: i64 = if cfg!(test) { 2 } else { 10_000 };

/// A stretch of videos along an order.
pub(super) type Walk<'p> = sql::Walk<'p, VideoColumn, SortPosition>;

/// The statements for a page of videos, whose rows are as [`select`](Walk::select) has them.
pub(super) fn page_of_videos(
    filter: &VideoFilter,
    order: &VideoOrder,
    page: &PageRequest<SortPosition>,
) -> Vec<Sql> {
    let statement = |walk: Walk<'_>| {
        let mut sql = walk.select();
        if walk.offset > 0 {
            push_skipping_walk(&mut sql, filter, &walk);
        } else if finds_at_once(&walk, filter) {
            push_walk(&mut sql, filter, &walk);
        } else {
            push_two_steps(&mut sql, filter, &walk);
        }
        sql
    };
    Walk::of_page(page, &keys_of(order)).map(statement).collect()
}

/// The statement for the number of videos up to the position of a page, or before it, if the page goes
/// backward. It is not for pages without a position.
pub(super) fn count_up_to(
    filter: &VideoFilter,
    order: &VideoOrder,
    page: &PageRequest<SortPosition>,
) -> Sql {
    let walk = walk_up_to(page, &keys_of(order));
    let mut sql = Sql::new("SELECT count(*) FROM videos ");
    if finds_at_once(&walk, filter) && !filter.is_everything() {
        push_conditions(&mut sql, filter, &walk);
    } else {
        push_source(&mut sql, filter, &walk);
    }
    sql
}

/// The walk back from the position of a page, over the row at the position unless the page goes backward.
pub(super) fn walk_up_to<'p>(
    page: &'p PageRequest<SortPosition>,
    order: &[Key<VideoColumn>],
) -> Walk<'p> {
    let keys = order.iter().map(|(column, direction)| (*column, direction.reversed()));
    let (near_side, place) = (!page.is_backward(), page.place());
    Walk { near_side, keys: keys.collect(), place, limit: 1, offset: 0 }
}

/// Whether an index covers the filter, in the order of the walk or for few videos.
fn finds_at_once(walk: &Walk<'_>, filter: &VideoFilter) -> bool {
    filter.is_everything()
        || filter.is_by_name()
        || filter::only_column(filter) == Some(walk.first_key().0)
}

/// Whether it goes by the positions of videos, which rise as the times of addition do, with IDs to
/// settle ties, and are the order of the table.
pub(super) fn is_by_position(walk: &Walk<'_>) -> bool {
    walk.first_key().0 == VideoColumn::Position
}

/// The columns of an order and which way they go.
pub(super) fn keys_of(order: &VideoOrder) -> Vec<Key<VideoColumn>> {
    if let [only] = order.keys()
        && only.field == OrderField::CreatedAt
    {
        return vec![(VideoColumn::Position, only.direction)];
    }
    sql::keys_of(order)
}

/// Adds what follows `FROM videos`.
pub(super) fn push_walk(sql: &mut Sql, filter: &VideoFilter, walk: &Walk<'_>) {
    push_conditions(sql, filter, walk);
    walk.push_order(sql);
    walk.push_limit(sql);
}

/// Adds that a video matches a filter that an index covers, and lies beyond the place of a walk.
fn push_conditions(sql: &mut Sql, filter: &VideoFilter, walk: &Walk<'_>) {
    let mut conditions = Conditions::of(sql);
    if filter.is_by_name() {
        conditions.filter_videos(filter);
    } else {
        conditions.filter_by_index(filter);
    }
    push_beyond(&mut conditions, walk);
}

/// Adds what follows `FROM videos`: that it is not one of the first. Of those, nothing is read but what
/// orders them.
fn push_skipping_walk(sql: &mut Sql, filter: &VideoFilter, walk: &Walk<'_>) {
    sql.push(" WHERE position IN (SELECT position FROM videos ");
    if finds_at_once(walk, filter) {
        push_conditions(sql, filter, walk);
    } else {
        push_source(sql, filter, walk);
    }
    walk.push_order(sql);
    walk.push_limit(sql);
    sql.push(")");
    walk.push_order(sql);
}

/// Adds what follows `FROM videos`: that it is one of those close to the place, or if they are too
/// few, one of the first among all.
fn push_two_steps(sql: &mut Sql, filter: &VideoFilter, walk: &Walk<'_>) {
    // The first rows that pass are the first of the walk, because SQLite reads it as it is ordered.
    sql.push(
        " WHERE position IN (WITH close AS MATERIALIZED (
            SELECT position FROM (SELECT * FROM videos",
    );
    push_beyond(&mut Conditions::of(sql), walk);
    walk.push_order(sql);
    sql.push(" LIMIT ").push_bind(CLOSE).push(")");
    Conditions::of(sql).filter_videos(filter);
    walk.push_limit(sql);
    sql.push(
        ") SELECT position FROM close
        UNION ALL
        SELECT position FROM (SELECT position FROM videos ",
    );
    push_source(sql, filter, walk);
    walk.push_order(sql);
    sql.push(" LIMIT CASE WHEN (SELECT count(*) FROM close) < ").push_bind(walk.limit);
    sql.push(" THEN ").push_bind(walk.limit).push(" ELSE 0 END))");
    walk.push_order(sql);
}

/// Adds everything between `FROM videos` and the order: the videos after the position that match
/// the filter. It chooses the index, because SQLite does not know how few they are.
fn push_source(sql: &mut Sql, filter: &VideoFilter, walk: &Walk<'_>) {
    let index = filter::only_column(filter).and_then(index_on);
    let mut conditions;
    if is_by_position(walk) && filter.is_on_kinds() {
        sql.push("INDEXED BY videos_kind");
        conditions = Conditions::of(sql);
        let sql = conditions.and().push("kind IN (SELECT kind FROM video_kinds");
        Conditions::of(sql).filter_videos(filter);
        sql.push(")");
    } else if let Some(index) = index.filter(|_| is_by_position(walk)) {
        sql.push("INDEXED BY ").push(index);
        conditions = Conditions::of(sql);
        conditions.filter_by_index(filter);
    } else {
        sql.push("NOT INDEXED");
        conditions = Conditions::of(sql);
        conditions.filter_videos(filter);
    }
    push_beyond(&mut conditions, walk);
}

/// The index whose first column is this one.
fn index_on(column: VideoColumn) -> Option<&'static str> {
    match column {
        VideoColumn::Filename => Some("videos_filename"),
        VideoColumn::FileSize => Some("videos_file_size"),
        VideoColumn::UpdatedAt => Some("videos_updated_at"),
        VideoColumn::CreatedAt => Some("videos_created_at"),
        VideoColumn::DurationSeconds => Some("videos_duration_seconds"),
        _ => None,
    }
}

/// Adds the condition that a video lies beyond the place of a walk, if it has one.
pub(super) fn push_beyond(conditions: &mut Conditions<'_>, walk: &Walk<'_>) {
    match beyond_time(walk) {
        Some(beyond) => beyond.push(conditions.and()),
        None => walk.push_beyond(conditions),
    }
}

/// What lies beyond the place of a walk, if it has one and goes by position.
pub(super) fn beyond_time(walk: &Walk<'_>) -> Option<BeyondTime> {
    let place = walk.place.filter(|_| is_by_position(walk))?;
    let Some(SortValue::Integer(created_at)) = place.keys.first() else {
        unreachable!("the order admits the place");
    };
    let ((_, direction), or_at) = (walk.first_key(), walk.near_side);
    Some(BeyondTime { direction, or_at, created_at: *created_at, id: place.id })
}

/// The condition on a time of addition and an ID, by position number.
pub(super) struct BeyondTime {
    pub(super) direction: Direction,
    /// Whether the row at the position itself is included.
    pub(super) or_at: bool,
    /// In microseconds.
    pub(super) created_at: i64,
    pub(super) id: VideoId,
}

impl BeyondTime {
    /// Adds the condition that a video's position number is there.
    fn push(&self, sql: &mut Sql) {
        let operator = beyond_or_at(self.direction);
        sql.push(format_args!("{} {operator} ", VideoColumn::Position));
        self.push_position(sql);
    }

    /// Adds the number of the first video there, or one that none reaches.
    pub(super) fn push_position(&self, sql: &mut Sql) {
        let direction = self.direction;
        let operator = if self.or_at { beyond_or_at(direction) } else { beyond(direction) };
        let none = match direction {
            Direction::Asc => i64::MAX,
            Direction::Desc => -i64::MAX,
        };
        let order = keyword(direction);
        sql.push(format_args!(
            "coalesce((SELECT position FROM videos WHERE (created_at, id) {operator} ("
        ));
        sql.push_bind(self.created_at).push(", ").push_bind(self.id);
        sql.push(format_args!(") ORDER BY created_at {order}, id {order} LIMIT 1), {none})"));
    }
}
