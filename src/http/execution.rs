//! The execution of queries and mutations, and their time limits.

use std::pin::pin;

use async_graphql::Response;
use tokio::task::yield_now;
use tokio::time::sleep;
use tracing::{Instrument, Span};

use super::Backend;
use super::client::Client;
use super::outcome::Outcome;
use super::request_log::{RequestLog, SlowLogRules};
use super::requester::RequestContext;
use crate::graphql::error::ApiError;
use crate::graphql::{CheckedRequest, OperationType, error};
use crate::metrics::tallied;
use crate::spans;

/// The outcome of a query or mutation, with `span` for its execution in traces.
pub(super) async fn outcome(
    checked: CheckedRequest,
    log: RequestLog,
    requester: RequestContext,
    backend: &Backend,
    span: Span,
) -> Outcome {
    let limit = backend.settings.telemetry.slow_query();
    let slow = limit.map(|limit| SlowLogRules { limit, document: checked.request().query.clone() });
    let execution = response(checked, requester, backend).instrument(span.clone());
    let (response, calls) = tallied(pin!(execution)).await;
    spans::executed(&span, response.errors.len());
    let outcome = Outcome::from(response);
    log.close(&outcome, calls, slow, &backend.metrics);
    outcome
}

/// Has a query show the latest changes of its caller, who may not have sent their place back.
pub(super) fn show_own_changes(
    checked: &mut CheckedRequest,
    requester: &RequestContext,
    backend: &Backend,
) {
    if backend.api.has_copies()
        && checked.kind() == OperationType::Query
        && let Some(place) = backend.recent_writers.place_of(requester)
    {
        checked.not_before(place);
    }
}

/// The outcome of a query or mutation.
///
/// A query that takes too long is aborted, and sooner if its client may be gone. A mutation is not,
/// because that would leave the client unsure of what was done.
async fn response(
    mut checked: CheckedRequest,
    requester: RequestContext,
    backend: &Backend,
) -> Response {
    show_own_changes(&mut checked, &requester, backend);
    let is_mutation = checked.kind() == OperationType::Mutation;
    let has_copies = is_mutation && backend.api.has_copies();
    let writer = has_copies.then(|| backend.recent_writers.writer(&requester)).flatten();
    let RequestContext { caller, client, place: _place, .. } = requester;
    // In a box, since every function from here to the connection would be larger by it, and is copied
    // before it is first polled.
    let response = Box::pin(backend.api.execute(checked, caller));
    if is_mutation {
        let response = response.await;
        if let Some(writer) = writer {
            writer.note(&response);
        }
        return response;
    }
    // What has come by now is read first: the code that reads requests stays in the processor's cache
    // then, and after it the code that executes them. That makes small ones a quarter cheaper.
    yield_now().await;
    let limit = backend.settings.limits.request_timeout;
    tokio::select! {
        biased;
        response = response => response,
        () = sleep(limit) => error::response_to(ApiError::RequestTimedOut(limit)),
        patience = Client::overdue(client) => error::response_to(ApiError::TimedOut(patience)),
    }
}
