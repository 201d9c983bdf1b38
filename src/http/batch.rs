//! Batches: several requests in one, executed one after another.
//!
//! Source: [request batching](https://github.com/graphql/graphql-over-http/blob/main/spec/Appendix%20C%20-%20Request%20Batching.md).

use std::convert::Infallible;

use axum::http::HeaderValue;
use serde_json::json;
use tokio::sync::oneshot;
use tracing::field::Empty;
use tracing::{Instrument, Span};

use super::completion::completed;
use super::operation::Operation;
use super::outcome::Outcome;
use super::parameters::Parameters;
use super::refusal::Rejection;
use super::requester::RequestContext;
use super::{Backend, answer, place};
use crate::graphql::Caller;
use crate::spans;

/// The responses to a batch.
pub(super) struct Answer {
    pub json: String,
    /// The place that the caller has seen after its last mutation.
    pub place: Option<HeaderValue>,
}

/// The responses to these requests, in their order. Each sees the changes of those before it.
///
/// The status is always 200, because each request can have a different outcome. If one of them is a
/// mutation, all mutations are executed, even if the client disconnects; other requests end with
/// their client. The limit for one response applies to all together.
pub(super) async fn answer(
    requests: Vec<Result<Parameters, Rejection>>,
    backend: &Backend,
    requester: RequestContext,
) -> Answer {
    let begin = |(index, request)| Item::begin(index, request, backend, &requester.caller);
    let items: Vec<_> = requests.into_iter().enumerate().map(begin).collect();
    // Whatever becomes of the request, the list learns that nobody waits for it once this is dropped.
    let (list, _waiting) = oneshot::channel();
    if !items.iter().any(Item::is_mutation) {
        return answer_all(items, backend, requester, list).await;
    }
    let own = backend.clone();
    let work = async move { answer_all(items, &own, requester, list).await };
    completed(work.instrument(spans::list()), &backend.streams).await
}

/// The responses; once `waited_for` is closed, only those of mutations are still needed.
async fn answer_all(
    items: Vec<Item>,
    backend: &Backend,
    requester: RequestContext,
    mut waited_for: oneshot::Sender<Infallible>,
) -> Answer {
    let mut newest = None;
    let mut answers = Vec::with_capacity(items.len());
    let mut room = backend.settings.limits.max_answer_bytes;
    for item in items {
        let is_mutation = item.is_mutation();
        let Item { span, operation } = item;
        let answer = answer_one(operation, room, backend, requester.clone()).instrument(span);
        let Answer { json, place } = match is_mutation {
            true => answer.await,
            false => tokio::select! {
                biased;
                () = waited_for.closed() => continue,
                answer = answer => answer,
            },
        };
        room = room.saturating_sub(json.len());
        newest = place.or(newest);
        answers.push(json);
    }
    Answer { json: format!("[{}]", answers.join(",")), place: newest }
}

/// One of the requests, before it is executed.
struct Item {
    /// Has the lines about it in the log.
    span: Span,
    operation: Result<Operation, Rejection>,
}

impl Item {
    fn begin(
        index: usize,
        request: Result<Parameters, Rejection>,
        backend: &Backend,
        caller: &Caller,
    ) -> Self {
        let request_id = &caller.request_id;
        let span = tracing::error_span!("operation", request_id, index, operation = Empty);
        let operation =
            span.in_scope(|| request.map(|parameters| Operation::of(parameters, backend)));
        Self { span, operation }
    }

    fn is_mutation(&self) -> bool {
        self.operation.as_ref().is_ok_and(Operation::is_mutation)
    }
}

/// The response to one of the requests, as JSON, within this limit.
async fn answer_one(
    operation: Result<Operation, Rejection>,
    room: usize,
    backend: &Backend,
    requester: RequestContext,
) -> Answer {
    let without_place = |json| Answer { json, place: None };
    let operation = match operation {
        Ok(operation) if operation.is_subscription() => {
            return without_place(Rejection::subscription_in_batch().body().to_string());
        }
        Ok(operation) => operation.after_others(),
        Err(refusal) => return without_place(refusal.body().to_string()),
    };
    let outcome = operation.execute(backend, requester).await;
    tracing::debug!("executed a request of a batch");
    match outcome {
        Outcome::Executed(response) => {
            let json = answer::in_room(&response, room, backend.settings.limits.max_answer_bytes);
            Answer { json, place: place::of_answer(&response) }
        }
        Outcome::Refused(errors) => without_place(json!({ "errors": errors }).to_string()),
    }
}
