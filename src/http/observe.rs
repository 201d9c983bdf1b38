//! What every request has: an ID, a log line with its origin, and a response even if the server
//! panics.

use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use tracing::field::Empty;
use tracing::{Instrument, Span};

use super::forwarded::{Peer, TrustedProxies};
use super::refusal::Rejection;
use super::request_log::milliseconds;
use super::route::Route;
use super::websocket;
use crate::domain::IdSource;
use crate::error_code::ErrorCode;
use crate::metrics::{GaugeGuard, HttpMethod, Metrics};
use crate::spans;

/// Carries the request's ID, to the server and back.
const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What is needed to observe requests, even before the library is open.
pub struct Observer {
    /// Generates IDs for requests without one.
    pub ids: Arc<dyn IdSource>,
    /// Counts requests.
    pub metrics: Metrics,
    /// The proxies that are believed when they say who sent a request.
    pub trusted_proxies: TrustedProxies,
}

/// What is known about a request before the rest of it is examined.
#[derive(Clone, Debug)]
pub(super) struct Sender {
    /// The request's ID: the client's own, or a new UUID if the client sent none that is
    /// acceptable.
    pub request_id: String,
    /// The client's address; none if the request did not arrive over a connection.
    pub client: Option<IpAddr>,
}

impl Sender {
    fn of(request: &Request, observer: &Observer) -> Self {
        let headers = request.headers();
        let own = headers.get(X_REQUEST_ID).and_then(|value| value.to_str().ok());
        let kept = own.filter(|id| is_sane(id)).map(str::to_owned);
        let peer = request.extensions().get();
        Self {
            request_id: kept.unwrap_or_else(|| observer.ids.next_id().to_string()),
            client: peer.map(|Peer(peer)| observer.trusted_proxies.address(*peer, headers)),
        }
    }

    fn header(&self) -> HeaderValue {
        HeaderValue::from_str(&self.request_id)
            .expect("a sane ID has only visible ASCII characters")
    }
}

/// Whether an ID can be used unchanged in logs and in the audit log.
fn is_sane(id: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._:+/=-".contains(&byte);
    (1..=128).contains(&id.len()) && id.bytes().all(is_allowed)
}

/// A request in flight, for the log, the metrics and the traces.
pub(super) struct Observation<'a> {
    metrics: &'a Metrics,
    begun: Instant,
    _in_flight: GaugeGuard,
    method: HttpMethod,
    route: Route,
    sender: Sender,
    span: Span,
    trace: Span,
}

impl<'a> Observation<'a> {
    /// Starts with the header of a request, which gets its ID.
    pub fn begin(observer: &'a Observer, route: Route, request: &mut Request) -> Self {
        let method = HttpMethod::named(request.method().as_str());
        let sender = Sender::of(request, observer);
        // As important as the most important line, so that no level leaves a line without its ID.
        let span = tracing::error_span!(
            "request",
            request_id = sender.request_id,
            client = sender.client.map(tracing::field::display),
            method = %request.method(),
            path = request.uri().path(),
            actor = Empty,
            operation = Empty,
        );
        request.extensions_mut().insert(sender.clone());
        Self {
            metrics: &observer.metrics,
            begun: Instant::now(),
            _in_flight: observer.metrics.request_begins(),
            method,
            route,
            sender,
            span,
            trace: trace(request.headers(), method, route),
        }
    }

    /// Handles the request inside a span with its ID, logs one line about it, and counts it.
    pub async fn of(self, answer: impl Future<Output = Response>) -> Response {
        let (span, trace) = (self.span.clone(), self.trace.clone());
        let observed = async {
            let answer = AssertUnwindSafe(answer).catch_unwind().await;
            let failed =
                |_| Rejection::internal_error(self.sender.request_id.clone()).into_response();
            let mut response = answer.unwrap_or_else(failed);
            self.end(&response);
            response.headers_mut().insert(X_REQUEST_ID, self.sender.header());
            response
        };
        observed.instrument(span).instrument(trace).await
    }

    fn end(&self, response: &Response) {
        let status = response.status().as_u16();
        let took = self.begun.elapsed();
        tracing::info!(status, elapsed_ms = milliseconds(took), "answered");
        spans::answered(&self.trace, &self.sender.request_id, status);
        self.metrics.request_answered(self.method, self.route.name(), status, took);
        if let Some(code) = response.extensions().get::<ErrorCode>() {
            self.metrics.error_told(*code);
        }
    }
}

/// The span of a request in traces. A WebSocket has none, because it would be open as long as the
/// socket: each of its operations has its own trace.
fn trace(headers: &HeaderMap, method: HttpMethod, route: Route) -> Span {
    match websocket::is_asked_for(headers) {
        true => Span::none(),
        false => {
            spans::request(method.name(), route.name(), |name| headers.get(name)?.to_str().ok())
        }
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
