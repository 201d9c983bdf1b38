//! GraphQL over Server-Sent Events, in the mode of one operation a connection.
//!
//! Source: [GraphQL over SSE](https://github.com/graphql/graphql-over-http/blob/main/rfcs/GraphQLOverSSE.md).

use std::convert::Infallible;
use std::time::Duration;

use axum::http::{HeaderName, HeaderValue};
use axum::response::sse::{KeepAlive, Sse};
use axum::response::{IntoResponse, Response, sse};
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};
use serde::Serialize;
use serde_json::json;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tracing::Instrument;

use super::Backend;
use super::operation::{Event, Operation};
use super::streams::SILENT_INTERVALS;
use crate::graphql::Caller;

/// How many events may wait to be sent.
const CAPACITY: usize = 16;

/// Asks the proxy nginx to hand on each event at once.
const X_ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// Answers an operation with its events.
///
/// The status is 200 whatever becomes of it: what is refused is told in an event, since clients
/// take every other status for a failure of the network and try again.
pub(super) fn answer(operation: Operation, backend: &Backend, caller: Caller) -> Response {
    let (sender, queue) = mpsc::channel(CAPACITY);
    let keep_alive = backend.settings.keep_alive;
    let events = operation.events(backend, caller);
    tokio::spawn(send(events, sender, keep_alive * SILENT_INTERVALS).in_current_span());
    let body = stream::unfold(queue, async |mut queue: mpsc::Receiver<sse::Event>| {
        queue.recv().await.map(|event| (Ok::<_, Infallible>(event), queue))
    });
    let events = Sse::new(body).keep_alive(KeepAlive::new().interval(keep_alive));
    ([(X_ACCEL_BUFFERING, HeaderValue::from_static("no"))], events).into_response()
}

/// Sends events until there are no more, or the client does not want them any more.
///
/// This is a task of its own, so that an operation ends whose client takes nothing for longer than
/// `patience`: the server does not ask for a body that it cannot send.
async fn send(
    mut events: BoxStream<'static, Event>,
    sender: mpsc::Sender<sse::Event>,
    patience: Duration,
) {
    let mut results = 0_u64;
    let sending = async {
        while let Some(event) = events.next().await {
            results += u64::from(matches!(event, Event::Next(_)));
            for event in shown(event) {
                if timeout(patience, sender.send(event)).await.is_err() {
                    return;
                }
            }
        }
    };
    tokio::select! {
        () = sending => {}
        () = sender.closed() => {}
    }
    tracing::debug!(results, "ended");
}

fn shown(event: Event) -> Vec<sse::Event> {
    match event {
        Event::Next(response) => vec![next(&response)],
        Event::Refused(errors) => vec![next(&json!({ "errors": errors })), complete()],
        Event::Complete => vec![complete()],
    }
}

fn next(data: &impl Serialize) -> sse::Event {
    let data = serde_json::to_string(data).expect("a response has only names as keys");
    sse::Event::default().event("next").data(data)
}

/// Browsers pass over events without a `data`, even an empty one.
fn complete() -> sse::Event {
    sse::Event::default().event("complete").data("")
}
