//! What is read of the library for an answer that the client has already.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderValue, Request, StatusCode, header};
use axum::response::Response;
use reelgraph::http::App;

use crate::support::http::backend;
use crate::support::watched_store::{Fault, WatchedStore};

const QUERY: &str = "/graphql?query=%7Bvideos%7BtotalCount%20nodes%7Bid%7D%7D%7D";

/// The server's answers over a store, without a socket.
fn server(store: &Arc<WatchedStore>) -> App {
    App::new(backend(store))
}

async fn ask(server: &App, tag: Option<&HeaderValue>) -> Response {
    let mut request = Request::get(QUERY).header(header::HOST, "localhost");
    if let Some(tag) = tag {
        request = request.header(header::IF_NONE_MATCH, tag);
    }
    server.answer(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn an_answer_that_is_known_takes_one_look_at_the_end_of_the_log() {
    let store = Arc::new(WatchedStore::default());
    let server = server(&store);
    let answer = ask(&server, None).await;
    let tag = &answer.headers()[header::ETAG];
    assert!(store.take_calls().contains_key("list"));
    assert_eq!(ask(&server, Some(tag)).await.status(), StatusCode::NOT_MODIFIED);
    assert_eq!(store.take_calls(), [("newest", 1)].into());
}

#[tokio::test]
async fn an_answer_comes_without_a_tag_where_the_log_cannot_be_read() {
    let store = Arc::new(WatchedStore::default());
    let server = server(&store);
    let tag = ask(&server, None).await.headers()[header::ETAG].clone();
    store.break_next("newest", Fault::Error);
    let answer = ask(&server, Some(&tag)).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert!(!answer.headers().contains_key(header::ETAG));
    assert_eq!(answer.headers()[header::CACHE_CONTROL], "no-store");
}

#[tokio::test]
async fn nobody_looks_at_the_end_of_the_log_for_an_answer_by_post() {
    let store = Arc::new(WatchedStore::default());
    let request = Request::post("/graphql")
        .header(header::HOST, "localhost")
        .header(header::CONTENT_TYPE, "application/json");
    let request =
        request.body(Body::from(r#"{ "query": "{ videos { nodes { id } } }" }"#)).unwrap();
    let answer = server(&store).answer(request).await;
    assert!(!answer.headers().contains_key(header::ETAG));
    assert_eq!(store.take_calls(), [("list", 1)].into());
}
