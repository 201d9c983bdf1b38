//! The activity on one connection, for its time limits.

use std::collections::BTreeMap;
use std::mem;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use axum::body::{Body, Bytes};
use hyper::body::{Body as _, Frame, Incoming, SizeHint};
use tokio::time::Instant;

use super::limits::ConnectionLimits;
use crate::http::client::Client;
use crate::metrics::{Connection, Protocol};

/// The size of a write that does not count as activity, in bytes: HTTP/2 answers a ping with 17.
const SMALL_TALK: usize = 64;

/// The requests of one connection.
pub(super) struct ConnectionActivity {
    /// Their limits.
    pub limits: Arc<ConnectionLimits>,
    /// Their client.
    pub client: Client,
    state: Mutex<State>,
}

struct State {
    counted: Connection,
    begun: u64,
    running: usize,
    /// When the last request ended, or some of its response was sent.
    quiet_since: Instant,
    /// The requests whose client must read part of the response before more is produced, and since
    /// when.
    untaken: BTreeMap<u64, Instant>,
    /// The requests whose client may stop reading for another time than most, and for how long.
    patience: BTreeMap<u64, Duration>,
    is_upgraded: bool,
    has_unread: bool,
    /// Whether everything written since the end of the last request has been sent.
    is_flushed: bool,
    /// Waits until the end of the client's data may be read.
    reader: Option<Waker>,
}

impl State {
    fn patience_with(&self, request: u64, usual: Duration) -> Duration {
        self.patience.get(&request).copied().unwrap_or(usual)
    }

    fn wake_reader(&mut self) {
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
    }
}

/// Marks a response whose client may stop reading for this long, because it plays what it reads.
#[derive(Clone, Copy, Debug)]
pub struct Patience(pub Duration);

/// What to do with a connection.
pub(super) enum Verdict {
    /// It may stay, and is to be checked again then.
    Stays(Instant),
    /// It has had no request for too long.
    Idle,
    /// Its client has not read part of a response for too long.
    Stuck,
}

impl ConnectionActivity {
    pub fn new(limits: Arc<ConnectionLimits>, counted: Connection) -> Arc<Self> {
        let state = State {
            counted,
            begun: 0,
            running: 0,
            quiet_since: Instant::now(),
            untaken: BTreeMap::new(),
            patience: BTreeMap::new(),
            is_upgraded: false,
            has_unread: false,
            is_flushed: false,
            reader: None,
        };
        let client = Client::new(limits.closed_timeout(), limits.max_waiting_bytes());
        Arc::new(Self { limits, client, state: Mutex::new(state) })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nobody panics while holding it")
    }

    /// A request has started, and lasts until the returned value is dropped.
    pub fn begin(self: &Arc<Self>) -> Ongoing {
        let mut state = self.state();
        state.begun += 1;
        state.running += 1;
        state.is_flushed = false;
        Ongoing { activity: Arc::clone(self), number: state.begun }
    }

    /// The number of requests started.
    pub fn begun(&self) -> u64 {
        self.state().begun
    }

    /// Whether a request's header comes next, if requests come one after another.
    pub fn awaits_head(&self) -> bool {
        let state = self.state();
        state.running == 0 && !state.is_upgraded
    }

    /// From now on, the connection is a WebSocket, which has its own time limits.
    pub fn upgraded(&self) {
        let mut state = self.state();
        state.is_upgraded = true;
        state.counted.speaks(Protocol::WebSocket);
    }

    /// The protocol shows by what came.
    pub fn speaks(&self, protocol: Protocol) {
        self.state().counted.speaks(protocol);
    }

    /// So many bytes have left.
    pub fn sent(&self, bytes: usize) {
        if bytes > SMALL_TALK {
            self.state().quiet_since = Instant::now();
        }
    }

    /// How long the client may read nothing of what was written: as long as for the request with the most patience,
    /// because what is written belongs to any of them.
    pub fn write_timeout(&self) -> Duration {
        let usual = self.limits.connections.write_timeout;
        self.state().patience.values().copied().fold(usual, Duration::max)
    }

    /// Whether a request is in flight.
    pub fn is_busy(&self) -> bool {
        self.state().running > 0
    }

    /// Whether the client only reads what it may stop reading at any time.
    pub fn only_plays(&self) -> bool {
        let state = self.state();
        state.running > 0 && state.running == state.patience.len()
    }

    /// Ready once nothing is left to be answered or written on an HTTP/2 connection whose client
    /// has closed its sending side. [`flushed`](Self::flushed) must be called before.
    pub fn poll_settled(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.state();
        if state.running == 0 && state.is_flushed {
            return Poll::Ready(());
        }
        state.reader = Some(cx.waker().clone());
        Poll::Pending
    }

    /// All that was written has left.
    pub fn flushed(&self) {
        let mut state = self.state();
        if state.running == 0 {
            state.is_flushed = true;
            state.wake_reader();
        }
    }

    /// Whether the client may still be sending data that nobody reads.
    pub fn has_unread(&self) -> bool {
        self.state().has_unread
    }

    /// What to do with the connection.
    pub fn verdict(&self) -> Verdict {
        let (state, limits, now) = (self.state(), &self.limits, Instant::now());
        let usual = limits.connections.write_timeout;
        let end = |(number, since): (&u64, &Instant)| *since + state.patience_with(*number, usual);
        let stuck = state.untaken.iter().map(end).min();
        let idle =
            (state.running == 0).then(|| state.quiet_since + limits.connections.idle_timeout);
        if stuck.is_some_and(|at| at <= now) {
            Verdict::Stuck
        } else if idle.is_some_and(|at| at <= now) {
            Verdict::Idle
        } else {
            let soon = now + usual.min(limits.connections.idle_timeout);
            Verdict::Stays([stuck, idle].into_iter().flatten().fold(soon, Instant::min))
        }
    }
}

/// A request, from its header to the end of its response.
pub(super) struct Ongoing {
    pub activity: Arc<ConnectionActivity>,
    number: u64,
}

impl Ongoing {
    /// The client may stop reading for this long.
    pub fn has_patience(&self, Patience(patience): Patience) {
        self.activity.state().patience.insert(self.number, patience);
    }

    /// Part of the response is available to the client.
    fn gave(&self) {
        self.activity.state().untaken.insert(self.number, Instant::now());
    }

    /// The client has read what was available.
    fn was_taken(&self) {
        self.activity.state().untaken.remove(&self.number);
    }
}

impl Drop for Ongoing {
    fn drop(&mut self) {
        let mut state = self.activity.state();
        state.running -= 1;
        state.quiet_since = Instant::now();
        state.untaken.remove(&self.number);
        state.patience.remove(&self.number);
        if state.running == 0 {
            state.wake_reader();
        }
    }
}

/// The body of a request. One that is not read to its end leaves something unread.
pub(super) struct RequestBody {
    pub body: Incoming,
    pub activity: Arc<ConnectionActivity>,
    pub has_ended: bool,
}

impl hyper::body::Body for RequestBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(cx);
        self.has_ended |= matches!(polled, Poll::Ready(None));
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for RequestBody {
    fn drop(&mut self) {
        if !self.has_ended && !self.body.is_end_stream() {
            self.activity.state().has_unread = true;
        }
    }
}

/// The maximum size of a part of a response, in bytes. HTTP/2 buffers a whole part, however little
/// of it the client has a window for.
const PART: usize = 64 * 1024;

/// The body of a response. The next part is produced when the client has read enough of the last.
pub(super) struct ResponseBody {
    body: Body,
    ongoing: Ongoing,
    /// The rest of a part that was too long.
    rest: Bytes,
}

impl ResponseBody {
    pub fn new(body: Body, ongoing: Ongoing) -> Self {
        Self { body, ongoing, rest: Bytes::new() }
    }

    fn part(&mut self, frame: Frame<Bytes>) -> Frame<Bytes> {
        frame.map_data(|mut data| {
            if data.len() > PART {
                self.rest = data.split_off(PART);
            }
            data
        })
    }
}

impl hyper::body::Body for ResponseBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let polled = match self.rest.is_empty() {
            true => Pin::new(&mut self.body).poll_frame(cx),
            false => Poll::Ready(Some(Ok(Frame::data(mem::take(&mut self.rest))))),
        };
        match polled {
            Poll::Ready(Some(Ok(_))) => self.ongoing.gave(),
            _ => self.ongoing.was_taken(),
        }
        polled.map_ok(|frame| self.part(frame))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let (hint, rest) = (self.body.size_hint(), self.rest.len() as u64);
        let mut whole = SizeHint::new();
        whole.set_lower(hint.lower() + rest);
        if let Some(upper) = hint.upper() {
            whole.set_upper(upper + rest);
        }
        whole
    }
}
