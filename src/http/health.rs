//! Whether the server lives, and whether it can do its work.

use std::time::Duration;

use axum::Json;
use axum::http::StatusCode;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::Backend;

/// How long the library may take to show that it can be read.
const PING_DEADLINE: Duration = Duration::from_secs(2);

type Health = (StatusCode, Json<Value>);

/// The process runs and answers.
pub(super) fn live() -> Json<Value> {
    Json(json!({ "status": "live" }))
}

/// The library can be read, so that requests may be sent here.
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

/// The server was ready, and goes on answering for those who have not noticed that it stops.
pub(super) fn stopping() -> Health {
    unavailable("the server is stopping")
}

/// The reason is for whoever looks at a load balancer; the log has the cause.
fn unavailable(reason: &str) -> Health {
    let body = json!({ "status": "unavailable", "reason": reason });
    (StatusCode::SERVICE_UNAVAILABLE, Json(body))
}
