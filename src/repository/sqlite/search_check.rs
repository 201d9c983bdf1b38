//! Verifies the search index: positions rise in the order of addition, and the index has the words
//! of the videos, and their prefixes, in the right places.

use std::hash::{DefaultHasher, Hash, Hasher};

use super::derivations::has_current_words;
use super::index_copy::has_words_of_videos;
use super::reader::Reader;
use super::rows::{BoxError, VIDEO, read_id, read_video};
use super::search_index;
use crate::repository::MAX_FAULTS;
use crate::repository::sql::Sql;

pub(super) fn search_faults(reader: &Reader) -> Result<Vec<String>, BoxError> {
    let mut faults = misplaced_videos(reader)?;
    // Words of other rules are made anew before they are looked up.
    if !has_current_words(reader)? {
        return Ok(faults);
    }
    let has_words = indexed_words(reader)? == words_of_videos(reader)?;
    if !has_words || !reader.in_temporary_tables(has_words_of_videos)? {
        faults.push("the search index does not match the videos".to_owned());
    }
    Ok(faults)
}

fn misplaced_videos(reader: &Reader) -> Result<Vec<String>, BoxError> {
    let sql = Sql::new(
        "SELECT id
        FROM (
            SELECT id, position, lag(position) OVER (ORDER BY created_at, id) AS before
            FROM videos
        )
        WHERE position < before
        LIMIT ?",
    );
    reader.all(&sql.bind(i64::try_from(MAX_FAULTS)?), |row| {
        Ok(format!(
            "video {}: its position does not follow those of videos added before it",
            read_id(row, 0)?
        ))
    })
}

/// All words with their places, as one number for each side: this needs no memory, and an
/// accidental match is practically impossible.
#[derive(Default, PartialEq, Eq)]
struct Sum(u64);

impl Sum {
    /// Adds a word with the sum of its places. The order of additions does not matter.
    fn add(&mut self, word: &str, places: i64) {
        let mut hasher = DefaultHasher::new();
        word.hash(&mut hasher);
        self.0 = self.0.wrapping_add(hasher.finish().wrapping_mul(places.cast_unsigned()));
    }
}

/// The value of a place: `offset` words into the text at `position`. It is so small that the sum of
/// all of them is an `i64`.
fn place(position: i64, offset: i64) -> i64 {
    (position % SMALL + 1) * (offset + 1)
}

/// A prime, so that positions, which often have a common factor, differ here as well.
const SMALL: i64 = 1_000_003;

fn indexed_words(reader: &Reader) -> Result<Sum, BoxError> {
    let sql = Sql::new(
        "SELECT term, sum((-doc % ? + 1) * (offset + 1))
        FROM video_search_words
        GROUP BY term",
    );
    let mut sum = Sum::default();
    reader.for_each(&sql.bind(SMALL), |row| {
        sum.add(row.get_ref(0)?.as_str()?, row.get(1)?);
        Ok(())
    })?;
    Ok(sum)
}

fn words_of_videos(reader: &Reader) -> Result<Sum, BoxError> {
    let mut sum = Sum::default();
    reader.for_each(&Sql::new(format!("SELECT position, {VIDEO} FROM videos")), |row| {
        let position = row.get(0)?;
        let text = search_index::text_of(&read_video(row, 1)?.values);
        for (offset, word) in (0..).zip(text.split_ascii_whitespace()) {
            sum.add(word, place(position, offset));
        }
        Ok(())
    })?;
    Ok(sum)
}
