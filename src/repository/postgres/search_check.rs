//! Verifies that `video_search` has the words of every video, and no others.

use sqlx::Row;
use sqlx::postgres::PgRow;

use super::failure::{BoxError, failed};
use super::rows::read_id;
use super::search_index::texts_of_names;
use super::source::Source;
use crate::domain::VideoId;
use crate::repository::sql::Sql;
use crate::repository::{MAX_FAULTS, RepositoryError};

/// What is attempted.
const CHECK: &str = "check the search index";

/// The number of rows that are compared together.
const CHUNK: i64 = 1000;

/// Where a row stands in the order of both tables.
type Place = (i64, VideoId);

/// What is wrong with the words in a snapshot: at most as many faults as are reported.
pub(super) async fn search_faults(snapshot: &Source) -> Result<Vec<String>, RepositoryError> {
    let (mut faults, mut place) = (Vec::new(), None);
    while faults.len() < MAX_FAULTS {
        let rows = snapshot.rows(CHECK, &next_rows(place)).await?;
        let Some(last) = rows.last() else { break };
        place = Some(read_place(last).map_err(failed(CHECK))?);
        for row in &rows {
            faults.extend(fault(row).map_err(failed(CHECK))?);
        }
    }
    faults.truncate(MAX_FAULTS);
    Ok(faults)
}

/// The statement for the next rows of both tables: the place, whether the video is there, its names, and
/// the words that are stored.
fn next_rows(place: Option<Place>) -> Sql {
    let mut sql = Sql::new(
        "SELECT created_at, id, videos.path IS NOT NULL, videos.filename, videos.path,
            words.filename, words.anywhere
        FROM ",
    );
    push_next(&mut sql, ["filename, path", "videos"], place);
    push_next(sql.push(" FULL JOIN "), ["filename, anywhere", "video_search"], place);
    sql.push(" USING (created_at, id) ORDER BY created_at, id LIMIT ").push_bind(CHUNK);
    sql
}

/// Adds as many rows of a table as can be needed.
fn push_next(sql: &mut Sql, [columns, table]: [&str; 2], place: Option<Place>) {
    sql.push(format_args!("(SELECT created_at, id, {columns} FROM {table}"));
    if let Some((created_at, id)) = place {
        sql.push(" WHERE (created_at, id) > (").push_bind(created_at);
        sql.push(", ").push_bind(id).push(")");
    }
    sql.push(" ORDER BY created_at, id LIMIT ").push_bind(CHUNK);
    sql.push(if table == "videos" { ") videos" } else { ") words" });
}

fn read_place(row: &PgRow) -> Result<Place, BoxError> {
    Ok((row.try_get(0)?, read_id(row, 1)?))
}

fn fault(row: &PgRow) -> Result<Option<String>, BoxError> {
    let id = read_id(row, 1)?;
    if !row.try_get::<bool, _>(2)? {
        return Ok(Some(format!("the search index has words of video {id}, which is not there")));
    }
    let stored: [Option<&str>; 2] = [row.try_get(5)?, row.try_get(6)?];
    let expected = texts_of_names(row.try_get(3)?, row.try_get(4)?);
    let is_right = stored == [Some(expected[0].as_str()), Some(expected[1].as_str())];
    Ok((!is_right).then(|| format!("the search index does not have the words of video {id}")))
}
