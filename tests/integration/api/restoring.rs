//! Going back to an earlier version of a video.

use serde_json::{Value, json};

use crate::support::clock::counted_id;
use crate::support::graphql::{ADD, TestApi, data, input, input_with};

/// A library of one video whose path, codec and picture have changed, in three versions.
async fn library() -> TestApi {
    let api = TestApi::new();
    let new = input_with("/1.mkv", json!({ "thumbnailPath": "/1.jpg" }));
    data(api.ask_with(ADD, json!({ "input": new })).await);
    for fields in [
        json!({ "path": "/2.mkv", "thumbnailPath": null }),
        json!({ "videoCodec": "vp9", "audioCodec": null }),
    ] {
        change(&api, fields).await;
    }
    api
}

async fn change(api: &TestApi, fields: Value) {
    let mut input = json!({ "id": counted_id(1).to_string() });
    input.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    let document = "mutation ($input: UpdateVideoInput!) { updateVideo(input: $input) {
        userErrors { code }
    } }";
    let payload = data(api.ask_with(document, json!({ "input": input })).await);
    assert_eq!(payload["updateVideo"]["userErrors"], json!([]));
}

async fn delete(api: &TestApi) {
    let id = counted_id(1);
    let document = "mutation ($id: ID!) { deleteVideo(input: { id: $id }) { deletedVideoId } }";
    data(api.ask_with(document, json!({ "id": id.to_string() })).await);
}

async fn restore(api: &TestApi, version: i32, more: Value) -> Value {
    let document = "mutation ($input: RestoreVideoInput!) { restoreVideo(input: $input) {
        video { version path thumbnailPath videoCodec audioCodec createdAt updatedAt }
        auditEntry { version operation changes { field } }
        userErrors { code message field }
    } }";
    let mut input = json!({ "id": counted_id(1).to_string(), "version": version });
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    data(api.ask_with(document, json!({ "input": input })).await)["restoreVideo"].take()
}

fn first(version: i32, updated_at: &str) -> Value {
    json!({
        "version": version, "path": "/1.mkv", "thumbnailPath": "/1.jpg", "videoCodec": "h264",
        "audioCodec": "aac", "createdAt": "2026-01-01T00:00:00.000000Z", "updatedAt": updated_at,
    })
}

#[tokio::test]
async fn a_version_gives_its_values_and_not_its_times() {
    let api = library().await;
    let payload = restore(&api, 1, json!({ "expectedVersion": 3 })).await;
    let fields = ["path", "videoCodec", "audioCodec", "thumbnailPath"];
    let changes: Vec<Value> = fields.iter().map(|field| json!({ "field": field })).collect();
    assert_eq!(payload["video"], first(4, "2026-01-01T00:00:03.000000Z"));
    let expected = json!({ "version": 4, "operation": "UPDATE", "changes": changes });
    assert_eq!((&payload["auditEntry"], &payload["userErrors"]), (&expected, &json!([])));
    // It has these values by now.
    let again = restore(&api, 1, json!({})).await;
    assert_eq!((&again["video"], &again["auditEntry"]), (&payload["video"], &Value::Null));
}

#[tokio::test]
async fn a_deleted_video_is_back_as_if_it_had_never_gone() {
    let api = library().await;
    delete(&api).await;
    let payload = restore(&api, 1, json!({ "expectedVersion": 4 })).await;
    assert_eq!(payload["video"], first(5, "2026-01-01T00:00:04.000000Z"), "{payload}");
    assert_eq!(payload["auditEntry"]["operation"], "INSERT");
    let document =
        format!("{{ video(id: \"{}\") {{ path auditEntries {{ totalCount }} }} }}", counted_id(1));
    let expected = json!({ "path": "/1.mkv", "auditEntries": { "totalCount": 5 } });
    assert_eq!(data(api.ask(&document).await)["video"], expected);
}

#[tokio::test]
async fn what_cannot_be_restored_says_why() {
    let api = library().await;
    let other = json!({ "input": input("/1.mkv") });
    data(api.ask_with(ADD, other).await);
    let errors = async |version, more| restore(&api, version, more).await["userErrors"].take();
    let id = counted_id(1);
    let no_state = |version: i32| {
        let message =
            format!("version {version} of the video {id} does not exist, or is a deletion");
        json!([{ "code": "NOT_FOUND", "message": message, "field": ["input", "version"] }])
    };
    let taken = json!({
        "code": "PATH_TAKEN", "message": "another video has the path /1.mkv",
        "field": ["input", "version"],
    });
    let outdated = |message: &str| {
        let field = json!(["input", "expectedVersion"]);
        json!({ "code": "VERSION_CONFLICT", "message": message, "field": field })
    };
    for version in [0, -1, 4, i32::MAX] {
        assert_eq!(errors(version, json!({})).await, no_state(version));
    }
    assert_eq!(errors(1, json!({})).await, json!([taken]));
    let both = json!([outdated("the video is now at version 3"), taken]);
    assert_eq!(errors(1, json!({ "expectedVersion": 2 })).await, both);
    let standing = restore(&api, 1, json!({})).await;
    assert_eq!(standing["video"]["version"], 3);
    delete(&api).await;
    let deleted = json!([outdated("the video was deleted with version 4"), taken]);
    assert_eq!(errors(1, json!({ "expectedVersion": 3 })).await, deleted);
    assert_eq!(errors(4, json!({})).await, no_state(4));
    let malformed = restore(&api, 1, json!({ "id": "x" })).await["userErrors"].take();
    assert_eq!(
        (&malformed[0]["code"], &malformed[0]["field"]),
        (&json!("INVALID"), &json!(["input", "id"]))
    );
    let unknown = restore(&api, 1, json!({ "id": counted_id(9).to_string() })).await;
    let message =
        format!("there is no video with the ID {}, and there never was one", counted_id(9));
    let expected = json!([{ "code": "NOT_FOUND", "message": message, "field": ["input", "id"] }]);
    assert_eq!(unknown["userErrors"], expected);
}
