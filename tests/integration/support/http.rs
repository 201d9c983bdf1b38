//! The server's site over a watched store, without a socket.

use std::sync::Arc;
use std::time::Duration;

use reelgraph::auth::{Anonymous, Gate, Rules};
use reelgraph::domain::{Clock, RandomIds, Role, SystemClock};
use reelgraph::feed::{Feed, FeedSettings};
use reelgraph::http::{Backend, DocumentRules, Documents, Requests, Settings, Streams};
use reelgraph::metrics::{Metrics, MetricsSettings};
use tokio::sync::watch;

use super::graphql::api_over;
use super::watched_store::WatchedStore;

/// What answers over this store, to everyone and without haste.
pub fn backend(store: &Arc<WatchedStore>) -> Backend {
    let feed = Feed::new(Arc::clone(store) as _, FeedSettings::default());
    Backend {
        api: api_over(Arc::clone(store) as _, feed),
        repository: Arc::clone(store) as _,
        gate: everyone(),
        ids: Arc::new(RandomIds),
        requests: Requests::new(2),
        documents: Arc::new(Documents::new(DocumentRules::default())),
        streams: Streams::new(1),
        metrics: Metrics::new(MetricsSettings { started: SystemClock.now(), operation_names: 1 }),
        settings: Arc::new(settings()),
    }
}

/// Settings that nothing in a test comes near.
pub fn settings() -> Settings {
    Settings {
        max_header_bytes: 10_000,
        max_body_bytes: 10_000,
        max_answer_bytes: 10_000,
        max_batch: 0,
        body_timeout: Duration::from_secs(60),
        request_timeout: Duration::from_secs(60),
        allowed_origins: Vec::new(),
        max_subscriptions_per_connection: 1,
        init_timeout: Duration::from_secs(60),
        keep_alive: Duration::from_secs(60),
        serves_metrics: false,
        slow_query: None,
    }
}

fn everyone() -> Gate {
    Gate::new(Rules {
        keys: watch::channel(Arc::default()).1,
        tokens: None,
        anonymous: Anonymous::As(Role::Admin),
        clock: Arc::new(SystemClock),
    })
}
