//! Requests that take too long: queries are given up, and mutations are not.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::{Request, header};
use futures_util::future::join;
use reelgraph::http::{App, Backend};
use serde_json::{Value, json};

use crate::support::http::{backend, settings};
use crate::support::watched_store::WatchedStore;

/// What gives queries up soon.
fn hurried(store: &Arc<WatchedStore>) -> Backend {
    let mut settings = settings();
    settings.limits.request_timeout = Duration::from_millis(50);
    Backend { settings: Arc::new(settings), ..backend(store) }
}

async fn ask(backend: &Backend, document: &str) -> (u16, Value) {
    let body = json!({ "query": document }).to_string();
    let request = Request::post("/graphql")
        .header(header::HOST, "localhost")
        .header(header::CONTENT_TYPE, "application/json");
    let request = request.body(Body::from(body)).unwrap();
    let response = App::new(backend.clone()).answer(request).await;
    let status = response.status().as_u16();
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, serde_json::from_slice(&body).unwrap())
}

#[tokio::test]
async fn a_mutation_is_awaited_while_a_query_is_given_up() {
    let store = Arc::new(WatchedStore::default());
    let backend = hurried(&store);
    store.hold();
    let changed = ask(
        &backend,
        r#"mutation { addVideo(input: { path: "/a.mkv", durationFrames: 1, width: 1, height: 1,
            frameRate: { numerator: 25 }, videoCodec: "av1", fileSize: 1 }) { video { path } } }"#,
    );
    let given_up = async {
        let (status, answer) = ask(&backend, "{ videos { totalCount } }").await;
        assert_eq!((status, &answer["errors"][0]["extensions"]["code"]), (504, &"TIMEOUT".into()));
        // As long as this took, the mutation has been waiting as well.
        store.release();
    };
    let ((status, answer), ()) = join(changed, given_up).await;
    assert_eq!((status, &answer["data"]["addVideo"]["video"]["path"]), (200, &"/a.mkv".into()));
}
