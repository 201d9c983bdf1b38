//! Limits on all requests together, and on each of them before it is examined.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use hyper::body::{Frame, SizeHint};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::client::{BudgetedBytes, Client};
use super::refusal::Rejection;
use crate::config::{ConnectionSettings, LimitSettings};
use crate::error_code::ErrorCode;

/// The number of requests in flight. Cloning it is cheap.
#[derive(Clone)]
pub struct Requests {
    limit: usize,
    places: Arc<Semaphore>,
}

impl Requests {
    /// A limit of this many concurrent requests.
    pub fn new(limit: usize) -> Self {
        Self { limit, places: Arc::new(Semaphore::new(limit)) }
    }

    /// A place for a request until it is dropped.
    ///
    /// # Errors
    /// When the limit has been reached.
    pub(super) fn take_place(&self) -> Result<RequestSlot, Rejection> {
        let permit = Arc::clone(&self.places).try_acquire_owned();
        let permit = permit.map_err(|_| Rejection::too_many_requests(self.limit))?;
        Ok(RequestSlot { _permit: Arc::new(permit) })
    }
}

/// A slot for a request in flight, free again once all clones are dropped. Whatever continues
/// without its client keeps one.
#[derive(Clone)]
pub(super) struct RequestSlot {
    _permit: Arc<OwnedSemaphorePermit>,
}

/// Marks the response to a subscription, which has a place among the subscriptions instead.
#[derive(Clone)]
pub(super) struct IsSubscription;

/// Assigns a slot to a request, from its header to the end of its response. It is in the extensions
/// of the request.
pub(super) async fn in_place<F: Future<Output = Response>>(
    requests: &Requests,
    mut request: Request,
    answer: impl FnOnce(Request) -> F,
) -> Response {
    let place = match requests.take_place() {
        Ok(place) => place,
        Err(refusal) => return refusal.into_response(),
    };
    request.extensions_mut().insert(place.clone());
    let client = request.extensions().get::<Client>().cloned();
    let response = answer(request).await;
    let held = match Client::hold(client.as_ref(), response.body().size_hint().lower()) {
        Ok(held) => held,
        Err(refusal) => return refusal.into_response(),
    };
    let extensions = response.extensions();
    // A refusal is short, and the rest of the request that it answers may be long.
    let is_placed =
        extensions.get::<IsSubscription>().is_none() && extensions.get::<ErrorCode>().is_none();
    match is_placed {
        true => response.map(|body| Body::new(Placed { body, _place: place, _held: held })),
        false => response,
    }
}

/// The body of a response, which keeps its slot and its budget until it ends.
struct Placed {
    body: Body,
    _place: RequestSlot,
    _held: Option<BudgetedBytes>,
}

impl HttpBody for Placed {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Rejects a request whose header is longer than this.
///
/// # Errors
/// When it is.
pub(super) fn check_head(request: &Request, max_bytes: usize) -> Result<(), Rejection> {
    let path = request.uri().path_and_query().map_or(0, |path| path.as_str().len());
    let first_line = request.method().as_str().len() + path + "  HTTP/1.1\r\n".len();
    if first_line + bytes(request.headers()) > max_bytes {
        return Err(Rejection::header_too_large(max_bytes));
    }
    Ok(())
}

/// The size of a header, including the separators of HTTP/1.1.
fn bytes(headers: &HeaderMap) -> usize {
    headers.iter().map(|(name, value)| name.as_str().len() + value.len() + ": \r\n".len()).sum()
}

/// The limits of a request's body.
#[derive(Clone, Copy, Debug)]
pub struct BodyLimits {
    /// The longest body, in bytes.
    pub max_bytes: usize,
    /// The time-out for receiving it.
    pub timeout: Duration,
}

impl BodyLimits {
    /// The limits of the settings.
    pub fn of(connections: &ConnectionSettings, limits: &LimitSettings) -> Self {
        Self { max_bytes: limits.max_body_bytes, timeout: connections.body_timeout }
    }
}

/// The body of a request, which is read only within the limits.
pub(super) struct Upload {
    body: Body,
    progress: Progress,
}

/// The state of a body.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Progress {
    /// Its client waits for permission (`Expect: 100-continue`).
    Awaited,
    /// Nobody has started to read it.
    Coming,
    /// It was too long or too slow, or broke off: the rest is not read.
    GivenUp,
    /// It is there as a whole.
    Whole,
}

impl Upload {
    /// Takes the body of a request.
    pub fn of(request: &mut Request) -> Self {
        let progress = match request.headers().contains_key(header::EXPECT) {
            true => Progress::Awaited,
            false => Progress::Coming,
        };
        Self { body: std::mem::take(request.body_mut()), progress }
    }

    /// The whole body.
    ///
    /// # Errors
    /// When it is too long, too slow or incomplete.
    pub async fn read(&mut self, limits: BodyLimits) -> Result<Vec<u8>, Rejection> {
        let mut whole = Vec::new();
        self.take(limits, |part| whole.extend_from_slice(part)).await?;
        Ok(whole)
    }

    /// Reads and discards what is unread, so that the connection is ready for the next request;
    /// returns whether it is. A client that was not asked for its body may or may not send it.
    ///
    /// Otherwise, a proxy with persistent connections could send another client's request on a
    /// connection that the server is about to close.
    pub async fn finish(&mut self, limits: BodyLimits) -> bool {
        match self.progress {
            _ if self.has_ended() => true,
            Progress::Coming => self.take(limits, |_| ()).await.is_ok(),
            _ => false,
        }
    }

    /// Whether it has ended.
    pub fn has_ended(&self) -> bool {
        self.progress == Progress::Whole || self.body.is_end_stream()
    }

    async fn take(&mut self, limits: BodyLimits, part: impl FnMut(&[u8])) -> Result<(), Rejection> {
        // Whoever stops waiting for it has given it up.
        self.progress = Progress::GivenUp;
        let BodyLimits { max_bytes, timeout: limit } = limits;
        let taken = timeout(limit, take(&mut self.body, max_bytes, part)).await;
        taken.unwrap_or_else(|_| Err(Rejection::body_too_slow(limit)))?;
        self.progress = Progress::Whole;
        Ok(())
    }
}

async fn take(
    body: &mut Body,
    max_bytes: usize,
    mut part: impl FnMut(&[u8]),
) -> Result<(), Rejection> {
    let announced = body.size_hint().lower();
    let mut room = max_bytes;
    if announced > room as u64 {
        return Err(Rejection::body_too_large(max_bytes));
    }
    while let Some(frame) = poll_fn(|cx| Pin::new(&mut *body).poll_frame(cx)).await {
        let unreadable = |_| Rejection::bad_request("could not read the whole body");
        // What is no data is a trailer, which means nothing here.
        let Ok(data) = frame.map_err(unreadable)?.into_data() else { continue };
        room = room.checked_sub(data.len()).ok_or_else(|| Rejection::body_too_large(max_bytes))?;
        part(&data);
    }
    Ok(())
}

/// Announces that the connection ends with a response, unless it becomes a WebSocket.
pub(super) fn close_after(response: &mut Response) {
    if response.status() != StatusCode::SWITCHING_PROTOCOLS {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
}
