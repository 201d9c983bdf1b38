//! Statements that read: their text, and the values that are bound in it.

use std::borrow::Cow;
use std::fmt::{Display, Write};

use super::value::Value;

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

    /// Adds a place in its text, and the value for it; NULL if there is none. A place without a value would have
    /// no type.
    pub(in crate::repository) fn push_optional(
        &mut self,
        value: Option<impl Into<Value>>,
    ) -> &mut Self {
        match value {
            Some(value) => self.push_bind(value),
            None => self.push("NULL"),
        }
    }

    /// The statement with the value for the next place that its text has from the start.
    pub(in crate::repository) fn bind(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self
    }

    pub(in crate::repository) fn text(&self) -> &str {
        &self.text
    }

    /// Its text for a database that numbers places: `$1`, `$2` and so on. No text has a question mark
    /// that is not a place.
    pub(in crate::repository) fn numbered(&self) -> String {
        let mut pieces = self.text.split('?');
        let mut text = pieces.next().unwrap_or_default().to_owned();
        for (index, piece) in pieces.enumerate() {
            write!(text, "${}{piece}", index + 1).expect("a text takes whatever is written");
        }
        text
    }

    pub(in crate::repository) fn values(&self) -> &[Value] {
        &self.values
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_numbered_in_the_order_of_their_values() {
        let mut sql = Sql::new("SELECT ? + 1").bind(7);
        sql.push(" LIMIT ").push_bind(8).push(" OFFSET ").push_bind(9);
        assert_eq!(sql.numbered(), "SELECT $1 + 1 LIMIT $2 OFFSET $3");
        assert_eq!(Sql::new("SELECT 1").numbered(), "SELECT 1");
    }
}
