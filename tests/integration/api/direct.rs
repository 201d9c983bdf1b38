//! What is written directly is what async-graphql would have answered.
//!
//! It resolves all of a document that asks for the schema: so the same document that does so as well
//! must have the same answer, but for that.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::clock::counted_id;
use crate::support::graphql::{ADD, TestApi, data, input, input_with};
use crate::support::properties;
use crate::support::selections::{Selections, Types};
use crate::support::watched_store::Fault;

/// An API over videos with all that has a spelling of its own in JSON, and a deleted one.
async fn varied_api() -> TestApi {
    let api = TestApi::without_limits();
    let inputs = [
        input("/media/\"quoted\"\\\u{1}\n\u{7f}\u{2028}été 🎬.mkv"),
        input_with("/media/b.mkv", json!({ "audioCodec": null, "durationFrames": 0 })),
        input_with(
            "/media/c.mkv",
            json!({
                "frameRate": { "numerator": 30000, "denominator": 1001 },
                "durationFrames": 9_007_199_254_740_991_i64,
                "fileSize": 0,
                "thumbnailPath": "/thumbnails/c.jpg",
            }),
        ),
        input("/media/deleted.mkv"),
    ];
    for input in inputs {
        data(api.ask_with(ADD, json!({ "input": input })).await);
    }
    let update = |fields| {
        let id = counted_id(2);
        format!("mutation {{ updateVideo(input: {{ id: \"{id}\" {fields} }}) {{ __typename }} }}")
    };
    data(api.ask(&update("frameRate: { numerator: 25 } thumbnailPath: \"\\t\"")).await);
    data(api.ask(&update("thumbnailPath: null")).await);
    let id = counted_id(4);
    let deletion =
        format!("mutation {{ deleteVideo(input: {{ id: \"{id}\" }}) {{ __typename }} }}");
    data(api.ask(&deletion).await);
    api
}

#[test]
fn whatever_is_selected_has_the_bytes_that_async_graphql_gives() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let api = runtime.block_on(varied_api());
    let types = Types::of_schema();
    let (id, deleted) = (counted_id(2), counted_id(4));
    let roots = [
        ("videos(first: 3)".to_owned(), "VideoConnection"),
        ("searchVideos(query: \"media\")".to_owned(), "VideoSearchConnection"),
        ("auditEntries(first: 4)".to_owned(), "AuditEntryConnection"),
        ("videoStats".to_owned(), "VideoStats"),
        ("viewer".to_owned(), "Viewer"),
        ("serverInfo".to_owned(), "ServerInfo"),
        (format!("video(id: \"{id}\")"), "Video"),
        (format!("node(id: \"{deleted}:2\")"), "Node"),
        (format!("node(id: \"{deleted}@1\")"), "Node"),
        (format!("nodes(ids: [\"{id}\", \"{id}:1\", \"{id}@2\", \"nobody\"])"), "Node"),
        (format!("videoSnapshot(videoId: \"{id}\", version: 2)"), "VideoSnapshot"),
    ];
    let tapes = prop::collection::vec(any::<u8>(), 0..300);
    properties::check(&runtime, (0..roots.len(), tapes), async |(root, tape)| {
        let (root, type_name) = &roots[root];
        let (set, fragments) = Selections::new(&types, &tape).of(type_name);
        let document = format!("{{ {root} {set} }} {fragments}");
        let answer = api.answer(&document, json!({})).await;
        prop_assert!(!answer.contains("\"errors\""), "{answer}\nis answered to {document}");

        let resolved = format!("{{ {root} {set} {NO_TYPE} }} {fragments}");
        let resolved = api.answer(&resolved, json!({})).await.replace(NO_TYPE_ANSWER, "");
        prop_assert_eq!(&answer, &resolved, "of {}", document);

        let twice = format!("{{ {root} {set} {root} {set} }} {fragments}");
        let twice = api.answer(&twice, json!({})).await;
        prop_assert_eq!(&answer, &twice, "of {}, twice", document);

        let conditional = document.replace("if: true", "if: $yes");
        let conditional = format!("query ($yes: Boolean!) {conditional}");
        if conditional.contains("if: $yes") {
            let conditional = api.answer(&conditional, json!({ "yes": true })).await;
            prop_assert_eq!(&answer, &conditional, "of {}, with a variable", document);
        }
        Ok(())
    });
}

/// A look into the schema, and what it adds to an answer.
const NO_TYPE: &str = "__type(name: \"\") { name }";
const NO_TYPE_ANSWER: &str = ",\"__type\":null";

#[tokio::test]
async fn what_a_variable_skips_is_decided_for_each_request() {
    let api = TestApi::with_videos(1).await;
    let document = "query ($no: Boolean!, $yes: Boolean = true) { videos {
        ... @include(if: $no) { totalCount }
        ...Nodes @include(if: $yes)
    } }
    fragment Nodes on VideoConnection { nodes { version id @skip(if: $yes) } }";
    for (variables, expected) in [
        (json!({ "no": false }), json!({ "nodes": [{ "version": 1 }] })),
        (json!({ "no": true }), json!({ "totalCount": 1, "nodes": [{ "version": 1 }] })),
        (json!({ "no": true, "yes": false }), json!({ "totalCount": 1 })),
        (json!({ "no": false, "yes": false }), json!({})),
    ] {
        let answer = data(api.ask_with(document, variables.clone()).await);
        assert_eq!(answer["videos"], expected, "{variables}");
    }
}

#[tokio::test]
async fn what_is_selected_twice_is_merged_in_the_order_of_its_first_appearance() {
    let api = TestApi::with_videos(1).await;
    let document = "{
        videos { nodes { version ...Rate } }
        again: videos { nodes {
            frameRate { fps } path ...Rate
            ... on Node { type: __typename id }
            frameRate { denominator fps }
            auditEntries { nodes { version } }
            auditEntries { totalCount nodes { operation version } }
        } }
    }
    fragment Rate on Video { frameRate { numerator ... on FrameRate { denominator } } }";
    let expected = r#"{"data":{"videos":{"nodes":[{"version":1,"frameRate":{"numerator":24,"denominator":1}}]},"again":{"nodes":[{"frameRate":{"fps":24.0,"numerator":24,"denominator":1},"path":"/media/001.mkv","type":"Video","id":"00000000-0000-7000-8000-000000000001","auditEntries":{"nodes":[{"version":1,"operation":"INSERT"}],"totalCount":1}}]}}}"#;
    assert_eq!(api.answer(document, json!({})).await, expected);
}

#[tokio::test]
async fn a_failure_in_a_row_is_told_with_its_place() {
    let api = TestApi::with_videos(2).await;
    let document = "{ videos { nodes { id history: auditEntries(first: 101) { totalCount } } } }";
    let response = api.ask(document).await;
    assert_eq!(response["data"], Value::Null);
    assert_eq!(response["errors"][0]["path"], json!(["videos", "nodes", 0, "history"]));
}

#[tokio::test]
async fn a_failure_below_what_may_be_null_makes_that_null() {
    let api = TestApi::with_videos(1).await;
    api.store.break_next("get_many", Fault::Error);
    let document = "{ auditEntries { nodes { version currentVideo { id } entityType } } }";
    let response = api.ask(document).await;
    let node = json!({ "version": 1, "currentVideo": null, "entityType": "video" });
    assert_eq!(response["data"], json!({ "auditEntries": { "nodes": [node] } }));
    let path = json!(["auditEntries", "nodes", 0, "currentVideo"]);
    assert_eq!(response["errors"][0]["path"], path);

    api.store.break_next("entries_of", Fault::Error);
    let document = "mutation ($input: AddVideoInput!) { addVideo(input: $input) {
        video { path auditEntries { totalCount } }
        auditEntry { version }
    } }";
    let response = api.ask_with(document, json!({ "input": input("/new.mkv") })).await;
    let payload = json!({ "video": null, "auditEntry": { "version": 1 } });
    assert_eq!(response["data"], json!({ "addVideo": payload }));
    let path = json!(["addVideo", "video", "auditEntries"]);
    assert_eq!(response["errors"][0]["path"], path);
}
