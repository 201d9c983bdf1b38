//! Rows, whichever database they are from, and statements whose rows are read.

use std::error::Error;
use std::str::FromStr;

use crate::domain::Timestamp;
use crate::repository::sql::Sql;

pub(super) type BoxError = Box<dyn Error + Send + Sync>;

/// A row of a statement. Its columns are counted from 0.
pub(in crate::repository) trait SqlRow {
    /// The whole number in a column.
    fn integer(&self, column: usize) -> Result<Option<i64>, BoxError>;
    /// The number in a column.
    fn real(&self, column: usize) -> Result<Option<f64>, BoxError>;
    /// Whether a column says so.
    fn flag(&self, column: usize) -> Result<bool, BoxError>;
    /// The text in a column.
    fn text(&self, column: usize) -> Result<Option<&str>, BoxError>;
    /// The bytes in a column.
    fn bytes(&self, column: usize) -> Result<Option<&[u8]>, BoxError>;
    /// The 16 bytes of the UUID in a column.
    fn uuid(&self, column: usize) -> Result<Option<[u8; 16]>, BoxError>;
}

/// A statement, and how a row of it is read.
pub(in crate::repository) struct Query<T> {
    pub(in crate::repository) sql: Sql,
    pub(in crate::repository) read: fn(&dyn SqlRow) -> Result<T, BoxError>,
}

/// The value of a column that is never NULL.
pub(super) fn given<T>(value: Option<T>) -> Result<T, BoxError> {
    value.ok_or_else(|| "a value is missing".into())
}

/// The time in a column.
pub(super) fn time(row: &dyn SqlRow, column: usize) -> Result<Option<Timestamp>, BoxError> {
    Ok(row.integer(column)?.map(Timestamp::from_micros).transpose()?)
}

/// What the text in a column stands for.
pub(super) fn parsed<T>(row: &dyn SqlRow, column: usize) -> Result<T, BoxError>
where
    T: FromStr<Err: Into<BoxError>>,
{
    given(row.text(column)?)?.parse().map_err(Into::into)
}
