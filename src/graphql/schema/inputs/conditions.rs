//! Conditions on single values: what a text, a number or a time must be.

use async_graphql::{ID, InputObject, InputType, MaybeUndefined};

use super::filter_reader::{FilterReader, MAX_IDS, MAX_VALUES};
use crate::domain::filter::{Comparison, IdTest, IntegerTest, TextTest};
use crate::domain::{Timestamp, VideoId};
use crate::graphql::error::ApiError;
use crate::graphql::schema::scalars::{DateTime, SafeInt};

/// At most 100 IDs in `in` and `notIn`. A malformed ID matches nothing. `ne` and `notIn` also match where
/// there is no value.
#[derive(InputObject)]
pub struct IdFilter {
    /// It is this.
    eq: MaybeUndefined<ID>,
    /// It is not this, or there is none.
    ne: MaybeUndefined<ID>,
    /// It is one of these.
    #[graphql(name = "in")]
    one_of: MaybeUndefined<Vec<ID>>,
    /// It is none of these, or there is none.
    not_in: MaybeUndefined<Vec<ID>>,
    /// There is none, or, if false, there is one.
    is_null: MaybeUndefined<bool>,
}

impl IdFilter {
    /// The conditions, all of which must hold.
    ///
    /// # Errors
    /// `BadUserInput` as [`FilterReader`] has it.
    pub fn parse(self, reader: &FilterReader<'_>) -> Result<Vec<IdTest>, ApiError> {
        let well_formed = |ids: Vec<ID>| -> Vec<VideoId> {
            ids.into_iter().filter_map(|id| id.parse().ok()).collect()
        };
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
    /// It is this.
    eq: MaybeUndefined<String>,
    /// It is not this, or there is none.
    ne: MaybeUndefined<String>,
    /// It is one of these; 1,000 at most.
    #[graphql(name = "in")]
    one_of: MaybeUndefined<Vec<String>>,
    /// It begins with this.
    starts_with: MaybeUndefined<String>,
    /// This occurs in it.
    contains: MaybeUndefined<String>,
    /// There is none, or, if false, there is one.
    is_null: MaybeUndefined<bool>,
    /// It ends with this.
    ends_with: MaybeUndefined<String>,
    /// Also matches where there is no value, as `ne` does.
    not_in: MaybeUndefined<Vec<String>>,
}

impl StringFilter {
    /// The conditions, all of which must hold.
    ///
    /// # Errors
    /// `BadUserInput` as [`FilterReader`] has it.
    pub fn parse(self, reader: &FilterReader<'_>) -> Result<Vec<TextTest>, ApiError> {
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

/// What a whole number must be.
#[derive(InputObject)]
#[graphql(
    concrete(name = "IntFilter", params(i32)),
    concrete(name = "SafeIntFilter", params(SafeInt))
)]
pub struct IntegerFilter<N: InputType> {
    /// It is this.
    eq: MaybeUndefined<N>,
    /// It is not this.
    ne: MaybeUndefined<N>,
    /// It is one of these; 1,000 at most.
    #[graphql(name = "in")]
    one_of: MaybeUndefined<Vec<N>>,
    /// It is above this.
    gt: MaybeUndefined<N>,
    /// It is this or above.
    gte: MaybeUndefined<N>,
    /// It is below this.
    lt: MaybeUndefined<N>,
    /// It is this or below.
    lte: MaybeUndefined<N>,
}

impl<N: InputType + Into<i64>> IntegerFilter<N> {
    /// The conditions, all of which must hold.
    ///
    /// # Errors
    /// `BadUserInput` as [`FilterReader`] has it.
    pub fn parse(self, reader: &FilterReader<'_>) -> Result<Vec<IntegerTest>, ApiError> {
        let one_of = reader.values("in", self.one_of, MAX_VALUES)?;
        let mut tests = Vec::new();
        tests.extend(reader.condition("eq", self.eq)?.map(|it| IntegerTest::Eq(it.into())));
        tests.extend(reader.condition("ne", self.ne)?.map(|it| IntegerTest::Ne(it.into())));
        tests.extend(one_of.map(|all| IntegerTest::In(all.into_iter().map(Into::into).collect())));
        let bounds = Bounds { gt: self.gt, gte: self.gte, lt: self.lt, lte: self.lte };
        let bounds = bounds.parse(reader)?.into_iter();
        tests.extend(bounds.map(|(comparison, bound)| IntegerTest::Is(comparison, bound.into())));
        Ok(tests)
    }
}

/// Between which bounds a time must lie.
#[derive(InputObject)]
pub struct DateTimeFilter {
    /// It is above this.
    gt: MaybeUndefined<DateTime>,
    /// It is this or above.
    gte: MaybeUndefined<DateTime>,
    /// It is below this.
    lt: MaybeUndefined<DateTime>,
    /// It is this or below.
    lte: MaybeUndefined<DateTime>,
    /// There is none, or, if false, there is one.
    is_null: MaybeUndefined<bool>,
}

/// What a [`DateTimeFilter`] asks for.
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
    /// `BadUserInput` as [`FilterReader`] has it.
    pub fn parse(self, reader: &FilterReader<'_>) -> Result<TimeTests, ApiError> {
        let bounds = Bounds { gt: self.gt, gte: self.gte, lt: self.lt, lte: self.lte };
        let bounds = bounds.parse(reader)?.into_iter().map(|(is, at)| (is, at.0)).collect();
        Ok(TimeTests { bounds, is_null: reader.condition("isNull", self.is_null)? })
    }
}

/// Between which bounds a value must lie.
#[derive(InputObject)]
#[graphql(concrete(name = "FloatFilter", params(f64)))]
pub struct Bounds<T: InputType> {
    /// It is above this.
    gt: MaybeUndefined<T>,
    /// It is this or above.
    gte: MaybeUndefined<T>,
    /// It is below this.
    lt: MaybeUndefined<T>,
    /// It is this or below.
    lte: MaybeUndefined<T>,
}

impl<T: InputType> Bounds<T> {
    /// The conditions, all of which must hold.
    ///
    /// # Errors
    /// `BadUserInput` as [`FilterReader`] has it.
    pub fn parse(self, reader: &FilterReader<'_>) -> Result<Vec<(Comparison, T)>, ApiError> {
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
