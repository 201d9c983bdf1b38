//! Statements that read: their text, and the values that are bound in it.

use std::borrow::Cow;
use std::fmt::{Display, Write};

use rusqlite::types::Value;

/// A statement, put together piece by piece.
pub(in crate::repository) struct Sql {
    text: Cow<'static, str>,
    values: Vec<Value>,
}

impl Sql {
    /// A statement with this start.
    pub(in crate::repository) fn new(text: impl Into<Cow<'static, str>>) -> Self {
        Self { text: text.into(), values: Vec::new() }
    }

    /// Adds a piece of its text.
    pub(in crate::repository) fn push(&mut self, piece: impl Display) -> &mut Self {
        write!(self.text.to_mut(), "{piece}").expect("a text takes whatever is written");
        self
    }

    /// Adds a place in its text, and the value for it.
    pub(in crate::repository) fn push_bind(&mut self, value: impl Into<Value>) -> &mut Self {
        self.text.to_mut().push('?');
        self.values.push(value.into());
        self
    }

    /// The statement with the value for the next place that its text has from the start.
    pub(in crate::repository) fn bind(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self
    }

    pub(in crate::repository) fn text(&self) -> &str {
        &self.text
    }

    pub(in crate::repository) fn values(&self) -> &[Value] {
        &self.values
    }
}
