//! How to end a connection on which the client may still be sending.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep};

/// The time limit for the client to notice.
const PATIENCE: Duration = Duration::from_secs(2);

/// The last words to a client, and the wait until it has heard them.
///
/// Closing a connection with unread data resets it, and the reset can overtake the last response,
/// so that the client never gets the reason. Its data is therefore read and discarded until it
/// closes its side.
pub(super) struct LingeringClose {
    text: String,
    said: usize,
    is_shut: bool,
    deadline: Pin<Box<Sleep>>,
}

impl LingeringClose {
    pub fn saying(text: String) -> Self {
        Self { text, said: 0, is_shut: false, deadline: Box::pin(sleep(PATIENCE)) }
    }

    /// Completes when there is nothing more to send or receive.
    pub fn poll(&mut self, stream: &mut TcpStream, cx: &mut Context<'_>) -> Poll<()> {
        if self.deadline.as_mut().poll(cx).is_ready() {
            return Poll::Ready(());
        }
        let mut stream = Pin::new(stream);
        while let Some(rest @ [_, ..]) = self.text.as_bytes().get(self.said..) {
            match ready!(stream.as_mut().poll_write(cx, rest)) {
                Ok(bytes) => self.said += bytes,
                Err(_) => return Poll::Ready(()),
            }
        }
        if !self.is_shut {
            self.is_shut = ready!(stream.as_mut().poll_shutdown(cx)).is_ok();
        }
        let mut forgotten = [0; 4096];
        loop {
            let mut buffer = ReadBuf::new(&mut forgotten);
            let outcome = ready!(stream.as_mut().poll_read(cx, &mut buffer));
            if outcome.is_err() || buffer.filled().is_empty() {
                return Poll::Ready(());
            }
        }
    }
}
