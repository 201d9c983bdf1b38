//! Texts in indexes.
//!
//! A B-tree holds no rows above 2,704 bytes, but texts have up to 4,096. So each index on a text has only
//! the rows that it can hold, and statements ask for these and for the others.

use super::columns::VideoColumn;
use crate::repository::sql::Sql;

/// The longest texts that indexes have, in bytes.
const LONGEST: usize = 2000;

/// The conditions for the videos that the index on a column, and on those that follow it in an order, has,
/// and for the others. None if the index has all.
pub(super) fn parts_of(column: VideoColumn) -> Option<&'static [&'static str; 2]> {
    match column {
        VideoColumn::Path => Some(&["octet_length(path) <= 2000", "octet_length(path) > 2000"]),
        VideoColumn::Filename => {
            Some(&["octet_length(filename) <= 2000", "octet_length(filename) > 2000"])
        }
        VideoColumn::FilenameKey => Some(&[
            "octet_length(filename_key) + octet_length(filename) <= 2000",
            "octet_length(filename_key) + octet_length(filename) > 2000",
        ]),
        VideoColumn::VideoCodec => {
            Some(&["octet_length(video_codec) <= 2000", "octet_length(video_codec) > 2000"])
        }
        VideoColumn::AudioCodecKey => Some(&[
            "octet_length(coalesce(audio_codec, '')) <= 2000",
            "octet_length(coalesce(audio_codec, '')) > 2000",
        ]),
        _ => None,
    }
}

/// Adds a condition that only texts with up to this number of bytes, or of any length, can meet, so that
/// the indexes on the column can be used.
pub(super) fn push_indexed(
    sql: &mut Sql,
    column: VideoColumn,
    longest: Option<usize>,
    push: impl Fn(&mut Sql),
) {
    let Some([short, long]) = parts_of(column) else { return push(sql) };
    sql.push(format_args!("({short} AND "));
    push(sql);
    if longest.is_none_or(|longest| longest > LONGEST) {
        sql.push(format_args!(" OR {long} AND "));
        push(sql);
    }
    sql.push(")");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repository::sql::Columns;

    #[test]
    fn no_part_has_a_text_that_an_index_cannot_hold() {
        for column in VideoColumn::STORED {
            for part in parts_of(*column).into_iter().flatten() {
                assert!(part.ends_with(&format!(" {LONGEST}")), "{part}");
            }
        }
    }
}
