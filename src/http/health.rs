//! Health checks: liveness and readiness.

use std::time::Duration;

use axum::Json;
use axum::http::StatusCode;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::Backend;

/// The time-out for reading the library.
const PING_DEADLINE: Duration = Duration::from_secs(2);

type Health = (StatusCode, Json<Value>);

/// Liveness: the process responds.
pub(super) fn live() -> Json<Value> {
    Json(json!({ "status": "live" }))
}

/// Readiness: the library can be read.
pub(super) async fn ready(backend: &Backend) -> Health {
    let fault = match timeout(PING_DEADLINE, backend.repository.ping()).await {
        Ok(Ok(())) => return (StatusCode::OK, Json(json!({ "status": "ready" }))),
        Ok(Err(error)) => error.to_string(),
        Err(_) => format!("no answer within {PING_DEADLINE:?}"),
    };
    tracing::warn!(fault, "the library cannot be read");
    unavailable("the library cannot be read")
}

/// The server will be ready.
pub(super) fn opening() -> Health {
    unavailable("the library is being opened")
}

/// The server was ready, and keeps serving clients that have not yet noticed its shutdown.
pub(super) fn stopping() -> Health {
    unavailable("the server is stopping")
}

/// The reason is for operators of load balancers; the log has the cause.
fn unavailable(reason: &str) -> Health {
    let body = json!({ "status": "unavailable", "reason": reason });
    (StatusCode::SERVICE_UNAVAILABLE, Json(body))
}
