//! Videos with equal fingerprints.

use std::sync::Arc;

use async_graphql::Request;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderValue, StatusCode, header};
use reelgraph::domain::{Quantity, Role, SystemClock};
use reelgraph::feed::{Feed, FeedSettings};
use reelgraph::graphql::{Caller, DocumentLimits};
use reelgraph::http::App;
use reelgraph::repository::{FileChange, VideoReader, VideoRepository};
use serde_json::{Value, json};

use crate::support::catalogue::{file_of, found, lose_files, root_node_id, served_root};
use crate::support::clock::counted_id;
use crate::support::duplicates::{Copied, imported};
use crate::support::graphql::{TestApi, api_over, data, error};
use crate::support::http::backend;
use crate::support::videos::{by, video};
use crate::support::watched_store::WatchedStore;

/// Adds, in the order of falling IDs, videos without fingerprint and imported ones: 1 to 3 with one content, 4 and
/// 5 with another, and 6 with its own.
async fn add_imported(store: &dyn VideoRepository) {
    let videos = [(6, 9, 99), (5, 2, 10), (4, 2, 10), (3, 1, 7), (2, 1, 7), (1, 1, 7)];
    for ((number, content, size), second) in videos.into_iter().zip(1..) {
        store.insert(imported(number, content, size), by(second)).await.unwrap();
    }
    store.insert(video(7), by(1)).await.unwrap();
}

async fn library() -> TestApi {
    let api = TestApi::new();
    add_imported(&*api.store).await;
    api.store.take_calls();
    api
}

fn id(number: u64) -> String {
    counted_id(number).to_string()
}

/// The text of a fingerprint.
fn text(content: u64) -> String {
    format!("x3p1:{content:032x}")
}

/// A page of groups with these arguments, and their number.
async fn groups(api: &TestApi, arguments: &str) -> Value {
    let document = format!(
        "{{ duplicateVideos{arguments} {{
            edges {{ cursor node {{ fingerprint }} }}
            nodes {{ fingerprint count redundantBytes videos {{ id }} }}
            pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} totalCount
        }} }}"
    );
    data(api.ask(&document).await)["duplicateVideos"].take()
}

fn group(content: u64, redundant_bytes: i64, videos: &[u64]) -> Value {
    let ids: Vec<Value> = videos.iter().map(|it| json!({ "id": id(*it) })).collect();
    json!({
        "fingerprint": text(content), "count": videos.len(), "redundantBytes": redundant_bytes,
        "videos": ids,
    })
}

#[tokio::test]
async fn groups_come_by_their_redundant_bytes_and_show_their_videos_by_id() {
    let api = library().await;
    let found = groups(&api, "").await;
    assert_eq!(found["nodes"], json!([group(1, 14, &[1, 2, 3]), group(2, 10, &[4, 5])]));
    assert_eq!(found["totalCount"], 2);
    // One for the page, one for its number, and one for the videos of all groups.
    let calls = json!(api.store.take_calls());
    let expected = json!({ "count": 1, "newest": 1, "duplicates": 1, "count_duplicates": 1, "with_fingerprints": 1 });
    assert_eq!(calls, expected);
    let few = "{ duplicateVideos { nodes { videos(first: 1) { id } } } }";
    let found = data(api.ask(few).await)["duplicateVideos"]["nodes"].take();
    assert_eq!(found, json!([{ "videos": [{ "id": id(1) }] }, { "videos": [{ "id": id(4) }] }]));
    data(api.ask("{ duplicateVideos { totalCount } }").await);
    assert!(!api.store.take_calls().contains_key("list"), "only the number is asked for");
}

#[tokio::test]
async fn a_video_lists_the_others_by_id() {
    let api = library().await;
    let order = "orderBy: { field: PATH, direction: ASC }";
    let document = format!("{{ videos({order}) {{ nodes {{ id duplicates {{ id }} }} }} }}");
    let nodes = data(api.ask(&document).await)["videos"]["nodes"].take();
    let expected: [(u64, &[u64]); 7] =
        [(1, &[2, 3]), (2, &[1, 3]), (3, &[1, 2]), (4, &[5]), (5, &[4]), (6, &[]), (7, &[])];
    for (number, others) in expected {
        let nodes = nodes.as_array().unwrap();
        let node = nodes.iter().find(|node| node["id"] == id(number)).unwrap();
        let others: Vec<Value> = others.iter().map(|it| json!({ "id": id(*it) })).collect();
        assert_eq!(node["duplicates"], json!(others), "{number}");
    }
    assert_eq!(json!(api.store.take_calls()), json!({ "list": 1, "with_fingerprints": 1 }));
    let first = async |number: u64, first: usize| {
        let id = id(number);
        let document =
            format!("{{ video(id: \"{id}\") {{ duplicates(first: {first}) {{ id }} }} }}");
        let found = data(api.ask(&document).await)["video"]["duplicates"].take();
        found.as_array().unwrap().len()
    };
    // The video itself is not one of them, wherever it is.
    assert_eq!(
        [first(1, 1).await, first(3, 1).await, first(1, 0).await, first(6, 9).await],
        [1, 1, 0, 0]
    );
}

#[tokio::test]
async fn a_list_of_videos_has_at_most_a_hundred() {
    let api = library().await;
    let video = id(1);
    for (document, name) in [
        (format!("{{ video(id: \"{video}\") {{ duplicates(first: FIRST) {{ id }} }} }}"), "video"),
        (
            "{ duplicateVideos { nodes { videos(first: FIRST) { id } } } }".to_owned(),
            "duplicateVideos",
        ),
    ] {
        for (first, is_refused) in [("0", false), ("100", false), ("101", true), ("-1", true)] {
            let response = api.ask(&document.replace("FIRST", first)).await;
            match is_refused {
                false => assert!(!data(response)[name].is_null()),
                true => {
                    let message = format!("first must be from 0 to 100, not {first}");
                    assert_eq!(error(&response), ("BAD_USER_INPUT", &*message));
                }
            }
        }
    }
    let first =
        error(&api.ask("{ duplicateVideos(first: 101) { totalCount } }").await).0.to_owned();
    assert_eq!(first, "BAD_USER_INPUT");
}

#[tokio::test]
async fn the_size_of_each_list_counts_towards_the_cost() {
    let limits = DocumentLimits { max_cost: 400, ..DocumentLimits::default() };
    let api = TestApi::with_limits(limits);
    for (document, is_allowed) in [
        ("{ duplicateVideos(first: 10) { nodes { videos { id } } } }", true),
        ("{ duplicateVideos(first: 10) { nodes { videos(first: 50) { id } } } }", false),
        ("{ videos(first: 10) { nodes { duplicates { id } } } }", true),
        ("{ videos(first: 10) { nodes { duplicates(first: 50) { id } } } }", false),
    ] {
        let response = api.ask(document).await;
        assert_eq!(response["errors"].is_null(), is_allowed, "{document} {response}");
    }
}

#[tokio::test]
async fn groups_are_paged_either_way_and_cursors_outlive_them() {
    let api = library().await;
    for (number, content) in [(11, 3), (12, 3), (13, 4), (14, 4)] {
        api.store.insert(imported(number, content, 10), by(1)).await.unwrap();
    }
    let contents = |page: &Value| -> Vec<String> {
        let nodes = page["edges"].as_array().unwrap();
        nodes.iter().map(|edge| edge["node"]["fingerprint"].as_str().unwrap().to_owned()).collect()
    };
    let all = groups(&api, "").await;
    assert_eq!(contents(&all), [1, 2, 3, 4].map(text));
    let first = groups(&api, "(first: 2)").await;
    assert_eq!((contents(&first), &first["totalCount"]), ([1, 2].map(text).into(), &json!(4)));
    let end = &first["pageInfo"]["endCursor"];
    assert_eq!(end, &all["edges"][1]["cursor"]);
    let second = groups(&api, &format!("(first: 1, after: {end})")).await;
    assert_eq!(contents(&second), [text(3)]);
    let flags = |page: &Value| {
        [&page["pageInfo"]["hasPreviousPage"], &page["pageInfo"]["hasNextPage"]]
            .map(|flag| flag.as_bool().unwrap())
    };
    assert_eq!([flags(&first), flags(&second)], [[false, true], [true, true]]);
    let last = groups(&api, "(last: 1)").await;
    assert_eq!((contents(&last), flags(&last)), (vec![text(4)], [true, false]));
    let start = &second["pageInfo"]["startCursor"];
    let back = groups(&api, &format!("(last: 2, before: {start})")).await;
    assert_eq!((contents(&back), flags(&back)), ([1, 2].map(text).into(), [false, true]));
    // The group of the cursor is gone.
    api.store.delete(counted_id(4), None, by(2)).await.unwrap();
    let second = groups(&api, &format!("(first: 1, after: {end})")).await;
    assert_eq!((contents(&second), flags(&second)), (vec![text(3)], [true, true]));
    for (other, place) in [("videos", "after"), ("auditRequests", "before")] {
        let document = format!("{{ {other}({place}: {end}) {{ totalCount }} }}");
        assert_eq!(error(&api.ask(&document).await).0, "INVALID_CURSOR");
    }
    let videos = data(api.ask("{ videos { pageInfo { endCursor } } }").await);
    let cursor = &videos["videos"]["pageInfo"]["endCursor"];
    let document = format!("{{ duplicateVideos(after: {cursor}) {{ totalCount }} }}");
    assert_eq!(error(&api.ask(&document).await).0, "INVALID_CURSOR");
}

/// A root with files: 21 and 22 are links of one file with a copy, 23, all with the content of the imported videos
/// 1 to 3; and 24 and 25 are copies, of which the first one is missing.
async fn add_scanned(store: &dyn VideoRepository) {
    store.catalogue().add_root(&served_root(1)).await.unwrap();
    let file = |video, content, inode| Copied { video, content, size: 7, inode }.found();
    let files =
        vec![file(21, 1, 1), file(22, 1, 1), file(23, 1, 2), file(24, 8, 3), file(25, 8, 4)];
    found(store, 1, files).await;
    lose_files(store, 1, &[24]).await;
}

#[tokio::test]
async fn links_count_once_and_missing_files_free_nothing() {
    let api = library().await;
    add_scanned(&*api.store).await;
    let found = groups(&api, "").await;
    let expected =
        [group(1, 28, &[1, 2, 3, 21, 22, 23]), group(2, 10, &[4, 5]), group(8, 0, &[24, 25])];
    assert_eq!(found["nodes"], json!(expected));
    let document =
        format!("{{ video(id: \"{}\") {{ duplicates {{ id availability }} }} }}", id(25));
    let found = data(api.ask(&document).await)["video"]["duplicates"].take();
    assert_eq!(found, json!([{ "id": id(24), "availability": "MISSING" }]));
}

#[tokio::test]
async fn only_videos_that_meet_the_filter_count() {
    let api = library().await;
    add_scanned(&*api.store).await;
    let root = root_node_id(1);
    for (filter, expected) in [
        (
            "{}".to_owned(),
            vec![(1, 28, &[1, 2, 3, 21, 22, 23][..]), (2, 10, &[4, 5]), (8, 0, &[24, 25])],
        ),
        (
            format!("{{ rootId: {{ in: [\"{root}\"] }} }}"),
            vec![(1, 7, &[21, 22, 23]), (8, 0, &[24, 25])],
        ),
        ("{ rootId: { isNull: true } }".to_owned(), vec![(1, 14, &[1, 2, 3]), (2, 10, &[4, 5])]),
        ("{ availability: { in: [AVAILABLE] } }".to_owned(), vec![(1, 7, &[21, 22, 23])]),
        ("{ availability: { in: [MISSING] } }".to_owned(), vec![]),
        ("{ search: \"imported\" }".to_owned(), vec![(1, 14, &[1, 2, 3]), (2, 10, &[4, 5])]),
        ("{ search: \"imported 3\" }".to_owned(), vec![]),
        (format!("{{ fingerprint: {{ eq: \"{}\" }} }}", text(2)), vec![(2, 10, &[4, 5])]),
        (format!("{{ id: {{ in: [\"{}\", \"{}\"] }} }}", id(3), id(1)), vec![(1, 7, &[1, 3])]),
    ] {
        let found = groups(&api, &format!("(filter: {filter})")).await;
        let expected: Vec<Value> =
            expected.into_iter().map(|(content, bytes, ids)| group(content, bytes, ids)).collect();
        assert_eq!(found["nodes"], json!(expected), "{filter}");
        assert_eq!(found["totalCount"], expected.len(), "{filter}");
    }
    // Two lists with their own filters have their own videos.
    let both = "{
        a: duplicateVideos(filter: { rootId: { isNull: true } }) { nodes { videos { id } } }
        b: duplicateVideos(filter: { rootId: { isNull: false } }) { nodes { videos { id } } }
    }";
    let found = data(api.ask(both).await);
    assert_eq!(found["a"]["nodes"][0]["videos"].as_array().unwrap().len(), 3);
    assert_eq!(found["b"]["nodes"][0]["videos"][0]["id"], id(21));
    let null = api.ask("{ duplicateVideos(filter: { path: null }) { totalCount } }").await;
    assert_eq!(error(&null).0, "BAD_USER_INPUT");
}

#[tokio::test]
async fn bytes_end_at_the_largest_number() {
    let api = TestApi::new();
    for number in 1..4 {
        api.store.insert(imported(number, 1, Quantity::MAX), by(1)).await.unwrap();
    }
    let found = groups(&api, "").await;
    assert_eq!(found["nodes"], json!([group(1, Quantity::MAX, &[1, 2, 3])]));
}

#[tokio::test]
async fn each_list_of_groups_is_a_scan() {
    let limits = DocumentLimits { max_scan_tests: 20, ..DocumentLimits::default() };
    let api = TestApi::with_limits(limits);
    add_imported(&*api.store).await;
    let page = "duplicateVideos { nodes { count } }";
    let two = "duplicateVideos(filter: { or: [{ width: { gt: 1 } }, { height: { gt: 1 } }] }) { nodes { count } totalCount }";
    let named =
        format!("duplicateVideos(filter: {{ id: {{ in: [\"{}\"] }} }}) {{ totalCount }}", id(1));
    for (fields, is_allowed) in [
        (page.to_owned(), true),
        (format!("a: {page} b: {page}"), true),
        (format!("a: {page} b: {page} c: {page}"), false),
        (two.to_owned(), false),
        (format!("a: {page} b: {page} c: {named}"), true),
    ] {
        let response = api.ask(&format!("{{ {fields} }}")).await;
        match is_allowed {
            true => assert!(response["errors"].is_null(), "{fields} {response}"),
            false => assert_eq!(error(&response).0, "TOO_COSTLY", "{fields}"),
        }
    }
}

#[tokio::test]
async fn a_reader_may_ask() {
    let store = Arc::new(WatchedStore::default());
    add_imported(&*store).await;
    let feed = Feed::new(Arc::clone(&store) as _, Arc::new(SystemClock), FeedSettings::default());
    let api = api_over(store, feed);
    let document = "{ duplicateVideos { totalCount nodes { videos { duplicates { id } } } } }";
    let caller = Caller {
        request_id: "request-1".to_owned(),
        actor: None,
        role: Role::Reader,
        expires_at: None,
    };
    let response = api.execute(api.check(Request::new(document)).unwrap(), caller).await;
    let found = data(serde_json::to_value(response).unwrap());
    assert_eq!(found["duplicateVideos"]["totalCount"], 2);
}

#[tokio::test]
async fn lists_with_a_cursor_of_changes_are_of_one_moment() {
    let api = library().await;
    let document = "{
        changesCursor
        duplicateVideos { totalCount nodes { count videos { id } } }
    }";
    let found = data(api.ask(document).await);
    assert_eq!(found["duplicateVideos"]["nodes"][0]["count"], 3);
    assert_eq!(found["duplicateVideos"]["nodes"][0]["videos"].as_array().unwrap().len(), 3);
    assert_eq!(api.store.take_calls()["snapshot"], 1);
}

/// The answer to a query by GET: its status, its tag and its first group.
async fn get(app: &App, tag: Option<&HeaderValue>) -> (StatusCode, HeaderValue, Value) {
    let query = "%7BduplicateVideos%7Bnodes%7Bcount%20redundantBytes%7D%7D%7D";
    let request = axum::http::Request::get(format!("/graphql?query={query}"));
    let mut request = request.header(header::HOST, "localhost");
    if let Some(tag) = tag {
        request = request.header(header::IF_NONE_MATCH, tag);
    }
    let (head, body) = app.answer(request.body(Body::empty()).unwrap()).await.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let tag = head.headers[header::ETAG].clone();
    (head.status, tag, body["data"]["duplicateVideos"]["nodes"][0].clone())
}

#[tokio::test]
async fn the_tag_of_an_answer_changes_with_the_links_of_files() {
    let store = Arc::new(WatchedStore::default());
    let app = App::new(backend(&store));
    store.catalogue().add_root(&served_root(1)).await.unwrap();
    let file = |video, inode| Copied { video, content: 1, size: 7, inode };
    found(&*store, 1, vec![file(1, 1).found(), file(2, 2).found()]).await;
    let (_, tag, shown) = get(&app, None).await;
    assert_eq!(shown, json!({ "count": 2, "redundantBytes": 7 }));
    assert_eq!(get(&app, Some(&tag)).await.0, StatusCode::NOT_MODIFIED);
    // Another scan finds the same content in a link of the first file: no video changes.
    let end_of_log = store.newest().await.unwrap();
    let number = file_of(&*store, counted_id(2)).await;
    let FileChange::Found { reading, .. } = file(2, 1).found() else { unreachable!() };
    found(&*store, 1, vec![FileChange::Touched { number, mark: reading.mark }]).await;
    assert_eq!(store.newest().await.unwrap(), end_of_log);
    let (status, other, shown) = get(&app, Some(&tag)).await;
    assert_eq!((status, shown), (StatusCode::OK, json!({ "count": 2, "redundantBytes": 0 })));
    assert_ne!(other, tag);
    // A file that was added is in the log.
    found(&*store, 1, vec![file(3, 3).found()]).await;
    let (status, _, shown) = get(&app, Some(&other)).await;
    assert_eq!((status, shown), (StatusCode::OK, json!({ "count": 3, "redundantBytes": 7 })));
}
