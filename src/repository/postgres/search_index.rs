//! The words of every video in `video_search`, in step with the videos.

use sqlx::Row;
use sqlx::postgres::PgConnection;

use super::connection::{execute, rows, run};
use super::failure::BoxError;
use super::rows::read_id;
use crate::domain::search::{VERSION, VideoWords};
use crate::domain::{Video, VideoId};
use crate::repository::sql::Sql;

/// Stands between the texts of a path and of a filename. No word has it, so nothing that is looked for
/// extends from one into the other.
const APART: &str = "/";

/// The number of videos whose words are cut together.
const CHUNK: i64 = 1000;

/// What the table has of a video: the words of its filename, and those of both its names.
pub(super) fn texts_of_names(filename: &str, path: &str) -> [String; 2] {
    let VideoWords { filename, path } = VideoWords::of_names(filename, path);
    let mut anywhere = path.text();
    if !path.has_all_of(&filename) {
        anywhere.push_str(APART);
        anywhere.push_str(&filename.text());
    }
    [filename.text(), anywhere]
}

/// Rows of the table, column by column.
#[derive(Default)]
struct Rows {
    created_at: Vec<i64>,
    ids: Vec<VideoId>,
    filenames: Vec<String>,
    anywhere: Vec<String>,
}

impl Rows {
    fn add(&mut self, created_at: i64, id: VideoId, [filename, anywhere]: [String; 2]) {
        self.created_at.push(created_at);
        self.ids.push(id);
        self.filenames.push(filename);
        self.anywhere.push(anywhere);
    }

    /// Stores them, also in the place of those that are there.
    async fn store(self, connection: &mut PgConnection) -> Result<(), BoxError> {
        if self.ids.is_empty() {
            return Ok(());
        }
        let mut sql = Sql::new("INSERT INTO video_search (created_at, id, filename, anywhere)");
        sql.push(" SELECT * FROM unnest(").push_bind(self.created_at);
        sql.push(", ").push_bind(self.ids);
        sql.push(", ").push_bind(self.filenames);
        sql.push(", ").push_bind(self.anywhere);
        // A new version of a row costs as much as a new row, so words that stay are left alone.
        sql.push(
            ") ON CONFLICT (created_at, id) DO UPDATE
            SET filename = excluded.filename, anywhere = excluded.anywhere
            WHERE (video_search.filename, video_search.anywhere)
                IS DISTINCT FROM (excluded.filename, excluded.anywhere)",
        );
        execute(connection, &sql).await
    }
}

/// Stores the words of videos that are new or have new names.
pub(super) async fn store(
    connection: &mut PgConnection,
    videos: impl Iterator<Item = &Video>,
) -> Result<(), BoxError> {
    let mut rows = Rows::default();
    for video in videos {
        let texts = texts_of_names(video.values.filename.as_str(), video.values.path.as_str());
        rows.add(video.created_at.as_micros(), video.id, texts);
    }
    rows.store(connection).await
}

/// Removes the words of videos, which must still be there.
pub(super) async fn remove(connection: &mut PgConnection, ids: &[VideoId]) -> Result<(), BoxError> {
    let mut sql = Sql::new("DELETE FROM video_search USING videos WHERE videos.id = ANY(");
    sql.push_bind(ids.to_vec()).push(") AND video_search.created_at = videos.created_at");
    sql.push(" AND video_search.id = videos.id");
    execute(connection, &sql).await
}

/// Cuts all words anew if those that the library has are of other rules.
pub(super) async fn bring_up_to_date(connection: &mut PgConnection) -> Result<(), BoxError> {
    if version(connection).await? == VERSION {
        return Ok(());
    }
    run(connection, "BEGIN; SELECT FROM library_lock FOR UPDATE").await?;
    // Another server may have done it meanwhile.
    if version(connection).await? != VERSION {
        run(connection, "DELETE FROM video_search").await?;
        let mut place = None;
        while let Some(last) = cut_next(connection, place).await? {
            place = Some(last);
        }
        let sql = Sql::new("UPDATE search_version SET version = ?").bind(VERSION);
        execute(connection, &sql).await?;
    }
    run(connection, "COMMIT").await
}

async fn version(connection: &mut PgConnection) -> Result<i64, BoxError> {
    let found = rows(connection, &Sql::new("SELECT version FROM search_version")).await?;
    Ok(found.first().ok_or("search_version is empty")?.try_get(0)?)
}

/// Stores the words of the next videos after a place. Returns the place of the last of them.
async fn cut_next(
    connection: &mut PgConnection,
    place: Option<(i64, VideoId)>,
) -> Result<Option<(i64, VideoId)>, BoxError> {
    let mut sql = Sql::new("SELECT created_at, id, filename, path FROM videos");
    if let Some((created_at, id)) = place {
        sql.push(" WHERE (created_at, id) > (").push_bind(created_at);
        sql.push(", ").push_bind(id).push(")");
    }
    sql.push(" ORDER BY created_at, id LIMIT ").push_bind(CHUNK);
    let (mut cut, mut last) = (Rows::default(), None);
    for row in rows(connection, &sql).await? {
        let (created_at, id) = (row.try_get(0)?, read_id(&row, 1)?);
        cut.add(created_at, id, texts_of_names(row.try_get(2)?, row.try_get(3)?));
        last = Some((created_at, id));
    }
    cut.store(connection).await?;
    Ok(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_filename_comes_again_where_the_path_lacks_some_of_it() {
        for (filename, path, in_filename, anywhere) in [
            ("Two.mkv", "/media/Two.mkv", " two mkv ", " media two mkv "),
            ("Two.mkv", "/media/1", " two mkv ", " media 1 / two mkv "),
            (
                "X-Ray.mkv",
                "/Wi-Fi/X-Ray.mkv",
                " x ray mkv / xray | ",
                " wi fi x ray mkv / wifi | xray | ",
            ),
            ("X-Ray", "/X Ray", " x ray / xray | ", " x ray / x ray / xray | "),
            ("本.mkv", "/日・本.mkv", " 本 mkv ", " 日 | 本 mkv "),
            ("...", "/", " ", " "),
        ] {
            assert_eq!(texts_of_names(filename, path), [in_filename, anywhere], "{path}");
        }
    }
}
