//! Whether a request was executed, which each transport shows in its own way.

use async_graphql::{Response, ServerError, Value};

use crate::graphql::error::is_unavailable;

/// The longest message of an error, in bytes: some show a part of the request, e.g. a whole line.
const MAX_MESSAGE_BYTES: usize = 1_000;

/// The outcome of a request.
pub(super) enum Outcome {
    /// Nothing was executed, so there is no data, not even null.
    Refused(Vec<ServerError>),
    /// It was executed, and may have failed partly or completely.
    Executed(Response),
}

impl From<Response> for Outcome {
    fn from(mut response: Response) -> Self {
        for error in &mut response.errors {
            error.message.truncate(error.message.floor_char_boundary(MAX_MESSAGE_BYTES));
        }
        if came_to_nothing(&response) {
            return Self::Refused(response.errors);
        }
        let was_executed = response.data != Value::Null
            || response.errors.is_empty()
            || response.errors.iter().any(|error| !error.path.is_empty());
        match was_executed {
            true => Self::Executed(response),
            false => Self::Refused(response.errors),
        }
    }
}

/// Whether the library was unavailable for any part of a request. Nothing was done then, and to
/// proxies, it must not look like a successful response.
fn came_to_nothing(response: &Response) -> bool {
    let has_data = match &response.data {
        Value::Object(fields) => fields.values().any(|value| *value != Value::Null),
        data => *data != Value::Null,
    };
    !has_data && !response.errors.is_empty() && response.errors.iter().all(is_unavailable)
}
