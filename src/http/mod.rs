//! The server's outside: GraphQL over HTTP, the explorer, health, and what every request has.
//!
//! Everything is answered by [`router`]. There is no endpoint that changes the library but
//! `POST /graphql`, and none asks for credentials.

mod accept;
mod endpoint;
mod graphiql;
mod health;
mod observe;
mod parameters;
mod refusal;
mod server;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{Method, Uri};
use axum::middleware;
use axum::response::Redirect;
use axum::routing::get;

use crate::domain::IdSource;
use crate::graphql::Api;
use crate::repository::VideoRepository;

pub use server::{ListenError, listen, serve};

use refusal::Refusal;

/// What the server answers with. Cloning it copies nothing.
#[derive(Clone)]
pub struct Backend {
    /// Answers GraphQL requests.
    pub api: Api,
    /// Is asked whether it can be read, to tell whether the server is ready.
    pub repository: Arc<dyn VideoRepository>,
    /// Makes the IDs of requests that come without one.
    pub ids: Arc<dyn IdSource>,
}

/// Everything that the server answers. A request body has at most `max_body_bytes`.
pub fn router(backend: Backend, max_body_bytes: usize) -> Router {
    Router::new()
        .route("/", get(async || Redirect::temporary("/graphql")))
        .route("/graphql", get(endpoint::answer).post(endpoint::answer))
        .route("/health/live", get(health::live))
        .route("/health/ready", get(health::ready))
        .fallback(async |uri: Uri| Refusal::no_such_path(uri.path()))
        .method_not_allowed_fallback(async |method: Method| Refusal::method_not_allowed(&method))
        .layer(DefaultBodyLimit::max(max_body_bytes))
        .layer(middleware::from_fn_with_state(backend.clone(), observe::observe))
        .with_state(backend)
}
