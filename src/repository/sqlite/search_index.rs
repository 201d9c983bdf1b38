//! The search index: the words of every video, in step with the videos.

use std::cmp::Reverse;

use rusqlite::Connection;

use super::reader::Statement;
use super::rows::BoxError;
use crate::domain::VideoValues;
use crate::domain::search::VideoWords;

/// Begins the words of filenames in the index.
pub(super) const IN_FILENAME: char = 'f';

/// The mark of words of paths before the filename.
pub(super) const IN_PATH: char = 'p';

/// Stands between a path and a filename that is not its end, and before each compound. No query has it.
const APART: &str = "x";

/// The text of a video in the index: the words of its path, ending with those of its filename, so
/// that a phrase can extend from one into the other; and then the compounds of both, each
/// separately.
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
    // Where the path ends with the filename, so do its compounds with those of it.
    let ends = if before.is_some() { filename.compounds().count() } else { 0 };
    let before = path.compounds().count() - ends;
    let compounds = path.compounds().take(before).map(|word| (IN_PATH, word));
    let compounds = compounds.chain(filename.compounds().map(|word| (IN_FILENAME, word)));
    let compounds = compounds.flat_map(|(mark, word)| [APART.to_owned(), marked(mark, word)]);
    in_path.chain(apart).chain(in_filename).chain(compounds).collect::<Vec<_>>().join(" ")
}

/// Whether the last part of the path is the filename.
fn ends_with_filename(filename: &str, path: &str) -> bool {
    let directory = path.strip_suffix(filename);
    directory.is_some_and(|directory| directory.is_empty() || directory.ends_with(['/', '\\']))
}

/// A word as the index has it.
pub(super) fn marked(mark: char, word: &str) -> String {
    format!("{mark}{word}")
}

/// Puts texts in for the videos at these positions, or in the place of those that are there.
pub(super) fn store(
    connection: &Connection,
    mut texts: Vec<(i64, String)>,
) -> Result<(), BoxError> {
    // FTS5 gathers rows as long as they ascend.
    texts.sort_unstable_by_key(|(position, _)| Reverse(*position));
    let sql = "INSERT OR REPLACE INTO video_search (rowid, words) VALUES (-?, ?)";
    let mut store = Statement::prepare(connection, sql)?;
    texts.iter().try_for_each(|(position, text)| store.execute((position, text)))
}

/// Takes all texts out.
pub(super) fn clear(connection: &Connection) -> Result<(), BoxError> {
    let sql = "INSERT INTO video_search (video_search) VALUES ('delete-all')";
    Statement::prepare(connection, sql)?.execute(())
}

/// Takes the texts at these positions out.
pub(super) fn remove(connection: &Connection, positions: &[i64]) -> Result<(), BoxError> {
    let mut positions = positions.to_vec();
    positions.sort_unstable_by_key(|position| Reverse(*position));
    let sql = "DELETE FROM video_search WHERE rowid = -?";
    let mut remove = Statement::prepare(connection, sql)?;
    positions.iter().try_for_each(|position| remove.execute([position]))
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
            ("X-Ray.mkv", "C:\\Wi-Fi\\X-Ray.mkv", "pc pwi pfi fx fray fmkv x pwifi x fxray"),
            ("X-Ray.mkv", "/X-Ray", "px pray x fx fray fmkv x pxray x fxray"),
        ] {
            let mut values = samples::new_video(1, "a").values;
            values.filename = Text::new(filename).unwrap();
            values.path = Text::new(path).unwrap();
            assert_eq!(text_of(&values), text, "{path}");
        }
    }
}
