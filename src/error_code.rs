//! The codes of errors: what programs decide by, with the HTTP status and who can fix the error.
//!
//! `docs/errors.md` explains each of them to those who use the API; a test holds it to this table. What
//! the caller of a mutation can correct has codes of its own, which the schema lists (`UserErrorCode`).

use std::fmt;

/// Who can do something about an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fixer {
    /// The client's developer: the client sends what the server does not accept from anybody.
    Developer,
    /// The caller, with other values or another credential, or by asking for less.
    Caller,
    /// The server's operator, in its settings or by what its log reports.
    Operator,
    /// Nobody needs to: the client can try again later.
    Time,
}

/// The HTTP status of an answer that is one error and nothing else.
///
/// An error at a field, beside data, leaves the status at 200; so does any error in a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HttpStatus {
    /// The same for every client.
    Always(u16),
    /// 400 for clients that accept `application/graphql-response+json`, 200 for all others.
    ByMediaType,
}

/// Declares the codes, one a row, so that none exists without all that has to be known of it.
macro_rules! error_codes {
    ($($(#[doc = $doc:literal])+ $name:ident = $text:literal, $status:expr, $fixer:expr;)+) => {
        /// What is wrong, for programs: the `extensions.code` of an error.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum ErrorCode {
            $($(#[doc = $doc])+ $name,)+
        }

        impl ErrorCode {
            /// All codes, in alphabetical order of their texts.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The code as clients get it.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)+
                }
            }

            /// The HTTP status of an answer that is this error and nothing else.
            pub const fn status(self) -> HttpStatus {
                use HttpStatus::{Always, ByMediaType};
                match self {
                    $(Self::$name => $status,)+
                }
            }

            /// Who can do something about it.
            pub const fn fixer(self) -> Fixer {
                use Fixer::{Caller, Developer, Operator, Time};
                match self {
                    $(Self::$name => $fixer,)+
                }
            }
        }
    };
}

error_codes! {
    /// The address of a file or thumbnail has expired.
    AddressExpired = "ADDRESS_EXPIRED", Always(403), Time;
    /// The connection has not read so many answers that there is no room for this one.
    AnswersNotRead = "ANSWERS_NOT_READ", Always(200), Developer;
    /// The answer is longer than the server allows.
    AnswerTooLarge = "ANSWER_TOO_LARGE", Always(200), Developer;
    /// The request is not one of GraphQL over HTTP.
    BadRequest = "BAD_REQUEST", Always(400), Developer;
    /// A value is not allowed, or is missing.
    BadUserInput = "BAD_USER_INPUT", ByMediaType, Caller;
    /// No document has the ID that the request names.
    DocumentNotFound = "DOCUMENT_NOT_FOUND", ByMediaType, Operator;
    /// Only trusted documents are answered, and this one is not.
    DocumentNotTrusted = "DOCUMENT_NOT_TRUSTED", ByMediaType, Operator;
    /// The document is beyond a limit on its size or shape.
    DocumentTooLarge = "DOCUMENT_TOO_LARGE", ByMediaType, Developer;
    /// The file is no longer the one that the address was given for.
    FileChanged = "FILE_CHANGED", Always(409), Time;
    /// The caller's role, or the page's origin, does not permit it.
    Forbidden = "FORBIDDEN", Always(403), Caller;
    /// The document is not GraphQL.
    GraphqlParseFailed = "GRAPHQL_PARSE_FAILED", ByMediaType, Developer;
    /// The document does not fit the schema.
    GraphqlValidationFailed = "GRAPHQL_VALIDATION_FAILED", ByMediaType, Developer;
    /// The head of the request is longer than the server allows.
    HeaderTooLarge = "HEADER_TOO_LARGE", Always(431), Developer;
    /// The server itself failed.
    InternalServerError = "INTERNAL_SERVER_ERROR", Always(500), Operator;
    /// A cursor is damaged, or belongs to something else.
    InvalidCursor = "INVALID_CURSOR", Always(200), Caller;
    /// The path does not take the method.
    MethodNotAllowed = "METHOD_NOT_ALLOWED", Always(405), Developer;
    /// The request is for a host that the server does not answer for.
    MisdirectedRequest = "MISDIRECTED_REQUEST", Always(421), Operator;
    /// Too much has changed since a moment in the past.
    MomentTooFar = "MOMENT_TOO_FAR", Always(200), Caller;
    /// The client accepts no form in which the operation can be answered.
    NotAcceptable = "NOT_ACCEPTABLE", Always(406), Developer;
    /// There is nothing at the path, or no scan with the ID.
    NotFound = "NOT_FOUND", Always(404), Developer;
    /// A result does not fit its type.
    OutOfRange = "OUT_OF_RANGE", Always(200), Caller;
    /// The server has as many requests in flight as it allows.
    Overloaded = "OVERLOADED", Always(503), Time;
    /// The body is longer than the server allows.
    PayloadTooLarge = "PAYLOAD_TOO_LARGE", Always(413), Developer;
    /// The server does not know the hash of the persisted query.
    PersistedQueryNotFound = "PERSISTED_QUERY_NOT_FOUND", ByMediaType, Developer;
    /// The server remembers no persisted queries.
    PersistedQueryNotSupported = "PERSISTED_QUERY_NOT_SUPPORTED", ByMediaType, Developer;
    /// The request took too long to arrive.
    RequestTimeout = "REQUEST_TIMEOUT", Always(408), Time;
    /// The server ends a stream because it stops.
    ServerStopping = "SERVER_STOPPING", Always(200), Time;
    /// The library cannot be used at the moment.
    ServiceUnavailable = "SERVICE_UNAVAILABLE", Always(503), Time;
    /// The subscriber reads more slowly than changes are made.
    SlowConsumer = "SLOW_CONSUMER", Always(200), Developer;
    /// The request took too long to answer.
    Timeout = "TIMEOUT", Always(504), Caller;
    /// The operation could make the server do more than it allows.
    TooCostly = "TOO_COSTLY", ByMediaType, Developer;
    /// There are as many subscriptions as the server allows.
    TooManySubscriptions = "TOO_MANY_SUBSCRIPTIONS", Always(200), Time;
    /// A valid credential is needed.
    Unauthenticated = "UNAUTHENTICATED", Always(401), Caller;
    /// The body is not uncompressed JSON in UTF-8.
    UnsupportedMediaType = "UNSUPPORTED_MEDIA_TYPE", Always(415), Developer;
}

impl ErrorCode {
    /// The code with this text.
    pub fn named(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.as_str() == text)
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_differ_and_are_found_by_their_texts() {
        for code in ErrorCode::ALL {
            assert_eq!(ErrorCode::named(code.as_str()), Some(*code));
        }
        assert_eq!(ErrorCode::named("NO_SUCH_CODE"), None);
        assert!(ErrorCode::ALL.is_sorted_by_key(|code| code.as_str()));
    }
}
