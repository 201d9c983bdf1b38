//! The server's outside: GraphQL over HTTP, the explorer, health, and what every request has.
//!
//! An [`App`] handles everything. Whatever reads or changes the library arrives at `/graphql`, by
//! GET, by POST or over a WebSocket, and each of these authenticates the caller with `credentials`.

mod accept;
mod answer;
mod app;
mod authority;
mod backend;
mod batch;
mod client;
mod completion;
mod compression;
mod conditional;
mod content_type;
mod credentials;
mod documents;
mod endpoint;
mod events;
mod execution;
mod forwarded;
mod graphiql;
mod health;
mod media;
mod metrics;
mod observe;
mod opening;
mod operation;
mod origin;
mod outcome;
mod parameters;
mod place;
mod policy;
mod preferences;
mod range;
mod recent_writers;
mod refusal;
mod request_log;
mod requester;
mod requests;
mod route;
mod schema;
mod server;
mod streams;
mod web_app;
mod websocket;

pub use app::App;
pub use authority::Hosts;
pub use backend::{Backend, Settings};
pub use documents::{Documents, Manifest, ManifestError};
pub use forwarded::TrustedProxies;
pub use graphiql::IS_EMBEDDED as EXPLORER_IS_EMBEDDED;
pub use media::{Downloads, Media};
pub use metrics::{MetricsListener, serve_metrics};
pub use observe::Observer;
pub use recent_writers::RecentWriters;
pub use requests::{BodyLimits, Requests};
pub use server::{ConnectionLimits, Host, ListenError, Stop, listen, serve};
pub use streams::Streams;
pub use web_app::WebApp;

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};
    use axum::http::{Method, Request, StatusCode};
    use axum::response::Response;
    use serde_json::{Value, json};
    use std::net::Ipv4Addr;
    use std::pin::pin;
    use std::sync::Arc;
    use tokio::sync::watch;

    use super::observe::Observation;
    use super::route::Route;
    use super::*;
    use crate::auth::{Anonymous, Authenticator, Rules};
    use crate::config::{
        ConnectionSettings, LimitSettings, RequestSettings, StreamSettings, TelemetrySettings,
    };
    use crate::domain::{Clock, RandomIds, Role, SystemClock};
    use crate::feed::{Feed, FeedSettings};
    use crate::graphql::{Api, Services};
    use crate::metrics::{Metrics, MetricsSettings};
    use crate::repository::VideoRepository;
    use crate::repository::memory::MemoryRepository;

    /// Settings with little room.
    pub fn settings() -> Settings {
        let limits = LimitSettings {
            max_header_bytes: 1_024,
            max_body_bytes: 1_024,
            max_answer_bytes: 1_024,
            ..LimitSettings::default()
        };
        Settings {
            connections: ConnectionSettings::default(),
            limits,
            requests: RequestSettings::default(),
            streams: StreamSettings::default(),
            telemetry: TelemetrySettings::default(),
            hosts: Hosts::new((Ipv4Addr::LOCALHOST, 4000).into(), &[]),
            library: "a library".to_owned(),
        }
    }

    fn backend() -> Backend {
        let repository: Arc<dyn VideoRepository> = Arc::new(MemoryRepository::new());
        let services = Services {
            repository: Arc::clone(&repository),
            feed: Feed::new(
                Arc::clone(&repository),
                Arc::new(SystemClock),
                FeedSettings::default(),
            ),
            clock: Arc::new(SystemClock),
            ids: Arc::new(RandomIds),
        };
        let rules = Rules {
            keys: watch::channel(Arc::default()).1,
            tokens: None,
            anonymous: Anonymous::As(Role::Reader),
            address_key: None,
            clock: Arc::new(SystemClock),
        };
        Backend {
            api: Api::new(services),
            repository,
            authenticator: Authenticator::new(rules),
            ids: Arc::new(RandomIds),
            requests: Requests::new(1),
            documents: Arc::new(Documents::new(Manifest::default(), &RequestSettings::default())),
            streams: Streams::new(1),
            recent_writers: RecentWriters::default(),
            metrics: Metrics::new(MetricsSettings {
                started: SystemClock.now(),
                operation_names: 1,
            }),
            settings: Arc::new(settings()),
            web_app: None,
            media: None,
        }
    }

    fn request(path: &str) -> Request<Body> {
        let request =
            Request::get(path).header("host", "localhost").header("x-request-id", "lucy-42");
        request.body(Body::empty()).unwrap()
    }

    async fn read(response: Response) -> (StatusCode, Value) {
        assert_eq!(response.headers()["x-request-id"], "lucy-42");
        let status = response.status();
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        (status, serde_json::from_slice(&body).unwrap())
    }

    #[tokio::test]
    async fn a_panic_is_an_internal_error_with_the_request_id() {
        let backend = backend();
        let observer = backend.observer();
        let observation = Observation::begin(&observer, Route::Start, &mut request("/"));
        let response = observation.of(pin!(async { panic!("a secret") })).await;
        let message = "internal server error: see the server's log for the cause, under the \
                       request ID";
        let extensions = json!({ "code": "INTERNAL_SERVER_ERROR", "requestId": "lucy-42" });
        let expected = json!({ "errors": [{ "message": message, "extensions": extensions }] });
        assert_eq!(read(response).await, (StatusCode::INTERNAL_SERVER_ERROR, expected));
    }

    #[tokio::test]
    async fn head_is_told_how_long_the_answer_to_get_is() {
        let app = App::new(backend());
        let get = app.answer(request("/schema.graphql")).await;
        let length = to_bytes(get.into_body(), usize::MAX).await.unwrap().len().to_string();
        let mut asked = request("/schema.graphql");
        *asked.method_mut() = Method::HEAD;
        let head = app.answer(asked).await;
        assert_eq!(head.headers()["content-length"], *length);
        assert!(to_bytes(head.into_body(), usize::MAX).await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn a_server_that_stops_is_not_ready_and_answers_all_the_same() {
        let app = App::new(backend());
        let get = async |path| read(app.answer(request(path)).await).await;
        app.drain();
        let (status, body) = get("/health/ready").await;
        let reason = "the server is stopping";
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(body, json!({ "status": "unavailable", "reason": reason }));
        assert_eq!(get("/health/live").await.0, StatusCode::OK);
    }

    #[test]
    fn what_is_for_admins_is_refused_to_others() {
        let request = Request::get("/").body(Body::empty()).unwrap();
        let refusal = credentials::authenticate(&backend(), &request, Role::Admin).unwrap_err();
        assert_eq!(refusal.status(), StatusCode::FORBIDDEN);
    }

    #[tokio::test]
    async fn the_server_is_not_ready_when_its_library_cannot_be_read() {
        let backend = backend();
        let app = App::new(backend.clone());
        let get = async |path| read(app.answer(request(path)).await).await;
        assert_eq!(get("/health/ready").await.0, StatusCode::OK);
        backend.repository.close().await.unwrap();
        let (status, body) = get("/health/ready").await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        let reason = "the library cannot be read";
        assert_eq!(body, json!({ "status": "unavailable", "reason": reason }));
        assert_eq!(get("/health/live").await.0, StatusCode::OK);
    }
}
