//! The text of a response, under construction.

use std::io::{self, Write};

use async_graphql::{Context, EnumType, Response, Value};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;

use crate::graphql::execution::internals::{enum_name, finished, finished_text};

/// JSON as it is written, value by value.
pub struct JsonText<'a> {
    /// The context that methods need which async-graphql also calls.
    pub ctx: &'a Context<'a>,
    bytes: Vec<u8>,
}

impl<'a> JsonText<'a> {
    /// An empty text with room for as many bytes.
    pub fn with_room(ctx: &'a Context<'a>, bytes: usize) -> Self {
        Self { ctx, bytes: Vec::with_capacity(bytes) }
    }

    /// Its size in bytes.
    pub fn length(&self) -> usize {
        self.bytes.len()
    }

    /// Appends JSON, or a part of it.
    pub fn push(&mut self, json: impl AsRef<[u8]>) {
        self.bytes.extend_from_slice(json.as_ref());
    }

    /// Appends one ASCII character of JSON, such as a bracket.
    pub fn push_byte(&mut self, character: u8) {
        self.bytes.push(character);
    }

    /// Adds a value.
    pub fn write<T: Serialize + ?Sized>(&mut self, value: &T) {
        serde_json::to_writer(&mut self.bytes, value).expect("memory takes what is written");
    }

    /// Adds text that has nothing to escape.
    pub fn write_plain(&mut self, text: impl AsRef<[u8]>) {
        self.push_byte(b'"');
        self.push(text);
        self.push_byte(b'"');
    }

    /// Adds any text.
    pub fn write_text(&mut self, text: &str) {
        match is_plain(text) {
            true => self.write_plain(text),
            false => self.write(text),
        }
    }

    /// Adds bytes as text in base64url.
    pub fn write_base64(&mut self, bytes: &[u8]) {
        self.push_byte(b'"');
        let begin = self.bytes.len();
        let length = base64::encoded_len(bytes.len(), false).expect("there is memory for as many");
        self.bytes.resize(begin + length, 0);
        let written = URL_SAFE_NO_PAD.encode_slice(bytes, &mut self.bytes[begin..]);
        written.expect("there is room for as many letters");
        self.push_byte(b'"');
    }

    /// Adds the name of a value.
    pub fn write_enum<T: EnumType>(&mut self, value: T) {
        self.write_plain(enum_name(&value));
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
        finished(String::from_utf8(self.bytes).expect("what is written is text"))
    }
}

/// Whether a text has nothing to escape, which is the usual case.
///
/// It examines every byte, whatever it has found before, so that the compiler can vectorise it.
fn is_plain(text: &str) -> bool {
    let is_escaped = |byte: u8| byte < b' ' || byte == b'"' || byte == b'\\';
    !text.bytes().fold(false, |found, byte| found | is_escaped(byte))
}

/// About the size of a response in bytes, seldom less: most of it was written directly.
///
/// With room for as many, a long response is not copied again when its end is written.
pub fn estimated_length(response: &Response) -> usize {
    const REST: usize = 1024;
    let Value::Object(fields) = &response.data else { return REST };
    let texts = fields.values().filter_map(finished_text);
    REST + texts.map(str::len).sum::<usize>()
}

/// Writes a response like its `Serialize`, which would copy and reread what was written directly.
///
/// # Errors
/// Those of `to`.
pub fn write_response(response: &Response, mut to: impl Write) -> io::Result<()> {
    to.write_all(b"{")?;
    if !response.errors.is_empty() {
        to.write_all(b"\"errors\":")?;
        serde_json::to_writer(&mut to, &response.errors)?;
        to.write_all(b",")?;
    }
    to.write_all(b"\"data\":")?;
    write_data(&response.data, &mut to)?;
    if !response.extensions.is_empty() {
        to.write_all(b",\"extensions\":")?;
        let extensions = response.extensions.iter();
        write_fields(extensions.map(|(name, value)| (name.as_str(), value)), &mut to)?;
    }
    to.write_all(b"}")
}

fn write_data(data: &Value, to: impl Write) -> io::Result<()> {
    let Value::Object(fields) = data else { return Ok(serde_json::to_writer(to, data)?) };
    write_fields(fields.iter().map(|(name, value)| (name.as_str(), value)), to)
}

/// Writes an object. Its names have nothing to escape: they are GraphQL's, or extensions of this server.
fn write_fields<'a>(
    fields: impl ExactSizeIterator<Item = (&'a str, &'a Value)>,
    mut to: impl Write,
) -> io::Result<()> {
    let is_empty = fields.len() == 0;
    let mut separator = "{";
    for (name, value) in fields {
        for part in [separator, "\"", name, "\":"] {
            to.write_all(part.as_bytes())?;
        }
        write_value(value, &mut to)?;
        separator = ",";
    }
    to.write_all(if is_empty { b"{}" } else { b"}" })
}

fn write_value(value: &Value, mut to: impl Write) -> io::Result<()> {
    match value {
        Value::String(text) if is_plain(text) => {
            ["\"", text, "\""].into_iter().try_for_each(|part| to.write_all(part.as_bytes()))
        }
        value => match finished_text(value) {
            Some(text) => to.write_all(text.as_bytes()),
            None => Ok(serde_json::to_writer(to, value)?),
        },
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::{Name, PathSegment, ServerError, value};

    use super::*;

    #[test]
    fn a_text_is_plain_where_it_is_written_as_it_is() {
        for character in ('\0'..='\u{100}').chain(['\u{2028}', '\u{fffd}', '🎬']) {
            let text = format!("{}{character}{}", "a".repeat(40), "b".repeat(9));
            let written = serde_json::to_string(&text).unwrap();
            assert_eq!(is_plain(&text), written == format!("\"{text}\""), "{character:?}");
        }
    }

    #[test]
    fn a_long_response_fits_into_its_estimated_length() {
        let text = format!("\"{}\"", "a".repeat(50_000));
        let fields = ["one", "two"].map(|name| (Name::new(name), finished(text.clone())));
        let response = Response::new(Value::Object(fields.into()));
        let estimated = estimated_length(&response);
        let mut written = Vec::with_capacity(estimated);
        write_response(&response, &mut written).unwrap();
        assert!(written.len() <= estimated && estimated < written.len() + 2_000);
    }

    #[test]
    fn a_response_is_written_as_it_is_serialized() {
        let direct = finished("[1.5,null]".to_owned());
        let fields = |direct| {
            let fields = [("direct", direct), ("other", value!({ "a": ["\"", 1.5] }))];
            Value::Object(fields.map(|(name, value)| (Name::new(name), value)).into())
        };
        let mut failed = Response::new(fields(direct.clone()));
        let error = ServerError::new("it failed", None);
        failed.errors = vec![error.with_path(vec![PathSegment::Field("other".to_owned())])];
        failed.extensions.insert("cost".to_owned(), 7.into());
        failed.extensions.insert("place".to_owned(), "plain".into());
        failed.extensions.insert("text".to_owned(), "\"".into());
        for response in
            [Response::new(fields(direct)), Response::new(value!({})), Response::default(), failed]
        {
            let mut written = Vec::new();
            write_response(&response, &mut written).unwrap();
            let written = String::from_utf8(written).unwrap();
            assert_eq!(written, serde_json::to_string(&response).unwrap());
        }
    }
}
