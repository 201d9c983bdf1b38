//! The listening socket, and the end of serving.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::serve::ListenerExt;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use super::streams::Streams;

/// Why the server cannot listen.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// Another program listens there.
    #[error("{0} is in use: stop the other program, or choose another port with --listen")]
    InUse(SocketAddr),
    /// Anything else.
    #[error("could not listen on {address}")]
    Other {
        /// Where.
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

/// How a server comes to its end.
pub struct Stop<S> {
    /// Is done when the server is to stop.
    pub signal: S,
    /// What ends before the server does.
    pub streams: Streams,
    /// How long the end may take.
    pub deadline: Duration,
}

/// Serves until it is told to stop, then finishes what is in flight and ends all streams.
///
/// Connections that are still open at the deadline are left to the end of the runtime.
///
/// # Errors
/// When the listening socket fails for good.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    stop: Stop<impl Future<Output = ()> + Send + 'static>,
) -> io::Result<()> {
    let Stop { signal, streams, deadline } = stop;
    // An answer is written at once, so that holding back its last packet only costs time.
    let listener = listener.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    let (began_to_stop, stopping) = oneshot::channel::<()>();
    let stopped = streams.clone();
    let server = axum::serve(listener, router).with_graceful_shutdown(async move {
        signal.await;
        stopped.stop();
        drop(began_to_stop);
    });
    let served = async {
        server.await?;
        // The server does not know of WebSockets any more, once they are open.
        streams.all_ended().await;
        Ok(())
    };
    // A client that has sent half a request could otherwise hold up the end for ever.
    let overdue = async {
        stopping.await.unwrap_or_default();
        tokio::time::sleep(deadline).await;
    };
    tokio::select! {
        outcome = served => outcome,
        () = overdue => {
            tracing::warn!(?deadline, "cut off the requests that were not done in time");
            Ok(())
        }
    }
}
