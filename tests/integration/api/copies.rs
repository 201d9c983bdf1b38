//! Queries that are read from a copy of the library.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode, header};
use reelgraph::http::App;
use reelgraph::repository::VideoRepository;
use serde_json::{Value, json};

use crate::support::catalogue::root;
use crate::support::graphql::{ADD, input};
use crate::support::http::backend;
use crate::support::watched_store::{Fault, WatchedStore};

const COUNT: &str = "{ videos { totalCount } }";
const PLACE: &str = "reelgraph-place";

/// A library with an empty copy, and what answers over them.
struct Library {
    library: Arc<WatchedStore>,
    copy: Arc<WatchedStore>,
    app: App,
}

impl Library {
    fn new() -> Self {
        let copy = Arc::new(WatchedStore::default());
        let library = Arc::new(WatchedStore::default().with_copy(Arc::clone(&copy)));
        let app = App::new(backend(&library));
        Self { library, copy, app }
    }

    async fn send(&self, request: Request<Body>) -> (StatusCode, HeaderMap, Value) {
        let (head, body) = self.app.answer(request).await.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        (head.status, head.headers, serde_json::from_slice(&body).unwrap_or_default())
    }

    async fn post(&self, body: Value, place: &str) -> (HeaderMap, Value) {
        let request = Request::post("/graphql")
            .header(header::HOST, "localhost")
            .header(header::CONTENT_TYPE, "application/json")
            .header(PLACE, place);
        let (_, headers, body) =
            self.send(request.body(Body::from(body.to_string())).unwrap()).await;
        (headers, body)
    }

    /// Adds a video, and returns the place of that.
    async fn add(&self) -> String {
        let body = json!({ "query": ADD, "variables": { "input": input("/a.mkv") } });
        let (headers, _) = self.post(body, "").await;
        headers[PLACE].to_str().unwrap().to_owned()
    }

    async fn ask(&self, query: &str, place: &str) -> Value {
        self.post(json!({ "query": query }), place).await.1
    }

    /// What was read of the library and of the copy since this was asked last.
    fn reads(&self) -> [Vec<&'static str>; 2] {
        [&self.library, &self.copy].map(|store| store.take_calls().into_keys().collect())
    }
}

fn count(count: u64) -> Value {
    json!({ "data": { "videos": { "totalCount": count } } })
}

#[tokio::test]
async fn a_query_is_read_from_a_copy_that_has_its_place() {
    let library = Library::new();
    let begin = library.ask("{ changesCursor }", "").await;
    let begin = begin["data"]["changesCursor"].as_str().unwrap();
    let place = library.add().await;
    library.reads();
    for (place, expected, reads) in [
        ("", 0, [vec![], vec!["count"]]),
        (begin, 0, [vec![], vec!["count"]]),
        (&*place, 1, [vec!["count"], vec![]]),
    ] {
        assert_eq!(library.ask(COUNT, place).await, count(expected), "{place}");
        assert_eq!(library.reads(), reads, "{place}");
    }
}

#[tokio::test]
async fn a_copy_has_no_changes_after_a_place_that_it_does_not_have_yet() {
    let library = Library::new();
    let place = library.add().await;
    library.reads();
    let document = format!("{{ videoChanges(after: \"{place}\") {{ nodes {{ cursor }} }} }}");
    let nothing = json!({ "data": { "videoChanges": { "nodes": [] } } });
    assert_eq!(library.ask(&document, "").await, nothing);
    let [of_library, of_copy] = library.reads();
    assert!(of_copy.contains(&"list_entries"), "{of_copy:?}");
    assert!(!of_library.contains(&"list_entries"), "{of_library:?}");
    let elsewhere = Library::new();
    let answer = elsewhere.ask(&document, "").await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "INVALID_CURSOR", "{answer}");
}

#[tokio::test]
async fn a_moment_that_a_copy_does_not_have_yet_is_shown_by_the_library() {
    let library = Library::new();
    let place = library.add().await;
    let document =
        format!("{{ libraryAt(at: {{ cursor: \"{place}\" }}) {{ videos {{ totalCount }} }} }}");
    let answer = library.ask(&document, "").await;
    assert_eq!(answer["data"]["libraryAt"]["videos"]["totalCount"], 1, "{answer}");
    let elsewhere = Library::new();
    let answer = elsewhere.ask(&document, "").await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "INVALID_CURSOR", "{answer}");
}

#[tokio::test]
async fn a_snapshot_is_that_of_one_server() {
    let library = Library::new();
    let place = library.add().await;
    library.reads();
    let query = "{ videos { totalCount } changesCursor }";
    let old = library.ask(query, "").await;
    assert_eq!(library.reads(), [vec![], vec!["snapshot"]]);
    let new = library.ask(query, &place).await;
    assert_eq!(library.reads(), [vec!["snapshot"], vec![]]);
    assert_eq!(old["data"]["videos"]["totalCount"], 0);
    assert_eq!(new["data"], json!({ "videos": { "totalCount": 1 }, "changesCursor": place }));
    assert_ne!(old["data"]["changesCursor"], place);
}

#[tokio::test]
async fn what_a_mutation_returns_is_read_from_the_library() {
    let library = Library::new();
    let place = library.add().await;
    let history = "mutation ($input: AddVideoInput!) { addVideo(input: $input) {
        video { auditEntries { totalCount changesCursor } } } }";
    library.reads();
    let body = json!({ "query": history, "variables": { "input": input("/b.mkv") } });
    let (headers, answer) = library.post(body, &place).await;
    let entries = &answer["data"]["addVideo"]["video"]["auditEntries"];
    assert_eq!(entries["totalCount"], 1, "{answer}");
    assert_eq!(entries["changesCursor"], headers[PLACE].to_str().unwrap(), "{answer}");
    assert_eq!(library.reads()[1], Vec::<&str>::new());
}

#[tokio::test]
async fn a_query_is_read_from_the_library_when_its_copy_goes_away() {
    let library = Library::new();
    library.add().await;
    for (call, query) in [
        ("count", COUNT),
        ("snapshot", "{ videos { totalCount pageInfo { hasNextPage } changesCursor } }"),
    ] {
        library.reads();
        library.copy.break_next(call, Fault::Unavailable);
        let answer = library.ask(query, "").await;
        assert_eq!(answer["data"]["videos"]["totalCount"], 1, "{answer}");
        assert_eq!(answer.get("errors"), None, "{answer}");
        assert!(library.reads().iter().all(|reads| reads.contains(&call)), "{call}");
    }
    library.copy.break_next("count", Fault::Error);
    let answer = library.ask(COUNT, "").await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "INTERNAL_SERVER_ERROR", "{answer}");
}

#[tokio::test]
async fn a_tag_is_of_the_server_that_is_read() {
    let library = Library::new();
    let get = async |tag: Option<&str>, place: &str| {
        let mut request = Request::get("/graphql?query=%7Bvideos%7BtotalCount%7D%7D")
            .header(header::HOST, "localhost")
            .header(PLACE, place);
        if let Some(tag) = tag {
            request = request.header(header::IF_NONE_MATCH, tag);
        }
        let (status, headers, body) = library.send(request.body(Body::empty()).unwrap()).await;
        (status, headers[header::ETAG].to_str().unwrap().to_owned(), body)
    };
    let (_, of_copy, _) = get(None, "").await;
    let place = library.add().await;
    library.reads();
    assert_eq!(get(Some(&of_copy), "").await.0, StatusCode::NOT_MODIFIED);
    assert_eq!(library.reads(), [vec![], vec!["newest"]]);
    let (status, of_library, answer) = get(Some(&of_copy), &place).await;
    assert_eq!((status, answer), (StatusCode::OK, count(1)));
    assert_eq!(library.reads(), [vec!["count", "newest"], vec![]]);
    assert_eq!(get(Some(&of_library), &place).await.0, StatusCode::NOT_MODIFIED);
    // The tag of a copy that goes away is that of the library, and so is the answer.
    library.copy.break_next("newest", Fault::Unavailable);
    assert_eq!(get(None, "").await.1, of_library);
}

#[tokio::test]
async fn a_tag_is_of_the_files_in_the_copy_that_is_read() {
    let library = Library::new();
    for query in [
        "%7BduplicateVideos%7BtotalCount%7D%7D",
        "%7Bvideos(filter:%7BrootId:%7BisNull:true%7D%7D)%7BtotalCount%7D%7D",
    ] {
        let get = async || {
            let request = Request::get(format!("/graphql?query={query}"));
            let request = request.header(header::HOST, "localhost").body(Body::empty());
            let (status, headers, _) = library.send(request.unwrap()).await;
            assert_eq!(status, StatusCode::OK, "{query}");
            headers[header::ETAG].clone()
        };
        let tag = get().await;
        assert_eq!(get().await, tag);
        // The library has changed before; the copy catches up now.
        let number = u8::try_from(library.copy.catalogue().roots().await.unwrap().len()).unwrap();
        library.copy.catalogue().add_root(&root(number)).await.unwrap();
        assert_ne!(get().await, tag, "{query}");
    }
}
