//! `/metrics`: what Prometheus reads, beside everything else or on a listener of its own.

use std::io;
use std::net::SocketAddr;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use axum::routing;
use axum::serve::Listener;
use tokio::net::{TcpListener, TcpStream};

use super::accept::Accept;
use super::authority::{self, Hosts};
use super::server::can_date;
use super::{Backend, credentials};
use crate::domain::{Clock, Role, SystemClock};
use crate::metrics::{Format, Metrics};

/// Where metrics are.
pub(super) const PATH: &str = "/metrics";

/// Why metrics have no listener.
#[derive(Debug, thiserror::Error)]
#[error("could not listen on {address}: choose another address with --metrics")]
pub struct CannotServeMetrics {
    address: SocketAddr,
    source: io::Error,
}

/// Answers with the server's metrics those who may see what the server does.
pub(super) async fn answer(backend: &Backend, request: Request) -> Response {
    match credentials::admit(backend, &request, Role::Admin) {
        Ok(_) => exposed(&backend.metrics, &request.into_parts().0.headers).await,
        Err(refusal) => refusal.into_response(),
    }
}

/// Serves nothing but metrics at this address, for as long as it is polled, and tells where that
/// is. Who has a listener of their own for metrics decides by the network who reaches it, which web
/// pages must not get around.
///
/// # Errors
/// When nobody can listen there.
pub async fn serve_metrics(
    address: SocketAddr,
    metrics: Metrics,
    allowed_hosts: &[String],
) -> Result<(SocketAddr, impl Future<Output = ()> + use<>), CannotServeMetrics> {
    let listening = TcpListener::bind(address).await;
    let listener = listening.map_err(|source| CannotServeMetrics { address, source })?;
    let address = listener.local_addr().unwrap_or(address);
    let hosts = Hosts::new(address, allowed_hosts);
    let answer = async move |request: Request| {
        let checked = authority::of(&request).and_then(|named| hosts.check(named, || true));
        match checked {
            Ok(()) => exposed(&metrics, &request.into_parts().0.headers).await,
            Err(refusal) => refusal.into_response(),
        }
    };
    let router = Router::new().route(PATH, routing::get(answer));
    let serving = async {
        if let Err(error) = axum::serve(Datable(listener), router).await {
            tracing::error!(%error, "no longer serving metrics");
        }
    };
    Ok((address, serving))
}

/// Lets clients in while the clock shows a time that answers can be dated with.
struct Datable(TcpListener);

impl Listener for Datable {
    type Io = TcpStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (TcpStream, SocketAddr) {
        loop {
            let accepted = Listener::accept(&mut self.0).await;
            if can_date(SystemClock.now()) {
                return accepted;
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Listener::local_addr(&self.0)
    }
}

/// Metrics in the format that suits the client best. It is the older one where the client accepts
/// neither: that is text, and more than no answer.
async fn exposed(metrics: &Metrics, headers: &HeaderMap) -> Response {
    let format = match Accept::of(headers).prefers_open_metrics() {
        true => Format::OpenMetrics,
        false => Format::Plain,
    };
    let headers = [
        (header::CONTENT_TYPE, format.media_type()),
        (header::CACHE_CONTROL, "no-store"),
        (header::VARY, "accept"),
    ];
    (headers, metrics.text(format).await).into_response()
}
