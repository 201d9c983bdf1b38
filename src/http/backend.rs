//! The backend of the app, and the limits of its clients.

use std::sync::Arc;

use super::authority::Hosts;
use super::documents::Documents;
use super::forwarded::TrustedProxies;
use super::media::Media;
use super::observe::Observer;
use super::recent_writers::RecentWriters;
use super::requests::{BodyLimits, Requests};
use super::streams::Streams;
use super::web_app::WebApp;
use crate::auth::Authenticator;
use crate::config::{
    ConnectionSettings, LimitSettings, RequestSettings, StreamSettings, TelemetrySettings,
};
use crate::domain::IdSource;
use crate::graphql::Api;
use crate::metrics::Metrics;
use crate::repository::VideoRepository;

/// The backend. Cloning it is cheap.
#[derive(Clone)]
pub struct Backend {
    /// Answers GraphQL requests.
    pub api: Api,
    /// For readiness checks.
    pub repository: Arc<dyn VideoRepository>,
    /// Authenticates callers.
    pub authenticator: Authenticator,
    /// Generates IDs for requests without one.
    pub ids: Arc<dyn IdSource>,
    /// The room for requests that are in flight.
    pub requests: Requests,
    /// The documents that requests can name.
    pub documents: Arc<Documents>,
    /// The room for subscriptions.
    pub streams: Streams,
    /// Who has changed the library.
    pub recent_writers: RecentWriters,
    /// Counts requests and operations.
    pub metrics: Metrics,
    /// The limits of clients.
    pub settings: Arc<Settings>,
    /// The web app, if one is served.
    pub web_app: Option<Arc<WebApp>>,
    /// Files and thumbnails, if they are served.
    pub media: Option<Media>,
}

impl Backend {
    /// What is needed to observe its requests.
    pub(super) fn observer(&self) -> Observer {
        Observer {
            ids: Arc::clone(&self.ids),
            metrics: self.metrics.clone(),
            trusted_proxies: TrustedProxies::of(&self.settings.connections),
        }
    }
}

/// The limits of clients: the settings, and what follows from them once the server listens.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Who may connect, and how slow they may be.
    pub connections: ConnectionSettings,
    /// How much requests may ask for.
    pub limits: LimitSettings,
    /// Which requests are accepted.
    pub requests: RequestSettings,
    /// How subscriptions are served.
    pub streams: StreamSettings,
    /// Where metrics are, and what is logged as slow.
    pub telemetry: TelemetrySettings,
    /// The hosts that the server answers for.
    pub hosts: Hosts,
    /// The name of the library, as the explorer shows it.
    pub library: String,
}

impl Settings {
    /// The limits of request bodies.
    pub(super) fn body_limits(&self) -> BodyLimits {
        BodyLimits::of(&self.connections, &self.limits)
    }
}
