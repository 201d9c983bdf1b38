//! What every request has: an ID, a line in the log, and an answer even when the server panics.

use std::panic::AssertUnwindSafe;
use std::time::Instant;

use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use tracing::Instrument;
use tracing::field::Empty;

use super::Backend;
use super::refusal::Refusal;
use crate::domain::IdSource;

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

/// Has a request answered inside a span that carries its ID, and logs one line about it.
pub(super) async fn observe(
    State(backend): State<Backend>,
    mut request: Request,
    next: Next,
) -> Response {
    let begun = Instant::now();
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
        let elapsed_ms = (begun.elapsed().as_secs_f64() * 1e6).round() / 1e3;
        tracing::info!(status = response.status().as_u16(), elapsed_ms, "answered");
        response.headers_mut().insert(X_REQUEST_ID, id.header());
        response
    }
    .instrument(span)
    .await
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
