//! Changing videos.

use serde_json::{Value, json};

use crate::support::clock::counted_id;
use crate::support::graphql::{ADD, TestApi, data, input_with};

/// A library of one video that has all that a video can have.
async fn library() -> TestApi {
    let api = TestApi::new();
    let input = input_with("/media/001.mkv", json!({ "thumbnailPath": "/thumbs/001.jpg" }));
    data(api.ask_with(ADD, json!({ "input": input })).await);
    api
}

/// The payload of changing these fields of the first video.
async fn update(api: &TestApi, fields: Value) -> Value {
    let document = "mutation ($input: UpdateVideoInput!) { updateVideo(input: $input) {
        video { version filename audioCodec thumbnailPath updatedAt }
        auditEntry { id changes { field } }
        userErrors { code message field }
    } }";
    let mut input = json!({ "id": counted_id(1).to_string() });
    input.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    data(api.ask_with(document, json!({ "input": input })).await)["updateVideo"].clone()
}

#[tokio::test]
async fn an_update_changes_what_is_given() {
    let api = library().await;
    let fields = json!({ "expectedVersion": 1, "filename": "new", "audioCodec": null });
    let expected = json!({
        "video": {
            "version": 2,
            "filename": "new",
            "audioCodec": null,
            "thumbnailPath": "/thumbs/001.jpg",
            "updatedAt": "2026-01-01T00:00:01.000000Z",
        },
        "auditEntry": {
            "id": format!("{}:2", counted_id(1)),
            "changes": [{ "field": "filename" }, { "field": "audioCodec" }],
        },
        "userErrors": [],
    });
    assert_eq!(update(&api, fields).await, expected);
}

#[tokio::test]
async fn every_field_can_be_changed() {
    let api = library().await;
    let fields = json!({
        "path": "/new", "filename": "new", "durationFrames": 1, "frameRate": { "numerator": 1 },
        "width": 1, "height": 1, "videoCodec": "av1", "audioCodec": "opus", "fileSize": 1,
        "thumbnailPath": "/new.jpg",
    });
    let payload = update(&api, fields.clone()).await;
    let changes = payload["auditEntry"]["changes"].as_array().unwrap();
    let changed: Vec<&str> =
        changes.iter().map(|change| change["field"].as_str().unwrap()).collect();
    let given: Vec<&str> = fields.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(changed, given);
}

#[tokio::test]
async fn an_update_that_changes_nothing_succeeds_without_an_entry() {
    let api = library().await;
    for fields in [json!({}), json!({ "filename": "001.mkv", "width": 1920 })] {
        let payload = update(&api, fields).await;
        assert_eq!(payload["video"]["version"], 1);
        assert_eq!((&payload["auditEntry"], &payload["userErrors"]), (&Value::Null, &json!([])));
    }
}

#[tokio::test]
async fn a_variable_that_is_left_out_leaves_its_field_as_it_is() {
    let api = library().await;
    let document = format!(
        "mutation ($t: String) {{
            updateVideo(input: {{ id: \"{}\", thumbnailPath: $t }}) {{ video {{ thumbnailPath }} }}
        }}",
        counted_id(1)
    );
    let thumbnail = |answer: Value| data(answer)["updateVideo"]["video"]["thumbnailPath"].clone();
    assert_eq!(thumbnail(api.ask(&document).await), "/thumbs/001.jpg");
    let cleared = api.ask_with(&document, json!({ "t": null })).await;
    assert_eq!(thumbnail(cleared), Value::Null);
}

#[tokio::test]
async fn null_is_invalid_for_what_every_video_has() {
    let api = library().await;
    let fields = [
        "expectedVersion",
        "path",
        "filename",
        "durationFrames",
        "frameRate",
        "width",
        "height",
        "videoCodec",
        "fileSize",
    ];
    let nulls = fields.iter().map(|field| ((*field).to_owned(), Value::Null)).collect();
    let payload = update(&api, Value::Object(nulls)).await;
    let expected = fields.map(|field| {
        json!({
            "code": "INVALID",
            "message": format!("{field} must not be null: omit it"),
            "field": ["input", field],
        })
    });
    assert_eq!(payload["userErrors"], json!(expected));
    assert_eq!(payload["video"]["version"], 1);
}

#[tokio::test]
async fn every_fault_of_an_update_is_found() {
    let api = library().await;
    let fields = json!({
        "id": "7", "path": "", "frameRate": { "numerator": 25, "denominator": 0 }, "height": 0,
        "thumbnailPath": "",
    });
    let payload = update(&api, fields).await;
    let expected = json!([
        ["input", "id"],
        ["input", "path"],
        ["input", "frameRate", "denominator"],
        ["input", "height"],
        ["input", "thumbnailPath"],
    ]);
    let errors = payload["userErrors"].as_array().unwrap().iter();
    assert_eq!(errors.map(|error| error["field"].clone()).collect::<Value>(), expected);
}

#[tokio::test]
async fn a_conflict_of_versions_shows_the_video_as_it_stands() {
    let api = library().await;
    update(&api, json!({ "filename": "new" })).await;
    let payload = update(&api, json!({ "expectedVersion": 1, "filename": "newer" })).await;
    assert_eq!(payload["video"]["version"], 2);
    assert_eq!(payload["video"]["filename"], "new");
    assert_eq!(payload["auditEntry"], Value::Null);
    let expected = json!([{
        "code": "VERSION_CONFLICT",
        "message": "the video is now at version 2",
        "field": ["input", "expectedVersion"],
    }]);
    assert_eq!(payload["userErrors"], expected);
}

#[tokio::test]
async fn an_update_of_nothing_or_onto_another_path_is_refused() {
    let api = TestApi::with_videos(2).await;
    let payload = update(&api, json!({ "path": "/media/002.mkv" })).await;
    let errors = &payload["userErrors"];
    assert_eq!(
        (&errors[0]["code"], &errors[0]["field"]),
        (&json!("PATH_TAKEN"), &json!(["input", "path"]))
    );
    assert_eq!(payload["video"]["filename"], "001.mkv");

    let payload = update(&api, json!({ "id": counted_id(3).to_string() })).await;
    let errors = &payload["userErrors"];
    assert_eq!(
        (&errors[0]["code"], &errors[0]["field"]),
        (&json!("NOT_FOUND"), &json!(["input", "id"]))
    );
}

/// The codes and the last fields of a payload's user errors.
fn errors(payload: &Value) -> Vec<String> {
    let errors = payload["userErrors"].as_array().unwrap().iter();
    let shown = errors.map(|error| {
        let field = error["field"].as_array().unwrap().last().unwrap().as_str().unwrap();
        format!("{} {field}", error["code"].as_str().unwrap())
    });
    shown.collect()
}

#[tokio::test]
async fn conflicts_are_reported_beside_invalid_values_and_the_video_as_it_stands() {
    let api = TestApi::with_videos(2).await;
    let (version, path) = ("VERSION_CONFLICT expectedVersion", "PATH_TAKEN path");
    for (fields, expected) in [
        (json!({ "width": 0, "expectedVersion": 77 }), vec!["INVALID width", version]),
        (json!({ "width": 0, "expectedVersion": 1 }), vec!["INVALID width"]),
        (
            json!({ "expectedVersion": 0, "path": "/media/002.mkv", "height": 0, "width": 0 }),
            vec!["INVALID width", "INVALID height", version, path],
        ),
        (json!({ "fileSize": -1, "path": "/media/002.mkv" }), vec!["INVALID fileSize", path]),
        (json!({ "path": "", "expectedVersion": 2 }), vec!["INVALID path", version]),
        (
            json!({ "expectedVersion": null, "path": "/media/002.mkv" }),
            vec!["INVALID expectedVersion", path],
        ),
        // Without anything invalid, they are reported together as well.
        (json!({ "expectedVersion": 2, "path": "/media/002.mkv" }), vec![version, path]),
    ] {
        let payload = update(&api, fields.clone()).await;
        assert_eq!(errors(&payload), expected, "{fields}");
        let video = &payload["video"];
        assert_eq!((&video["version"], &video["filename"]), (&json!(1), &json!("001.mkv")));
        assert_eq!(payload["auditEntry"], Value::Null, "{fields}");
    }
    let missing = json!({ "id": counted_id(9).to_string(), "width": 0, "expectedVersion": 7 });
    let payload = update(&api, missing).await;
    assert_eq!(errors(&payload), ["INVALID width", "NOT_FOUND id"]);
    assert_eq!(payload["video"], Value::Null);
    let count = data(api.ask("{ auditEntries { totalCount } }").await);
    assert_eq!(count["auditEntries"]["totalCount"], 2);
}
