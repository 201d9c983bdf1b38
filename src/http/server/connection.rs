//! One connection from its first byte to its last, in HTTP/1.1 or HTTP/2.

use std::convert::Infallible;
use std::future::poll_fn;
use std::net::IpAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::net::TcpStream;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, sleep_until};

use super::activity::{ConnectionActivity, Ongoing, Patience, RequestBody, ResponseBody, Verdict};
use super::clock::can_date;
use super::guarded_io::GuardedIo;
use super::limits::ConnectionLimits;
use crate::domain::{Clock, SystemClock};
use crate::http::forwarded::Peer;
use crate::http::streams::StopWatch;
use crate::metrics::Metrics;

/// The maximum number of concurrent requests on an HTTP/2 connection.
const MAX_STREAMS: u32 = 100;

/// The interval of pings to HTTP/2 clients.
const PING_INTERVAL: Duration = Duration::from_secs(30);

/// The time-out for their answers.
const PING_PATIENCE: Duration = Duration::from_secs(20);

/// How long files are still sent once the server stops. A player could go on for hours, and asks for the rest when it
/// is disconnected.
const FAREWELL: Duration = Duration::from_millis(500);

/// Handles the requests of connections. Cloning it is cheap.
pub trait Handler: Clone + Send + Sync + 'static {
    /// Answers a request. This never panics.
    fn answer(&self, request: Request<Body>) -> impl Future<Output = Response<Body>> + Send;
}

/// What all connections share: the handler and the limits.
pub struct Host<A> {
    app: A,
    metrics: Metrics,
    pub(super) limits: Arc<ConnectionLimits>,
    protocols: auto::Builder<TokioExecutor>,
}

impl<A: Handler> Host<A> {
    /// Lets this app handle clients within these limits, and counts their connections.
    pub fn new(app: A, limits: ConnectionLimits, metrics: Metrics) -> Self {
        // A client of HTTP/2 that exceeds the limit a little is told so by the app, as others are.
        let max_list = u32::try_from(limits.requests.max_header_bytes * 2).unwrap_or(u32::MAX);
        let mut protocols = auto::Builder::new(TokioExecutor::new());
        protocols.http1().header_read_timeout(None).half_close(true);
        protocols
            .http2()
            .timer(TokioTimer::new())
            .max_header_list_size(max_list)
            .max_concurrent_streams(MAX_STREAMS)
            .keep_alive_interval(PING_INTERVAL)
            .keep_alive_timeout(PING_PATIENCE);
        Self { app, metrics, limits: Arc::new(limits), protocols }
    }

    /// Serves a connection until either side ends it. The server does not end before `stop` is
    /// dropped, which signals the shutdown.
    pub(super) async fn serve(
        &self,
        stream: TcpStream,
        peer: IpAddr,
        place: OwnedSemaphorePermit,
        mut stop: StopWatch,
    ) {
        let connection = self.metrics.connection_opens();
        let activity = ConnectionActivity::new(Arc::clone(&self.limits), connection);
        let guarded = GuardedIo::new(stream, place, Arc::clone(&activity));
        let service = service_fn(|mut request| {
            request.extensions_mut().insert(Peer(peer));
            answer(self.app.clone(), activity.begin(), request)
        });
        let connection =
            self.protocols.serve_connection_with_upgrades(TokioIo::new(guarded), service);
        let mut connection = pin!(connection);
        let first_check = Instant::now()
            + self.limits.connections.idle_timeout.min(self.limits.connections.write_timeout);
        let mut check = pin!(sleep_until(first_check));
        let (mut is_ending, mut is_stopping) = (false, false);
        loop {
            tokio::select! {
                outcome = while_datable(connection.as_mut()) => {
                    return tracing::trace!(?outcome, "a connection has ended");
                }
                () = stop.begun(), if !is_ending => {
                    (is_ending, is_stopping) = (true, true);
                    connection.as_mut().graceful_shutdown();
                    check.as_mut().reset(Instant::now() + FAREWELL);
                }
                () = check.as_mut() => match activity.verdict() {
                    _ if is_stopping && activity.only_plays() => {
                        return tracing::debug!("disconnected a client in the middle of a file");
                    }
                    Verdict::Stays(until) => check.as_mut().reset(until),
                    Verdict::Idle if !is_ending => {
                        is_ending = true;
                        connection.as_mut().graceful_shutdown();
                        check.as_mut().reset(Instant::now() + self.limits.connections.header_timeout);
                    }
                    Verdict::Idle => return,
                    Verdict::Stuck => return tracing::debug!("disconnected a client that does not \
                                                              read"),
                },
            }
        }
    }
}

/// The outcome of a connection; none once the clock shows a year that makes hyper panic. The next
/// connection gets the reason.
async fn while_datable<C: Future>(mut connection: Pin<&mut C>) -> Option<C::Output> {
    poll_fn(|cx| match can_date(SystemClock.now()) {
        true => connection.as_mut().poll(cx).map(Some),
        false => Poll::Ready(None),
    })
    .await
}

/// Handles a request, and records its progress.
async fn answer(
    app: impl Handler,
    ongoing: Ongoing,
    request: Request<Incoming>,
) -> Result<Response<ResponseBody>, Infallible> {
    let mut request = request.map(|body| {
        let activity = Arc::clone(&ongoing.activity);
        Body::new(RequestBody { body, activity, has_ended: false })
    });
    request.extensions_mut().insert(ongoing.activity.client.clone());
    let response = app.answer(request).await;
    if response.status() == StatusCode::SWITCHING_PROTOCOLS {
        ongoing.activity.upgraded();
    }
    if let Some(patience) = response.extensions().get::<Patience>() {
        ongoing.has_patience(*patience);
    }
    Ok(response.map(|body| ResponseBody::new(body, ongoing)))
}
