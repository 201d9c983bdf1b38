//! Several requests in one, answered one after another.
//!
//! Source: [request batching](https://github.com/graphql/graphql-over-http/blob/main/spec/Appendix%20C%20-%20Request%20Batching.md).

use async_graphql::{Response as GraphqlResponse, ServerError};
use axum::Json;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::Value;
use tracing::Instrument;
use tracing::field::Empty;

use super::operation::Operation;
use super::outcome::Outcome;
use super::parameters::Parameters;
use super::refusal::Refusal;
use super::{Backend, answer};
use crate::graphql::Caller;

/// The answer to one of the requests.
#[derive(Serialize)]
#[serde(untagged)]
enum Answer {
    Executed(Box<GraphqlResponse>),
    Refused {
        errors: Vec<ServerError>,
    },
    /// It is no request that could be executed.
    None(Value),
}

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
    Json(answers).into_response()
}

async fn answer_one(
    request: Result<Parameters, Refusal>,
    backend: &Backend,
    caller: Caller,
) -> Answer {
    let operation = match request.map(|parameters| Operation::of(parameters, backend)) {
        Ok(operation) if operation.is_subscription() => {
            return Answer::None(Refusal::subscription_in_batch().body());
        }
        Ok(operation) => operation,
        Err(refusal) => return Answer::None(refusal.body()),
    };
    let outcome = operation.execute(backend, caller).await;
    tracing::debug!("answered one of a list");
    match outcome {
        Outcome::Executed(response) => {
            let max_bytes = backend.settings.max_answer_bytes;
            Answer::Executed(Box::new(answer::bounded(response, max_bytes)))
        }
        Outcome::Refused(errors) => Answer::Refused { errors },
    }
}
