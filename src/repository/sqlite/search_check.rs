//! Verifying the search index: that positions rise in the order of addition, and that the index has
//! the words of the videos, each where it belongs.

use std::hash::{DefaultHasher, Hash, Hasher};

use futures_util::TryStreamExt;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Row, SqliteConnection};

use super::rows::{BoxError, VIDEO, read_id, read_video};
use super::search_index;
use crate::repository::MAX_FAULTS;

pub(super) async fn search_faults(
    snapshot: &mut SqliteConnection,
) -> Result<Vec<String>, BoxError> {
    let mut faults = misplaced_videos(snapshot).await?;
    if indexed_words(snapshot).await? != words_of_videos(snapshot).await? {
        faults.push("the search index does not have the words of the videos".to_owned());
    }
    Ok(faults)
}

async fn misplaced_videos(snapshot: &mut SqliteConnection) -> Result<Vec<String>, BoxError> {
    let query = sqlx::query(
        "SELECT id
        FROM (
            SELECT id, position, lag(position) OVER (ORDER BY created_at, id) AS before
            FROM videos
        )
        WHERE position < before
        LIMIT ?",
    );
    let rows = query.bind(i64::try_from(MAX_FAULTS)?).fetch_all(snapshot).await?;
    let fault = |row: &SqliteRow| {
        Ok(format!("video {}: its position is not behind those added before it", read_id(row, 0)?))
    };
    rows.iter().map(fault).collect()
}

/// All words with where they stand, as one number each way: it costs no memory, and that it stays
/// the same by chance when something is amiss is out of the question.
#[derive(Default, PartialEq, Eq)]
struct Sum(u64);

impl Sum {
    /// Adds a word whose places come to this. The order of additions does not matter.
    fn add(&mut self, word: &str, places: i64) {
        let mut hasher = DefaultHasher::new();
        word.hash(&mut hasher);
        self.0 = self.0.wrapping_add(hasher.finish().wrapping_mul(places.cast_unsigned()));
    }
}

/// What a place comes to: `offset` words into the text at `position`. It is so small that the sum
/// of all of them is an `i64`.
fn place(position: i64, offset: i64) -> i64 {
    (position % SMALL + 1) * (offset + 1)
}

/// A prime, so that positions, which often have a step in common, differ here as well.
const SMALL: i64 = 1_000_003;

async fn indexed_words(snapshot: &mut SqliteConnection) -> Result<Sum, BoxError> {
    let query = sqlx::query(
        "SELECT term, sum((-doc % ? + 1) * (offset + 1))
        FROM video_search_words
        GROUP BY term",
    );
    let mut rows = query.bind(SMALL).fetch(snapshot);
    let mut sum = Sum::default();
    while let Some(row) = rows.try_next().await? {
        sum.add(row.try_get(0)?, row.try_get(1)?);
    }
    Ok(sum)
}

async fn words_of_videos(snapshot: &mut SqliteConnection) -> Result<Sum, BoxError> {
    let sql = format!("SELECT position, {VIDEO} FROM videos");
    let mut rows = sqlx::query(AssertSqlSafe(sql)).fetch(snapshot);
    let mut sum = Sum::default();
    while let Some(row) = rows.try_next().await? {
        let position = row.try_get(0)?;
        let text = search_index::text_of(&read_video(&row, 1)?.values);
        for (offset, word) in (0..).zip(text.split_ascii_whitespace()) {
            sum.add(word, place(position, offset));
        }
    }
    Ok(sum)
}
