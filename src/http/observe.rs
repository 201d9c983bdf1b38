//! What every request has: an ID, a line in the log, and an answer even when the server panics.

use std::panic::AssertUnwindSafe;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use tracing::field::Empty;
use tracing::{Instrument, Span};

use super::Backend;
use super::account::milliseconds;
use super::refusal::{Refusal, RefusalCode};
use super::websocket;
use crate::domain::IdSource;
use crate::metrics::HttpMethod;
use crate::spans;

/// Carries the request's ID, to the server and back.
const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// A request's ID: the client's own, or a fresh UUID where it sent none that can be kept.
#[derive(Clone, Debug)]
pub(super) struct RequestId(pub String);

impl RequestId {
    fn of(request: &Request, ids: &dyn IdSource) -> Self {
        let own = request.headers().get(X_REQUEST_ID).and_then(|value| value.to_str().ok());
        let kept = own.filter(|id| is_sane(id)).map(str::to_owned);
        Self(kept.unwrap_or_else(|| ids.next_id().to_string()))
    }

    fn header(&self) -> HeaderValue {
        HeaderValue::from_str(&self.0).expect("a sane ID has only visible ASCII characters")
    }
}

/// Whether an ID may stand in logs and in the audit log as it is.
fn is_sane(id: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._:+/=-".contains(&byte);
    (1..=128).contains(&id.len()) && id.bytes().all(is_allowed)
}

/// Has a request answered inside a span that carries its ID, logs one line about it, and counts it.
pub(super) async fn observe(
    State(backend): State<Backend>,
    mut request: Request,
    next: Next,
) -> Response {
    let begun = Instant::now();
    let _in_flight = backend.metrics.request_begins();
    let (method, route) = (HttpMethod::named(request.method().as_str()), route_of(&request));
    let trace = trace(request.headers(), method, &route);
    let id = RequestId::of(&request, &*backend.ids);
    // As important as the most important line, so that no level leaves a line without its ID.
    let span = tracing::error_span!(
        "request",
        request_id = id.0,
        method = %request.method(),
        path = request.uri().path(),
        actor = Empty,
        operation = Empty,
    );
    request.extensions_mut().insert(id.clone());
    async {
        let answer = AssertUnwindSafe(next.run(request)).catch_unwind().await;
        let failed = |_| Refusal::internal_error(id.0.clone()).into_response();
        let mut response = answer.unwrap_or_else(failed);
        let status = response.status().as_u16();
        tracing::info!(status, elapsed_ms = milliseconds(begun.elapsed()), "answered");
        spans::answered(&trace, &id.0, status);
        backend.metrics.request_answered(method, route, status);
        if let Some(RefusalCode(code)) = response.extensions().get() {
            backend.metrics.error_told(code);
        }
        response.headers_mut().insert(X_REQUEST_ID, id.header());
        response
    }
    .instrument(span)
    .instrument(trace.clone())
    .await
}

/// The path as it was routed, of which there are few.
fn route_of(request: &Request) -> String {
    let matched = request.extensions().get::<MatchedPath>();
    matched.map_or("other", MatchedPath::as_str).to_owned()
}

/// The span of a request in traces. A WebSocket has none, since it would be open for as long as the
/// socket is: each of its operations has a trace.
fn trace(headers: &HeaderMap, method: HttpMethod, route: &str) -> Span {
    match websocket::is_asked_for(headers) {
        true => Span::none(),
        false => spans::request(method.name(), route, |name| headers.get(name)?.to_str().ok()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sane_id_is_short_and_of_harmless_characters() {
        for id in ["a", "0192f0c1-7e4b-7000-8000-000000000001", "A/b+c=.:_-", &"x".repeat(128)] {
            assert!(is_sane(id), "{id}");
        }
        for id in ["", "a b", "a\"b", "a\tb", "é", "a;b", "<b>", &"x".repeat(129)] {
            assert!(!is_sane(id), "{id}");
        }
    }
}
