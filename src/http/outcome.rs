//! Whether a request was executed, which each transport shows in a way of its own.

use async_graphql::{Response, ServerError, Value};

/// The longest message of an error, in bytes: some show a part of the request, e.g. a whole line.
const MAX_MESSAGE_BYTES: usize = 1_000;

/// What became of a request.
pub(super) enum Outcome {
    /// Nothing was executed, so that there are no data, not even null.
    Refused(Vec<ServerError>),
    /// It was executed, which may have failed in part or as a whole.
    Executed(Response),
}

impl From<Response> for Outcome {
    fn from(mut response: Response) -> Self {
        for error in &mut response.errors {
            error.message.truncate(error.message.floor_char_boundary(MAX_MESSAGE_BYTES));
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
