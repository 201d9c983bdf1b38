//! The server's app over a watched store, without a socket or on one.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use reelgraph::auth::{Anonymous, Authenticator, Rules};
use reelgraph::config::{
    ConnectionSettings, LimitSettings, RequestSettings, StreamSettings, TelemetrySettings,
};
use reelgraph::domain::{Clock, RandomIds, Role, SystemClock};
use reelgraph::feed::{Feed, FeedSettings};
use reelgraph::http::{
    self, App, Backend, ConnectionLimits, Documents, Host, Hosts, Manifest, RecentWriters,
    Requests, Settings, Stop, Streams,
};
use reelgraph::metrics::{Metrics, MetricsSettings};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

use super::binary::PATIENCE;
use super::graphql::api_over;
use super::watched_store::WatchedStore;

/// What answers over this store, to everyone and without haste.
pub fn backend(store: &Arc<WatchedStore>) -> Backend {
    let feed = Feed::new(Arc::clone(store) as _, Arc::new(SystemClock), FeedSettings::default());
    Backend {
        api: api_over(Arc::clone(store) as _, feed),
        repository: Arc::clone(store) as _,
        authenticator: everyone(),
        ids: Arc::new(RandomIds),
        requests: Requests::new(2),
        documents: Arc::new(Documents::new(Manifest::default(), &RequestSettings::default())),
        streams: Streams::new(1),
        recent_writers: RecentWriters::default(),
        metrics: Metrics::new(MetricsSettings { started: SystemClock.now(), operation_names: 1 }),
        settings: Arc::new(settings()),
        web_app: None,
        media: None,
    }
}

/// Settings that nothing in a test comes near.
pub fn settings() -> Settings {
    let limits = LimitSettings {
        max_header_bytes: 10_000,
        max_body_bytes: 10_000,
        max_answer_bytes: 10_000,
        ..LimitSettings::default()
    };
    Settings {
        connections: ConnectionSettings { body_timeout: PATIENCE, ..ConnectionSettings::default() },
        limits: LimitSettings { request_timeout: PATIENCE, ..limits },
        requests: RequestSettings::default(),
        streams: StreamSettings::default(),
        telemetry: TelemetrySettings::default(),
        hosts: Hosts::new((Ipv4Addr::LOCALHOST, 4000).into(), &[]),
        library: "a library".to_owned(),
    }
}

fn everyone() -> Authenticator {
    Authenticator::new(Rules {
        keys: watch::channel(Arc::default()).1,
        tokens: None,
        anonymous: Anonymous::As(Role::Admin),
        address_key: None,
        clock: Arc::new(SystemClock),
    })
}

/// A server of this process, on a socket.
pub struct Listening {
    /// Where it listens.
    pub address: SocketAddr,
    serving: JoinHandle<()>,
    stop: oneshot::Sender<()>,
}

/// How long a query may take whose client has closed its sending side.
pub const CLOSED_TIMEOUT: Duration = Duration::from_millis(50);

/// How many bytes of answers may wait for the client of one connection.
pub const MAX_WAITING_BYTES: usize = 200_000;

impl Listening {
    /// Listens, and answers what comes with this.
    pub async fn start(backend: Backend) -> Self {
        Self::start_with(backend, CLOSED_TIMEOUT).await
    }

    /// The same, where a query may take this long whose client has closed its sending side.
    pub async fn start_with(backend: Backend, closed_timeout: Duration) -> Self {
        let listener = http::listen(([127, 0, 0, 1], 0).into()).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let signal = async { stopped.await.unwrap_or_default() };
        let stopping = Stop { signal, streams: backend.streams.clone(), deadline: PATIENCE };
        let metrics = backend.metrics.clone();
        let host = Host::new(App::new(backend), connection_limits(closed_timeout), metrics);
        Self { address, serving: tokio::spawn(http::serve(listener, host, stopping)), stop }
    }

    /// Has it stop, and returns what is done once it has.
    pub fn stop(self) -> JoinHandle<()> {
        self.stop.send(()).unwrap();
        self.serving
    }
}

fn connection_limits(closed_timeout: Duration) -> ConnectionLimits {
    let connections = ConnectionSettings {
        max_connections: 10,
        header_timeout: PATIENCE,
        write_timeout: PATIENCE,
        idle_timeout: PATIENCE,
        ..ConnectionSettings::default()
    };
    let requests = LimitSettings {
        max_header_bytes: 10_000,
        max_answer_bytes: MAX_WAITING_BYTES / 4,
        read_timeout: closed_timeout,
        ..LimitSettings::default()
    };
    ConnectionLimits { connections, requests }
}
