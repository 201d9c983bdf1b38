//! Responses as JSON, within the server's limit.

use std::io::{self, ErrorKind, Write};

use async_graphql::Response;

use crate::error_code::ErrorCode;
use crate::graphql::error::refused;
use crate::graphql::execution::direct::{estimated_length, write_response};

/// The JSON of a response.
///
/// # Errors
/// The JSON of another response, which reports that this one would exceed the limit.
pub(super) fn json(response: &Response, max_bytes: usize) -> Result<String, String> {
    written(response, max_bytes)
        .ok_or_else(|| written(&too_long(max_bytes), usize::MAX).expect("there is room for it"))
}

/// The JSON of a response, or of the other one if it would exceed the limit.
pub(super) fn bounded(response: &Response, max_bytes: usize) -> String {
    json(response, max_bytes).unwrap_or_else(|refusal| refusal)
}

/// The JSON of a response within what is left for all responses to a batch; of the other one if it
/// would exceed that.
pub(super) fn in_room(response: &Response, room: usize, max_bytes: usize) -> String {
    written(response, room.min(max_bytes))
        .unwrap_or_else(|| bounded(&too_long(max_bytes), usize::MAX))
}

fn too_long(max_bytes: usize) -> Response {
    let message = format!(
        "the response exceeds the limit of {max_bytes} bytes: request smaller pages or fewer \
         fields; a mutation has been executed nevertheless"
    );
    Response::from_errors(vec![refused(ErrorCode::AnswerTooLarge, message, None)])
}

/// None if the JSON does not fit.
fn written(response: &Response, room: usize) -> Option<String> {
    let bytes = Vec::with_capacity(estimated_length(response).min(room));
    let mut text = Limited { bytes, room };
    match write_response(response, &mut text) {
        Ok(()) => Some(String::from_utf8(text.bytes).expect("JSON is text")),
        Err(error) => {
            let kind = error.kind();
            assert_eq!(kind, ErrorKind::StorageFull, "a response has only names as keys: {error}");
            None
        }
    }
}

/// A buffer for text with a limit.
struct Limited {
    bytes: Vec<u8>,
    room: usize,
}

impl Write for Limited {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.room = self.room.checked_sub(bytes.len()).ok_or(ErrorKind::StorageFull)?;
        self.bytes.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::Value;

    use super::*;

    #[test]
    fn an_answer_may_be_as_long_as_is_allowed_and_no_longer() {
        let response = Response::new(Value::from("é\"".repeat(500)));
        let text = serde_json::to_string(&response).unwrap();
        assert_eq!(json(&response, text.len()), Ok(text.clone()));
        assert_eq!(bounded(&response, text.len()), text);
        let refusal = serde_json::to_value(too_long(text.len() - 1)).unwrap();
        assert_eq!(refusal["data"], serde_json::Value::Null);
        assert_eq!(refusal["errors"][0]["extensions"]["code"], "ANSWER_TOO_LARGE");
        let shortened = json(&response, text.len() - 1).unwrap_err();
        assert_eq!(serde_json::from_str::<serde_json::Value>(&shortened).unwrap(), refusal);
        assert_eq!(bounded(&response, text.len() - 1), shortened);
    }
}
