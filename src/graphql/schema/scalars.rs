//! The schema's own scalars, and its IDs.

use async_graphql::{
    Description, ID, InputValueError, InputValueResult, Scalar, ScalarType, Value,
};

use crate::domain::{AuditEntryId, Invalid, Quantity, Timestamp, VideoId};
use crate::graphql::execution::direct::{
    DirectValue, JsonText, Plan, Resolved, ScalarValue, Selected, WriteJson, leaves,
};

/// A whole number in -(2^53 - 1) ..= 2^53 - 1, written as a JSON number, so that every JavaScript
/// client reads it exactly. Used where 32-bit `Int` is too small: bytes and frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Description)]
pub struct SafeInt(pub i64);

#[Scalar(use_type_description)]
impl ScalarType for SafeInt {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::Number(number) = &value else {
            return Err(InputValueError::expected_type(value));
        };
        let number = number.as_i64().and_then(Self::new);
        number.ok_or_else(|| InputValueError::expected_type(value))
    }

    fn to_value(&self) -> Value {
        self.0.into()
    }
}

impl SafeInt {
    /// The number, if it is in range.
    pub fn new(number: i64) -> Option<Self> {
        (-Quantity::MAX..=Quantity::MAX).contains(&number).then_some(Self(number))
    }
}

impl From<Quantity> for SafeInt {
    fn from(amount: Quantity) -> Self {
        Self(amount.get())
    }
}

impl From<SafeInt> for i64 {
    fn from(number: SafeInt) -> Self {
        number.0
    }
}

/// An instant in UTC as RFC 3339 text with microseconds, e.g. `2026-11-22T10:15:30.123456Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Description)]
pub struct DateTime(pub Timestamp);

#[Scalar(use_type_description, specified_by_url = "https://datatracker.ietf.org/doc/html/rfc3339")]
impl ScalarType for DateTime {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else {
            return Err(InputValueError::expected_type(value));
        };
        let timestamp =
            text.parse().map_err(|invalid: Invalid| InputValueError::custom(invalid))?;
        Ok(Self(timestamp))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

/// Any JSON value.
#[derive(Clone, Debug, PartialEq, Description)]
pub struct Json(pub serde_json::Value);

#[Scalar(name = "JSON", use_type_description)]
impl ScalarType for Json {
    fn parse(value: Value) -> InputValueResult<Self> {
        Ok(Self(value.into_json()?))
    }

    fn to_value(&self) -> Value {
        Value::from_json(self.0.clone()).expect("JSON has no value that GraphQL has not")
    }
}

leaves! {
    SafeInt: |it, text| text.write(&it.0),
    DateTime: |it, text| text.write_plain(it.0.to_ascii()),
    Json: |it, text| text.write(&it.0),
}

impl DirectValue for SafeInt {
    fn plan(_: Selected<'_>) -> Plan {
        Plan::Leaf
    }
}

impl ScalarValue for VideoId {
    type Scalar = ID;

    fn to_scalar(&self) -> ID {
        self.into()
    }

    fn write(&self, text: &mut JsonText<'_>) {
        text.write_plain(self.to_ascii());
    }
}

impl ScalarValue for AuditEntryId {
    type Scalar = ID;

    fn to_scalar(&self) -> ID {
        self.into()
    }

    fn write(&self, text: &mut JsonText<'_>) {
        text.push_byte(b'"');
        text.push(self.entity_id.to_ascii());
        text.push_byte(b':');
        text.write(&self.version);
        text.push_byte(b'"');
    }
}
