//! Requests that take too long: queries are given up, and mutations are not.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::{Request, header};
use futures_util::future::join;
use reelgraph::domain::{RandomIds, SystemClock};
use reelgraph::feed::{Feed, FeedSettings};
use reelgraph::graphql::{Api, Services};
use reelgraph::http::{Backend, Requests, Settings, Streams, router};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::support::watched_store::WatchedStore;

fn backend(store: &Arc<WatchedStore>) -> Backend {
    let services = Services {
        repository: store.clone(),
        feed: Feed::new(store.clone(), FeedSettings::default()),
        clock: Arc::new(SystemClock),
        ids: Arc::new(RandomIds),
    };
    let settings = Settings {
        max_header_bytes: 10_000,
        max_body_bytes: 10_000,
        max_answer_bytes: 10_000,
        body_timeout: Duration::from_secs(60),
        request_timeout: Duration::from_millis(50),
        allowed_origins: Vec::new(),
        max_subscriptions_per_connection: 1,
        init_timeout: Duration::from_secs(60),
        keep_alive: Duration::from_secs(60),
    };
    Backend {
        api: Api::new(services),
        repository: store.clone(),
        ids: Arc::new(RandomIds),
        requests: Requests::new(2),
        streams: Streams::new(1),
        settings: Arc::new(settings),
    }
}

async fn ask(backend: &Backend, document: &str) -> (u16, Value) {
    let body = json!({ "query": document }).to_string();
    let request = Request::post("/graphql").header(header::CONTENT_TYPE, "application/json");
    let request = request.body(Body::from(body)).unwrap();
    let response = router(backend.clone()).oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, serde_json::from_slice(&body).unwrap())
}

#[tokio::test]
async fn a_mutation_is_awaited_while_a_query_is_given_up() {
    let store = Arc::new(WatchedStore::default());
    let backend = backend(&store);
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
