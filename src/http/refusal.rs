//! What the server answers to a request that never becomes a GraphQL request.

use std::borrow::Cow;

use axum::Json;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

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
    request_id: Option<String>,
}

impl Refusal {
    pub fn bad_request(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "BAD_REQUEST", message)
    }

    pub fn body_too_large() -> Self {
        let message = "the body is longer than this server allows: send less at once";
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "PAYLOAD_TOO_LARGE", message)
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

    pub fn subscription_in_batch() -> Self {
        Self::bad_request(
            "a subscription cannot be one of a list of requests: send it on its own, where \
             text/event-stream is accepted, or over a WebSocket",
        )
    }

    pub fn batch_as_stream() -> Self {
        let message = "a list of requests is answered as JSON: accept application/json";
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
        Self { status, code, message: message.into(), allow: None, request_id: None }
    }

    /// The GraphQL response in whose form it is shown.
    pub fn body(&self) -> Value {
        let mut extensions = json!({ "code": self.code });
        if let Some(request_id) = &self.request_id {
            extensions["requestId"] = request_id.as_str().into();
        }
        json!({ "errors": [{ "message": self.message, "extensions": extensions }] })
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(self.body())).into_response();
        let allow = self.allow.map(|methods| (header::ALLOW, HeaderValue::from_static(methods)));
        response.headers_mut().extend(allow);
        response
    }
}
