//! GraphQL over Server-Sent Events, in the mode of one operation a connection.
//!
//! Source: [GraphQL over SSE](https://github.com/graphql/graphql-over-http/blob/main/rfcs/GraphQLOverSSE.md).

use std::convert::Infallible;
use std::future::pending;
use std::time::Duration;

use async_graphql::ServerError;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};
use serde_json::json;
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::time::{sleep, timeout};
use tracing::Instrument;

use super::Backend;
use super::client::{BudgetedBytes, Client};
use super::credentials;
use super::operation::{Event, Operation};
use super::requester::RequestContext;
use super::requests::IsSubscription;
use super::streams::{Room, SubscriptionSlot};
use crate::auth::Principal;
use crate::graphql::EventCursor;

/// The maximum number of queued events.
const CAPACITY: usize = 16;

/// Headers of every response. The last one asks nginx not to buffer events.
const HEADERS: [(HeaderName, HeaderValue); 3] = [
    (header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream")),
    (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no")),
];

/// The last event. Browsers pass over events without a `data`, even an empty one.
const COMPLETE: &str = "event: complete\ndata:\n\n";

/// A comment, which clients pass over.
const SIGN_OF_LIFE: &str = ":\n\n";

/// How long a stream stays open after its last event when it is ended early. The client graphql-sse
/// does not notice an end that arrives together with an event, and would wait indefinitely.
const PAUSE_BEFORE_END: Duration = Duration::from_millis(100);

/// Answers an operation with its events.
///
/// The status is always 200: errors are sent as events, because clients treat any other status as a
/// network failure and retry.
pub(super) fn answer(
    operation: Operation,
    backend: &Backend,
    pass: &Principal,
    requester: RequestContext,
) -> Response {
    let (sender, queue) = mpsc::channel(CAPACITY);
    let client = requester.client.clone();
    let keep_alive = backend.settings.streams.keep_alive;
    let outlet = EventSender { sender, room: Room::new(), keep_alive, client: client.clone() };
    let is_subscription = operation.is_subscription();
    let events = operation.events(backend, requester);
    // What was begun before the credential was lost is finished, and its outcome told.
    let (authenticator, pass) = (backend.authenticator.clone(), pass.clone());
    let lost = async move {
        match is_subscription {
            true => authenticator.lost(&pass).await,
            false => pending().await,
        }
    };
    // Nor is there more than that for a client which may be gone.
    let closed = async move {
        match client {
            Some(client) if is_subscription => _ = client.closed().await,
            _ => pending().await,
        }
    };
    tokio::spawn(outlet.send_all(events, lost, closed).in_current_span());
    let body = stream::unfold(queue, async |mut queue: Receiver<Waiting>| {
        queue.recv().await.map(|waiting| (Ok::<_, Infallible>(waiting.into_bytes()), queue))
    });
    let mut response = (HEADERS, Body::from_stream(body)).into_response();
    if is_subscription {
        response.extensions_mut().insert(IsSubscription);
    }
    response
}

/// The queue of events.
struct Waiting {
    bytes: Bytes,
    held: Option<BudgetedBytes>,
    _taken: SubscriptionSlot,
}

impl Waiting {
    /// The bytes, with their part of the connection's budget.
    fn into_bytes(self) -> Bytes {
        match self.held {
            Some(held) => Bytes::from_owner(HeldBytes { bytes: self.bytes, _held: held }),
            None => self.bytes,
        }
    }
}

struct HeldBytes {
    bytes: Bytes,
    _held: BudgetedBytes,
}

impl AsRef<[u8]> for HeldBytes {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

/// The sending end of a stream's queue.
///
/// It has its own task so that an operation ends with its credential even while its client does not
/// read: the server does not poll a body that it cannot send. A client that does not read for too
/// long loses the connection, which ends the operation.
struct EventSender {
    sender: Sender<Waiting>,
    room: Room,
    keep_alive: Duration,
    client: Option<Client>,
}

/// The client is gone, or no longer reads.
struct Disconnected;

impl EventSender {
    /// Sends events until they end, nobody receives them, or `lost` or `closed` completes.
    async fn send_all(
        self,
        mut events: BoxStream<'static, Event>,
        lost: impl Future<Output = ()>,
        closed: impl Future<Output = ()>,
    ) {
        let mut results = 0_u64;
        let sending = async {
            loop {
                match timeout(self.keep_alive, events.next()).await {
                    Err(_) => self.send(SIGN_OF_LIFE).await?,
                    Ok(Some(Event::Next(result, cursor))) => {
                        match Client::hold(self.client.as_ref(), result.len() as u64) {
                            Ok(held) => self.send_held(next(&result, cursor), held).await?,
                            Err(refusal) => return self.refuse(&[refusal.into()]).await,
                        }
                        results += 1;
                    }
                    Ok(Some(Event::Refused(errors))) => return self.refuse(&errors).await,
                    Ok(Some(Event::Complete)) => return self.send(COMPLETE).await,
                    Ok(None) => {
                        sleep(PAUSE_BEFORE_END).await;
                        return Ok(());
                    }
                }
            }
        };
        let outcome: Result<(), Disconnected> = tokio::select! {
            outcome = sending => outcome,
            () = self.sender.closed() => Err(Disconnected),
            () = closed => Err(Disconnected),
            () = lost => self.refuse(&[credentials::no_longer_good()]).await,
        };
        tracing::debug!(results, is_client_gone = outcome.is_err(), "ended");
    }

    async fn refuse(&self, errors: &[ServerError]) -> Result<(), Disconnected> {
        self.send(next(&json!({ "errors": errors }).to_string(), None)).await?;
        self.send(COMPLETE).await
    }

    async fn send(&self, text: impl Into<Bytes>) -> Result<(), Disconnected> {
        self.send_held(text, None).await
    }

    async fn send_held(
        &self,
        text: impl Into<Bytes>,
        held: Option<BudgetedBytes>,
    ) -> Result<(), Disconnected> {
        let bytes = text.into();
        let taken = self.room.take(bytes.len()).await;
        self.sender.send(Waiting { bytes, held, _taken: taken }).await.map_err(|_| Disconnected)
    }
}

/// An event with a result. Browsers store the ID and send it when they reconnect.
fn next(data: &str, cursor: Option<EventCursor>) -> String {
    match cursor {
        Some(cursor) => format!("id: {cursor}\nevent: next\ndata: {data}\n\n"),
        None => format!("event: next\ndata: {data}\n\n"),
    }
}

/// The ID of the last event that a client got before it connected again.
pub(super) fn last_event_id(headers: &HeaderMap) -> Option<String> {
    let id = headers.get("last-event-id")?.to_str().ok()?;
    (!id.is_empty()).then(|| id.to_owned())
}
