//! Several requests in one, answered one after another.
//!
//! Source: [request batching](https://github.com/graphql/graphql-over-http/blob/main/spec/Appendix%20C%20-%20Request%20Batching.md).

use axum::response::{IntoResponse, Response};
use serde_json::json;
use tracing::Instrument;
use tracing::field::Empty;

use super::operation::Operation;
use super::outcome::Outcome;
use super::parameters::Parameters;
use super::refusal::Refusal;
use super::{Backend, answer};
use crate::graphql::Caller;

/// The answers to these requests, in their order. Each sees what those before it changed.
///
/// The status is 200 whatever becomes of them, since each may have another outcome.
pub(super) async fn answer(
    requests: Vec<Result<Parameters, Refusal>>,
    backend: &Backend,
    caller: &Caller,
) -> Response {
    let mut answers = Vec::with_capacity(requests.len());
    for (index, request) in requests.into_iter().enumerate() {
        let request_id = &caller.request_id;
        let span = tracing::error_span!("operation", request_id, index, operation = Empty);
        answers.push(answer_one(request, backend, caller.clone()).instrument(span).await);
    }
    format!("[{}]", answers.join(",")).into_response()
}

/// The answer to one of the requests, as JSON.
async fn answer_one(
    request: Result<Parameters, Refusal>,
    backend: &Backend,
    caller: Caller,
) -> String {
    let operation = match request.map(|parameters| Operation::of(parameters, backend)) {
        Ok(operation) if operation.is_subscription() => {
            return Refusal::subscription_in_batch().body().to_string();
        }
        Ok(operation) => operation,
        Err(refusal) => return refusal.body().to_string(),
    };
    let outcome = operation.execute(backend, caller).await;
    tracing::debug!("answered one of a list");
    match outcome {
        Outcome::Executed(response) => {
            answer::bounded(&response, backend.settings.max_answer_bytes)
        }
        Outcome::Refused(errors) => json!({ "errors": errors }).to_string(),
    }
}
