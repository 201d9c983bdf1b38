//! The bytes of a connection, within limits: a client that sends a header too slowly or too long,
//! or that does not read a response, is disconnected.
//!
//! hyper has a time-out for headers, but it includes the pauses between requests, does not apply to
//! HTTP/2 and to writing, and sends no error to the client.
//!
//! It also notices when a client closes its sending side, or is lost, while its requests are in
//! flight. hyper would treat both alike.

use std::io::{self, ErrorKind, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Sleep, sleep};

use super::activity::ConnectionActivity;
use super::disconnect::DisconnectWatcher;
use super::frames::{Frames, PREFACE};
use super::limits::ConnectionLimits;
use super::lingering_close::LingeringClose;
use crate::http::refusal::Rejection;
use crate::metrics;

/// A connection whose data is watched.
pub(super) struct GuardedIo {
    stream: TcpStream,
    activity: Arc<ConnectionActivity>,
    protocol: Protocol,
    /// What is incomplete.
    partial: Option<Partial>,
    /// Runs while the client does not read.
    untaken: Option<Pin<Box<Sleep>>>,
    farewell: Option<LingeringClose>,
    /// Watches for an end that peeking does not show.
    lookout: Option<DisconnectWatcher>,
    /// Released when the connection is closed, even if it has become a WebSocket.
    _place: OwnedSemaphorePermit,
}

enum Protocol {
    /// How many bytes so far match the HTTP/2 preface.
    Unknown(usize),
    Http1,
    Http2(Frames),
}

/// The head of a request, or a frame.
struct Partial {
    /// The number before it, so that a later one is not mistaken for it.
    number: u64,
    bytes: usize,
    overdue: Pin<Box<Sleep>>,
}

impl GuardedIo {
    pub fn new(
        stream: TcpStream,
        place: OwnedSemaphorePermit,
        activity: Arc<ConnectionActivity>,
    ) -> Self {
        let (partial, untaken, farewell, lookout) = Default::default();
        let protocol = Protocol::Unknown(0);
        Self { stream, activity, protocol, partial, untaken, farewell, lookout, _place: place }
    }

    /// Notes what came.
    fn received(&mut self, bytes: &[u8]) {
        let rest = self.recognise(bytes);
        let (number, is_within) = match &mut self.protocol {
            Protocol::Http2(frames) => {
                frames.read(rest);
                (frames.completed(), frames.is_within())
            }
            _ => (self.activity.begun(), self.activity.awaits_head()),
        };
        self.partial = self.partial.take().filter(|partial| partial.number == number && is_within);
        if is_within && !bytes.is_empty() {
            let limit = self.activity.limits.connections.header_timeout;
            let begun = || Partial { number, bytes: 0, overdue: Box::pin(sleep(limit)) };
            self.partial.get_or_insert_with(begun).bytes += bytes.len();
        }
    }

    /// Detects the protocol by its first bytes, and returns the rest.
    fn recognise<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let Protocol::Unknown(matched) = self.protocol else { return bytes };
        let expected = &PREFACE[matched..];
        let length = expected.len().min(bytes.len());
        let (begin, rest) = bytes.split_at(length);
        self.protocol = match begin == &expected[..length] {
            true if length == expected.len() => {
                self.activity.speaks(metrics::Protocol::Http2);
                Protocol::Http2(Frames::default())
            }
            true => Protocol::Unknown(matched + length),
            false => {
                self.activity.speaks(metrics::Protocol::Http1);
                Protocol::Http1
            }
        };
        rest
    }

    /// What is incomplete, if anything.
    ///
    /// That a head is complete is known by the request that came of it.
    fn partial(&mut self) -> Option<&mut Partial> {
        let is_head = !matches!(self.protocol, Protocol::Http2(_));
        let activity = &self.activity;
        let is_complete = |partial: &mut Partial| {
            is_head && (activity.begun() != partial.number || !activity.awaits_head())
        };
        self.partial.take_if(is_complete);
        self.partial.as_mut()
    }

    /// What is wrong with the data so far.
    fn fault(&mut self, cx: &mut Context<'_>) -> Option<Rejection> {
        let ConnectionLimits { connections, requests } = &*self.activity.limits;
        let (max_header_bytes, header_timeout) =
            (requests.max_header_bytes, connections.header_timeout);
        let is_head = !matches!(self.protocol, Protocol::Http2(_));
        let partial = self.partial()?;
        if is_head && partial.bytes > max_header_bytes {
            return Some(Rejection::header_too_large(max_header_bytes));
        }
        let is_overdue = partial.overdue.as_mut().poll(cx).is_ready();
        is_overdue.then(|| Rejection::header_too_slow(header_timeout))
    }

    /// Ends the connection, with an error if the client can understand it: not in the middle of an
    /// earlier response.
    fn refuse(&mut self, refusal: &Rejection) -> &mut LingeringClose {
        tracing::debug!(message = &*refusal.message, "cut off");
        let text = match self.protocol {
            Protocol::Http2(_) => String::new(),
            _ if self.untaken.is_some() => String::new(),
            Protocol::Unknown(_) | Protocol::Http1 => refusal.as_last_words(),
        };
        self.farewell.insert(LingeringClose::saying(text))
    }

    /// Ends the input once all earlier requests have been answered.
    ///
    /// In HTTP/1.1, hyper reads nothing while it handles a request, and treats the end correctly.
    /// In HTTP/2, it reads all the time, and the end would abort all requests.
    ///
    /// # Errors
    /// When the connection is lost in the meantime.
    fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !matches!(self.protocol, Protocol::Http2(_)) {
            return Poll::Ready(Ok(()));
        }
        self.activity.client.close();
        let settled = self.activity.poll_settled(cx);
        if settled.is_pending() {
            self.look_out(cx)?;
        }
        settled.map(Ok)
    }

    /// Checks whether the client has closed its sending side in HTTP/1.1, where nothing is read
    /// while a request is in flight.
    ///
    /// # Errors
    /// When the connection is lost, which aborts its requests.
    fn look_for_end(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        let may_end = matches!(self.protocol, Protocol::Http1) && self.activity.is_busy();
        if !may_end {
            self.lookout = None;
            return Ok(());
        }
        if self.lookout.is_none() {
            let mut byte = [0];
            let mut next = ReadBuf::new(&mut byte);
            match self.stream.poll_peek(cx, &mut next)? {
                Poll::Pending => return Ok(()),
                Poll::Ready(0) => self.activity.client.close(),
                // The next request hides whatever comes after it.
                Poll::Ready(_) => {}
            }
        }
        self.look_out(cx)
    }

    /// Watches for an end that peeking does not show.
    ///
    /// # Errors
    /// When the connection is lost.
    fn look_out(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        if self.lookout.is_none() {
            self.lookout = DisconnectWatcher::of(&self.stream, &self.activity.client);
        }
        match self.lookout.as_mut().map(|lookout| lookout.poll(cx)) {
            Some(Poll::Ready(lost)) => Err(lost),
            _ => Ok(()),
        }
    }

    /// Gives up a client that has not read for too long.
    fn written(
        &mut self,
        cx: &mut Context<'_>,
        polled: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        match polled {
            Poll::Ready(outcome) => {
                self.untaken = None;
                self.activity.sent(outcome.as_ref().map_or(0, |bytes| *bytes));
                Poll::Ready(outcome)
            }
            Poll::Pending => {
                let limit = self.activity.write_timeout();
                let untaken = self.untaken.get_or_insert_with(|| Box::pin(sleep(limit)));
                ready!(untaken.as_mut().poll(cx));
                tracing::debug!("disconnected a client that does not read");
                Poll::Ready(Err(ErrorKind::TimedOut.into()))
            }
        }
    }
}

impl AsyncRead for GuardedIo {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if this.farewell.is_none()
            && let Some(refusal) = this.fault(cx)
        {
            this.refuse(&refusal);
        }
        if let Some(farewell) = &mut this.farewell {
            ready!(farewell.poll(&mut this.stream, cx));
            return Poll::Ready(Err(ErrorKind::TimedOut.into()));
        }
        let before = buffer.filled().len();
        ready!(Pin::new(&mut this.stream).poll_read(cx, buffer))?;
        let received = &buffer.filled()[before..];
        if received.is_empty() {
            ready!(this.poll_end(cx))?;
        }
        this.received(received);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for GuardedIo {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.written(cx, polled)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.written(cx, polled)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        // hyper comes here whenever it does anything.
        self.look_for_end(cx)?;
        ready!(Pin::new(&mut self.stream).poll_flush(cx))?;
        if self.activity.client.has_closed() {
            self.activity.flushed();
        }
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let is_sending = this.activity.has_unread() || this.partial().is_some();
        if this.farewell.is_none() && is_sending {
            this.farewell = Some(LingeringClose::saying(String::new()));
        }
        match &mut this.farewell {
            Some(farewell) => farewell.poll(&mut this.stream, cx).map(Ok),
            None => Pin::new(&mut this.stream).poll_shutdown(cx),
        }
    }
}
