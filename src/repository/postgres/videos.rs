//! Statements that read videos.

use super::columns::VideoColumn;
use super::filter::filter_walk;
use crate::domain::{
    Direction, OrderField, PageRequest, SortPosition, VideoFilter, VideoId, VideoOrder,
};
use crate::repository::sql::{Columns, Conditions, Key, Place, Sql, Walk};

/// The statement for the videos with these IDs, in no order.
pub(super) fn with_ids(ids: &[VideoId]) -> Sql {
    let mut sql = Sql::new(format!("SELECT {} FROM videos WHERE id = ANY(", VideoColumn::SELECTED));
    sql.push_bind(ids.to_vec()).push(")");
    sql
}

/// The statement for the video with this path.
pub(super) fn with_path(path: &str) -> Sql {
    Sql::new(format!("SELECT {} FROM videos WHERE path = ?", VideoColumn::SELECTED))
        .bind(path.to_owned())
}

/// The statement for a page: see [`page_of`].
pub(super) fn page_of_videos(
    filter: &VideoFilter,
    order: &VideoOrder,
    page: &PageRequest<SortPosition>,
) -> Sql {
    page_of(page, &keys_of(order), |conditions| filter_walk(conditions, filter))
}

/// The statement for a page of a table in an order. Its rows have a flag, whether the row only shows that
/// there is one on the near side of the page's place, and otherwise what is selected of the table. It is
/// one statement, so that all of it is of one moment.
pub(super) fn page_of<C: Columns, P: Place>(
    page: &PageRequest<P>,
    order: &[Key<C>],
    push_filter: impl Fn(&mut Conditions<'_>),
) -> Sql {
    let mut sql = Sql::new("");
    for walk in Walk::of_page(page, order) {
        let nothing = ", NULL".repeat(C::READ);
        match walk.near_side {
            false => sql.push(format_args!("(SELECT false, {} FROM {}", C::SELECTED, C::TABLE)),
            true => sql.push(format_args!(" UNION ALL (SELECT true{nothing} FROM {}", C::TABLE)),
        };
        let mut conditions = Conditions::of(&mut sql);
        push_filter(&mut conditions);
        walk.push_beyond(&mut conditions);
        walk.push_order(&mut sql);
        walk.push_limit(&mut sql);
        sql.push(")");
    }
    sql
}

/// The columns of an order and which way they go.
pub(super) fn keys_of(order: &VideoOrder) -> Vec<Key<VideoColumn>> {
    let keys = order
        .keys()
        .iter()
        .flat_map(|key| columns(key.field).iter().map(|column| (*column, key.direction)));
    keys.chain([(VideoColumn::Id, order.tie_direction())]).collect()
}

/// The columns that a sort key compares, one for each value of a [`Place`].
fn columns(field: OrderField) -> &'static [VideoColumn] {
    match field {
        OrderField::CreatedAt => &[VideoColumn::CreatedAt],
        OrderField::UpdatedAt => &[VideoColumn::UpdatedAt],
        OrderField::Filename => &[VideoColumn::Filename],
        OrderField::Path => &[VideoColumn::Path],
        OrderField::Duration => &[VideoColumn::DurationSeconds],
        OrderField::FileSize => &[VideoColumn::FileSize],
        OrderField::FilenameNatural => &[VideoColumn::FilenameKey, VideoColumn::Filename],
        OrderField::VideoCodec => &[VideoColumn::VideoCodec],
        OrderField::AudioCodec => &[VideoColumn::AudioCodecKey],
        OrderField::Resolution => &[VideoColumn::Pixels, VideoColumn::Width],
        OrderField::FrameRate => &[VideoColumn::FramesPerSecond],
    }
}

/// The statement for the next videos of a scan after a position.
pub(super) fn next_of_scan(place: Option<&SortPosition>, limit: i64) -> Sql {
    let keys = [VideoColumn::CreatedAt, VideoColumn::Id].map(|column| (column, Direction::Asc));
    let walk = Walk { near_side: false, keys: keys.to_vec(), place, limit, offset: 0 };
    let mut sql = Sql::new(format!("SELECT {} FROM videos", VideoColumn::SELECTED));
    walk.push_beyond(&mut Conditions::of(&mut sql));
    walk.push_order(&mut sql);
    walk.push_limit(&mut sql);
    sql
}
