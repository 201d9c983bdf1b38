//! Moments in the past.

use async_graphql::OneofObject;

use super::time_bound::TimeBound;
use crate::graphql::error::ApiError;
use crate::graphql::schema::cursor::Cursor;
use crate::history::moment::MomentAt;

/// A moment in the past: exactly one of the two.
#[derive(OneofObject)]
pub enum LibraryMomentInput {
    /// One that lies ahead is the present; one before the first change is the empty library.
    Time(TimeBound),
    /// The cursor of a change. Where one write made several changes at once, all of them.
    Cursor(String),
}

impl LibraryMomentInput {
    /// The moment.
    ///
    /// # Errors
    /// `BadUserInput` for a date alone, which a variable can have; `InvalidCursor` when the cursor is damaged or
    /// of a connection.
    pub fn parse(self) -> Result<MomentAt, ApiError> {
        match self {
            Self::Time(time) => time.only_instant("at.time").map(MomentAt::Time),
            Self::Cursor(text) => Cursor::log_place(&text).map(MomentAt::Place),
        }
    }
}
