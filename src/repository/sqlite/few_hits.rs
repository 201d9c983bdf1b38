//! Searches that find little: all that they find, ranked here.
//!
//! Walking tiers is fast if there are many matches, because it stops early. If frequent words
//! rarely occur together, it does not stop, and every tier costs as much as the whole search. The
//! whole search is therefore tried first, and abandoned only if it finds too many videos.

use rusqlite::types::ValueRef;

use super::found_positions::{Exact, push_found};
use super::reader::Reader;
use super::rows::{BoxError, VIDEO, read_video};
use crate::domain::{SearchQuery, Video, VideoFilter};
use crate::repository::SearchHit;
use crate::repository::sql::{Conditions, Sql};

/// How many videos are few: this number is read and ranked in the time of one walk over frequent
/// words.
pub(super) const FEW: i64 = 400;

/// The statement for the matches of a query, if they are few. Its rows have the number of matches,
/// one more than few at most, and [`VIDEO`], which is NULL for those that do not match `filter`.
/// There is at least one row.
pub(super) fn statement(query: &SearchQuery, filter: &VideoFilter, exact: Exact) -> Sql {
    let mut sql = Sql::new(
        "WITH found (hit) AS MATERIALIZED (
            ",
    );
    push_found(&mut sql, query, exact);
    sql.push(" LIMIT ").push_bind(FEW + 1);
    sql.push(format_args!(
        "),
        total AS MATERIALIZED (SELECT count(*) AS found FROM found)
        SELECT total.found, {VIDEO}
        FROM total
        LEFT JOIN found ON total.found <= {FEW}
        LEFT JOIN videos ON videos.position = found.hit"
    ));
    // Comparing few names takes less time than collecting all hits of a search in the filter.
    Conditions::after_others(&mut sql).filter_by_name(filter);
    sql
}

/// The matches, best first; none if they are not few.
pub(super) fn read(
    reader: &Reader,
    sql: &Sql,
    query: &SearchQuery,
) -> Result<Option<Vec<SearchHit>>, BoxError> {
    let mut found = 0;
    let mut hits = Vec::new();
    reader.for_each(sql, |row| {
        found = row.get(0)?;
        if row.get_ref(1)? != ValueRef::Null {
            hits.push(hit_of(query, read_video(row, 1)?)?);
        }
        Ok(())
    })?;
    hits.sort_unstable_by_key(SearchHit::place);
    Ok((found <= FEW).then_some(hits))
}

fn hit_of(query: &SearchQuery, video: Video) -> Result<SearchHit, BoxError> {
    let tier = query.rank(&video.values);
    let tier = tier.ok_or_else(|| {
        format!("the search index has words that video {} does not have", video.id)
    })?;
    Ok(SearchHit { tier, video })
}
