//! The listening socket, its connections, and the end of serving.
//!
//! [`connection`] serves one connection. [`activity`] tracks its requests, and [`guarded_io`] enforces
//! the limits on time and size, from the [`frames`] to the [`lingering_close`], with a [`disconnect`] where
//! it cannot see whether the client is still connected.

mod activity;
mod clock;
mod connection;
mod disconnect;
mod frames;
mod guarded_io;
mod limits;
mod lingering_close;

use std::convert::Infallible;
use std::future::poll_fn;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep, timeout};

use super::refusal::Rejection;
use super::streams::Streams;
use crate::domain::{Clock, SystemClock, Timestamp};

use clock::{CLOCK_OUT_OF_RANGE, can_date};
use lingering_close::LingeringClose;

pub(super) use activity::Patience;
pub use connection::{Handler, Host};
pub use limits::ConnectionLimits;

/// How long to wait before accepting again after the system failed to: it needs time to recover.
const AFTER_FAILURE: Duration = Duration::from_secs(1);

/// The minimum interval of warnings about too many connections.
const BETWEEN_WARNINGS: Duration = Duration::from_secs(60);

/// Why the server cannot listen.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// Another program listens there.
    #[error("{0} is in use: stop the other program, or choose another port with --listen")]
    InUse(SocketAddr),
    /// Anything else.
    #[error("could not listen on {address}")]
    Other {
        /// Its address.
        address: SocketAddr,
        /// Why not.
        source: io::Error,
    },
}

/// Listens on this address. From now on clients can connect, and wait until they are served.
///
/// # Errors
/// When the address is in use or not this machine's.
pub async fn listen(address: SocketAddr) -> Result<TcpListener, ListenError> {
    TcpListener::bind(address).await.map_err(|source| match source.kind() {
        ErrorKind::AddrInUse => ListenError::InUse(address),
        _ => ListenError::Other { address, source },
    })
}

/// How a server shuts down.
pub struct Stop<S> {
    /// Is done when the server is to stop.
    pub signal: S,
    /// What completes before the server does.
    pub streams: Streams,
    /// The time limit of the shutdown.
    pub deadline: Duration,
}

/// Serves until the shutdown, then finishes the requests in flight and ends all streams.
///
/// Connections that are still open at the deadline are left to the end of the runtime.
pub async fn serve<A: Handler>(
    listener: TcpListener,
    host: Host<A>,
    stop: Stop<impl Future<Output = ()>>,
) {
    let Stop { signal, streams, deadline } = stop;
    tokio::select! {
        () = signal => {}
        never = let_in(listener, host, &streams) => match never {},
    }
    streams.stop();
    // A client that has sent half a request could otherwise hold up the end for ever.
    if timeout(deadline, streams.all_ended()).await.is_err() {
        tracing::warn!(?deadline, "aborted the requests that did not finish in time");
    }
}

/// Serves all connections.
async fn let_in<A: Handler>(listener: TcpListener, host: Host<A>, streams: &Streams) -> Infallible {
    let places = Arc::new(Semaphore::new(host.limits.connections.max_connections));
    let host = Arc::new(host);
    let (mut told, mut told_of_clock) = (None, None);
    loop {
        let place = take_place(&places, &mut told).await;
        let (stream, peer) = accept(&listener).await;
        // An answer is written at once, so that holding back its last packet only costs time.
        let _ = stream.set_nodelay(true);
        let now = SystemClock.now();
        if !can_date(now) {
            report_clock(now, &mut told_of_clock);
            tokio::spawn(turn_away(stream, place));
            continue;
        }
        let (host, stop) = (Arc::clone(&host), streams.watch_stop());
        tokio::spawn(async move { host.serve(stream, peer.ip(), place, stop).await });
    }
}

fn report_clock(now: Timestamp, told: &mut Option<Instant>) {
    if told.is_none_or(|told| told.elapsed() > BETWEEN_WARNINGS) {
        *told = Some(Instant::now());
        tracing::error!(clock = %now, "rejecting all requests: {CLOCK_OUT_OF_RANGE}");
    }
}

/// Responds to a client without reading its request.
async fn turn_away(mut stream: TcpStream, _place: OwnedSemaphorePermit) {
    let refusal = Rejection::unavailable(CLOCK_OUT_OF_RANGE);
    let mut farewell = LingeringClose::saying(refusal.as_last_words());
    poll_fn(|cx| farewell.poll(&mut stream, cx)).await;
}

/// A slot for a connection. While there is none, the system queues clients.
async fn take_place(places: &Arc<Semaphore>, told: &mut Option<Instant>) -> OwnedSemaphorePermit {
    if let Ok(place) = Arc::clone(places).try_acquire_owned() {
        return place;
    }
    if told.is_none_or(|told| told.elapsed() > BETWEEN_WARNINGS) {
        *told = Some(Instant::now());
        tracing::warn!(
            "reached the maximum number of connections (--max-connections): further ones wait"
        );
    }
    Arc::clone(places).acquire_owned().await.expect("nobody closes it")
}

/// The next connection, and its peer address.
async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(connection) => return connection,
            Err(error) if is_of_one_client(&error) => {}
            Err(error) => {
                tracing::error!(%error, "could not accept a connection; trying again in a second");
                sleep(AFTER_FAILURE).await;
            }
        }
    }
}

/// Whether the error only concerns a client that is already gone.
fn is_of_one_client(error: &io::Error) -> bool {
    use ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    [ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted].contains(&error.kind())
}
