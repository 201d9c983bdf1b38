//! What the server answers with, and what clients may do.

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

/// What the server answers with. Cloning it copies nothing.
#[derive(Clone)]
pub struct Backend {
    /// Answers GraphQL requests.
    pub api: Api,
    /// Is asked whether it can be read, to tell whether the server is ready, and how far its log
    /// goes, to tell whether an answer still holds.
    pub repository: Arc<dyn VideoRepository>,
    /// Decides who comes in.
    pub gate: Gate,
    /// Makes the IDs of requests that come without one.
    pub ids: Arc<dyn IdSource>,
    /// The room for requests that are in flight.
    pub requests: Requests,
    /// The documents that requests can name.
    pub documents: Arc<Documents>,
    /// The room for subscriptions.
    pub streams: Streams,
    /// Where requests and operations are counted.
    pub metrics: Metrics,
    /// What clients may do.
    pub settings: Arc<Settings>,
}

impl Backend {
    /// What it takes to observe its requests.
    pub(super) fn observer(&self) -> Observer {
        Observer {
            ids: Arc::clone(&self.ids),
            metrics: self.metrics.clone(),
            trusted_proxies: self.settings.trusted_proxies.clone(),
        }
    }
}

/// What clients may do.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The longest first line and header of a request, in bytes.
    pub max_header_bytes: usize,
    /// The longest request body, and the longest message on a WebSocket, in bytes.
    pub max_body_bytes: usize,
    /// The longest answer to an operation, in bytes.
    pub max_answer_bytes: usize,
    /// How long the body of a request may take to come.
    pub body_timeout: Duration,
    /// How long the answer to a query may take.
    pub request_timeout: Duration,
    /// How many requests a list may have that is sent as one; 0 for no lists.
    pub max_batch: usize,
    /// The hosts under which the server answers.
    pub hosts: Hosts,
    /// What pages of other sites may do.
    pub cors: CorsRules,
    /// The proxies that are believed when they say who sent a request.
    pub trusted_proxies: TrustedProxies,
    /// How many operations may run on one WebSocket at once.
    pub max_subscriptions_per_connection: usize,
    /// How long a client may take to initialise its WebSocket.
    pub init_timeout: Duration,
    /// How often an idle stream gives a sign of life.
    pub keep_alive: Duration,
    /// Whether metrics are served beside everything else.
    pub serves_metrics: bool,
    /// From which time on an operation is logged as slow; none where no time is too long.
    pub slow_query: Option<Duration>,
    /// The name of the library, as the explorer shows it.
    pub library: String,
}

impl Settings {
    /// What the body of a request may take.
    pub(super) fn body_limits(&self) -> BodyLimits {
        BodyLimits { max_bytes: self.max_body_bytes, timeout: self.body_timeout }
    }
}
