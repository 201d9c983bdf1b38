//! Pages as SQL: walks along an order from a place on, which an index can follow.

use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::filter::{Conditions, Sql};
use super::rows::{BoxError, VIDEO};
use crate::domain::{
    Direction, OrderField, Page, PageRequest, SortValue, VideoFilter, VideoOrder, VideoPlace,
};

/// The statement for a page of videos. Its rows have a flag, whether the row is only there to show
/// that there is one on the near side of the page's place, and then [`VIDEO`].
pub(super) fn page_of_videos(
    filter: &VideoFilter,
    order: &VideoOrder,
    page: &PageRequest<VideoPlace>,
) -> Sql {
    let ahead = Walk {
        near_side: false,
        keys: if page.is_backward() { reversed(order) } else { keys_of(order) },
        place: page.place(),
        limit: limit_and_one(page),
    };
    let back = page.place().map(|place| Walk {
        near_side: true,
        keys: if page.is_backward() { keys_of(order) } else { reversed(order) },
        place: Some(place),
        limit: 1,
    });
    let mut sql = Sql::new("");
    for walk in [Some(ahead), back].into_iter().flatten() {
        let union = if walk.near_side { " UNION ALL " } else { "" };
        let flag = walk.near_side;
        sql.push(format_args!("{union}SELECT * FROM (SELECT {flag}, {VIDEO} FROM videos"));
        push_walk(&mut sql, filter, &walk);
        sql.push(")");
    }
    sql
}

/// A page's limit and one row more, which shows whether there is a next page.
pub(super) fn limit_and_one<P>(page: &PageRequest<P>) -> i64 {
    i64::try_from(page.limit()).map_or(i64::MAX, |limit| limit.saturating_add(1))
}

/// The page out of the rows of such a statement, or of one that begins with the same flag.
pub(super) fn assemble<T, P>(
    page: &PageRequest<P>,
    rows: &[SqliteRow],
    read: impl Fn(&SqliteRow) -> Result<T, BoxError>,
) -> Result<Page<T>, BoxError> {
    let mut items = Vec::with_capacity(rows.len());
    let mut near_side = false;
    for row in rows {
        if row.try_get(0)? {
            near_side = true;
        } else {
            items.push(read(row)?);
        }
    }
    Ok(Page::assemble(page, items, near_side))
}

type Key = (&'static str, Direction);

/// A stretch of videos along an order.
pub(super) struct Walk<'a> {
    /// Whether it begins at the place itself, to go back from there.
    pub(super) near_side: bool,
    /// What is compared, in turn, and which way; the ID is the last of it.
    pub(super) keys: Vec<Key>,
    /// Where it begins; at the end of the order where no place is given.
    pub(super) place: Option<&'a VideoPlace>,
    /// How many rows at most.
    pub(super) limit: i64,
}

/// The columns of an order and which way they go.
pub(super) fn keys_of(order: &VideoOrder) -> Vec<Key> {
    let keys = order.keys().iter().map(|key| (column(key.field), key.direction));
    keys.chain([("id", order.tie_direction())]).collect()
}

fn reversed(order: &VideoOrder) -> Vec<Key> {
    let keys = keys_of(order).into_iter();
    keys.map(|(column, direction)| (column, direction.reversed())).collect()
}

fn column(field: OrderField) -> &'static str {
    match field {
        OrderField::CreatedAt => "created_at",
        OrderField::UpdatedAt => "updated_at",
        OrderField::Filename => "filename",
        OrderField::Path => "path",
        OrderField::Duration => "duration_seconds",
        OrderField::FileSize => "file_size",
    }
}

/// Adds what follows `FROM videos`.
pub(super) fn push_walk(sql: &mut Sql, filter: &VideoFilter, walk: &Walk<'_>) {
    let mut conditions = Conditions::of(sql);
    conditions.filter_videos(filter);
    if let Some(place) = walk.place {
        push_beyond(conditions.and(), walk, place);
    }
    sql.push(" ORDER BY ");
    for (index, (column, direction)) in walk.keys.iter().enumerate() {
        let separator = if index == 0 { "" } else { ", " };
        let direction = match direction {
            Direction::Asc => "ASC",
            Direction::Desc => "DESC",
        };
        sql.push(format_args!("{separator}{column} {direction}"));
    }
    sql.push(" LIMIT ").push_bind(walk.limit);
}

fn push_beyond(sql: &mut Sql, walk: &Walk<'_>, place: &VideoPlace) {
    let (first, direction) = walk.keys[0];
    if walk.keys.iter().any(|(_, other)| *other != direction) {
        // An index cannot follow keys that go both ways, but it can start at the first of them.
        sql.push(format_args!("{first} {} ", beyond_or_at(direction)));
        push_value(sql, place, 0);
        sql.push(" AND ");
        return push_beyond_from_key(sql, walk, place, 0);
    }
    let columns: Vec<&str> = walk.keys.iter().map(|(column, _)| *column).collect();
    let operator = if walk.near_side { beyond_or_at(direction) } else { beyond(direction) };
    sql.push(format_args!("({}) {operator}", columns.join(", ")));
    for index in 0..walk.keys.len() {
        sql.push(if index == 0 { " (" } else { ", " });
        push_value(sql, place, index);
    }
    sql.push(")");
}

/// That the keys from `index` on lie beyond the place.
fn push_beyond_from_key(sql: &mut Sql, walk: &Walk<'_>, place: &VideoPlace, index: usize) {
    let (column, direction) = walk.keys[index];
    let is_last = index + 1 == walk.keys.len();
    let includes_place = is_last && walk.near_side;
    let operator = if includes_place { beyond_or_at(direction) } else { beyond(direction) };
    sql.push(format_args!("({column} {operator} "));
    push_value(sql, place, index);
    if !is_last {
        sql.push(format_args!(" OR {column} = "));
        push_value(sql, place, index);
        sql.push(" AND ");
        push_beyond_from_key(sql, walk, place, index + 1);
    }
    sql.push(")");
}

fn beyond(direction: Direction) -> &'static str {
    match direction {
        Direction::Asc => ">",
        Direction::Desc => "<",
    }
}

fn beyond_or_at(direction: Direction) -> &'static str {
    match direction {
        Direction::Asc => ">=",
        Direction::Desc => "<=",
    }
}

/// What a place has for a key; after the keys of its order comes its ID.
fn push_value(sql: &mut Sql, place: &VideoPlace, index: usize) {
    match place.keys.get(index) {
        Some(SortValue::Integer(number)) => sql.push_bind(*number),
        Some(SortValue::Real(number)) => sql.push_bind(comparable(*number)),
        Some(SortValue::Text(text)) => sql.push_bind(text.clone()),
        None => sql.push_bind(place.id.as_bytes().to_vec()),
    };
}

/// A number that lies to every duration as `number` does in the total order of doubles.
///
/// SQLite takes NaN for NULL and −0 for 0, but every duration is finite and from +0 on.
fn comparable(number: f64) -> f64 {
    if number.is_sign_negative() {
        -1.0
    } else if number.is_nan() {
        f64::INFINITY
    } else {
        number
    }
}
