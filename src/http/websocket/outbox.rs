//! The queue of a socket: short, so that a client that reads slowly stalls its own operations and
//! fills no memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use futures_util::SinkExt;
use futures_util::stream::SplitSink;
use tokio::sync::mpsc;

use super::message::{Close, ServerMessage};
use crate::http::streams::{Room, SubscriptionSlot};

/// The maximum number of queued messages; as many more are being written.
const CAPACITY: usize = 16;

/// The longest control frame, in bytes.
const CONTROL_FRAME_BYTES: usize = 127;

/// The way to a client. Whatever is put into it waits until there is room.
#[derive(Clone)]
pub(super) struct Outbox {
    queue: mpsc::Sender<Outgoing>,
    room: Room,
}

/// The queue of events.
pub(super) struct Outgoing {
    /// None where only what tungstenite has put together itself is to be sent.
    message: Option<Message>,
    /// None if it concerns the socket as a whole.
    operation: Option<Cancelled>,
    /// None for what is sent only if there is space immediately.
    taken: Option<SubscriptionSlot>,
}

/// Whether a client has completed an operation. Clones share it.
#[derive(Clone, Default)]
pub(super) struct Cancelled(Arc<AtomicBool>);

impl Cancelled {
    /// Has nothing more sent, not even what waits already.
    pub fn mute(&self) {
        self.0.store(true, Ordering::Release);
    }

    fn is_muted(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// An outbox, and the queue that [`write`] empties.
pub(super) fn channel() -> (Outbox, mpsc::Receiver<Outgoing>) {
    let (sender, queue) = mpsc::channel(CAPACITY);
    (Outbox { queue: sender, room: Room::new() }, queue)
}

impl Outbox {
    /// Sends what concerns the socket as a whole, or is the last message about an operation.
    pub async fn send(&self, message: &ServerMessage<'_>) {
        let text = message.text();
        self.put(text.len(), Some(Message::text(text)), None).await;
    }

    /// Sends an event of an operation, unless it is muted before its turn.
    pub async fn send_of(&self, operation: &Cancelled, message: String) {
        self.put(message.len(), Some(Message::text(message)), Some(operation.clone())).await;
    }

    /// Sends a Close. Nothing is sent after it.
    pub async fn close(&self, close: &Close) {
        let frame = CloseFrame { code: close.code, reason: close.reason.as_ref().into() };
        self.put(CONTROL_FRAME_BYTES, Some(Message::Close(Some(frame))), None).await;
    }

    /// Sends the answer to a ping, which tungstenite prepared when it read the ping.
    ///
    /// The reader of the socket waits for this before it continues. Otherwise, a client that sends
    /// pings and reads nothing would make tungstenite store an answer to each of them.
    pub async fn pong(&self) {
        self.put(CONTROL_FRAME_BYTES, None, None).await;
    }

    /// Pings the client, unless there is enough to send anyway.
    pub fn ping(&self) {
        let message = Some(Message::Ping(Vec::new().into()));
        let _ = self.queue.try_send(Outgoing { message, operation: None, taken: None });
    }

    /// A closed socket ends its operations by itself, so errors can be ignored here.
    async fn put(&self, bytes: usize, message: Option<Message>, operation: Option<Cancelled>) {
        let taken = Some(self.room.take(bytes).await);
        let _ = self.queue.send(Outgoing { message, operation, taken }).await;
    }
}

/// Writes what is in the queue until a Close is written, or until writing fails, as it does if the
/// client does not read for too long.
pub(super) async fn write(
    mut sink: SplitSink<WebSocket, Message>,
    mut queue: mpsc::Receiver<Outgoing>,
) {
    let mut batch = Vec::with_capacity(CAPACITY);
    while queue.recv_many(&mut batch, CAPACITY).await > 0 {
        match write_batch(&mut sink, &mut batch).await {
            Ok(Next::More) => {}
            Ok(Next::Nothing) | Err(_) => return,
        }
    }
}

/// Whether there may be more to write.
enum Next {
    More,
    Nothing,
}

async fn write_batch(
    sink: &mut SplitSink<WebSocket, Message>,
    batch: &mut Vec<Outgoing>,
) -> Result<Next, axum::Error> {
    let is_wanted =
        |outgoing: &Outgoing| !outgoing.operation.as_ref().is_some_and(Cancelled::is_muted);
    // The room is free again once all of them are written.
    let mut taken = Vec::with_capacity(batch.len());
    for outgoing in batch.drain(..).filter(is_wanted) {
        taken.push(outgoing.taken);
        let Some(message) = outgoing.message else { continue };
        let is_last = matches!(message, Message::Close(_));
        sink.feed(message).await?;
        if is_last {
            sink.flush().await?;
            return Ok(Next::Nothing);
        }
    }
    sink.flush().await?;
    Ok(Next::More)
}
