//! Watches a connection whose end cannot be detected by peeking: because of unread bytes before it,
//! or because the client has closed its sending side and only a reset can follow.

use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::Interest;
use tokio::net::TcpStream;

use crate::http::client::Client;

/// Reports to the client of a connection when its sending side is closed, and is ready once the
/// connection is lost.
///
/// It does not read. It has its own descriptor for the connection, and thus its own readiness,
/// which it can clear without affecting the reader of the connection.
pub(super) struct DisconnectWatcher(Pin<Box<dyn Future<Output = io::Error> + Send>>);

impl DisconnectWatcher {
    /// Watches this connection; none if there is no descriptor left.
    pub fn of(stream: &TcpStream, client: &Client) -> Option<Self> {
        let (stream, client) = (second(stream)?, client.clone());
        Some(Self(Box::pin(async move { watch(&stream, &client).await.unwrap_or_else(|it| it) })))
    }

    /// Is ready once the connection is lost.
    pub fn poll(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        self.0.as_mut().poll(cx)
    }
}

/// Returns the reason why the connection is lost.
async fn watch(stream: &TcpStream, client: &Client) -> io::Result<io::Error> {
    while !stream.ready(Interest::READABLE).await?.is_read_closed() {
        // Whatever can be read stays where it is: wait for what comes next.
        let _unread: io::Result<()> =
            stream.try_io(Interest::READABLE, || Err(ErrorKind::WouldBlock.into()));
    }
    client.close();
    stream.ready(Interest::ERROR).await?;
    Ok(stream.take_error()?.unwrap_or_else(|| ErrorKind::ConnectionReset.into()))
}

/// The same connection by another descriptor.
#[cfg(unix)]
fn second(stream: &TcpStream) -> Option<TcpStream> {
    use std::os::fd::AsFd;

    let descriptor = stream.as_fd().try_clone_to_owned().ok()?;
    TcpStream::from_std(descriptor.into()).ok()
}

#[cfg(not(unix))]
fn second(_: &TcpStream) -> Option<TcpStream> {
    None
}
