//! The text of an answer, as it is written.

use async_graphql::indexmap::IndexMap;
use async_graphql::{Context, EnumType, Name, Value};
use async_graphql_value::RAW_VALUE_TOKEN;
use serde::Serialize;

/// JSON as it is written, value by value.
pub struct JsonText<'a> {
    /// What methods ask for that async-graphql calls, too: the context of the whole.
    pub ctx: &'a Context<'a>,
    bytes: Vec<u8>,
}

impl<'a> JsonText<'a> {
    /// An empty text.
    pub fn new(ctx: &'a Context<'a>) -> Self {
        Self { ctx, bytes: Vec::new() }
    }

    /// Adds what is JSON, or a part of it.
    pub fn push(&mut self, json: &str) {
        self.bytes.extend_from_slice(json.as_bytes());
    }

    /// Adds a value.
    pub fn write<T: Serialize + ?Sized>(&mut self, value: &T) {
        serde_json::to_writer(&mut self.bytes, value).expect("memory takes what is written");
    }

    /// Adds the name of a value.
    pub fn write_enum<T: EnumType>(&mut self, value: T) {
        let item = T::items().iter().find(|item| item.value == value);
        self.write(item.expect("every value has a name").name);
    }

    /// Adds a value that async-graphql has resolved.
    pub fn write_resolved(&mut self, value: &Value) {
        match finished_text(value) {
            Some(text) => self.push(text),
            None => self.write(value),
        }
    }

    /// The text as a value, which async-graphql passes on as it is.
    pub fn into_value(self) -> Value {
        let text = String::from_utf8(self.bytes).expect("what is written is text");
        Value::Object(IndexMap::from([(Name::new(RAW_VALUE_TOKEN), Value::String(text))]))
    }
}

/// The text that a value is, if it was written directly.
fn finished_text(value: &Value) -> Option<&str> {
    match value {
        Value::Object(fields) => match fields.get(RAW_VALUE_TOKEN) {
            Some(Value::String(text)) => Some(text),
            _ => None,
        },
        _ => None,
    }
}
