//! The search index: the words of every video, in step with the videos.

use sqlx::SqliteConnection;

use super::rows::{BoxError, json_array};
use crate::domain::search::VideoWords;
use crate::domain::{VideoId, VideoValues};

/// Begins the words of filenames in the index.
pub(super) const IN_FILENAME: char = 'f';

/// Begins the words of paths, as far as they stand before the filename.
pub(super) const IN_PATH: char = 'p';

/// Stands between a path and a filename that is not its end. No query has it.
const APART: &str = "x";

/// What the index has of a video: the words of its path, and of its filename at the end of these, so
/// that a phrase can go from one into the other.
pub(super) fn text_of(values: &VideoValues) -> String {
    text_of_names(values.filename.as_str(), values.path.as_str())
}

/// The same for a video with this filename and this path.
pub(super) fn text_of_names(filename: &str, path: &str) -> String {
    let ends_with_filename = ends_with_filename(filename, path);
    let VideoWords { filename, path } = VideoWords::of_names(filename, path);
    let before = if ends_with_filename {
        let before = path.as_str().strip_suffix(filename.as_str());
        before.filter(|before| before.is_empty() || before.ends_with(' '))
    } else {
        None
    };
    let in_path = before.unwrap_or(path.as_str()).split_ascii_whitespace();
    let in_path = in_path.map(|word| marked(IN_PATH, word));
    let apart = before.is_none().then(|| APART.to_owned());
    let in_filename = filename.tokens().map(|word| marked(IN_FILENAME, word));
    in_path.chain(apart).chain(in_filename).collect::<Vec<_>>().join(" ")
}

/// Whether the last part of the path is the filename.
fn ends_with_filename(filename: &str, path: &str) -> bool {
    let directory = path.strip_suffix(filename);
    directory.is_some_and(|directory| directory.is_empty() || directory.ends_with('/'))
}

/// A word as the index has it.
pub(super) fn marked(mark: char, word: &str) -> String {
    format!("{mark}{word}")
}

/// Puts the texts of these videos in, or in the place of those that are there.
pub(super) async fn store(
    connection: &mut SqliteConnection,
    texts: &[(VideoId, String)],
) -> Result<(), BoxError> {
    // FTS5 gathers rows as long as they ascend.
    let query = sqlx::query(
        "INSERT OR REPLACE INTO video_search (rowid, words)
        SELECT -videos.position, text.value ->> 1
        FROM jsonb_each(?) AS text
        CROSS JOIN videos ON videos.id = unhex(text.value ->> 0, '-')
        ORDER BY videos.position DESC",
    );
    query.bind(json_array(texts)).execute(connection).await?;
    Ok(())
}

/// Takes the texts at these positions out.
pub(super) async fn remove(
    connection: &mut SqliteConnection,
    positions: &[i64],
) -> Result<(), BoxError> {
    let sql = "DELETE FROM video_search WHERE rowid IN (SELECT -value FROM json_each(?))";
    sqlx::query(sql).bind(json_array(positions)).execute(connection).await?;
    Ok(())
}

/// Takes the texts of these videos out, which have to be there still.
pub(super) async fn remove_videos(
    connection: &mut SqliteConnection,
    ids: &[VideoId],
) -> Result<(), BoxError> {
    let query = sqlx::query(
        "DELETE FROM video_search
        WHERE rowid IN (
            SELECT -position
            FROM videos
            WHERE id IN (SELECT unhex(value, '-') FROM json_each(?))
        )",
    );
    query.bind(json_array(ids)).execute(connection).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Text, samples};

    #[test]
    fn the_filename_ends_the_path_or_stands_apart() {
        for (filename, path, text) in [
            ("Two Towers.mkv", "/media/Films/Two Towers.mkv", "pmedia pfilms ftwo ftowers fmkv"),
            ("a.mkv", "a.mkv", "fa fmkv"),
            ("a.mkv", "/media/A.mkv", "pmedia pa pmkv x fa fmkv"),
            ("本.mkv", "/日本.mkv", "p日 p本 pmkv x f本 fmkv"),
            ("本.mkv", "/日/本.mkv", "p日 p| f本 fmkv"),
            ("...", "/media/...", "pmedia x"),
        ] {
            let mut values = samples::new_video(1, "a").values;
            values.filename = Text::new(filename).unwrap();
            values.path = Text::new(path).unwrap();
            assert_eq!(text_of(&values), text, "{path}");
        }
    }
}
