//! Statements that read videos.

use super::columns::VideoColumn;
use super::filter::filter_walk;
use super::pages::page_of;
use super::texts;
use crate::domain::{Direction, PageRequest, SortPosition, VideoFilter, VideoId, VideoOrder};
use crate::repository::sql::{Columns, Conditions, Sql, Walk, keys_of};

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
    let keys = keys_of(order);
    let parts = texts::parts_of(keys[0].0).map_or(&[][..], |parts| parts);
    page_of(page, &keys, parts, |conditions| filter_walk(conditions, filter))
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
