//! The log by requests, as an activity page lists it.

use reelgraph::domain::VideoPatch;
use reelgraph::repository::{ChangeContext, OnConflict, VideoRepository};
use serde_json::{Value, json};

use crate::support::clock::counted_id;
use crate::support::graphql::{TestApi, data, error};
use crate::support::videos::{pixels, second, video};

fn by(at: i64, actor: Option<&str>, request_id: Option<&str>) -> ChangeContext {
    ChangeContext {
        at: second(at),
        actor: actor.map(Into::into),
        request_id: request_id.map(Into::into),
    }
}

/// Changes the width of a video.
async fn widen(api: &TestApi, number: u64, width: i32, by: ChangeContext) {
    let patch = VideoPatch { width: Some(pixels(width)), ..VideoPatch::default() };
    api.store.update(counted_id(number), patch, None, by).await.unwrap();
}

/// A library in which an import of three videos was interrupted by an edit, and another change was made
/// by no request.
async fn library() -> TestApi {
    let api = TestApi::new();
    let import = |at| by(at, None, Some("import"));
    let store = &api.store;
    store.insert_many(vec![video(1), video(2)], OnConflict::Fail, import(0)).await.unwrap();
    widen(&api, 1, 7, by(1, Some("ana"), Some("edit"))).await;
    store.insert(video(3), import(2)).await.unwrap();
    store.delete(counted_id(2), None, by(3, Some("ana"), Some("edit"))).await.unwrap();
    widen(&api, 3, 8, by(4, None, None)).await;
    api.store.take_calls();
    api
}

async fn requests(api: &TestApi, arguments: &str) -> Value {
    let document = format!(
        "{{ auditRequests{arguments} {{
            edges {{ cursor node {{ requestId }} }}
            nodes {{ requestId }} pageInfo {{ hasNextPage hasPreviousPage endCursor startCursor }}
            totalCount
        }} }}"
    );
    data(api.ask(&document).await)["auditRequests"].take()
}

/// The IDs of the requests of a page.
fn ids(page: &Value) -> Vec<&str> {
    let nodes = page["nodes"].as_array().unwrap();
    nodes.iter().map(|node| node["requestId"].as_str().unwrap_or("none")).collect()
}

#[tokio::test]
async fn a_request_shows_its_sums_its_times_and_its_newest_change() {
    let api = library().await;
    let document = "{ auditRequests {
        nodes {
            requestId actor startedAt endedAt inserted updated deleted
            latest { id operation currentVideo { width } changes { field new } }
        }
        totalCount
    } }";
    let found = data(api.ask(document).await)["auditRequests"].take();
    let at = |second: i64| format!("2026-01-01T00:00:0{second}.000000Z");
    let id = |number: u64, version: i64| format!("{}:{version}", counted_id(number));
    let nodes = found["nodes"].as_array().unwrap();
    let sums = |node: &Value| {
        let mut node = node.clone();
        let latest = node["latest"]["id"].take();
        node.as_object_mut().unwrap().remove("latest");
        (node, latest)
    };
    let expected = [
        json!({ "requestId": null, "actor": null, "startedAt": at(4), "endedAt": at(4),
            "inserted": 0, "updated": 1, "deleted": 0 }),
        json!({ "requestId": "edit", "actor": "ana", "startedAt": at(1), "endedAt": at(3),
            "inserted": 0, "updated": 1, "deleted": 1 }),
        json!({ "requestId": "import", "actor": null, "startedAt": at(0), "endedAt": at(2),
            "inserted": 3, "updated": 0, "deleted": 0 }),
    ];
    let latest = [id(3, 2), id(2, 2), id(3, 1)];
    let expected: Vec<_> = expected.into_iter().zip(latest.map(Value::String)).collect();
    assert_eq!(nodes.iter().map(sums).collect::<Vec<_>>(), expected);
    let newest = &nodes[0]["latest"];
    assert_eq!(newest["changes"], json!([{ "field": "width", "new": 8 }]));
    assert_eq!(newest["currentVideo"], json!({ "width": 8 }));
    assert_eq!(nodes[1]["latest"]["currentVideo"], Value::Null);
    assert_eq!(found["totalCount"], 3);
    // One for the page, one for its number, and one for all current videos.
    let calls = json!(api.store.take_calls());
    assert_eq!(calls, json!({ "list_requests": 1, "count_requests": 1, "get_many": 1 }));
}

#[tokio::test]
async fn requests_are_paged_either_way_while_one_of_them_goes_on() {
    let api = library().await;
    let first = requests(&api, "(first: 1)").await;
    assert_eq!((ids(&first), &first["totalCount"]), (vec!["none"], &json!(3)));
    widen(&api, 1, 9, by(5, Some("ana"), Some("edit"))).await;
    let after =
        requests(&api, &format!("(first: 1, after: {})", first["edges"][0]["cursor"])).await;
    assert_eq!(ids(&after), ["edit"]);
    widen(&api, 1, 10, by(6, Some("ana"), Some("edit"))).await;
    let rest = requests(&api, &format!("(after: {})", after["pageInfo"]["endCursor"])).await;
    assert_eq!((ids(&rest), &rest["pageInfo"]["hasNextPage"]), (vec!["import"], &json!(false)));
    let before = &rest["pageInfo"]["startCursor"];
    let back = requests(&api, &format!("(last: 1, before: {before})")).await;
    assert_eq!((ids(&back), &back["edges"]), (vec!["edit"], &after["edges"]));
}

#[tokio::test]
async fn a_filter_selects_requests_and_leaves_their_sums_whole() {
    let api = library().await;
    let [one, three] = [1, 3].map(counted_id);
    for (filter, expected) in [
        ("{}".to_owned(), &["none", "edit", "import"][..]),
        (format!("{{ entityIds: [\"{one}\"] }}"), &["edit", "import"]),
        (
            format!("{{ entityIds: [\"{one}\", \"{three}\"], operations: UPDATE }}"),
            &["none", "edit"],
        ),
        ("{ entityIds: [] }".to_owned(), &[]),
        ("{ fields: [\"width\", \"height\"], operations: [UPDATE] }".to_owned(), &["none", "edit"]),
        ("{ fields: [\"path\"] }".to_owned(), &["edit", "import"]),
        ("{ fields: [] }".to_owned(), &[]),
        ("{ actors: [\"ana\", \"ben\"] }".to_owned(), &["edit"]),
        ("{ actors: [] }".to_owned(), &[]),
        ("{ hasActor: true }".to_owned(), &["edit"]),
        ("{ hasActor: false }".to_owned(), &["none", "import"]),
        ("{ requestId: \"import\" }".to_owned(), &["import"]),
        ("{ timestamp: { gt: \"2026-01-01T00:00:01Z\" } }".to_owned(), &["none", "edit", "import"]),
        ("{ timestamp: { gt: \"2026-01-01T00:00:03Z\" } }".to_owned(), &["none"]),
    ] {
        let found = requests(&api, &format!("(filter: {filter})")).await;
        assert_eq!(ids(&found), expected, "{filter}");
        assert_eq!(found["totalCount"], expected.len(), "{filter}");
    }
    let deletions =
        "{ auditRequests(filter: { operations: DELETE }) { nodes { updated deleted } } }";
    let nodes = json!([{ "updated": 1, "deleted": 1 }]);
    assert_eq!(data(api.ask(deletions).await)["auditRequests"]["nodes"], nodes);
}

#[tokio::test]
async fn a_bad_filter_is_refused_in_both_lists_of_the_log() {
    let api = library().await;
    let many = |item: &str| vec![item; 101].join(", ");
    let id = format!("\"{}\"", counted_id(1));
    let uuid = "must be a hyphenated UUID such as 0193f0a0-7c1e-7d7b-8f25-3c1de1a5e4b2";
    for (filter, message) in [
        (
            format!("entityIds: [{}]", many(&id)),
            "filter.entityIds can have at most 100 values, not 101".to_owned(),
        ),
        (
            format!("actors: [{}]", many("\"a\"")),
            "filter.actors can have at most 100 values, not 101".to_owned(),
        ),
        (
            format!("fields: [{}]", many("\"path\"")),
            "filter.fields can have at most 100 values, not 101".to_owned(),
        ),
        ("entityIds: null".to_owned(), "filter.entityIds must not be null: omit it".to_owned()),
        ("hasActor: null".to_owned(), "filter.hasActor must not be null: omit it".to_owned()),
        (format!("entityIds: [{id}, \"7\"]"), format!("filter.entityIds.1 {uuid}")),
        (
            "fields: [\"path\", \"Path\"]".to_owned(),
            "filter.fields.1 must be the name of a field of changes: one of path, filename, \
             durationFrames, frameRate, width, height, videoCodec, audioCodec, fileSize, \
             thumbnailPath, createdAt, updatedAt, missingSince, fileModifiedAt, fingerprint, \
             container, bitRate, rotation, pixelAspectRatio, hasVariableFrameRate, streams, \
             chapters"
                .to_owned(),
        ),
    ] {
        for list in ["auditEntries", "auditRequests"] {
            let document = format!("{{ {list}(filter: {{ {filter} }}) {{ totalCount }} }}");
            let answer = api.ask(&document).await;
            assert_eq!(error(&answer), ("BAD_USER_INPUT", message.as_str()), "{document}");
        }
    }
}

#[tokio::test]
async fn a_cursor_of_another_list_is_refused() {
    let api = library().await;
    let entries = data(api.ask("{ auditEntries { edges { cursor } } }").await);
    let of_entry = &entries["auditEntries"]["edges"][0]["cursor"];
    let document = format!("{{ auditRequests(after: {of_entry}) {{ totalCount }} }}");
    assert_eq!(error(&api.ask(&document).await).0, "INVALID_CURSOR");
    let page = requests(&api, "").await;
    let of_request = &page["edges"][0]["cursor"];
    let document = format!("{{ auditEntries(after: {of_request}) {{ totalCount }} }}");
    assert_eq!(error(&api.ask(&document).await).0, "INVALID_CURSOR");
}

#[tokio::test]
async fn the_document_of_an_activity_page_lists_lines_and_what_is_behind_the_newest() {
    let api = library().await;
    let document = include_str!("../../graphql-clients/activity.graphql");
    let page = data(api.ask(document).await)["auditRequests"].take();
    let lines: Vec<_> =
        page["edges"].as_array().unwrap().iter().map(|edge| &edge["node"]).collect();
    let ids: Vec<_> = lines.iter().map(|line| &line["requestId"]).collect();
    assert_eq!(json!(ids), json!([null, "edit", "import"]));
    let old = video(3).values.width.get();
    assert_eq!(lines[0]["latest"]["changes"], json!([{ "field": "width", "old": old, "new": 8 }]));
    assert_eq!([&lines[2]["inserted"], &lines[2]["updated"]], [&json!(3), &json!(0)]);
}
