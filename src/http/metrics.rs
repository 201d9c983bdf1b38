//! `/metrics`: metrics for Prometheus, on the main address or on a separate listener.

use std::future::pending;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::Request;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use tokio::net::TcpListener;

use super::accept::Accept;
use super::authority::{self, Hosts};
use super::refusal::Rejection;
use super::requests::{BodyLimits, Upload, close_after};
use super::route::{METRICS, Route};
use super::server::{ConnectionLimits, Handler, Host, Stop, serve};
use super::streams::Streams;
use super::{Backend, credentials, policy};
use crate::domain::{Clock, Role, SystemClock};
use crate::metrics::{Format, Metrics, MetricsSettings};

/// Why metrics have no listener.
#[derive(Debug, thiserror::Error)]
#[error("could not listen on {address}: choose another address with --metrics")]
pub struct CannotServeMetrics {
    address: SocketAddr,
    source: io::Error,
}

/// Responds with the server's metrics to callers who may see them.
pub(super) async fn answer(backend: &Backend, request: Request) -> Response {
    match credentials::authenticate(backend, &request, Role::Admin) {
        Ok(_) => exposed(&backend.metrics, &request.into_parts().0.headers).await,
        Err(refusal) => refusal.into_response(),
    }
}

/// The settings of a separate listener for metrics.
pub struct MetricsListener<'a> {
    /// Its address.
    pub address: SocketAddr,
    /// The hosts that it answers for, besides loopback addresses.
    pub allowed_hosts: &'a [String],
    /// The limits of its connections.
    pub connections: ConnectionLimits,
    /// The limits of its request bodies, none of which is used.
    pub bodies: BodyLimits,
}

/// Serves only metrics at this address, while it is polled, and returns the address. Access to a
/// separate listener is controlled by the network, which web pages must not bypass.
///
/// # Errors
/// When the address is not available.
pub async fn serve_metrics(
    metrics: Metrics,
    listener: MetricsListener<'_>,
) -> Result<(SocketAddr, impl Future<Output = ()> + use<>), CannotServeMetrics> {
    let MetricsListener { address, allowed_hosts, connections, bodies } = listener;
    let listening = TcpListener::bind(address).await;
    let listener = listening.map_err(|source| CannotServeMetrics { address, source })?;
    let address = listener.local_addr().unwrap_or(address);
    let hosts = Hosts::new(address, allowed_hosts);
    let page = Arc::new(Page { metrics, hosts, bodies });
    // Those who read the metrics are not counted in them.
    let uncounted =
        Metrics::new(MetricsSettings { started: SystemClock.now(), operation_names: 1 });
    let host = Host::new(page, connections, uncounted);
    let stop = Stop { signal: pending(), streams: Streams::new(0), deadline: Duration::ZERO };
    Ok((address, serve(listener, host, stop)))
}

/// All that there is on a listener for metrics.
struct Page {
    metrics: Metrics,
    hosts: Hosts,
    bodies: BodyLimits,
}

impl Handler for Arc<Page> {
    async fn answer(&self, mut request: Request) -> Response {
        let mut upload = Upload::of(&mut request);
        let mut response = match self.check(&request) {
            Ok(()) => exposed(&self.metrics, request.headers()).await,
            Err(refusal) => refusal.into_response(),
        };
        policy::guard(&mut response);
        if !upload.finish(self.bodies).await {
            close_after(&mut response);
        }
        response
    }
}

impl Page {
    /// # Errors
    /// When a request is not for metrics.
    fn check(&self, request: &Request) -> Result<(), Rejection> {
        self.hosts.check(authority::of(request)?, || true)?;
        let (path, method) = (request.uri().path(), request.method());
        match path {
            METRICS if Route::Metrics.allows(method) => Ok(()),
            METRICS => Err(Rejection::method_not_allowed(method, Route::Metrics.methods())),
            _ => Err(Rejection::nothing_but_metrics(path)),
        }
    }
}

/// Metrics in the client's preferred format. If it accepts neither, it gets the older one, which is
/// text.
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
