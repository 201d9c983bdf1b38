//! Errors of the API: what clients get, and what only the log gets.
//!
//! Errors that the caller of a mutation can fix are a
//! [`UserError`](super::schema::types::user_error::UserError) in its payload.

use std::any::Any;
use std::collections::HashSet;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use async_graphql::{ErrorExtensionValues, Pos, Response, ServerError, Value};

use crate::causes::with_causes;
use crate::error_code::ErrorCode;
use crate::feed::FeedError;
use crate::history::moment::MomentError;
use crate::repository::RepositoryError;

/// All that a client learns of an internal error.
const INTERNAL_MESSAGE: &str =
    "internal server error: see the server's log for the cause, under the request ID";

/// All that a client learns of why the library cannot be used.
const UNAVAILABLE_MESSAGE: &str = "the library is temporarily unavailable: try again later; see \
                                   the server's log for the cause, under the request ID";

/// All that anybody knows of a change during which the library went away.
const UNKNOWN_MESSAGE: &str = "the library became unavailable while the change was made, and whether it was \
                               made is not known: look it up before you repeat it";

/// After how many seconds a request may succeed that found the library unavailable.
pub const RETRY_AFTER_SECONDS: u16 = 5;

/// Why a field has no value.
///
/// It has no `Display`: async-graphql shows to clients whatever it can print.
#[derive(Clone)]
pub enum ApiError {
    /// An argument is invalid; the message says what to do.
    BadUserInput(String),
    /// What is asked for does not exist.
    NotFound(String),
    /// A cursor is not one of this connection and this order.
    InvalidCursor(&'static str),
    /// The value does not match its type; the message says what to do.
    OutOfRange(String),
    /// The look-up timed out after this.
    TimedOut(Duration),
    /// Other scans of the library took longer than this.
    Busy(Duration),
    /// The request would scan too much.
    TooCostly {
        /// The name of the setting.
        limit: &'static str,
        /// Its value.
        allowed: u64,
        /// What the request would do, the limit, and what to do.
        message: String,
    },
    /// More has changed since a moment than is looked through.
    MomentTooFar {
        /// The number of changes since.
        changes: u64,
        /// Their maximum number.
        limit: usize,
    },
    /// The whole request timed out after this.
    RequestTimedOut(Duration),
    /// The subscriber reads more slowly than changes are made.
    SlowConsumer,
    /// The server ends the stream because it stops; another one can go on with it.
    Stopping,
    /// The library cannot be used at the moment.
    Unavailable(Arc<dyn Error + Send + Sync>),
    /// Whether a change was made is not known.
    OutcomeUnknown,
    /// The server itself failed.
    Internal(Arc<dyn Error + Send + Sync>),
}

impl ApiError {
    /// An internal error from its cause, e.g. in `map_err`.
    pub fn internal(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Internal(Arc::from(cause.into()))
    }

    /// The internal error that a caught panic is.
    pub fn panicked(payload: &(dyn Any + Send)) -> Self {
        let text = payload.downcast_ref::<&str>().copied();
        let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
        Self::internal(format!("a resolver panicked: {}", text.unwrap_or("without a message")))
    }

    fn code(&self) -> ErrorCode {
        match self {
            Self::BadUserInput(_) => ErrorCode::BadUserInput,
            Self::NotFound(_) => ErrorCode::NotFound,
            Self::InvalidCursor(_) => ErrorCode::InvalidCursor,
            Self::OutOfRange(_) => ErrorCode::OutOfRange,
            Self::TimedOut(_) | Self::Busy(_) | Self::RequestTimedOut(_) => ErrorCode::Timeout,
            Self::TooCostly { .. } => ErrorCode::TooCostly,
            Self::MomentTooFar { .. } => ErrorCode::MomentTooFar,
            Self::SlowConsumer => ErrorCode::SlowConsumer,
            Self::Stopping => ErrorCode::ServerStopping,
            Self::Unavailable(_) => ErrorCode::ServiceUnavailable,
            Self::OutcomeUnknown | Self::Internal(_) => ErrorCode::InternalServerError,
        }
    }
}

impl From<RepositoryError> for ApiError {
    fn from(error: RepositoryError) -> Self {
        match error {
            RepositoryError::TimedOut { limit, .. } => Self::TimedOut(limit),
            RepositoryError::Busy { limit, .. } => Self::Busy(limit),
            RepositoryError::Unavailable { .. } => Self::Unavailable(Arc::new(error)),
            RepositoryError::OutcomeUnknown => Self::OutcomeUnknown,
            other => Self::internal(other),
        }
    }
}

impl From<MomentError> for ApiError {
    fn from(error: MomentError) -> Self {
        match error {
            MomentError::UnknownPlace => Self::InvalidCursor(
                "the cursor's change is not in this library, which is another one or was restored from an \
                 older backup: pass the cursor of a change in videoChanges, or a time",
            ),
            MomentError::NotLater => Self::BadUserInput(
                "until must not be earlier than the moment itself: swap the two".to_owned(),
            ),
            MomentError::TooFar { changes, limit } => Self::MomentTooFar { changes, limit },
            MomentError::Store(error) => error.into(),
        }
    }
}

impl From<FeedError> for ApiError {
    fn from(error: FeedError) -> Self {
        match error {
            FeedError::UnknownPlace => Self::InvalidCursor(
                "the change of the cursor is not in this library, which is another one or was restored \
                 from an older backup: list everything again, and continue from the changesCursor of \
                 that query",
            ),
            FeedError::Lagging => Self::SlowConsumer,
            FeedError::Closed => Self::Stopping,
            FeedError::Store(error) => error.into(),
        }
    }
}

impl From<ApiError> for async_graphql::Error {
    fn from(error: ApiError) -> Self {
        let mut extensions = extensions_with(error.code());
        if let ApiError::TooCostly { limit, allowed, .. } = &error {
            extensions.set("limit", *limit);
            extensions.set("allowed", *allowed);
        }
        if let ApiError::MomentTooFar { limit, changes } = &error {
            extensions.set("limit", "max-moment-changes");
            extensions.set("allowed", *limit);
            extensions.set("changes", *changes);
        }
        if matches!(error, ApiError::Unavailable(_)) {
            extensions.set("retryAfterSeconds", RETRY_AFTER_SECONDS);
        }
        let extensions = Some(extensions);
        match error {
            ApiError::TooCostly { message, .. } => Self { message, source: None, extensions },
            ApiError::Busy(limit) => Self {
                message: format!(
                    "timed out after waiting {} s for other scans of the library: try again later",
                    limit.as_secs_f64()
                ),
                source: None,
                extensions,
            },
            ApiError::BadUserInput(message)
            | ApiError::NotFound(message)
            | ApiError::OutOfRange(message) => Self { message, source: None, extensions },
            ApiError::InvalidCursor(message) => {
                Self { message: message.to_owned(), source: None, extensions }
            }
            ApiError::MomentTooFar { changes, limit } => Self {
                message: format!(
                    "{changes} changes have been made since that moment, more than the maximum of {limit} \
                     (max-moment-changes): choose a later moment, or look up single videos with \
                     videoSnapshot"
                ),
                source: None,
                extensions,
            },
            ApiError::SlowConsumer => Self {
                message:
                    "the client reads more slowly than changes are made: subscribe again with \
                          the cursor of the last event"
                        .to_owned(),
                source: None,
                extensions,
            },
            ApiError::Stopping => Self {
                message:
                    "the server is stopping: subscribe again with the cursor of the last event"
                        .to_owned(),
                source: None,
                extensions,
            },
            ApiError::TimedOut(limit) => Self {
                message: format!(
                    "timed out after {} s: narrow the filter or the search, or omit totalCount",
                    limit.as_secs_f64()
                ),
                source: None,
                extensions,
            },
            ApiError::RequestTimedOut(limit) => Self {
                message: format!(
                    "the request timed out after {} s: request less at a time",
                    limit.as_secs_f64()
                ),
                source: None,
                extensions,
            },
            ApiError::Unavailable(cause) => Self {
                message: UNAVAILABLE_MESSAGE.to_owned(),
                source: Some(Arc::new(Cause(cause))),
                extensions,
            },
            ApiError::OutcomeUnknown => Self {
                message: UNKNOWN_MESSAGE.to_owned(),
                source: Some(Arc::new(Cause(Arc::new(RepositoryError::OutcomeUnknown)))),
                extensions,
            },
            ApiError::Internal(cause) => Self {
                message: INTERNAL_MESSAGE.to_owned(),
                source: Some(Arc::new(Cause(cause))),
                extensions,
            },
        }
    }
}

/// The cause of an error that is not the client's, on its way through async-graphql to the log.
struct Cause(Arc<dyn Error + Send + Sync>);

/// The response to a request of which nothing was executed.
pub fn response_to(error: ApiError) -> Response {
    let async_graphql::Error { message, source, extensions } = error.into();
    let error = ServerError::new(message, None);
    Response::from_errors(vec![ServerError { source, extensions, ..error }])
}

/// The code of an error, which every error has that leaves the API.
pub fn code_of(error: &ServerError) -> Option<ErrorCode> {
    match error.extensions.as_ref()?.get("code")? {
        Value::String(code) => ErrorCode::named(code),
        _ => None,
    }
}

/// Whether an error means that the same request can succeed later.
pub fn is_unavailable(error: &ServerError) -> bool {
    code_of(error) == Some(ErrorCode::ServiceUnavailable)
}

/// An error of the request itself, for which nothing is executed.
pub fn refused(code: ErrorCode, message: impl Into<String>, pos: Option<Pos>) -> ServerError {
    ServerError { extensions: Some(extensions_with(code)), ..ServerError::new(message, pos) }
}

/// Gives every error of a response its code, and logs those that are not the client's, with their
/// causes.
pub fn finish(response: &mut Response, request_id: &str) {
    let mut logged = HashSet::new();
    for error in &mut response.errors {
        if let Some(Cause(cause)) = error.source() {
            // Many fields can have failed for the same cause.
            if logged.insert(Arc::as_ptr(cause).cast::<()>()) {
                tracing::error!(request_id, error = with_causes(&**cause), "a field failed");
            }
            let extensions = error.extensions.get_or_insert_default();
            extensions.set("requestId", request_id);
        }
        let has_code = error.extensions.as_ref().is_some_and(|all| all.get("code").is_some());
        if !has_code {
            // What is left comes from async-graphql: its validation tells no path.
            let code = match error.path.is_empty() {
                true => ErrorCode::GraphqlValidationFailed,
                false => ErrorCode::BadUserInput,
            };
            error.extensions.get_or_insert_default().set("code", code.as_str());
        }
    }
}

/// The extensions with nothing but a code.
pub fn extensions_with(code: ErrorCode) -> ErrorExtensionValues {
    let mut extensions = ErrorExtensionValues::default();
    extensions.set("code", code.as_str());
    extensions
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_took_too_long_is_told_with_what_to_do() {
        let limit = Duration::from_millis(1500);
        let error = RepositoryError::TimedOut { attempted: "count videos", limit };
        let response = response_to(error.into());
        let [error] = &response.errors[..] else { panic!("{response:?}") };
        assert_eq!(
            error.message,
            "timed out after 1.5 s: narrow the filter or the search, or omit totalCount"
        );
        assert_eq!(error.extensions, Some(extensions_with(ErrorCode::Timeout)));
    }

    #[test]
    fn what_waited_too_long_is_told_apart_from_what_took_too_long() {
        let limit = Duration::from_secs(5);
        let error = RepositoryError::Busy { attempted: "count videos", limit };
        let response = response_to(error.into());
        let [error] = &response.errors[..] else { panic!("{response:?}") };
        assert_eq!(
            error.message,
            "timed out after waiting 5 s for other scans of the library: try again later"
        );
        assert_eq!(error.extensions, Some(extensions_with(ErrorCode::Timeout)));
    }
}
