//! Values that are bound in statements.

use crate::domain::VideoId;

/// A value in a statement.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::repository) enum Value {
    Null,
    Integer(i64),
    Real(f64),
    Text(String),
    Id(VideoId),
    Bytes(Vec<u8>),
    /// Lists, for databases that have them.
    Integers(Vec<i64>),
    Texts(Vec<String>),
    Ids(Vec<VideoId>),
}

impl From<i32> for Value {
    fn from(number: i32) -> Self {
        Self::Integer(number.into())
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Self::Real(number)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<VideoId> for Value {
    fn from(id: VideoId) -> Self {
        Self::Id(id)
    }
}

impl From<Vec<i64>> for Value {
    fn from(numbers: Vec<i64>) -> Self {
        Self::Integers(numbers)
    }
}

impl From<Vec<String>> for Value {
    fn from(texts: Vec<String>) -> Self {
        Self::Texts(texts)
    }
}

impl From<Vec<VideoId>> for Value {
    fn from(ids: Vec<VideoId>) -> Self {
        Self::Ids(ids)
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}
