//! What scans found out about the files of videos.

use reelgraph::repository::VideoRepository;
use serde_json::{Value, json};

use crate::support::graphql::{TestApi, data, error};
use crate::support::videos::{by, facts_of, text, video_with};

const FACTS: &str = r#"{
    "missingSince": "2026-01-01T00:00:01Z",
    "fileModifiedAt": "2025-06-07T08:09:10.123456Z",
    "fingerprint": "x3p1:000000000000000000000000000000ff",
    "container": "matroska",
    "bitRate": 9007199254740991,
    "rotation": 270,
    "pixelAspectRatio": {"numerator": 16, "denominator": 11},
    "hasVariableFrameRate": true,
    "streams": [
        {"index": 0, "kind": "VIDEO", "codec": "hevc", "profile": "Main 10", "isDefault": true,
            "width": 1920, "height": 1080, "bitDepth": 10, "dynamicRange": "HDR10"},
        {"index": 2, "kind": "AUDIO", "codec": "ac3", "language": "eng", "title": "Director",
            "isCommentary": true, "channels": 6, "sampleRate": 48000},
        {"index": 3, "kind": "SUBTITLE", "codec": "subrip", "isForced": true,
            "isForHearingImpaired": true}
    ],
    "chapters": [
        {"startSeconds": 0, "endSeconds": 61.5, "title": "One"},
        {"startSeconds": 61.5, "endSeconds": 62}
    ]
}"#;

/// `/1.mkv` with these facts of its file, and `/2.mkv` without any.
async fn library() -> TestApi {
    let api = TestApi::new();
    let named = |number, facts| {
        video_with(number, |values| {
            values.path = text(&format!("/{number}.mkv"));
            values.file = facts_of(facts);
        })
    };
    for video in [named(1, FACTS), named(2, "{}")] {
        api.store.insert(video, by(1)).await.unwrap();
    }
    api
}

async fn videos(api: &TestApi, selected: &str) -> Value {
    let order = "orderBy: { field: PATH, direction: ASC }";
    let document = format!("{{ videos({order}) {{ nodes {{ {selected} }} }} }}");
    data(api.ask(&document).await)["videos"]["nodes"].take()
}

#[tokio::test]
async fn a_video_shows_the_facts_of_its_file() {
    let api = library().await;
    let selected = "missingSince fileModifiedAt fingerprint container bitRate rotation
        pixelAspectRatio { numerator denominator } hasVariableFrameRate";
    let facts: Value = serde_json::from_str(FACTS).unwrap();
    let mut shown = facts.clone();
    let shown = shown.as_object_mut().unwrap();
    shown.remove("streams");
    shown.remove("chapters");
    shown["missingSince"] = json!("2026-01-01T00:00:01.000000Z");
    let nothing: Value = shown.keys().map(|name| (name.clone(), Value::Null)).collect();
    assert_eq!(videos(&api, selected).await, json!([shown, nothing]));
}

#[tokio::test]
async fn streams_and_chapters_are_listed_in_their_order() {
    let api = library().await;
    let selected = "
        streams {
            index kind codec profile language title isDefault isForced isForHearingImpaired isCommentary
            channels sampleRate width height bitDepth dynamicRange
        }
        chapters(first: 1) { startSeconds endSeconds title }
        all: chapters { title }";
    let found = videos(&api, selected).await;
    let stream = |given: Value| {
        let mut stream = json!({
            "index": 0, "kind": "VIDEO", "codec": "", "profile": null, "language": null,
            "title": null, "isDefault": false, "isForced": false, "isForHearingImpaired": false,
            "isCommentary": false, "channels": null, "sampleRate": null, "width": null,
            "height": null, "bitDepth": null, "dynamicRange": null,
        });
        stream.as_object_mut().unwrap().extend(given.as_object().unwrap().clone());
        stream
    };
    let facts: Value = serde_json::from_str(FACTS).unwrap();
    let streams: Vec<Value> =
        facts["streams"].as_array().unwrap().iter().cloned().map(stream).collect();
    let of_file = json!({
        "streams": streams,
        "chapters": [{ "startSeconds": 0.0, "endSeconds": 61.5, "title": "One" }],
        "all": [{ "title": "One" }, { "title": null }],
    });
    assert_eq!(found, json!([of_file, { "streams": [], "chapters": [], "all": [] }]));
}

#[tokio::test]
async fn chapters_are_limited() {
    let api = library().await;
    let answer = api.ask("{ videos { nodes { chapters(first: 501) { title } } } }").await;
    assert_eq!(error(&answer), ("BAD_USER_INPUT", "first must be from 0 to 500, not 501"));
}

#[tokio::test]
async fn videos_are_filtered_by_facts() {
    let api = library().await;
    let found = ["/1.mkv", "/2.mkv"];
    for (filter, is_found) in [
        (r#"fingerprint: { eq: "x3p1:000000000000000000000000000000ff" }"#, [true, false]),
        ("fingerprint: { isNull: true }", [false, true]),
        ("missingSince: { isNull: false }", [true, false]),
        (r#"missingSince: { lte: "2026-01-01T00:00:01Z" }"#, [true, false]),
        (r#"not: { missingSince: { gt: "2025-01-01" } }"#, [false, true]),
    ] {
        let document = format!(
            "{{ videos(filter: {{ {filter} }}, orderBy: {{ field: PATH, direction: ASC }}) {{ nodes {{ path }} }} }}"
        );
        let answer = data(api.ask(&document).await);
        let expected = found.iter().zip(is_found).filter(|(_, is_found)| *is_found);
        let expected: Vec<Value> = expected.map(|(path, _)| json!({ "path": path })).collect();
        assert_eq!(answer["videos"]["nodes"], json!(expected), "{filter}");
    }
}

#[tokio::test]
async fn the_log_shows_a_fact_as_the_video_does() {
    let api = library().await;
    let document = r#"{ auditEntries(filter: { fields: ["rotation"] }) { nodes {
        changes { field new }
    } } }"#;
    let answer = data(api.ask(document).await);
    let nodes = answer["auditEntries"]["nodes"].as_array().unwrap();
    assert_eq!(nodes.len(), 1);
    let changes = nodes[0]["changes"].as_array().unwrap();
    let value = |name: &str| {
        changes.iter().find(|change| change["field"] == name).map(|change| change["new"].clone())
    };
    let facts: Value = serde_json::from_str(FACTS).unwrap();
    assert_eq!(value("rotation"), Some(json!(270)));
    assert_eq!(value("pixelAspectRatio").as_ref(), Some(&facts["pixelAspectRatio"]));
    assert_eq!(value("missingSince"), Some(json!("2026-01-01T00:00:01.000000Z")));
}
