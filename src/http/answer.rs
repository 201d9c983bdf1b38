//! Answers as JSON, none of them longer than the server allows.

use std::io::{self, ErrorKind, Write};

use async_graphql::{Response, ServerError};
use serde::Serialize;

use crate::graphql::error::extensions_with;

/// The JSON of a response.
///
/// # Errors
/// The JSON of another one, which tells that it would be longer than this.
pub(super) fn json(response: &Response, max_bytes: usize) -> Result<Vec<u8>, Vec<u8>> {
    let text = Limited { sink: Vec::with_capacity(FIRST_BYTES), room: max_bytes };
    text.filled_with(response).map(|text| text.sink).ok_or_else(|| {
        serde_json::to_vec(&too_long(max_bytes)).expect("an error has only names as keys")
    })
}

/// A response whose JSON is not longer than this: the one given, or one that tells that it was.
pub(super) fn bounded(response: Response, max_bytes: usize) -> Response {
    let count = Limited { sink: io::sink(), room: max_bytes };
    match count.filled_with(&response) {
        Some(_) => response,
        None => too_long(max_bytes),
    }
}

/// How much memory an answer begins with: most need no more.
const FIRST_BYTES: usize = 1024;

fn too_long(max_bytes: usize) -> Response {
    let message = format!(
        "the answer is longer than this server allows, {max_bytes} bytes: ask for smaller pages or \
         fewer fields; a mutation was carried out all the same"
    );
    let error = ServerError::new(message, None);
    let error = ServerError { extensions: Some(extensions_with("ANSWER_TOO_LARGE")), ..error };
    Response::from_errors(vec![error])
}

/// A place for text that takes so much of it and no more.
struct Limited<W> {
    sink: W,
    room: usize,
}

impl<W: Write> Limited<W> {
    /// None where the JSON of `value` does not find room.
    fn filled_with(mut self, value: &impl Serialize) -> Option<Self> {
        match serde_json::to_writer(&mut self, value) {
            Ok(()) => Some(self),
            Err(error) => {
                assert!(error.is_io(), "a response has only names as keys: {error}");
                None
            }
        }
    }
}

impl<W: Write> Write for Limited<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.room = self.room.checked_sub(bytes.len()).ok_or(ErrorKind::StorageFull)?;
        self.sink.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.sink.flush()
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::Value;

    use super::*;

    #[test]
    fn an_answer_may_be_as_long_as_is_allowed_and_no_longer() {
        let response = Response::new(Value::from("é\"".repeat(500)));
        let text = serde_json::to_vec(&response).unwrap();
        assert_eq!(json(&response, text.len()), Ok(text.clone()));
        let refused = serde_json::to_value(too_long(text.len() - 1)).unwrap();
        assert_eq!(refused["data"], serde_json::Value::Null);
        assert_eq!(refused["errors"][0]["extensions"]["code"], "ANSWER_TOO_LARGE");
        let shortened = json(&response, text.len() - 1).unwrap_err();
        assert_eq!(serde_json::from_slice::<serde_json::Value>(&shortened).unwrap(), refused);
        let shortened = bounded(response, text.len() - 1);
        assert_eq!(serde_json::to_value(shortened).unwrap(), refused);
    }
}
