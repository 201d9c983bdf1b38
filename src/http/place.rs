//! Places in the log that clients send back, so that whatever answers next has what they have seen.
//!
//! The answer to a mutation has one in its header and its extensions. A request has it in the same header
//! or, over every transport, in its own extensions.

use async_graphql::{Response, ServerError, Value};
use axum::http::{HeaderMap, HeaderName, HeaderValue};

use crate::domain::LogPosition;
use crate::error_code::ErrorCode;
use crate::graphql::{PLACE, error, place_named};

/// Carries a place, to the client and back.
pub(super) const REELGRAPH_PLACE: HeaderName = HeaderName::from_static("reelgraph-place");

/// The place in the header of a request, as it is; none if there is none, or an empty one.
pub(super) fn sent_in(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(REELGRAPH_PLACE)?.as_bytes();
    (!text.is_empty()).then(|| String::from_utf8_lossy(text).into_owned())
}

/// The place that a request was sent with.
///
/// # Errors
/// When it is malformed.
pub(super) fn read(text: Option<&str>) -> Result<Option<LogPosition>, ServerError> {
    let Some(text) = text else { return Ok(None) };
    let malformed = || {
        let message = "the place in the header Reelgraph-Place or in extensions.place is malformed: send back \
                       one that a mutation returned there, or a changesCursor, unchanged";
        error::refused(ErrorCode::BadUserInput, message, None)
    };
    place_named(text).map(Some).ok_or_else(malformed)
}

/// The place in the answer to a mutation, as the value of the header.
pub(super) fn of_answer(response: &Response) -> Option<HeaderValue> {
    match response.extensions.get(PLACE)? {
        Value::String(place) => HeaderValue::from_str(place).ok(),
        _ => None,
    }
}
