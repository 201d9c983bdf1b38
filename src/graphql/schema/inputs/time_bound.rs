//! Bounds of times: instants, or whole days.

use async_graphql::{InputType, InputValueError, Value};

use crate::domain::filter::Comparison;
use crate::domain::{Day, Timestamp};
use crate::graphql::error::ApiError;
use crate::graphql::execution::internals::reads_more_than;
use crate::graphql::schema::scalars::DateTime;

/// A bound in a `DateTimeFilter`. In the schema it is a `DateTime`; elsewhere, a `DateTime` is never a
/// date alone.
pub enum TimeBound {
    /// An instant.
    At(Timestamp),
    /// A date alone: the whole day.
    On(Day),
}

impl TimeBound {
    /// The instant that a time compares with in this way: so a day ends before what is greater than it,
    /// and begins after what is less.
    pub fn instant(&self, comparison: Comparison) -> Timestamp {
        match (self, comparison) {
            (Self::At(instant), _) => *instant,
            (Self::On(day), Comparison::Gte | Comparison::Lt) => day.first(),
            (Self::On(day), Comparison::Gt | Comparison::Lte) => day.last(),
        }
    }

    /// The instant, where a day is none.
    ///
    /// # Errors
    /// `BadUserInput` for a date alone.
    pub fn only_instant(&self, place: &str) -> Result<Timestamp, ApiError> {
        match self {
            Self::At(instant) => Ok(*instant),
            Self::On(_) => Err(ApiError::BadUserInput(format!(
                "{place} must be an instant such as 2026-11-22T00:00:00Z, not a date alone"
            ))),
        }
    }
}

reads_more_than! {
    impl TimeBound as DateTime {
        parse: |value| {
            if let Some(Value::String(text)) = &value
                && let Ok(day) = text.parse()
            {
                return Ok(Self::On(day));
            }
            let instant: Result<DateTime, _> = InputType::parse(value);
            instant.map(|DateTime(instant)| Self::At(instant)).map_err(InputValueError::propagate)
        }
        to_value: |bound| DateTime(bound.instant(Comparison::Gte)).to_value()
    }
}
