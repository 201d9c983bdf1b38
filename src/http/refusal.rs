//! What the server answers to a request that never becomes a GraphQL request.

use std::borrow::Cow;
use std::time::Duration;

use async_graphql::ServerError;
use axum::Json;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::policy;
use crate::graphql::error::extensions_with;

/// Why a request is refused: a status, a code for programs and a message that says what to do.
///
/// It is shown in the form of a GraphQL response, which every client of the API can read.
#[derive(Debug)]
pub(super) struct Refusal {
    pub status: StatusCode,
    code: &'static str,
    pub message: Cow<'static, str>,
    /// The methods that are allowed instead.
    allow: Option<&'static str>,
    /// After how many seconds the same request may succeed.
    retry_after: Option<&'static str>,
    request_id: Option<String>,
}

impl Refusal {
    pub fn bad_request(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "BAD_REQUEST", message)
    }

    pub fn body_too_large(max_bytes: usize) -> Self {
        let message = format!(
            "the body is longer than this server allows, {max_bytes} bytes: send less at once"
        );
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "PAYLOAD_TOO_LARGE", message)
    }

    pub fn body_too_slow(limit: Duration) -> Self {
        let seconds = limit.as_secs();
        let message = format!(
            "the body took longer to come than this server allows, {seconds} s: send it faster, or \
             less at once"
        );
        Self::new(StatusCode::REQUEST_TIMEOUT, "REQUEST_TIMEOUT", message)
    }

    pub fn header_too_large(max_bytes: usize) -> Self {
        let message = format!(
            "the request's first line and header are longer than this server allows, {max_bytes} \
             bytes: send less there, and a long query by POST"
        );
        Self::new(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "HEADER_TOO_LARGE", message)
    }

    pub fn header_too_slow(limit: Duration) -> Self {
        let seconds = limit.as_secs();
        let message = format!(
            "the request's header took longer to come than this server allows, {seconds} s: send it \
             at once"
        );
        Self::new(StatusCode::REQUEST_TIMEOUT, "REQUEST_TIMEOUT", message)
    }

    pub fn too_many_requests(limit: usize) -> Self {
        let message = format!(
            "this server has as many requests in flight as it allows, {limit}: try again in a second"
        );
        let refusal = Self::new(StatusCode::SERVICE_UNAVAILABLE, "OVERLOADED", message);
        Self { retry_after: Some("1"), ..refusal }
    }

    pub fn unsupported_media_type() -> Self {
        let message = "send the request as JSON in UTF-8, with the Content-Type application/json";
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE", message)
    }

    pub fn not_acceptable() -> Self {
        let message = "accept application/graphql-response+json, application/json or \
                       text/event-stream";
        Self::new(StatusCode::NOT_ACCEPTABLE, "NOT_ACCEPTABLE", message)
    }

    pub fn subscription_without_stream() -> Self {
        let message = "a subscription is answered by a stream: accept text/event-stream, or open a \
                       WebSocket with the subprotocol graphql-transport-ws";
        Self::new(StatusCode::NOT_ACCEPTABLE, "NOT_ACCEPTABLE", message)
    }

    pub fn foreign_origin() -> Self {
        let message = "pages of this origin may not open streams here: have it allowed with the \
                       server's setting --allowed-origins";
        Self::new(StatusCode::FORBIDDEN, "FORBIDDEN", message)
    }

    pub fn mutation_by_get() -> Self {
        let message = "mutations cannot be sent by GET: send this one by POST";
        let refusal = Self::new(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", message);
        Self { allow: Some("POST"), ..refusal }
    }

    pub fn method_not_allowed(method: &Method) -> Self {
        let message = format!("{method} is not allowed here: the header Allow lists what is");
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", message)
    }

    pub fn no_such_path(path: &str) -> Self {
        let message = format!("there is nothing at {path}: the GraphQL API is at /graphql");
        Self::new(StatusCode::NOT_FOUND, "NOT_FOUND", message)
    }

    /// The one refusal that is not the client's fault: with the ID, the log has the cause.
    pub fn internal_error(request_id: String) -> Self {
        let message = "internal server error: the server's log has the cause, under the request ID";
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        let refusal = Self::new(status, "INTERNAL_SERVER_ERROR", message);
        Self { request_id: Some(request_id), ..refusal }
    }

    fn new(status: StatusCode, code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        let (allow, retry_after, request_id) = Default::default();
        Self { status, code, message: message.into(), allow, retry_after, request_id }
    }

    /// The response as it is written to a connection on which no request was read, and which ends
    /// with it.
    pub fn as_last_words(&self) -> String {
        let body = self.body().to_string();
        let mut text = format!(
            "HTTP/1.1 {}\r\nconnection: close\r\ncontent-type: application/json\r\n\
             content-length: {}\r\n",
            self.status,
            body.len()
        );
        for (name, value) in policy::HEADERS {
            text += &format!("{name}: {value}\r\n");
        }
        text + "\r\n" + &body
    }

    fn body(&self) -> Value {
        let mut extensions = json!({ "code": self.code });
        if let Some(request_id) = &self.request_id {
            extensions["requestId"] = request_id.as_str().into();
        }
        json!({ "errors": [{ "message": self.message, "extensions": extensions }] })
    }
}

impl From<Refusal> for ServerError {
    fn from(refusal: Refusal) -> Self {
        let extensions = Some(extensions_with(refusal.code));
        Self { extensions, ..Self::new(refusal.message, None) }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(self.body())).into_response();
        let optional = [(header::ALLOW, self.allow), (header::RETRY_AFTER, self.retry_after)];
        for (name, value) in optional {
            if let Some(value) = value {
                response.headers_mut().insert(name, HeaderValue::from_static(value));
            }
        }
        response
    }
}
