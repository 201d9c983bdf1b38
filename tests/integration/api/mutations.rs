//! Adding and deleting videos.

use serde_json::{Value, json};

use crate::support::clock::counted_id;
use crate::support::graphql::{ADD, TestApi, data, input, input_with};

/// The payload of adding one video.
async fn add(api: &TestApi, input: Value) -> Value {
    data(api.ask_with(ADD, json!({ "input": input })).await)["addVideo"].clone()
}

/// The payload of adding several.
async fn add_many(api: &TestApi, videos: Value) -> Value {
    let document = "mutation ($input: AddVideosInput!) { addVideos(input: $input) {
        videos { id path } userErrors { code message field }
    } }";
    let variables = json!({ "input": { "videos": videos } });
    data(api.ask_with(document, variables).await)["addVideos"].clone()
}

async fn delete(api: &TestApi, input: Value) -> Value {
    let document = "mutation ($input: DeleteVideoInput!) { deleteVideo(input: $input) {
        deletedVideoId auditEntry { id operation } userErrors { code message field }
    } }";
    data(api.ask_with(document, json!({ "input": input })).await)["deleteVideo"].clone()
}

/// The codes and the fields of a payload's user errors.
fn faults(payload: &Value) -> Vec<String> {
    let errors = payload["userErrors"].as_array().unwrap().iter();
    let path = |field: &Value| {
        let parts = field.as_array().unwrap().iter();
        parts.map(|part| part.as_str().unwrap()).collect::<Vec<_>>().join(".")
    };
    errors
        .map(|error| format!("{} {}", error["code"].as_str().unwrap(), path(&error["field"])))
        .collect()
}

#[tokio::test]
async fn a_video_is_added_with_an_id_of_the_server() {
    let api = TestApi::new();
    let expected = json!({
        "video": { "id": counted_id(1).to_string(), "version": 1 },
        "auditEntry": { "id": format!("{}:1", counted_id(1)) },
        "userErrors": [],
    });
    assert_eq!(add(&api, input("/a")).await, expected);
}

#[tokio::test]
async fn a_repeated_addition_succeeds_and_adds_nothing() {
    let api = TestApi::new();
    let input = input_with("/a", json!({ "id": counted_id(9).to_string() }));
    let first = add(&api, input.clone()).await;
    let again = add(&api, input).await;
    assert_eq!(again["video"], first["video"]);
    assert_eq!((&again["auditEntry"], &again["userErrors"]), (&Value::Null, &json!([])));
}

#[tokio::test]
async fn what_is_left_out_or_null_gets_its_default() {
    let api = TestApi::new();
    let fields = json!({ "id": null, "filename": null, "audioCodec": null });
    add(&api, input_with("/media/Some Name.mkv", fields)).await;
    let document = "{ videos { nodes {
        filename audioCodec thumbnailPath frameRate { denominator }
    } } }";
    let expected = json!({
        "filename": "Some Name.mkv",
        "audioCodec": null,
        "thumbnailPath": null,
        "frameRate": { "denominator": 1 },
    });
    assert_eq!(data(api.ask(document).await)["videos"]["nodes"][0], expected);
}

#[tokio::test]
async fn every_fault_of_a_video_is_found() {
    let api = TestApi::new();
    let fields = json!({
        "id": "7",
        "durationFrames": -1,
        "frameRate": { "numerator": 0, "denominator": -1 },
        "width": 0,
        "height": -1,
        "videoCodec": "",
        "audioCodec": "",
        "fileSize": -1,
        "thumbnailPath": "a\0b",
    });
    let payload = add(&api, input_with("", fields)).await;
    assert_eq!((&payload["video"], &payload["auditEntry"]), (&Value::Null, &Value::Null));
    let expected = [
        "INVALID input.id",
        "INVALID input.path",
        "INVALID input.durationFrames",
        "INVALID input.frameRate.numerator",
        "INVALID input.frameRate.denominator",
        "INVALID input.width",
        "INVALID input.height",
        "INVALID input.videoCodec",
        "INVALID input.audioCodec",
        "INVALID input.fileSize",
        "INVALID input.thumbnailPath",
    ];
    assert_eq!(faults(&payload), expected);
    assert_eq!(payload["userErrors"][1]["message"], "path must not be empty");
    assert_eq!(payload["userErrors"][4]["message"], "denominator must be 1 or more, not -1");
    assert_eq!(api.store.take_calls().len(), 0);
}

#[tokio::test]
async fn a_path_without_a_last_part_needs_a_filename() {
    let api = TestApi::new();
    assert_eq!(faults(&add(&api, input("///")).await), ["INVALID input.filename"]);
    assert_eq!(faults(&add(&api, input_with("///", json!({ "filename": "x" }))).await), [""; 0]);
}

#[tokio::test]
async fn a_taken_id_and_a_taken_path_are_told_apart() {
    let api = TestApi::with_videos(2).await;
    let path = "/media/001.mkv";
    let payload = add(&api, input(path)).await;
    let expected = json!([{
        "code": "PATH_TAKEN",
        "message": "another video has the path /media/001.mkv",
        "field": ["input", "path"],
    }]);
    assert_eq!(payload["userErrors"], expected);

    let id = counted_id(2).to_string();
    let payload = add(&api, input_with("/new", json!({ "id": id }))).await;
    let expected = json!([{
        "code": "ID_TAKEN",
        "message": format!("another video has the ID {id}"),
        "field": ["input", "id"],
    }]);
    assert_eq!(payload["userErrors"], expected);

    let payload = add(&api, input_with(path, json!({ "id": id }))).await;
    assert_eq!(faults(&payload), ["ID_TAKEN input.id", "PATH_TAKEN input.path"]);
}

#[tokio::test]
async fn videos_are_added_in_the_order_of_the_input() {
    let api = TestApi::new();
    let payload = add_many(&api, json!([input("/b"), input("/a")])).await;
    let expected = json!({
        "videos": [
            { "id": counted_id(1).to_string(), "path": "/b" },
            { "id": counted_id(2).to_string(), "path": "/a" },
        ],
        "userErrors": [],
    });
    assert_eq!(payload, expected);
    let nothing = json!({ "videos": [], "userErrors": [] });
    assert_eq!(add_many(&api, json!([])).await, nothing);
}

#[tokio::test]
async fn videos_are_added_all_or_none_and_every_fault_is_found() {
    let api = TestApi::with_videos(1).await;
    let wide = input_with("/b", json!({ "width": 0, "frameRate": { "numerator": 0 } }));
    let payload = add_many(&api, json!([input("/a"), wide, input("")])).await;
    let expected = [
        "INVALID input.videos.1.frameRate.numerator",
        "INVALID input.videos.1.width",
        "INVALID input.videos.2.path",
    ];
    assert_eq!(faults(&payload), expected);

    let taken = input("/media/001.mkv");
    let payload = add_many(&api, json!([input("/a"), taken, input("/b"), input("/a")])).await;
    let expected = ["PATH_TAKEN input.videos.1.path", "PATH_TAKEN input.videos.3.path"];
    assert_eq!(faults(&payload), expected);
    assert_eq!(payload["videos"], json!([]));
    let count = data(api.ask("{ videos { totalCount } }").await);
    assert_eq!(count["videos"]["totalCount"], 1);
}

#[tokio::test]
async fn conflicts_are_reported_beside_invalid_values_video_by_video() {
    let api = TestApi::with_videos(2).await;
    let taken_id = counted_id(2).to_string();
    let fields = json!({ "width": 0, "height": 0, "id": taken_id });
    let payload = add(&api, input_with("/media/001.mkv", fields)).await;
    let expected = [
        "INVALID input.width",
        "INVALID input.height",
        "ID_TAKEN input.id",
        "PATH_TAKEN input.path",
    ];
    assert_eq!(faults(&payload), expected);
    assert_eq!(payload["video"], Value::Null);
    // An ID of the server's own is never a conflict, nor is a path that is not valid.
    let payload = add(&api, input_with("", json!({ "width": 0 }))).await;
    assert_eq!(faults(&payload), ["INVALID input.path", "INVALID input.width"]);

    let payload = add_many(
        &api,
        json!([
            input("/new"),
            input_with("/media/001.mkv", json!({ "width": 0 })),
            input("/media/002.mkv"),
            input_with("/new", json!({ "fileSize": -1, "height": 0 })),
            input_with("/other", json!({ "id": taken_id })),
        ]),
    )
    .await;
    let expected = [
        "INVALID input.videos.1.width",
        "PATH_TAKEN input.videos.1.path",
        "PATH_TAKEN input.videos.2.path",
        "INVALID input.videos.3.height",
        "INVALID input.videos.3.fileSize",
        "PATH_TAKEN input.videos.3.path",
        "ID_TAKEN input.videos.4.id",
    ];
    assert_eq!(faults(&payload), expected);
    let count = data(api.ask("{ auditEntries { totalCount } }").await);
    assert_eq!(count["auditEntries"]["totalCount"], 2);
}

#[tokio::test]
async fn a_thousand_videos_are_added_at_once_and_no_more() {
    let api = TestApi::new();
    let videos = |count| (0..count).map(|number| input(&format!("/{number}"))).collect::<Value>();
    let payload = add_many(&api, videos(1001)).await;
    let expected = json!([{
        "code": "INVALID",
        "message": "videos must have at most 1000 items, not 1001: split them into several requests",
        "field": ["input", "videos"],
    }]);
    assert_eq!(payload["userErrors"], expected);
    let payload = add_many(&api, videos(1000)).await;
    assert_eq!(payload["videos"].as_array().unwrap().len(), 1000);
}

#[tokio::test]
async fn a_video_is_deleted_and_its_history_stays() {
    let api = TestApi::with_videos(1).await;
    let id = counted_id(1).to_string();
    let expected = json!({
        "deletedVideoId": id,
        "auditEntry": { "id": format!("{id}:2"), "operation": "DELETE" },
        "userErrors": [],
    });
    assert_eq!(delete(&api, json!({ "id": id, "expectedVersion": 1 })).await, expected);
    let document = format!("{{ video(id: \"{id}\") {{ id }} auditEntries {{ totalCount }} }}");
    let expected = json!({ "video": null, "auditEntries": { "totalCount": 2 } });
    assert_eq!(data(api.ask(&document).await), expected);

    let payload = delete(&api, json!({ "id": id })).await;
    let expected = json!([{
        "code": "NOT_FOUND",
        "message": format!("there is no video {id}"),
        "field": ["input", "id"],
    }]);
    assert_eq!(payload["userErrors"], expected);
    assert_eq!(payload["deletedVideoId"], Value::Null);
}

#[tokio::test]
async fn a_deletion_that_cannot_be_is_refused() {
    let api = TestApi::with_videos(1).await;
    let id = counted_id(1).to_string();
    for (input, fault) in [
        (json!({ "id": "7" }), "INVALID input.id"),
        (json!({ "id": id, "expectedVersion": null }), "INVALID input.expectedVersion"),
        (json!({ "id": id, "expectedVersion": 2 }), "VERSION_CONFLICT input.expectedVersion"),
    ] {
        let payload = delete(&api, input).await;
        assert_eq!(faults(&payload), [fault]);
        assert_eq!(
            (&payload["deletedVideoId"], &payload["auditEntry"]),
            (&Value::Null, &Value::Null)
        );
    }
}

#[tokio::test]
async fn a_deletion_that_is_not_valid_reports_that_there_is_no_video_as_well() {
    let api = TestApi::new();
    let id = counted_id(9).to_string();
    let payload = delete(&api, json!({ "id": id, "expectedVersion": null })).await;
    assert_eq!(faults(&payload), ["INVALID input.expectedVersion", "NOT_FOUND input.id"]);
}

#[tokio::test]
async fn an_added_video_comes_with_its_edge_in_a_list_of_any_order() {
    let api = TestApi::with_videos(2).await;
    for (number, order) in [
        (3, ""),
        (4, "(orderBy: [])"),
        (5, "(orderBy: { field: FILENAME })"),
        (6, "(orderBy: [{ field: FILE_SIZE, direction: DESC }, { field: PATH }])"),
    ] {
        let document = format!(
            "mutation ($input: AddVideoInput!) {{ addVideo(input: $input) {{
                videoEdge{order} {{ cursor node {{ id path }} }}
            }} }}"
        );
        let variables = json!({ "input": input(&format!("/{number}")) });
        let added = data(api.ask_with(&document, variables).await);
        let list = format!("{{ videos{order} {{ edges {{ cursor node {{ id path }} }} }} }}");
        let listed = data(api.ask(&list).await);
        let edges = listed["videos"]["edges"].as_array().unwrap();
        assert_eq!(edges.len(), number);
        let edge = &added["addVideo"]["videoEdge"];
        assert_eq!(edge["node"]["path"], format!("/{number}"));
        assert!(edges.contains(edge), "{order}: {edge} is not in {listed:#}");
    }
}

#[tokio::test]
async fn there_is_an_edge_where_there_is_a_video_and_an_order() {
    let api = TestApi::with_videos(1).await;
    let ask = async |order: &str, input: Value| {
        let document = format!(
            "mutation ($input: AddVideoInput!) {{ addVideo(input: $input) {{
                video {{ path }} videoEdge{order} {{ node {{ path }} }} userErrors {{ code }}
            }} }}"
        );
        api.ask_with(&document, json!({ "input": input })).await
    };
    let refused = data(ask("", input("/media/001.mkv")).await)["addVideo"].clone();
    assert_eq!(refused["userErrors"], json!([{ "code": "PATH_TAKEN" }]));
    assert_eq!((&refused["video"], &refused["videoEdge"]), (&Value::Null, &Value::Null));

    // The video is added all the same.
    let long = format!("(orderBy: [{}])", "{ field: PATH }, ".repeat(4));
    let response = ask(&long, input("/new")).await;
    assert_eq!(response["errors"][0]["extensions"]["code"], "BAD_USER_INPUT", "{response:#}");
    assert_eq!(response["errors"][0]["path"], json!(["addVideo", "videoEdge"]));
    let payload = &response["data"]["addVideo"];
    assert_eq!(payload["video"], json!({ "path": "/new" }));
    assert_eq!(payload["videoEdge"], Value::Null);
}
