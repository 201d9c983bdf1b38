//! Rows of values that a statement is given as a table, whatever their number.
//!
//! Each value is a parameter of its own. All of them could be one as a list in JSON, but to take a
//! value out of that costs SQLite several times what a parameter costs.

use std::fmt;

use sqlx::sqlite::SqliteArguments;
use sqlx::{Arguments, AssertSqlSafe, Encode, Sqlite, SqliteConnection, Type};

use super::rows::BoxError;
use crate::domain::{Text, Video, VideoField};

/// How many rows a statement is given at most. SQLite takes 32,766 parameters; fewer rows are prepared
/// sooner, and more of them bring nothing.
pub(super) const MAX_ROWS: usize = 128;

/// A table of values, for the WITH clause of a statement.
///
/// It has a power of two of rows, so that there are few different statements to prepare and keep. In
/// those that were not filled all is NULL, and the statement has to leave them out.
pub(super) struct Values<'a> {
    name: &'a str,
    columns: &'a [&'a str],
    arguments: SqliteArguments,
}

impl<'a> Values<'a> {
    /// An empty table with this name and these columns.
    pub(super) fn new(name: &'a str, columns: &'a [&'a str]) -> Self {
        Self { name, columns, arguments: SqliteArguments::default() }
    }

    /// Adds the value of the next column, or of the first one in the next row.
    pub(super) fn add<'v>(
        &mut self,
        value: impl Encode<'v, Sqlite> + Type<Sqlite>,
    ) -> Result<(), BoxError> {
        self.arguments.add(value)
    }

    /// Adds what a video has in the [`columns_of`] a field.
    pub(super) fn add_field(&mut self, video: &Video, field: VideoField) -> Result<(), BoxError> {
        let values = &video.values;
        match field {
            VideoField::Path => self.add(values.path.as_str()),
            VideoField::Filename => self.add(values.filename.as_str()),
            VideoField::DurationFrames => self.add(values.duration_frames.get()),
            VideoField::FrameRate => {
                self.add(values.frame_rate.numerator())?;
                self.add(values.frame_rate.denominator())
            }
            VideoField::Width => self.add(values.width.get()),
            VideoField::Height => self.add(values.height.get()),
            VideoField::VideoCodec => self.add(values.video_codec.as_str()),
            VideoField::AudioCodec => self.add(values.audio_codec.as_ref().map(Text::as_str)),
            VideoField::FileSize => self.add(values.file_size.get()),
            VideoField::ThumbnailPath => self.add(values.thumbnail_path.as_ref().map(Text::as_str)),
            VideoField::CreatedAt => self.add(video.created_at.as_micros()),
            VideoField::UpdatedAt => self.add(video.updated_at.as_micros()),
        }
    }

    /// Runs a statement in which this table stands.
    pub(super) async fn execute(
        self,
        connection: &mut SqliteConnection,
        sql: String,
    ) -> Result<(), BoxError> {
        sqlx::query_with(AssertSqlSafe(sql), self.arguments).execute(connection).await?;
        Ok(())
    }
}

impl fmt::Display for Values<'_> {
    /// The table as a WITH clause defines it. SQLite takes parameters that were not bound for NULL.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let filled = self.arguments.len() / self.columns.len();
        let row = format!("({})", vec!["?"; self.columns.len()].join(", "));
        let rows = vec![row.as_str(); filled.next_power_of_two()].join(", ");
        write!(f, "{} ({}) AS (VALUES {rows})", self.name, self.columns.join(", "))
    }
}

/// The columns in which `videos` has a field.
pub(super) fn columns_of(field: VideoField) -> &'static [&'static str] {
    match field {
        VideoField::Path => &["path"],
        VideoField::Filename => &["filename"],
        VideoField::DurationFrames => &["duration_frames"],
        VideoField::FrameRate => &["frame_rate_numerator", "frame_rate_denominator"],
        VideoField::Width => &["width"],
        VideoField::Height => &["height"],
        VideoField::VideoCodec => &["video_codec"],
        VideoField::AudioCodec => &["audio_codec"],
        VideoField::FileSize => &["file_size"],
        VideoField::ThumbnailPath => &["thumbnail_path"],
        VideoField::CreatedAt => &["created_at"],
        VideoField::UpdatedAt => &["updated_at"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_has_a_power_of_two_of_rows() {
        for (rows, table) in [
            (1, "given (a, b) AS (VALUES (?, ?))"),
            (2, "given (a, b) AS (VALUES (?, ?), (?, ?))"),
            (3, "given (a, b) AS (VALUES (?, ?), (?, ?), (?, ?), (?, ?))"),
        ] {
            let mut values = Values::new("given", &["a", "b"]);
            for value in 0..rows * 2 {
                values.add(value).unwrap();
            }
            assert_eq!(values.to_string(), table);
        }
    }
}
