//! Lists that are entered in the middle: `offset`, and `startIndex`, which tells where a page begins.

use serde_json::{Value, json};

use crate::support::graphql::{TestApi, data, error};

const PAGE: &str = "nodes { filename } startIndex pageInfo { hasNextPage hasPreviousPage }";

/// The names of a page, its start, and whether there are others before and after it.
async fn page(api: &TestApi, field: &str) -> (Vec<String>, u64, bool, bool) {
    let page = data(api.ask(&format!("{{ page: {field} {{ {PAGE} }} }}")).await)["page"].take();
    let nodes = page["nodes"].as_array().unwrap();
    let names = nodes.iter().map(|node| node["filename"].as_str().unwrap()[..3].to_owned());
    let is = |name: &str| page["pageInfo"][name].as_bool().unwrap();
    let start = page["startIndex"].as_u64().unwrap();
    (names.collect(), start, is("hasPreviousPage"), is("hasNextPage"))
}

#[tokio::test]
async fn a_list_is_entered_anywhere() {
    let api = TestApi::with_videos(5).await;
    for list in ["videos(orderBy: { field: PATH }, ", "searchVideos(query: \"mkv\", "] {
        let sorted = match list.starts_with("videos") {
            true => ["001", "002", "003", "004", "005"],
            false => ["005", "004", "003", "002", "001"],
        };
        for (arguments, rows, start) in [
            ("first: 2", 0..2, 0),
            ("first: 2, offset: 0", 0..2, 0),
            ("first: 2, offset: null", 0..2, 0),
            ("first: 2, offset: 1", 1..3, 1),
            ("first: 2, offset: 4", 4..5, 4),
            ("first: 2, offset: 5", 5..5, 5),
            ("first: 2, offset: 10000000", 5..5, 5),
            ("first: 0, offset: 3", 3..3, 3),
            ("first: 0, offset: 9", 5..5, 5),
            ("last: 2", 3..5, 3),
            ("last: 0", 5..5, 5),
        ] {
            let expected: Vec<String> =
                sorted[rows.clone()].iter().map(ToString::to_string).collect();
            let found = page(&api, &format!("{list}{arguments})")).await;
            assert_eq!(found, (expected, start, rows.start > 0, rows.end < 5), "{list}{arguments}");
        }
    }
}

#[tokio::test]
async fn rows_are_skipped_behind_a_cursor() {
    let api = TestApi::with_videos(5).await;
    let first = data(api.ask("{ videos(first: 1) { pageInfo { endCursor } } }").await);
    let cursor = &first["videos"]["pageInfo"]["endCursor"];
    let behind = |arguments: &str| format!("videos(first: 2, after: {cursor}, {arguments})");
    let names = |all: &[&str]| all.iter().map(ToString::to_string).collect::<Vec<_>>();
    let found = page(&api, &behind("offset: 1")).await;
    assert_eq!(found, (names(&["003", "002"]), 2, true, true));
    let found = page(&api, &behind("offset: 1, filter: { path: { contains: \"00\" } }")).await;
    assert_eq!(found, (names(&["003", "002"]), 2, true, true));
    let found = page(&api, &behind("offset: 4")).await;
    assert_eq!(found, (names(&[]), 5, true, false));
    let before = format!("videos(last: 2, before: {cursor})");
    assert_eq!(page(&api, &before).await, (names(&[]), 0, false, true));
}

#[tokio::test]
async fn an_offset_that_goes_too_far_or_backwards_is_refused() {
    let api = TestApi::with_videos(1).await;
    let cannot = "cannot be combined: skip rows forward, from the start or from after";
    for (arguments, message) in [
        ("offset: 1, last: 1", format!("offset and last {cannot}")),
        ("offset: 0, last: 1", format!("offset and last {cannot}")),
        ("offset: 1, before: \"a\"", format!("offset and before {cannot}")),
        ("offset: -1", "offset must be from 0 to 10000000, not -1".to_owned()),
        ("offset: 10000001", "offset must be from 0 to 10000000, not 10000001".to_owned()),
    ] {
        for list in ["videos(", "searchVideos(query: \"mkv\", "] {
            let response = api.ask(&format!("{{ {list}{arguments}) {{ totalCount }} }}")).await;
            assert_eq!(error(&response), ("BAD_USER_INPUT", message.as_str()), "{list}{arguments}");
        }
    }
}

#[tokio::test]
async fn rows_before_a_page_are_counted_only_where_that_is_asked_for() {
    let api = TestApi::with_videos(3).await;
    for (document, calls) in [
        ("{ videos(offset: 1) { nodes { id } } }", json!({ "list": 1, "newest": 1 })),
        ("{ videos { totalCount } }", json!({ "count": 1 })),
        ("{ searchVideos(query: \"mkv\") { nodes { id } } }", json!({ "search": 1 })),
        ("{ videos { startIndex } }", json!({ "snapshot": 1 })),
    ] {
        api.store.take_calls();
        data(api.ask(document).await);
        let mut made = json!(api.store.take_calls());
        // The size of the library is counted now and then.
        if made.get("newest").is_some() && calls.get("count").is_none() {
            made.as_object_mut().unwrap().remove("count");
        }
        assert_eq!(made, calls, "{document}");
    }
}

#[tokio::test]
async fn the_start_is_that_of_the_page_while_others_write() {
    // What is found at the start stays there, so that any row that came in between would shift the page.
    let api = TestApi::with_videos(5).await;
    let document = "{ videos(first: 100, offset: 2) { nodes { id } startIndex totalCount } }";
    let before = data(api.ask(document).await);
    let video = crate::support::videos::video(50);
    let write = reelgraph::repository::Write::Insert {
        videos: vec![video],
        on_conflict: reelgraph::repository::OnConflict::Fail,
    };
    api.store.intrude(vec![write]);
    let page = data(api.ask(document).await);
    assert_eq!(api.store.intrusions_left(), 0);
    assert_eq!(page, before);
    let later = data(api.ask(document).await);
    assert_ne!(later["videos"]["totalCount"], before["videos"]["totalCount"]);
    assert_eq!(later["videos"]["startIndex"], Value::from(2));
}
