//! The backend of the site, and the limits of its clients.

use std::sync::Arc;
use std::time::Duration;

use super::authority::Hosts;
use super::documents::Documents;
use super::forwarded::TrustedProxies;
use super::observe::Observer;
use super::origin::CorsRules;
use super::requests::{BodyLimits, Requests};
use super::streams::Streams;
use crate::auth::Gate;
use crate::domain::IdSource;
use crate::graphql::Api;
use crate::metrics::Metrics;
use crate::repository::VideoRepository;

/// The backend. Cloning it is cheap.
#[derive(Clone)]
pub struct Backend {
    /// Answers GraphQL requests.
    pub api: Api,
    /// For readiness checks, and for the end of the log, which ETags depend on.
    pub repository: Arc<dyn VideoRepository>,
    /// Authenticates callers.
    pub gate: Gate,
    /// Generates IDs for requests without one.
    pub ids: Arc<dyn IdSource>,
    /// The room for requests that are in flight.
    pub requests: Requests,
    /// The documents that requests can name.
    pub documents: Arc<Documents>,
    /// The room for subscriptions.
    pub streams: Streams,
    /// Counts requests and operations.
    pub metrics: Metrics,
    /// The limits of clients.
    pub settings: Arc<Settings>,
}

impl Backend {
    /// What is needed to observe its requests.
    pub(super) fn observer(&self) -> Observer {
        Observer {
            ids: Arc::clone(&self.ids),
            metrics: self.metrics.clone(),
            trusted_proxies: self.settings.trusted_proxies.clone(),
        }
    }
}

/// The limits of clients.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The longest first line and header of a request, in bytes.
    pub max_header_bytes: usize,
    /// The longest request body, and the longest message on a WebSocket, in bytes.
    pub max_body_bytes: usize,
    /// The maximum size of the response to an operation, in bytes.
    pub max_answer_bytes: usize,
    /// Time-out for the body of a request.
    pub body_timeout: Duration,
    /// Time-out for a query.
    pub request_timeout: Duration,
    /// The maximum number of requests in a batch; 0 disables batching.
    pub max_batch: usize,
    /// The hosts that the server answers for.
    pub hosts: Hosts,
    /// The permissions of pages of other sites.
    pub cors: CorsRules,
    /// The proxies that are believed when they say who sent a request.
    pub trusted_proxies: TrustedProxies,
    /// The maximum number of concurrent operations on one WebSocket.
    pub max_subscriptions_per_connection: usize,
    /// Time-out for initialising a WebSocket.
    pub init_timeout: Duration,
    /// Interval of keep-alive messages on an idle stream.
    pub keep_alive: Duration,
    /// Whether metrics are served on the main address.
    pub serves_metrics: bool,
    /// The threshold for logging an operation as slow; none if this is disabled.
    pub slow_query: Option<Duration>,
    /// The name of the library, as the explorer shows it.
    pub library: String,
}

impl Settings {
    /// The limits of request bodies.
    pub(super) fn body_limits(&self) -> BodyLimits {
        BodyLimits { max_bytes: self.max_body_bytes, timeout: self.body_timeout }
    }
}
