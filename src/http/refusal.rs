//! Responses to requests that never become GraphQL requests.

use std::borrow::Cow;
use std::time::Duration;

use async_graphql::ServerError;
use axum::Json;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::policy;
use crate::auth::AuthError;
use crate::domain::Role;
use crate::error_code::{ErrorCode, HttpStatus};
use crate::graphql::error;

/// What a client must present.
///
/// Source: [RFC 6750, section 3](https://www.rfc-editor.org/rfc/rfc6750#section-3).
const BEARER: &str = "Bearer realm=\"reelgraph\"";
const INVALID_REQUEST: &str = "Bearer realm=\"reelgraph\", error=\"invalid_request\"";
const INVALID_TOKEN: &str = "Bearer realm=\"reelgraph\", error=\"invalid_token\"";
const INSUFFICIENT_SCOPE: &str = "Bearer realm=\"reelgraph\", error=\"insufficient_scope\"";

/// The reason for rejecting a request: a code for programs, which determines the status, and a
/// message that says what to do.
///
/// It is shown in the form of a GraphQL response, which every client of the API can read.
#[derive(Debug)]
pub(super) struct Rejection {
    code: ErrorCode,
    pub message: Cow<'static, str>,
    /// What the client can do instead, for programs: the allowed methods, the seconds to wait
    /// before a retry, or what to present.
    hint: Option<(HeaderName, &'static str)>,
    request_id: Option<String>,
}

/// The status of a response with this error; none if it depends on what the client accepts.
pub(super) fn fixed_status(code: ErrorCode) -> Option<StatusCode> {
    match code.status() {
        HttpStatus::Always(status) => {
            Some(StatusCode::from_u16(status).expect("the statuses of all codes are HTTP's"))
        }
        HttpStatus::ByMediaType => None,
    }
}

impl Rejection {
    pub fn bad_request(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorCode::BadRequest, message)
    }

    pub fn body_too_large(max_bytes: usize) -> Self {
        let message =
            format!("the body exceeds the limit of {max_bytes} bytes: send less at a time");
        Self::new(ErrorCode::PayloadTooLarge, message)
    }

    pub fn body_too_slow(limit: Duration) -> Self {
        let seconds = limit.as_secs();
        let message = format!(
            "the body did not arrive within {seconds} s: send it faster, or send less at a time"
        );
        Self::new(ErrorCode::RequestTimeout, message)
    }

    pub fn header_too_large(max_bytes: usize) -> Self {
        let message = format!(
            "the request line and header exceed the limit of {max_bytes} bytes: send fewer or \
             shorter headers, and send long queries by POST"
        );
        Self::new(ErrorCode::HeaderTooLarge, message)
    }

    pub fn header_too_slow(limit: Duration) -> Self {
        let seconds = limit.as_secs();
        let message = format!(
            "the request's header did not arrive within {seconds} s: send it without delay"
        );
        Self::new(ErrorCode::RequestTimeout, message)
    }

    pub fn too_many_requests(limit: usize) -> Self {
        let message = format!(
            "the server has reached its maximum of {limit} requests in flight: try again in a \
             second"
        );
        let refusal = Self::new(ErrorCode::Overloaded, message);
        refusal.retrying_after("1")
    }

    /// Too many unread responses on a connection. The status is that of a response that is too
    /// long: one that suggests a retry would cause mutations to be executed twice.
    pub fn answers_not_taken() -> Self {
        let message = "this connection has too many unread responses: read them first, or use \
                       another connection; a mutation has been executed nevertheless";
        Self::new(ErrorCode::AnswersNotRead, message)
    }

    /// Nobody can be served at the moment.
    pub fn unavailable(why: &'static str) -> Self {
        Self::new(ErrorCode::ServiceUnavailable, why)
    }

    /// The server has begun to listen, and not to work yet.
    pub fn opening() -> Self {
        let refusal = Self::unavailable("the library is being opened: try again in a second");
        refusal.retrying_after("1")
    }

    pub fn unsupported_media_type() -> Self {
        let message = "send the request as JSON in UTF-8, with the Content-Type application/json";
        Self::new(ErrorCode::UnsupportedMediaType, message)
    }

    /// The body is compressed.
    pub fn unsupported_encoding() -> Self {
        let message = "the body has a Content-Encoding, which this server does not support: send \
                       uncompressed JSON";
        let refusal = Self::new(ErrorCode::UnsupportedMediaType, message);
        refusal.hinting(header::ACCEPT_ENCODING, "identity")
    }

    pub fn not_acceptable() -> Self {
        let message = "accept application/graphql-response+json, application/json or \
                       text/event-stream";
        Self::new(ErrorCode::NotAcceptable, message)
    }

    pub fn subscription_without_stream() -> Self {
        let message = "a subscription needs a stream: accept text/event-stream, or open a \
                       WebSocket with the subprotocol graphql-transport-ws";
        Self::new(ErrorCode::NotAcceptable, message)
    }

    pub fn subscription_in_batch() -> Self {
        Self::bad_request(
            "a subscription cannot be part of a batch: send it on its own and accept \
             text/event-stream, or use a WebSocket",
        )
    }

    pub fn batch_as_stream() -> Self {
        let message = "the response to a batch is JSON: accept application/json";
        Self::new(ErrorCode::NotAcceptable, message)
    }

    pub fn foreign_origin() -> Self {
        let message = "pages of this origin may not open streams: add it to the server's setting \
                       --allowed-origins";
        Self::new(ErrorCode::Forbidden, message)
    }

    /// A preflight request from a page whose origin is not allowed.
    pub fn cors_origin() -> Self {
        let message = "CORS: pages of this origin may not use this API: add it to the server's \
                       setting --allowed-origins";
        Self::new(ErrorCode::Forbidden, message)
    }

    /// A preflight request is for a header that is not allowed.
    pub fn cors_header() -> Self {
        let message = "CORS: pages of other sites may not send all of these headers: add them to \
                       the server's setting --allowed-headers";
        Self::new(ErrorCode::Forbidden, message)
    }

    pub fn without_host() -> Self {
        Self::bad_request("the header Host is missing: send the name of the server")
    }

    /// The request is for a host that the server does not answer for.
    pub fn misdirected(host: &str, has_default_hosts: bool) -> Self {
        let host = if host.is_empty() { "no host" } else { host };
        let message = match has_default_hosts {
            true => format!(
                "this request is for {host}, but a server that admits anonymous callers answers \
                 only for localhost and loopback addresses: if this is a name of the server, add \
                 it to the setting --allowed-hosts"
            ),
            false => format!(
                "this server does not answer requests for {host}: if this is one of its names, add \
                 it to the setting --allowed-hosts"
            ),
        };
        Self::new(ErrorCode::MisdirectedRequest, message)
    }

    /// The caller is authenticated, but lacks the role.
    pub fn role_needed(needed: Role) -> Self {
        let message = format!("this requires the role {}: use a key with that role", needed.name());
        let refusal = Self::new(ErrorCode::Forbidden, message);
        refusal.hinting(header::WWW_AUTHENTICATE, INSUFFICIENT_SCOPE)
    }

    pub fn mutation_by_get() -> Self {
        let message = "mutations cannot be sent by GET: use POST";
        let refusal = Self::new(ErrorCode::MethodNotAllowed, message);
        refusal.hinting(header::ALLOW, "POST")
    }

    /// Only the methods of a list are allowed there.
    pub fn method_not_allowed(method: &Method, allowed: &'static str) -> Self {
        let message =
            format!("{method} is not allowed here: the header Allow lists the allowed methods");
        let refusal = Self::new(ErrorCode::MethodNotAllowed, message);
        refusal.hinting(header::ALLOW, allowed)
    }

    pub fn no_such_path(path: &str) -> Self {
        let message = format!("there is nothing at {path}: the GraphQL API is at /graphql");
        Self::new(ErrorCode::NotFound, message)
    }

    /// The listener is for metrics only.
    pub fn nothing_but_metrics(path: &str) -> Self {
        let message = format!("there is nothing at {path}: the metrics are at /metrics");
        Self::new(ErrorCode::NotFound, message)
    }

    /// The one refusal that is not the client's fault: with the ID, the log has the cause.
    pub fn internal_error(request_id: String) -> Self {
        let message =
            "internal server error: see the server's log for the cause, under the request ID";
        let refusal = Self::new(ErrorCode::InternalServerError, message);
        Self { request_id: Some(request_id), ..refusal }
    }

    pub fn new(code: ErrorCode, message: impl Into<Cow<'static, str>>) -> Self {
        Self { code, message: message.into(), hint: None, request_id: None }
    }

    /// The status of the response.
    pub fn status(&self) -> StatusCode {
        fixed_status(self.code).unwrap_or(StatusCode::BAD_REQUEST)
    }

    /// The same with the seconds to wait before a retry.
    pub fn retrying_after(self, seconds: &'static str) -> Self {
        self.hinting(header::RETRY_AFTER, seconds)
    }

    fn hinting(self, name: HeaderName, value: &'static str) -> Self {
        Self { hint: Some((name, value)), ..self }
    }

    /// The response as it is written to a connection on which no request was read, and which ends
    /// with it.
    pub fn as_last_words(&self) -> String {
        let body = self.body().to_string();
        let mut text = format!(
            "HTTP/1.1 {}\r\nconnection: close\r\ncontent-type: application/json\r\n\
             content-length: {}\r\n",
            self.status(),
            body.len()
        );
        for (name, value) in policy::HEADERS {
            let value = value.to_str().expect("it was written as a text");
            text += &format!("{name}: {value}\r\n");
        }
        text + "\r\n" + &body
    }

    /// The GraphQL response that contains the error.
    pub fn body(&self) -> Value {
        let mut extensions = json!({ "code": self.code.as_str() });
        if let Some((header::RETRY_AFTER, seconds)) = &self.hint {
            extensions["retryAfterSeconds"] = seconds.parse::<u16>().ok().into();
        }
        if let Some(request_id) = &self.request_id {
            extensions["requestId"] = request_id.as_str().into();
        }
        json!({ "errors": [{ "message": self.message, "extensions": extensions }] })
    }
}

impl From<Rejection> for ServerError {
    fn from(refusal: Rejection) -> Self {
        error::refused(refusal.code, refusal.message, None)
    }
}

/// The caller is not authenticated.
impl From<AuthError> for Rejection {
    fn from(denial: AuthError) -> Self {
        let (code, challenge) = match &denial {
            AuthError::InAddress(_) => (ErrorCode::BadRequest, INVALID_REQUEST),
            AuthError::NoRole(_) => (ErrorCode::Forbidden, INSUFFICIENT_SCOPE),
            AuthError::Missing => (ErrorCode::Unauthenticated, BEARER),
            AuthError::Malformed => (ErrorCode::Unauthenticated, INVALID_REQUEST),
            AuthError::Unknown
            | AuthError::Expired
            | AuthError::ReservedName
            | AuthError::Claim(_) => (ErrorCode::Unauthenticated, INVALID_TOKEN),
        };
        Self::new(code, denial.to_string()).hinting(header::WWW_AUTHENTICATE, challenge)
    }
}

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        let mut response = (self.status(), Json(self.body())).into_response();
        if let Some((name, value)) = self.hint {
            response.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        // For those who count errors.
        response.extensions_mut().insert(self.code);
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_status_of_every_code_is_one_of_http() {
        for code in ErrorCode::ALL {
            let known = fixed_status(*code).map(|status| status.canonical_reason());
            assert_ne!(known, Some(None), "{code}");
        }
    }
}
