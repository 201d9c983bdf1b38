//! What waits to be sent on a socket: little, so that who reads slowly holds up its own operations
//! and fills no memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use futures_util::SinkExt;
use futures_util::stream::SplitSink;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::message::{Close, ServerMessage};

/// How many messages may wait, and as many more are being written.
const CAPACITY: usize = 16;

/// The way to a client. Whatever is put into it waits until there is room.
#[derive(Clone)]
pub(super) struct Outbox(mpsc::Sender<Outgoing>);

/// What waits to be sent.
pub(super) struct Outgoing {
    message: Message,
    /// None where it concerns the socket as a whole.
    operation: Option<Muted>,
}

/// Whether a client wants to hear nothing more of an operation. Clones tell the same.
#[derive(Clone, Default)]
pub(super) struct Muted(Arc<AtomicBool>);

impl Muted {
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
    (Outbox(sender), queue)
}

impl Outbox {
    /// Sends what concerns the socket as a whole, or is the last message about an operation.
    pub async fn send(&self, message: &ServerMessage<'_>) {
        self.put(Message::text(message.text()), None).await;
    }

    /// Sends what an operation has to tell, unless it is muted before its turn.
    pub async fn send_of(&self, operation: &Muted, message: String) {
        self.put(Message::text(message), Some(operation.clone())).await;
    }

    /// Sends a Close. Nothing is sent after it.
    pub async fn close(&self, close: &Close) {
        let frame = CloseFrame { code: close.code, reason: close.reason.as_ref().into() };
        self.put(Message::Close(Some(frame)), None).await;
    }

    /// Asks the client whether it is still there, unless there is enough to send anyway.
    pub fn ping(&self) {
        let ping = Outgoing { message: Message::Ping(Vec::new().into()), operation: None };
        let _ = self.0.try_send(ping);
    }

    /// A socket that is gone ends its operations by itself, so that nobody need be told.
    async fn put(&self, message: Message, operation: Option<Muted>) {
        let _ = self.0.send(Outgoing { message, operation }).await;
    }
}

/// Writes what comes into the queue until a Close is written, or until that fails.
///
/// A client that does not take what there is within `patience` is given up.
pub(super) async fn write(
    mut sink: SplitSink<WebSocket, Message>,
    mut queue: mpsc::Receiver<Outgoing>,
    patience: Duration,
) {
    let mut batch = Vec::with_capacity(CAPACITY);
    while queue.recv_many(&mut batch, CAPACITY).await > 0 {
        match timeout(patience, write_batch(&mut sink, &mut batch)).await {
            Ok(Ok(Next::More)) => {}
            Ok(_) | Err(_) => return,
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
    let is_wanted = |outgoing: &Outgoing| !outgoing.operation.as_ref().is_some_and(Muted::is_muted);
    for Outgoing { message, .. } in batch.drain(..).filter(is_wanted) {
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
