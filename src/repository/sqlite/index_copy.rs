//! Comparing the search index with the texts that it was made from, by means of FTS5 itself.
//!
//! FTS5 verifies all lists of an index, including prefix lists, if it has the texts. Ours are not
//! stored, so a copy is verified, in temporary tables, which recreates the texts from the videos.

use rusqlite::functions::FunctionFlags;
use rusqlite::{Connection, ErrorCode};

use super::rows::BoxError;
use super::search_index;

/// An index like `video_search` that can make its texts again, with the rows of that one.
const COPY: &str = "
    CREATE TEMP VIEW searched_texts AS
    SELECT -position AS id, search_text(filename, path) AS words
    FROM main.videos;

    CREATE VIRTUAL TABLE temp.searched USING fts5 (
        words,
        content = 'searched_texts',
        content_rowid = 'id',
        tokenize = \"ascii tokenchars '|'\",
        prefix = '2 3 4 5 6 7 8'
    );

    DELETE FROM temp.searched_config;
    INSERT INTO temp.searched_config SELECT k, v FROM main.video_search_config;
    DELETE FROM temp.searched_data;
    INSERT INTO temp.searched_data SELECT id, block FROM main.video_search_data;
    DELETE FROM temp.searched_docsize;
    INSERT INTO temp.searched_docsize SELECT id, sz FROM main.video_search_docsize;
    DELETE FROM temp.searched_idx;
    INSERT INTO temp.searched_idx SELECT segid, term, pgno FROM main.video_search_idx;";

/// See <https://sqlite.org/fts5.html#the_integrity_check_command>: without a rank, external texts
/// are not compared.
const COMPARE: &str = "INSERT INTO temp.searched (searched, rank) VALUES ('integrity-check', 1)";

/// Whether the index matches the videos, as far as a checksum can determine: two videos with
/// swapped words can have the same checksum.
pub(super) fn has_words_of_videos(connection: &Connection) -> Result<bool, BoxError> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function("search_text", 2, flags, |arguments| {
        let (filename, path) = (arguments.get_raw(0).as_str()?, arguments.get_raw(1).as_str()?);
        Ok(search_index::text_of_names(filename, path))
    })?;
    connection.execute_batch(COPY)?;
    // FTS5 lets the totals of an index go wrong where it replaces texts that are not kept. No search
    // reads them, but the comparison does.
    let sql = "UPDATE temp.searched_data SET block = ? WHERE id = 1";
    connection.execute(sql, [totals(connection)?])?;
    match connection.execute(COMPARE, ()) {
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseCorrupt) => Ok(false),
        outcome => Ok(outcome.map(|_| true)?),
    }
}

/// FTS5's totals for an index: the number of texts and of words.
fn totals(connection: &Connection) -> Result<Vec<u8>, BoxError> {
    let (mut texts, mut words) = (0_u64, 0_u64);
    let mut statement = connection.prepare("SELECT sz FROM temp.searched_docsize")?;
    let mut rows = statement.query(())?;
    while let Some(row) = rows.next()? {
        texts += 1;
        let bytes = row.get_ref(0)?.as_blob()?.iter();
        // A number that is damaged is found to be wrong by the comparison.
        let length = bytes.fold(0, |length: u64, byte| length << 7 | u64::from(byte & 0x7F));
        words = words.wrapping_add(length);
    }
    Ok([varint(texts), varint(words)].concat())
}

/// A number as FTS5 writes it: seven bits in each byte, and the eighth set in all but the last.
fn varint(mut number: u64) -> Vec<u8> {
    let mut bytes = vec![low_bits(number)];
    while number > 0x7F {
        number >>= 7;
        bytes.push(low_bits(number) | 0x80);
    }
    bytes.reverse();
    bytes
}

fn low_bits(number: u64) -> u8 {
    number.to_le_bytes()[0] & 0x7F
}
