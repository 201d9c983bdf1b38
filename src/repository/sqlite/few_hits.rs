//! Searches that find little: all that they find, ranked here.
//!
//! Walking tiers is quick where videos abound, since it stops early. Where words are frequent and
//! seldom meet it does not stop, and every tier costs as much as the whole search. So the search is
//! tried as a whole first, and given up only if it finds too much.

use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::filter::{Conditions, Sql};
use super::match_expression;
use super::rows::{BoxError, VIDEO, read_video};
use crate::domain::search::VideoWords;
use crate::domain::{SearchQuery, VideoFilter};
use crate::repository::SearchHit;

/// How many videos are few: so many are read and ranked in the time of one walk over frequent words.
pub(super) const FEW: i64 = 400;

/// The statement for what a query finds, if that is few. Its rows have how many are found, one more
/// than few at most, and [`VIDEO`], which is null in those that `filter` leaves out. There is at
/// least one row.
pub(super) fn statement(query: &SearchQuery, filter: &VideoFilter) -> Sql {
    let mut sql = Sql::new(
        "WITH found AS MATERIALIZED (
            SELECT -rowid AS position
            FROM video_search
            WHERE video_search MATCH ",
    );
    sql.push_bind(match_expression::of_query(query)).push(" LIMIT ").push_bind(FEW + 1);
    sql.push(format_args!(
        "),
        total AS MATERIALIZED (SELECT count(*) AS found FROM found)
        SELECT total.found, video.json
        FROM total
        LEFT JOIN found ON total.found <= {FEW}
        LEFT JOIN (SELECT position, {VIDEO} AS json FROM videos"
    ));
    Conditions::of(&mut sql).filter_videos(filter);
    sql.push(") AS video ON video.position = found.position");
    sql
}

/// What is found, the best first; none if that is not few.
pub(super) fn read(
    query: &SearchQuery,
    rows: &[SqliteRow],
) -> Result<Option<Vec<SearchHit>>, BoxError> {
    let found: i64 = rows.first().ok_or("the statement counts nothing")?.try_get(0)?;
    if found > FEW {
        return Ok(None);
    }
    let mut hits = Vec::with_capacity(rows.len());
    for row in rows {
        if row.try_get::<Option<&str>, _>(1)?.is_some() {
            let video = read_video(row, 1)?;
            let tier = query.tier(&VideoWords::of(&video.values)).ok_or_else(|| {
                format!("the search index has words that video {} lacks", video.id)
            })?;
            hits.push(SearchHit { tier, video });
        }
    }
    hits.sort_unstable_by_key(SearchHit::place);
    Ok(Some(hits))
}
