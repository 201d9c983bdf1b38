//! The server's outside: GraphQL over HTTP, the explorer, health, and what every request has.
//!
//! Everything is answered by [`router`]. What reads or changes the library comes to `/graphql`, by
//! GET, by POST or over a WebSocket, and each of these asks `credentials` who it is.

mod accept;
mod account;
mod answer;
mod batch;
mod compression;
mod conditional;
mod credentials;
mod documents;
mod endpoint;
mod events;
mod graphiql;
mod health;
mod json;
mod metrics;
mod observe;
mod operation;
mod origin;
mod outcome;
mod parameters;
mod policy;
mod refusal;
mod requests;
mod schema;
mod server;
mod streams;
mod websocket;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{Method, Uri};
use axum::middleware;
use axum::response::Redirect;
use axum::routing;
use tower::util::option_layer;

use crate::auth::Gate;
use crate::domain::IdSource;
use crate::graphql::Api;
use crate::metrics::Metrics;
use crate::repository::VideoRepository;

pub use documents::{DocumentSettings, Documents, Manifest, ManifestError};
pub use graphiql::IS_EMBEDDED as EXPLORER_IS_EMBEDDED;
pub use metrics::serve_metrics;
pub use requests::Requests;
pub use server::{ConnectionLimits, Host, ListenError, Stop, listen, serve};
pub use streams::Streams;

use refusal::Refusal;

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
    /// The origins of other sites whose pages may use the API, e.g. `https://films.example`.
    pub allowed_origins: Vec<String>,
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
}

/// Everything that the server answers.
pub fn router(backend: Backend) -> Router {
    let metrics = match backend.settings.serves_metrics {
        true => Router::new().route(metrics::PATH, routing::get(metrics::answer)),
        false => Router::new(),
    };
    let observed = middleware::from_fn_with_state(backend.clone(), observe::observe);
    let checked = middleware::from_fn_with_state(backend.clone(), requests::check_head);
    let cors = origin::cors(&backend.settings.allowed_origins);
    let graphql = Router::new()
        .route("/graphql", routing::get(endpoint::answer).post(endpoint::answer))
        .method_not_allowed_fallback(method_not_allowed)
        .layer(middleware::from_fn_with_state(backend.requests.clone(), requests::take_place))
        .layer(option_layer(cors));
    Router::new()
        .merge(graphql)
        .merge(metrics)
        .route("/", routing::get(async || Redirect::temporary("/graphql")))
        .route("/schema.graphql", routing::get(schema::answer))
        .route("/graphiql/assets/{name}", routing::get(graphiql::asset))
        .route("/health/live", routing::get(health::live))
        .route("/health/ready", routing::get(health::ready))
        .fallback(async |uri: Uri| Refusal::no_such_path(uri.path()))
        .method_not_allowed_fallback(method_not_allowed)
        .layer(DefaultBodyLimit::max(backend.settings.max_body_bytes))
        // Each of these is around all that stand above it.
        .layer(checked)
        .layer(compression::layer())
        .layer(middleware::map_request(async |it| compression::pass_over_refusals(it)))
        .layer(observed)
        .layer(middleware::map_response(policy::guard))
        .with_state(backend)
}

async fn method_not_allowed(method: Method) -> Refusal {
    Refusal::method_not_allowed(&method)
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};
    use axum::http::{Request, StatusCode};
    use serde_json::{Value, json};
    use tokio::sync::watch;
    use tower::ServiceExt;

    use super::*;
    use crate::auth::{Anonymous, Rules};
    use crate::domain::{Clock, RandomIds, Role, SystemClock};
    use crate::feed::{Feed, FeedSettings};
    use crate::graphql::Services;
    use crate::metrics::MetricsSettings;
    use crate::repository::memory::MemoryRepository;

    fn backend() -> Backend {
        let repository: Arc<dyn VideoRepository> = Arc::new(MemoryRepository::new());
        let services = Services {
            repository: Arc::clone(&repository),
            feed: Feed::new(Arc::clone(&repository), FeedSettings::default()),
            clock: Arc::new(SystemClock),
            ids: Arc::new(RandomIds),
        };
        let rules = Rules {
            keys: watch::channel(Arc::default()).1,
            tokens: None,
            anonymous: Anonymous::As(Role::Reader),
            clock: Arc::new(SystemClock),
        };
        let settings = Settings {
            max_header_bytes: 1_024,
            max_body_bytes: 1_024,
            max_answer_bytes: 1_024,
            body_timeout: Duration::from_secs(60),
            request_timeout: Duration::from_secs(60),
            max_batch: 0,
            allowed_origins: Vec::new(),
            max_subscriptions_per_connection: 1,
            init_timeout: Duration::from_secs(60),
            keep_alive: Duration::from_secs(60),
            serves_metrics: false,
            slow_query: None,
        };
        Backend {
            api: Api::new(services),
            repository,
            gate: Gate::new(rules),
            ids: Arc::new(RandomIds),
            requests: Requests::new(1),
            documents: Arc::new(Documents::new(DocumentSettings::default())),
            streams: Streams::new(1),
            metrics: Metrics::new(MetricsSettings {
                started: SystemClock.now(),
                operation_names: 1,
            }),
            settings: Arc::new(settings),
        }
    }

    async fn get(router: Router, path: &str) -> (StatusCode, Value) {
        let request = Request::get(path).header("x-request-id", "lucy-42");
        let response = router.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(response.headers()["x-request-id"], "lucy-42");
        let status = response.status();
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        (status, serde_json::from_slice(&body).unwrap())
    }

    #[tokio::test]
    async fn a_panic_is_an_internal_error_with_the_request_id() {
        let router = Router::new()
            .route("/", routing::get(async || -> () { panic!("a secret") }))
            .layer(middleware::from_fn_with_state(backend(), observe::observe));
        let message = "internal server error: the server's log has the cause, under the request ID";
        let extensions = json!({ "code": "INTERNAL_SERVER_ERROR", "requestId": "lucy-42" });
        let expected = json!({ "errors": [{ "message": message, "extensions": extensions }] });
        let answer = get(router, "/").await;
        assert_eq!(answer, (StatusCode::INTERNAL_SERVER_ERROR, expected));
    }

    #[test]
    fn what_is_for_admins_is_refused_to_others() {
        let request = Request::get("/").body(Body::empty()).unwrap();
        let refusal = credentials::admit(&backend(), &request, Role::Admin).unwrap_err();
        assert_eq!(refusal.status, StatusCode::FORBIDDEN);
    }

    #[tokio::test]
    async fn the_server_is_not_ready_when_its_library_cannot_be_read() {
        let backend = backend();
        let router = router(backend.clone());
        assert_eq!(get(router.clone(), "/health/ready").await.0, StatusCode::OK);
        backend.repository.close().await;
        let (status, body) = get(router.clone(), "/health/ready").await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(body, json!({ "status": "unavailable" }));
        assert_eq!(get(router, "/health/live").await.0, StatusCode::OK);
    }
}
