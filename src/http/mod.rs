//! The server's outside: GraphQL over HTTP, the explorer, health, and what every request has.
//!
//! Everything is answered by [`router`]. What reads or changes the library comes to `/graphql`, by
//! GET, by POST or over a WebSocket, and each of these asks [`credentials`] who it is.

mod accept;
mod credentials;
mod endpoint;
mod events;
mod graphiql;
mod health;
mod observe;
mod operation;
mod origin;
mod outcome;
mod parameters;
mod refusal;
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

use crate::auth::Gate;
use crate::domain::IdSource;
use crate::graphql::Api;
use crate::repository::VideoRepository;

pub use graphiql::IS_EMBEDDED as EXPLORER_IS_EMBEDDED;
pub use server::{ListenError, Stop, listen, serve};
pub use streams::Streams;

use refusal::Refusal;

/// What the server answers with. Cloning it copies nothing.
#[derive(Clone)]
pub struct Backend {
    /// Answers GraphQL requests.
    pub api: Api,
    /// Is asked whether it can be read, to tell whether the server is ready.
    pub repository: Arc<dyn VideoRepository>,
    /// Decides who comes in.
    pub gate: Gate,
    /// Makes the IDs of requests that come without one.
    pub ids: Arc<dyn IdSource>,
    /// The room for subscriptions.
    pub streams: Streams,
    /// What clients may do.
    pub settings: Arc<Settings>,
}

/// What clients may do.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The longest request body, and the longest message on a WebSocket.
    pub max_body_bytes: usize,
    /// The origins of other sites whose pages may open streams, e.g. `https://films.example`.
    pub allowed_origins: Vec<String>,
    /// How many operations may run on one WebSocket at once.
    pub max_subscriptions_per_connection: usize,
    /// How long a client may take to initialise its WebSocket.
    pub init_timeout: Duration,
    /// How often an idle stream gives a sign of life.
    pub keep_alive: Duration,
}

/// Everything that the server answers.
pub fn router(backend: Backend) -> Router {
    Router::new()
        .route("/", routing::get(async || Redirect::temporary("/graphql")))
        .route("/graphql", routing::get(endpoint::answer).post(endpoint::answer))
        .route("/graphiql/assets/{name}", routing::get(graphiql::asset))
        .route("/health/live", routing::get(health::live))
        .route("/health/ready", routing::get(health::ready))
        .fallback(async |uri: Uri| Refusal::no_such_path(uri.path()))
        .method_not_allowed_fallback(async |method: Method| Refusal::method_not_allowed(&method))
        .layer(DefaultBodyLimit::max(backend.settings.max_body_bytes))
        .layer(middleware::from_fn_with_state(backend.clone(), observe::observe))
        .with_state(backend)
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
    use crate::domain::{RandomIds, Role, SystemClock};
    use crate::feed::{Feed, FeedSettings};
    use crate::graphql::Services;
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
            max_body_bytes: 1_024,
            allowed_origins: Vec::new(),
            max_subscriptions_per_connection: 1,
            init_timeout: Duration::from_secs(60),
            keep_alive: Duration::from_secs(60),
        };
        Backend {
            api: Api::new(services),
            repository,
            gate: Gate::new(rules),
            ids: Arc::new(RandomIds),
            streams: Streams::new(1),
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
