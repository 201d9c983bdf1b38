//! `Query.videoChanges`: the changes of a library in pages, with the cursors of the stream of changes.

use reelgraph::repository::{OnConflict, VideoRepository};
use serde_json::{Value, json};

use crate::support::clock::counted_id;
use crate::support::graphql::{TestApi, data, error};
use crate::support::videos::{by, pixels, video, video_with};

contract_suite! {
    api_cases:
        pages_have_every_change_in_the_order_of_commits,
        a_script_pages_here_and_follows_there,
        a_script_follows_there_and_pages_here,
        pages_and_the_stream_select_alike,
        an_empty_page_has_no_cursor_of_its_own,
        a_page_is_as_large_as_a_page_may_be,
        a_cursor_of_a_list_or_of_another_library_is_refused,
        a_page_is_two_look_ups_and_one_for_each_level_below;
}

/// Twelve changes of three videos, the last of which is deleted.
async fn changed(api: &TestApi) {
    for number in 1..=3 {
        let wide = |width| video_with(number, |values| values.width = pixels(width));
        let videos = [1, 2, 3].map(wide).to_vec();
        api.store.insert_many(videos, OnConflict::Update, by(1)).await.unwrap();
        api.store.insert_many(vec![wide(4)], OnConflict::Update, by(2)).await.unwrap();
    }
    api.store.delete(counted_id(3), None, by(3)).await.unwrap();
}

const PAGE: &str = "query ($first: Int, $after: String, $id: ID, $operations: [AuditOperation!]) {
    videoChanges(first: $first, after: $after, videoId: $id, operations: $operations) {
        edges { cursor node { ...Change } }
        nodes { kind cursor }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
}
fragment Change on VideoChange { kind cursor auditEntry { id operation } currentVideo { version } }";

async fn page(api: &TestApi, variables: Value) -> Value {
    data(api.ask_with(PAGE, variables).await)["videoChanges"].take()
}

/// The nodes of all pages of this size from a place on.
async fn all(api: &TestApi, size: usize, after: Value, selection: &Value) -> Vec<Value> {
    let (mut nodes, mut after) = (Vec::new(), after);
    let begins = [Value::Null, start().await];
    loop {
        let mut variables = json!({ "first": size, "after": after });
        variables.as_object_mut().unwrap().extend(selection.as_object().unwrap().clone());
        let mut page = page(api, variables).await;
        let info = page["pageInfo"].take();
        let is_begin = begins.contains(&after);
        for edge in page["edges"].as_array().unwrap() {
            assert_eq!(edge["cursor"], edge["node"]["cursor"]);
            nodes.push(edge["node"].clone());
        }
        if page["edges"] != json!([]) {
            assert_eq!(info["hasPreviousPage"], !is_begin, "{info}");
        }
        if info["hasNextPage"] == false {
            return nodes;
        }
        after = info["endCursor"].clone();
    }
}

const STREAM: &str = "subscription ($after: String, $id: ID, $operations: [AuditOperation!]) {
    videoChanges(after: $after, videoId: $id, operations: $operations) {
        kind cursor auditEntry { id operation } currentVideo { version }
    }
}";

/// The place before the first change.
async fn start() -> Value {
    data(TestApi::new().ask("{ changesCursor }").await)["changesCursor"].take()
}

async fn pages_have_every_change_in_the_order_of_commits(api: TestApi) {
    changed(&api).await;
    let mut stream = api.follow(STREAM, json!({ "after": start().await }));
    let mut expected = Vec::new();
    for _ in 0..13 {
        expected.push(stream.event().await);
    }
    assert_eq!(expected[0]["auditEntry"]["id"], format!("{}:1", counted_id(1)));
    assert_eq!(expected[12]["auditEntry"]["operation"], "DELETE");
    for size in [1, 2, 5, 12, 13, 14, 100] {
        assert_eq!(all(&api, size, Value::Null, &json!({})).await, expected, "{size}");
        let rest = all(&api, size, expected[4]["cursor"].clone(), &json!({})).await;
        assert_eq!(rest, expected[5..], "{size}");
    }
    assert_eq!(all(&api, 7, start().await, &json!({})).await, expected);
}

async fn a_script_pages_here_and_follows_there(api: TestApi) {
    changed(&api).await;
    let pages = all(&api, 4, Value::Null, &json!({})).await;
    let last = pages.last().unwrap()["cursor"].clone();
    let mut stream = api.follow(STREAM, json!({ "after": pages[11]["cursor"] }));
    assert_eq!(stream.event().await, pages[12]);
    let mut stream = api.follow(STREAM, json!({ "after": last }));
    api.store.insert(video(7), by(4)).await.unwrap();
    let event = stream.event().await;
    assert_eq!(event["auditEntry"]["operation"], "INSERT");
    assert_eq!(all(&api, 4, last, &json!({})).await, [event]);
}

async fn a_script_follows_there_and_pages_here(api: TestApi) {
    let mut stream = api.follow(STREAM, json!({ "after": start().await }));
    changed(&api).await;
    let mut events = Vec::new();
    for _ in 0..6 {
        events.push(stream.event().await);
    }
    let rest = all(&api, 3, events[5]["cursor"].clone(), &json!({})).await;
    assert_eq!(rest.len(), 7);
    assert_eq!(all(&api, 100, Value::Null, &json!({})).await[6..], rest);
    let now = data(api.ask("{ changesCursor }").await)["changesCursor"].take();
    assert_eq!(rest[6]["cursor"], now);
}

async fn pages_and_the_stream_select_alike(api: TestApi) {
    changed(&api).await;
    for selection in [
        json!({ "id": counted_id(1).to_string() }),
        json!({ "id": counted_id(3).to_string(), "operations": ["UPDATE"] }),
        json!({ "operations": ["INSERT", "DELETE"] }),
        json!({ "operations": ["UPDATE"] }),
    ] {
        let pages = all(&api, 2, Value::Null, &selection).await;
        let mut variables = selection.clone();
        variables["after"] = start().await;
        let mut stream = api.follow(STREAM, variables);
        for node in &pages {
            assert_eq!(stream.event().await, *node, "{selection}");
        }
        let many = all(&api, 100, Value::Null, &selection).await;
        assert_eq!(pages, many, "{selection}");
        let operations = selection["operations"].as_array();
        let is_selected = |node: &Value| {
            let entry = &node["auditEntry"];
            let id = entry["id"].as_str().unwrap();
            selection["id"].as_str().is_none_or(|its| id.starts_with(its))
                && operations.is_none_or(|some| some.contains(&entry["operation"]))
        };
        let every = all(&api, 100, Value::Null, &json!({})).await;
        assert_eq!(pages, every.into_iter().filter(is_selected).collect::<Vec<_>>());
    }
    for nothing in [json!({ "operations": [] }), json!({ "id": counted_id(9).to_string() })] {
        assert_eq!(all(&api, 2, Value::Null, &nothing).await, [Value::Null; 0], "{nothing}");
    }
    let answer = api.ask("{ videoChanges(videoId: \"7\") { nodes { cursor } } }").await;
    let message = "videoId must be a hyphenated UUID such as 0193f0a0-7c1e-7d7b-8f25-3c1de1a5e4b2";
    assert_eq!(error(&answer), ("BAD_USER_INPUT", message));
}

async fn an_empty_page_has_no_cursor_of_its_own(api: TestApi) {
    let empty = |has_previous| {
        json!({ "edges": [], "nodes": [], "pageInfo": {
            "hasNextPage": false, "hasPreviousPage": has_previous,
            "startCursor": null, "endCursor": null,
        } })
    };
    assert_eq!(page(&api, json!({})).await, empty(false));
    assert_eq!(page(&api, json!({ "after": start().await })).await, empty(false));
    changed(&api).await;
    let last = data(api.ask("{ changesCursor }").await)["changesCursor"].take();
    assert_eq!(page(&api, json!({ "after": last })).await, empty(true));
}

async fn a_page_is_as_large_as_a_page_may_be(api: TestApi) {
    let wide = |width| video_with(1, |values| values.width = pixels(width));
    let videos = (1..=101).map(wide).collect();
    api.store.insert_many(videos, OnConflict::Update, by(1)).await.unwrap();
    for (first, count) in [(json!(null), 20), (json!(0), 0), (json!(1), 1), (json!(100), 100)] {
        let page = page(&api, json!({ "first": first })).await;
        assert_eq!(page["edges"].as_array().unwrap().len(), count);
        assert_eq!(page["nodes"].as_array().unwrap().len(), count);
        assert_eq!(page["pageInfo"]["hasNextPage"], true, "{first}");
    }
    for first in [-1, 101] {
        let answer = api.ask_with(PAGE, json!({ "first": first })).await;
        let message = format!("first must be from 0 to 100, not {first}");
        assert_eq!(error(&answer), ("BAD_USER_INPUT", &*message));
    }
}

async fn a_cursor_of_a_list_or_of_another_library_is_refused(api: TestApi) {
    changed(&api).await;
    let list = data(api.ask("{ auditEntries { edges { cursor } } }").await);
    let of_a_list = &list["auditEntries"]["edges"][0]["cursor"];
    let elsewhere = TestApi::with_videos(2).await;
    let of_another = &data(elsewhere.ask("{ changesCursor }").await)["changesCursor"];
    for (cursor, why) in [
        (of_a_list, "the cursor belongs to a list: pass one from videoChanges or changesCursor"),
        (
            &json!("x"),
            "the cursor is malformed: pass a value of cursor, startCursor or endCursor unchanged",
        ),
    ] {
        let answer = api.ask_with(PAGE, json!({ "after": cursor })).await;
        assert_eq!(error(&answer), ("INVALID_CURSOR", why));
    }
    for selection in [json!({}), json!({ "operations": ["DELETE"] })] {
        let mut variables = selection.clone();
        variables["after"] = of_another.clone();
        let answer = api.ask_with(PAGE, variables.clone()).await;
        let refusal = api.follow(STREAM, variables).refusal().await;
        assert_eq!(error(&answer), (&*refusal.0, &*refusal.1), "{selection}");
        assert_eq!(refusal.0, "INVALID_CURSOR");
    }
}

async fn a_page_is_two_look_ups_and_one_for_each_level_below(api: TestApi) {
    changed(&api).await;
    let after = page(&api, json!({ "first": 1 })).await["pageInfo"]["endCursor"].take();
    api.store.take_calls();
    let document = "query ($after: String) { videoChanges(after: $after) { nodes {
        auditEntry { before { width } after { width } }
        currentVideo { width }
    } } }";
    data(api.ask_with(document, json!({ "after": after })).await);
    // The second one is for the entry of the cursor.
    let calls = json!({ "list_entries": 1, "entries_after": 1, "videos_at": 1, "get_many": 1 });
    assert_eq!(json!(api.store.take_calls()), calls);
}
