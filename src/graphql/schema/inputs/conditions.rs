//! Conditions on single values: texts, numbers and times.

use async_graphql::{ID, InputObject, InputType, MaybeUndefined};

use super::filter_reader::{FilterParser, MAX_IDS, MAX_VALUES};
use super::time_bound::TimeBound;
use crate::domain::Timestamp;
use crate::domain::filter::{Comparison, IdTest, IntegerTest, TextTest};
use crate::graphql::error::ApiError;
use crate::graphql::schema::scalars::SafeInt;

/// At most 100 IDs in `in` and `notIn`. A malformed ID matches nothing. `ne` and `notIn` also match where
/// there is no value.
#[derive(InputObject)]
pub struct IdFilter {
    /// Equal to this.
    eq: MaybeUndefined<ID>,
    /// Not equal to this; also matches where there is no value.
    ne: MaybeUndefined<ID>,
    /// One of these.
    #[graphql(name = "in")]
    one_of: MaybeUndefined<Vec<ID>>,
    /// None of these; also matches where there is no value.
    not_in: MaybeUndefined<Vec<ID>>,
    /// If true, matches where there is no value; if false, where there is one.
    is_null: MaybeUndefined<bool>,
}

impl IdFilter {
    /// The conditions, all of which must hold, on IDs that are read so.
    ///
    /// # Errors
    /// `BadUserInput` as [`FilterParser`] has it.
    pub fn parse<T>(
        self,
        reader: &FilterParser<'_>,
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<Vec<IdTest<T>>, ApiError> {
        let well_formed =
            |ids: Vec<ID>| -> Vec<T> { ids.iter().filter_map(|id| read(id)).collect() };
        let only = |id: ID| well_formed(vec![id]);
        let tests = [
            reader.condition("eq", self.eq)?.map(only).map(IdTest::In),
            reader.condition("ne", self.ne)?.map(only).map(IdTest::NotIn),
            reader.values("in", self.one_of, MAX_IDS)?.map(well_formed).map(IdTest::In),
            reader.values("notIn", self.not_in, MAX_IDS)?.map(well_formed).map(IdTest::NotIn),
            reader.condition("isNull", self.is_null)?.map(IdTest::IsNull),
        ];
        Ok(tests.into_iter().flatten().collect())
    }
}

/// Text compares byte by byte, case-sensitively.
#[derive(InputObject)]
pub struct StringFilter {
    /// Equal to this.
    eq: MaybeUndefined<String>,
    /// Not equal to this; also matches where there is no value.
    ne: MaybeUndefined<String>,
    /// One of these, at most 1,000.
    #[graphql(name = "in")]
    one_of: MaybeUndefined<Vec<String>>,
    /// Starts with this.
    starts_with: MaybeUndefined<String>,
    /// Contains this.
    contains: MaybeUndefined<String>,
    /// If true, matches where there is no value; if false, where there is one.
    is_null: MaybeUndefined<bool>,
    /// Ends with this.
    ends_with: MaybeUndefined<String>,
    /// Also matches where there is no value, as `ne` does.
    not_in: MaybeUndefined<Vec<String>>,
}

impl StringFilter {
    /// The conditions, all of which must hold.
    ///
    /// # Errors
    /// `BadUserInput` as [`FilterParser`] has it.
    pub fn parse(self, reader: &FilterParser<'_>) -> Result<Vec<TextTest>, ApiError> {
        let tests = [
            reader.condition("eq", self.eq)?.map(TextTest::Eq),
            reader.condition("ne", self.ne)?.map(TextTest::Ne),
            reader.values("in", self.one_of, MAX_VALUES)?.map(TextTest::In),
            reader.values("notIn", self.not_in, MAX_VALUES)?.map(TextTest::NotIn),
            reader.condition("startsWith", self.starts_with)?.map(TextTest::StartsWith),
            reader.condition("endsWith", self.ends_with)?.map(TextTest::EndsWith),
            reader.condition("contains", self.contains)?.map(TextTest::Contains),
            reader.condition("isNull", self.is_null)?.map(TextTest::IsNull),
        ];
        Ok(tests.into_iter().flatten().collect())
    }
}

/// Condition on a whole number.
#[derive(InputObject)]
#[graphql(
    concrete(name = "IntFilter", params(i32)),
    concrete(name = "SafeIntFilter", params(SafeInt))
)]
pub struct IntegerFilter<N: InputType> {
    /// Equal to this.
    eq: MaybeUndefined<N>,
    /// Not equal to this.
    ne: MaybeUndefined<N>,
    /// One of these, at most 1,000.
    #[graphql(name = "in")]
    one_of: MaybeUndefined<Vec<N>>,
    /// Greater than this.
    gt: MaybeUndefined<N>,
    /// Greater than or equal to this.
    gte: MaybeUndefined<N>,
    /// Less than this.
    lt: MaybeUndefined<N>,
    /// Less than or equal to this.
    lte: MaybeUndefined<N>,
}

impl<N: InputType + Into<i64>> IntegerFilter<N> {
    /// The conditions, all of which must hold.
    ///
    /// # Errors
    /// `BadUserInput` as [`FilterParser`] has it.
    pub fn parse(self, reader: &FilterParser<'_>) -> Result<Vec<IntegerTest>, ApiError> {
        let one_of = reader.values("in", self.one_of, MAX_VALUES)?;
        let mut tests = Vec::new();
        tests.extend(reader.condition("eq", self.eq)?.map(|it| IntegerTest::Eq(it.into())));
        tests.extend(reader.condition("ne", self.ne)?.map(|it| IntegerTest::Ne(it.into())));
        tests.extend(one_of.map(|all| IntegerTest::In(all.into_iter().map(Into::into).collect())));
        let bounds = RangeBounds { gt: self.gt, gte: self.gte, lt: self.lt, lte: self.lte };
        let bounds = bounds.parse(reader)?.into_iter();
        tests.extend(bounds.map(|(comparison, bound)| IntegerTest::Is(comparison, bound.into())));
        Ok(tests)
    }
}

/// In a DateTimeFilter a date alone (`2019-01-05`) is the whole day in UTC: `gte` from its start, `gt` after
/// its end, `lt` before its start, `lte` to its end. Elsewhere it is BAD_USER_INPUT.
#[derive(InputObject)]
pub struct DateTimeFilter {
    /// Later than this.
    gt: MaybeUndefined<TimeBound>,
    /// At this time or later.
    gte: MaybeUndefined<TimeBound>,
    /// Earlier than this.
    lt: MaybeUndefined<TimeBound>,
    /// At this time or earlier.
    lte: MaybeUndefined<TimeBound>,
    /// If true, matches where there is no value; if false, where there is one.
    is_null: MaybeUndefined<bool>,
}

/// What a [`DateTimeFilter`] requires.
pub struct TimeTests {
    /// The bounds, all of which must hold.
    pub bounds: Vec<(Comparison, Timestamp)>,
    /// Whether there must be no time, or one.
    pub is_null: Option<bool>,
}

impl DateTimeFilter {
    /// The conditions, all of which must hold.
    ///
    /// # Errors
    /// `BadUserInput` as [`FilterParser`] has it.
    pub fn parse(self, reader: &FilterParser<'_>) -> Result<TimeTests, ApiError> {
        let bounds = RangeBounds { gt: self.gt, gte: self.gte, lt: self.lt, lte: self.lte };
        let bounds = bounds.parse(reader)?.into_iter().map(|(is, at)| (is, at.instant(is)));
        Ok(TimeTests {
            bounds: bounds.collect(),
            is_null: reader.condition("isNull", self.is_null)?,
        })
    }
}

/// Condition on a number.
#[derive(InputObject)]
#[graphql(concrete(name = "FloatFilter", params(f64)))]
pub struct RangeBounds<T: InputType> {
    /// Greater than this.
    gt: MaybeUndefined<T>,
    /// Greater than or equal to this.
    gte: MaybeUndefined<T>,
    /// Less than this.
    lt: MaybeUndefined<T>,
    /// Less than or equal to this.
    lte: MaybeUndefined<T>,
}

impl<T: InputType> RangeBounds<T> {
    /// The conditions, all of which must hold.
    ///
    /// # Errors
    /// `BadUserInput` as [`FilterParser`] has it.
    pub fn parse(self, reader: &FilterParser<'_>) -> Result<Vec<(Comparison, T)>, ApiError> {
        let bounds = [
            (Comparison::Gt, reader.condition("gt", self.gt)?),
            (Comparison::Gte, reader.condition("gte", self.gte)?),
            (Comparison::Lt, reader.condition("lt", self.lt)?),
            (Comparison::Lte, reader.condition("lte", self.lte)?),
        ];
        let given = bounds.into_iter().filter_map(|(comparison, bound)| Some((comparison, bound?)));
        Ok(given.collect())
    }
}
