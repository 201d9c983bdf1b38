//! Pages as SQL: walks along an order from a place on, which an index can follow.
//!
//! A filter can exclude so much that a walk finds few videos on a long way, and each of its steps
//! fetches a row from elsewhere. In such cases, a page is searched in two steps: near the position
//! and, only if too few are found there, among all videos that match the filter.

use rusqlite::Row;
use rusqlite::types::Value;

use super::filter::{self, Conditions};
use super::reader::Reader;
use super::rows::{BoxError, VIDEO};
use super::sql::Sql;
use crate::domain::{
    Direction, OrderField, Page, PageBuilder, PageRequest, SortValue, VideoFilter, VideoId,
    VideoOrder, VideoPlace,
};

/// How far a walk goes before all videos are considered instead: some tens of milliseconds. In
/// tests of this store, it is so short that most videos of a small library are beyond it.
const CLOSE: i64 = if cfg!(test) { 2 } else { 10_000 };

/// The statements for a page of videos. Their rows have a flag that marks a row on the near side of
/// the page's position, and otherwise [`VIDEO`].
pub(super) fn page_of_videos(
    filter: &VideoFilter,
    order: &VideoOrder,
    page: &PageRequest<VideoPlace>,
) -> Vec<Sql> {
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
    let statement = |walk: Walk<'_>| {
        let mut sql = match walk.near_side {
            false => Sql::new(format!("SELECT false, {VIDEO} FROM videos")),
            true => Sql::new("SELECT true FROM videos"),
        };
        if walk.finds_at_once(filter) {
            push_walk(&mut sql, filter, &walk);
        } else {
            push_two_steps(&mut sql, filter, &walk);
        }
        sql
    };
    [Some(ahead), back].into_iter().flatten().map(statement).collect()
}

/// A page's limit plus one row, which shows whether there is a next page.
pub(super) fn limit_and_one<P>(page: &PageRequest<P>) -> i64 {
    i64::try_from(page.limit()).map_or(i64::MAX, |limit| limit.saturating_add(1))
}

/// The page of such statements, or of others whose rows start with the same flag.
pub(super) fn read_page<T, P>(
    reader: &Reader,
    statements: &[Sql],
    page: &PageRequest<P>,
    read: impl Fn(&Row<'_>) -> Result<T, BoxError>,
) -> Result<Page<T>, BoxError> {
    if statements.len() > 1 {
        reader.stay_at_this_moment()?;
    }
    let mut page = PageBuilder::new(page);
    let mut each = |row: &Row<'_>| {
        if row.get(0)? {
            page.note_near_side();
            Ok(())
        } else {
            page.add(|| read(row))
        }
    };
    statements.iter().try_for_each(|sql| reader.for_each(sql, &mut each))?;
    Ok(page.build())
}

type Key = (&'static str, Direction);

/// A stretch of videos along an order.
pub(super) struct Walk<'a> {
    /// Whether it starts at the position itself and goes backward.
    pub(super) near_side: bool,
    /// What is compared, in order, with directions; the ID comes last.
    pub(super) keys: Vec<Key>,
    /// Where it starts; at the end of the order if no position is given.
    pub(super) place: Option<&'a VideoPlace>,
    /// The maximum number of rows.
    pub(super) limit: i64,
}

impl Walk<'_> {
    /// Whether an index covers the filter, in the order of the walk or for few videos.
    fn finds_at_once(&self, filter: &VideoFilter) -> bool {
        filter.is_everything()
            || filter.is_by_name()
            || filter::only_column(filter) == Some(self.keys[0].0)
    }

    fn is_by_position(&self) -> bool {
        self.keys[0].0 == POSITION
    }
}

/// Rises as the times of addition do, with IDs to settle ties, and is the order of the table.
const POSITION: &str = "position";

/// The columns of an order and which way they go.
pub(super) fn keys_of(order: &VideoOrder) -> Vec<Key> {
    if let [only] = order.keys()
        && only.field == OrderField::CreatedAt
    {
        return vec![(POSITION, only.direction)];
    }
    let keys = order
        .keys()
        .iter()
        .flat_map(|key| columns(key.field).iter().map(|column| (*column, key.direction)));
    keys.chain([("id", order.tie_direction())]).collect()
}

fn reversed(order: &VideoOrder) -> Vec<Key> {
    let keys = keys_of(order).into_iter();
    keys.map(|(column, direction)| (column, direction.reversed())).collect()
}

/// The columns that a sort key compares, as many as [`values_of`] has values for it.
fn columns(field: OrderField) -> &'static [&'static str] {
    match field {
        OrderField::CreatedAt => &["created_at"],
        OrderField::UpdatedAt => &["updated_at"],
        OrderField::Filename => &["filename"],
        OrderField::Path => &["path"],
        OrderField::Duration => &["duration_seconds"],
        OrderField::FileSize => &["file_size"],
        OrderField::FilenameNatural => &["filename_key", "filename"],
    }
}

/// Adds what follows `FROM videos`.
pub(super) fn push_walk(sql: &mut Sql, filter: &VideoFilter, walk: &Walk<'_>) {
    let mut conditions = Conditions::of(sql);
    if filter.is_by_name() {
        conditions.filter_videos(filter);
    } else {
        conditions.filter_by_index(filter);
    }
    push_beyond(&mut conditions, walk);
    push_order(sql, walk);
    sql.push(" LIMIT ").push_bind(walk.limit);
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
    push_order(sql, walk);
    sql.push(" LIMIT ").push_bind(CLOSE).push(")");
    Conditions::of(sql).filter_videos(filter);
    sql.push(" LIMIT ").push_bind(walk.limit);
    sql.push(
        ") SELECT position FROM close
        UNION ALL
        SELECT position FROM (SELECT position FROM videos ",
    );
    push_source(sql, filter, walk);
    push_order(sql, walk);
    sql.push(" LIMIT CASE WHEN (SELECT count(*) FROM close) < ").push_bind(walk.limit);
    sql.push(" THEN ").push_bind(walk.limit).push(" ELSE 0 END))");
    push_order(sql, walk);
}

/// Adds everything between `FROM videos` and the order: the videos after the position that match
/// the filter. It chooses the index, because SQLite does not know how few they are.
fn push_source(sql: &mut Sql, filter: &VideoFilter, walk: &Walk<'_>) {
    let index = filter::only_column(filter).and_then(index_on);
    let mut conditions;
    if walk.is_by_position() && filter.is_on_kinds() {
        sql.push("INDEXED BY videos_kind");
        conditions = Conditions::of(sql);
        let sql = conditions.and().push("kind IN (SELECT kind FROM video_kinds");
        Conditions::of(sql).filter_videos(filter);
        sql.push(")");
    } else if let Some(index) = index.filter(|_| walk.is_by_position()) {
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

/// The index that starts with a column.
fn index_on(column: &str) -> Option<&'static str> {
    match column {
        "filename" => Some("videos_filename"),
        "file_size" => Some("videos_file_size"),
        "updated_at" => Some("videos_updated_at"),
        "created_at" => Some("videos_created_at"),
        "duration_seconds" => Some("videos_duration_seconds"),
        _ => None,
    }
}

fn push_order(sql: &mut Sql, walk: &Walk<'_>) {
    sql.push(" ORDER BY ");
    for (index, (column, direction)) in walk.keys.iter().enumerate() {
        let separator = if index == 0 { "" } else { ", " };
        let direction = match direction {
            Direction::Asc => "ASC",
            Direction::Desc => "DESC",
        };
        sql.push(format_args!("{separator}{column} {direction}"));
    }
}

/// Adds the condition that a video is after the position of a walk, if there is one.
fn push_beyond(conditions: &mut Conditions<'_>, walk: &Walk<'_>) {
    let Some(place) = walk.place else { return };
    let sql = conditions.and();
    let (first, direction) = walk.keys[0];
    if walk.is_by_position() {
        let Some(SortValue::Integer(micros)) = place.keys.first() else {
            unreachable!("the order admits the place");
        };
        let or_at = walk.near_side;
        return BeyondTime { direction, or_at, created_at: *micros, id: place.id }.push(sql);
    }
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
        let than = self.than();
        sql.push(format_args!("{POSITION} {than}= "));
        self.push_position(sql);
    }

    /// Adds the number of the first video there, or one that none reaches.
    pub(super) fn push_position(&self, sql: &mut Sql) {
        let (than, or_at) = (self.than(), if self.or_at { "=" } else { "" });
        let (order, none) = match self.direction {
            Direction::Asc => ("ASC", i64::MAX),
            Direction::Desc => ("DESC", -i64::MAX),
        };
        sql.push(format_args!(
            "coalesce((SELECT position FROM videos WHERE (created_at, id) {than}{or_at} ("
        ));
        sql.push_bind(self.created_at).push(", ").push_bind(self.id.as_bytes().to_vec());
        sql.push(format_args!(") ORDER BY created_at {order}, id {order} LIMIT 1), {none})"));
    }

    fn than(&self) -> &'static str {
        match self.direction {
            Direction::Asc => ">",
            Direction::Desc => "<",
        }
    }
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

/// Adds the value of a position for a column; after those of its order comes its ID.
fn push_value(sql: &mut Sql, place: &VideoPlace, index: usize) {
    let values = place.keys.iter().flat_map(values_of);
    let id = || place.id.as_bytes().to_vec().into();
    sql.push_bind(values.flatten().nth(index).unwrap_or_else(id));
}

/// The values of a position for the columns of a key.
fn values_of(value: &SortValue) -> [Option<Value>; 2] {
    match value {
        SortValue::Integer(number) => [Some((*number).into()), None],
        SortValue::Real(number) => [Some(comparable(*number).into()), None],
        SortValue::Text(text) => [Some(text.clone().into()), None],
        SortValue::Natural(name) => {
            [Some(name.key().to_owned().into()), Some(name.filename().to_owned().into())]
        }
    }
}

/// A number that compares with every duration as `number` does in the total order of doubles.
///
/// SQLite treats NaN as NULL and −0 as 0, but every duration is finite and at least +0.
fn comparable(number: f64) -> f64 {
    if number.is_sign_negative() {
        -1.0
    } else if number.is_nan() {
        f64::INFINITY
    } else {
        number
    }
}
