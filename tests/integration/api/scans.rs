//! Fields that may have a store look at every row: how much a request may ask for, and in which order
//! requests are served.

use std::sync::Arc;

use async_graphql::{Request, Variables};
use futures_util::future::{Either, select};
use futures_util::poll;
use reelgraph::domain::{Role, SystemClock};
use reelgraph::feed::{Feed, FeedSettings};
use reelgraph::graphql::{Api, Caller, DocumentLimits};
use reelgraph::repository::sqlite::SqliteRepository;
use reelgraph::repository::{OnConflict, VideoRepository};
use serde_json::{Value, json};
use tokio::task::yield_now;

use crate::support::graphql::{TestApi, api_over, data, error};
use crate::support::videos::{by, video};

/// An API over ten videos, whose requests may have rows tested so often.
async fn api(max_scan_tests: u64) -> TestApi {
    let api = TestApi::with_limits(DocumentLimits { max_scan_tests, ..DocumentLimits::default() });
    api.add(10).await;
    api
}

/// A filter of as many conditions.
fn filter(conditions: usize) -> Value {
    json!({ "or": vec![json!({ "path": { "contains": "media" } }); conditions] })
}

const LIST: &str = "query ($f: VideoFilter) { videos(filter: $f) { totalCount nodes { id } } }";

#[tokio::test]
async fn what_would_test_too_much_names_the_setting_and_scans_nothing() {
    // Ten videos, three conditions, a page and a count.
    let api = api(60).await;
    let found = data(api.ask_with(LIST, json!({ "f": filter(3) })).await);
    assert_eq!(found["videos"]["totalCount"], 10);
    api.store.take_calls();

    let refused = api.ask_with(LIST, json!({ "f": filter(4) })).await;
    let message = "the request could test 80 conditions against rows, more than the maximum of 60 \
                   (max-scan-tests): use fewer conditions or fewer fields with a filter, omit \
                   totalCount and startIndex, or find videos by ID, by path or with searchVideos";
    assert_eq!(error(&refused), ("TOO_COSTLY", message));
    let extensions = json!({ "code": "TOO_COSTLY", "limit": "max-scan-tests", "allowed": 60 });
    assert_eq!(refused["errors"][0]["extensions"], extensions);
    assert_eq!(json!(api.store.take_calls()), json!({ "newest": 1 }));
}

#[tokio::test]
async fn the_fields_of_a_request_have_one_budget() {
    let api = api(60).await;
    let fields = |count: usize| -> String {
        let field = |at| format!("a{at}: videos(filter: $f) {{ totalCount }} ");
        format!("query ($f: VideoFilter) {{ {} }}", (0..count).map(field).collect::<String>())
    };
    data(api.ask_with(&fields(2), json!({ "f": filter(3) })).await);
    api.store.take_calls();
    let refused = api.ask_with(&fields(3), json!({ "f": filter(3) })).await;
    assert_eq!(error(&refused).0, "TOO_COSTLY");
    assert_eq!(json!(api.store.take_calls()), json!({ "newest": 1 }), "nothing is scanned");
    // Far more fields than tokio would let go on at once.
    let refused = api.ask_with(&fields(400), json!({ "f": filter(1) })).await;
    assert_eq!(error(&refused).0, "TOO_COSTLY");
    assert_eq!(json!(api.store.take_calls()), json!({ "newest": 1 }), "nothing is scanned");
}

#[tokio::test]
async fn whatever_may_look_at_every_row_counts() {
    let api = api(9).await;
    for document in [
        r#"{ videos(filter: { filename: { contains: "a" } }) { nodes { id } } }"#,
        r#"{ videos(filter: { filename: { contains: "a" } }) { pageInfo { hasNextPage } } }"#,
        r#"{ videos(filter: { filename: { notIn: ["a"] } }) { nodes { id } } }"#,
        r#"{ videos(filter: { path: { endsWith: "a" } }) { totalCount } }"#,
        r#"{ videos(filter: { id: { ne: "a" } }) { totalCount } }"#,
        "{ videos(filter: { createdAt: { isNull: true } }) { nodes { id } } }",
        r#"{ videoStats(filter: { fileSize: { gt: 1 } }) { count } }"#,
        r#"{ videoStats(filter: { fileSize: { gt: 1 } }) { totalDurationSeconds } }"#,
        r#"{ videos(filter: { search: "media" }) { nodes { id } } }"#,
        r#"{ videos(filter: { not: { search: "word" } }) { totalCount } }"#,
        r#"{ videoStats(filter: { or: [{ search: "word" }] }) { count } }"#,
        r#"{ searchVideos(query: "word", filter: { search: "other" }) { totalCount } }"#,
        r#"{ searchVideos(query: "two words") { nodes { id } } }"#,
        r#"{ searchVideos(query: "word", filter: { width: { gt: 1 } }) { totalCount } }"#,
        r#"{ auditEntries(filter: { actor: "tester" }) { nodes { id } } }"#,
        r#"{ auditEntries(filter: { fields: ["path"] }) { nodes { id } } }"#,
        r#"{ auditRequests(filter: { actors: ["tester"] }) { nodes { requestId } } }"#,
        r#"{ auditRequests(filter: { hasActor: true }) { totalCount } }"#,
        r#"{ changesCursor videos(filter: { fileSize: { gt: 1 } }) { nodes { id } } }"#,
        "{ videos { startIndex } }",
        "{ videos(offset: 1000000) { nodes { id } } }",
        "{ a: videos(offset: 5) { nodes { id } } b: videos(offset: 5) { nodes { id } } }",
        r#"{ videos(filter: { videoCodec: { eq: "av1" } }) { startIndex } }"#,
        r#"{ searchVideos(query: "media") { startIndex } }"#,
        r#"{ searchVideos(query: "media", offset: 100) { nodes { id } } }"#,
    ] {
        assert_eq!(error(&api.ask(document).await).0, "TOO_COSTLY", "{document}");
    }
}

#[tokio::test]
async fn what_an_index_finds_does_not_count() {
    let api = api(1).await;
    for document in [
        "{ videos { totalCount nodes { id } } }",
        "{ videos(orderBy: [{ field: FILENAME, direction: ASC }]) { nodes { id } } }",
        r#"{ videos(filter: { path: { eq: "/media/001.mkv" } }) { totalCount nodes { id } } }"#,
        r#"{ videos(filter: { id: { in: ["a"] }, path: { endsWith: "b" } }) { totalCount nodes { id } } }"#,
        r#"{ videos(filter: { filename: { in: ["001.mkv"] } }) { totalCount nodes { id } } }"#,
        r#"{ videos(filter: { path: { eq: "/a" }, search: "b" }) { totalCount nodes { id } } }"#,
        r#"{ videos(filter: { videoCodec: { eq: "av1" } }) { totalCount } }"#,
        "{ videoStats { count totalFileSize } }",
        r#"{ searchVideos(query: "media") { totalCount nodes { id } } }"#,
        "{ auditEntries { totalCount nodes { id } } }",
        r#"{ auditEntries(filter: { requestId: "a" }) { totalCount nodes { id } } }"#,
        r#"{ auditEntries(filter: { entityIds: [] }) { totalCount nodes { id } } }"#,
        "{ auditRequests { totalCount nodes { requestId } } }",
        r#"{ auditRequests(filter: { requestId: "a" }) { totalCount nodes { requestId } } }"#,
        r#"{ auditRequests(filter: { entityIds: [] }) { totalCount nodes { requestId } } }"#,
        "{ changesCursor videos { totalCount } }",
    ] {
        data(api.ask(document).await);
    }
}

/// An API over a small library in a file.
async fn api_over_file(directory: &tempfile::TempDir) -> (Api, Arc<dyn VideoRepository>) {
    let store = SqliteRepository::open(&directory.path().join("library.db")).await.unwrap();
    store.insert_many((1..=100).map(video).collect(), OnConflict::Fail, by(1)).await.unwrap();
    let repository: Arc<dyn VideoRepository> = Arc::new(store);
    let feed = Feed::new(Arc::clone(&repository), Arc::new(SystemClock), FeedSettings::default());
    (api_over(Arc::clone(&repository), feed), repository)
}

async fn count(api: &Api, fields: usize) -> Value {
    let field = |at| format!("a{at}: videos(filter: $f) {{ totalCount }} ");
    let fields: String = (0..fields).map(field).collect();
    let variables = Variables::from_json(json!({ "f": filter(10) }));
    let request = Request::new(format!("query ($f: VideoFilter) {{ {fields} }}"));
    let checked = api.check(request.variables(variables)).unwrap();
    let caller = Caller {
        request_id: "request-1".to_owned(),
        actor: None,
        role: Role::Reader,
        expires_at: None,
    };
    serde_json::to_value(api.execute(checked, caller).await).unwrap()
}

#[tokio::test]
async fn a_request_with_many_scans_does_not_come_before_one_that_has_few() {
    let directory = tempfile::tempdir().unwrap();
    let (api, repository) = api_over_file(&directory).await;
    let mut many = Box::pin(count(&api, 200));
    // It has begun before the second one comes.
    while repository.activity().unwrap().scans.unwrap().busy == 0 {
        assert!(poll!(&mut many).is_pending());
        yield_now().await;
    }
    match select(many, Box::pin(count(&api, 1))).await {
        Either::Left(_) => panic!("two hundred scans came before one"),
        Either::Right((few, many)) => {
            data(few);
            data(many.await);
        }
    }
}
