//! Moments in the past.

use async_graphql::OneofObject;

use crate::graphql::error::ApiError;
use crate::graphql::schema::cursor::Cursor;
use crate::graphql::schema::scalars::DateTime;
use crate::history::moment::MomentAt;

/// A moment in the past: exactly one of the two.
#[derive(OneofObject)]
pub enum LibraryMomentInput {
    /// One that lies ahead is the present; one before the first change is the empty library.
    Time(DateTime),
    /// The cursor of a change. Where one write made several changes at once, all of them.
    Cursor(String),
}

impl LibraryMomentInput {
    /// The moment.
    ///
    /// # Errors
    /// `InvalidCursor` when the cursor is damaged or of a connection.
    pub fn parse(self) -> Result<MomentAt, ApiError> {
        match self {
            Self::Time(DateTime(time)) => Ok(MomentAt::Time(time)),
            Self::Cursor(text) => Cursor::log_place(&text).map(MomentAt::Place),
        }
    }
}
