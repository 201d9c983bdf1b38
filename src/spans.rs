//! The spans of a request in traces.
//!
//! They are for traces only and never in the log. If tracing is off, nobody listens to [`TARGET`],
//! and a span costs only that check. They contain no document, variable or other client data except
//! the name of the operation.

use std::collections::HashMap;

use opentelemetry::propagation::TextMapPropagator;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing::Span;
use tracing::field::Empty;
use tracing_opentelemetry::OpenTelemetrySpanExt;

/// The target that distinguishes them from the spans of the log.
pub const TARGET: &str = "traces";

/// The longest name of an operation that is shown, in bytes.
const MAX_NAME_BYTES: usize = 64;

/// The headers that carry the caller's trace.
///
/// Source: [Trace Context](https://www.w3.org/TR/trace-context/).
pub const TRACE_HEADERS: [&str; 2] = ["traceparent", "tracestate"];

/// A request over HTTP, from its header to the header of its response. It is part of the caller's
/// trace if `header` finds one.
pub fn request<'h>(
    method: &str,
    route: &str,
    header: impl Fn(&'static str) -> Option<&'h str>,
) -> Span {
    let span = tracing::info_span!(
        target: TARGET,
        "request",
        otel.name = Empty,
        otel.kind = "server",
        otel.status_code = Empty,
        http.request.method = method,
        http.route = route,
        http.response.status_code = Empty,
        request_id = Empty,
    );
    if !span.is_disabled() {
        span.record("otel.name", format!("{method} {route}"));
        adopt(&span, header);
    }
    span
}

/// Records the response of a request.
pub fn answered(request: &Span, request_id: &str, status: u16) {
    request.record("request_id", request_id);
    request.record("http.response.status_code", status);
    if status >= 500 {
        request.record("otel.status_code", "ERROR");
    }
}

/// An operation on a WebSocket, which starts a trace: the socket outlives it.
pub fn socket_operation(request_id: &str) -> Span {
    tracing::info_span!(target: TARGET, parent: None, "operation", otel.kind = "server", request_id)
}

/// Reading a document.
pub fn parse() -> Span {
    tracing::info_span!(target: TARGET, "parse")
}

/// Holding a document and its variables to the schema.
pub fn validate() -> Span {
    tracing::info_span!(target: TARGET, "validate")
}

/// Executing a batch that is completed even if its client disconnects.
pub fn list() -> Span {
    tracing::info_span!(target: TARGET, "list")
}

/// Resolving an operation of this kind and name.
pub fn execute(kind: &str, name: &str) -> Span {
    tracing::info_span!(
        target: TARGET,
        "execute",
        otel.status_code = Empty,
        graphql.operation.type = kind,
        graphql.operation.name = &name[..name.floor_char_boundary(MAX_NAME_BYTES)],
        graphql.errors = Empty,
    )
}

/// Notes how many errors an execution came to.
pub fn executed(execution: &Span, errors: usize) {
    if errors > 0 {
        execution.record("graphql.errors", errors);
    }
}

/// One call of the store.
pub fn store_call(name: &'static str) -> Span {
    let span =
        tracing::info_span!(target: TARGET, "store", otel.name = Empty, otel.status_code = Empty);
    if !span.is_disabled() {
        span.record("otel.name", format!("store {name}"));
    }
    span
}

/// Marks the work of a span as failed; the log has the reason.
pub fn failed(span: &Span) {
    span.record("otel.status_code", "ERROR");
}

/// Makes a span part of the caller's trace, if there is one.
fn adopt<'h>(span: &Span, header: impl Fn(&'static str) -> Option<&'h str>) {
    let found = TRACE_HEADERS.iter().filter_map(|name| Some((*name, header(name)?)));
    let carrier: HashMap<String, String> =
        found.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    if carrier.is_empty() {
        return;
    }
    // It fails where the subscriber makes no traces of the span, which then has no parent to have.
    let _ = span.set_parent(TraceContextPropagator::new().extract(&carrier));
}
