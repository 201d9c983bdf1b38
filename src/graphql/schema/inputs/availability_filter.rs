//! The condition on whether files are there.

use async_graphql::{InputObject, MaybeUndefined};

use super::filter_reader::{FilterParser, MAX_VALUES};
use crate::domain::catalogue;
use crate::domain::filter::{IdTest, VideoFilter};
use crate::graphql::error::ApiError;
use crate::graphql::schema::types::Availability;

/// Condition on whether the file is where the library says.
#[derive(InputObject)]
pub struct AvailabilityFilter {
    /// Equal to this.
    eq: MaybeUndefined<Availability>,
    /// Not equal to this; also matches where there is no value.
    ne: MaybeUndefined<Availability>,
    /// One of these.
    #[graphql(name = "in")]
    one_of: MaybeUndefined<Vec<Availability>>,
    /// If true, matches where there is no value; if false, where there is one.
    is_null: MaybeUndefined<bool>,
}

impl AvailabilityFilter {
    /// The conditions, all of which must hold.
    ///
    /// # Errors
    /// `BadUserInput` as [`FilterParser`] has it.
    pub fn parse(self, reader: &FilterParser<'_>) -> Result<Vec<VideoFilter>, ApiError> {
        let offline = reader.offline_roots()?;
        let is = |wanted: Availability| catalogue::Availability::from(wanted).filter(offline);
        let any =
            |wanted: Vec<Availability>| VideoFilter::Any(wanted.into_iter().map(is).collect());
        let tests = [
            reader.condition("eq", self.eq)?.map(is),
            reader.condition("ne", self.ne)?.map(is).map(VideoFilter::except),
            reader.values("in", self.one_of, MAX_VALUES)?.map(any),
            reader.condition("isNull", self.is_null)?.map(IdTest::IsNull).map(VideoFilter::root),
        ];
        Ok(tests.into_iter().flatten().collect())
    }
}
