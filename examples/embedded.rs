//! The library's GraphQL schema in your own axum program: `cargo run --example embedded`.
//!
//! async-graphql's axum integration serves it. You need to add what `reelgraph` has beyond that: keys and
//! tokens, limits on bodies and connections, compression, Server-Sent Events, metrics.

use std::error::Error;
use std::path::Path;
use std::sync::Arc;

use async_graphql::{Data, Executor, Request, Response};
use async_graphql_axum::{GraphQL, GraphQLSubscription};
use axum::Router;
use axum::routing::{get, post_service};
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};
use reelgraph::domain::{IdSource, RandomIds, Role, SystemClock};
use reelgraph::feed::{Feed, FeedSettings};
use reelgraph::graphql::{Api, Caller, Services};
use reelgraph::repository::VideoRepository;
use reelgraph::repository::sqlite::SqliteRepository;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let repository = SqliteRepository::open(Path::new("embedded.db")).await?;
    let listener = TcpListener::bind("127.0.0.1:4001").await?;
    println!("http://{}/graphql", listener.local_addr()?);
    Ok(axum::serve(listener, app(Arc::new(repository))).await?)
}

/// Your program, with the library at `/graphql`: POST for requests, and WebSockets for subscriptions.
pub fn app(repository: Arc<dyn VideoRepository>) -> Router {
    let library = Library::new(repository);
    let requests = GraphQL::new(library.clone());
    let subscriptions = GraphQLSubscription::new(library);
    Router::new()
        .route("/", get(|| async { "Hello from a program of your own." }))
        .route("/graphql", post_service(requests).get_service(subscriptions))
}

/// The API in the form that integrations of async-graphql expect.
#[derive(Clone)]
struct Library(Api);

impl Library {
    fn new(repository: Arc<dyn VideoRepository>) -> Self {
        let feed =
            Feed::new(Arc::clone(&repository), Arc::new(SystemClock), FeedSettings::default());
        let (clock, ids) = (Arc::new(SystemClock), Arc::new(RandomIds));
        Self(Api::new(Services { repository, feed, clock, ids }))
    }
}

/// The caller: here, everybody may change the library. The audit log records the name and the request ID.
fn caller() -> Caller {
    Caller {
        request_id: RandomIds.next_id().to_string(),
        actor: Some("embedded".to_owned()),
        role: Role::Editor,
        expires_at: None,
    }
}

impl Executor for Library {
    async fn execute(&self, request: Request) -> Response {
        match self.0.check(request) {
            Ok(checked) => self.0.execute(checked, caller()).await,
            Err(errors) => Response::from_errors(errors),
        }
    }

    fn execute_stream(
        &self,
        request: Request,
        _session: Option<Arc<Data>>,
    ) -> BoxStream<'static, Response> {
        match self.0.check(request) {
            Ok(checked) => self.0.subscribe(checked, caller()),
            Err(errors) => stream::iter([Response::from_errors(errors)]).boxed(),
        }
    }
}
