//! Pages of videos: their arguments, their order and their cursors.

use serde_json::{Value, json};

use crate::support::clock::counted_id;
use crate::support::graphql::{ADD, TestApi, data, error, input_with};

/// The paths of a page, without what they have in common.
#[track_caller]
fn names(page: &Value) -> Vec<&str> {
    let nodes = page["nodes"].as_array().unwrap_or_else(|| panic!("{page:#}"));
    nodes.iter().map(|node| node["filename"].as_str().unwrap()).map(|name| &name[..3]).collect()
}

async fn page(api: &TestApi, arguments: &str) -> Value {
    let document = format!(
        "{{ videos({arguments}) {{
            nodes {{ filename }}
            pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }}
        }} }}"
    );
    data(api.ask(&document).await)["videos"].clone()
}

#[tokio::test]
async fn a_video_shows_all_its_fields() {
    let api = TestApi::with_videos(1).await;
    let document = format!(
        "{{ video(id: \"{}\") {{
            __typename id path filename durationFrames durationSeconds width height videoCodec
            frameRate {{ numerator denominator fps }}
            audioCodec fileSize thumbnailPath createdAt updatedAt version
        }} }}",
        counted_id(1)
    );
    let expected = json!({ "video": {
        "__typename": "Video",
        "id": "00000000-0000-7000-8000-000000000001",
        "path": "/media/001.mkv",
        "filename": "001.mkv",
        "durationFrames": 240,
        "durationSeconds": 10.0,
        "width": 1920,
        "height": 1080,
        "videoCodec": "h264",
        "frameRate": { "numerator": 24, "denominator": 1, "fps": 24.0 },
        "audioCodec": "aac",
        "fileSize": 1_000_000,
        "thumbnailPath": null,
        "createdAt": "2026-01-01T00:00:00.000000Z",
        "updatedAt": "2026-01-01T00:00:00.000000Z",
        "version": 1,
    } });
    assert_eq!(data(api.ask(&document).await), expected);
}

#[tokio::test]
async fn a_page_has_20_videos_newest_first_where_nothing_else_is_asked_for() {
    let api = TestApi::with_videos(22).await;
    let answer = data(api.ask("{ videos { nodes { filename } totalCount } }").await);
    let names = names(&answer["videos"]);
    assert_eq!((names.len(), names[0], names[19]), (20, "022", "003"));
    assert_eq!(answer["videos"]["totalCount"], 22);
}

#[tokio::test]
async fn pages_follow_one_another_in_both_directions() {
    let api = TestApi::with_videos(5).await;
    let first = page(&api, "first: 2").await;
    assert_eq!(names(&first), ["005", "004"]);
    assert_eq!(first["pageInfo"]["hasPreviousPage"], false);
    assert_eq!(first["pageInfo"]["hasNextPage"], true);

    let second = page(&api, &format!("first: 2, after: {}", first["pageInfo"]["endCursor"])).await;
    assert_eq!(names(&second), ["003", "002"]);
    assert_eq!(second["pageInfo"]["hasPreviousPage"], true);

    let start = &second["pageInfo"]["startCursor"];
    assert_eq!(names(&page(&api, &format!("last: 1, before: {start}")).await), ["004"]);
    assert_eq!(names(&page(&api, &format!("before: {start}")).await), ["005", "004"]);
    assert_eq!(names(&page(&api, "last: 2").await), ["002", "001"]);
    assert_eq!(names(&page(&api, "first: 0").await), [""; 0]);
}

#[tokio::test]
async fn an_edge_has_the_cursor_of_its_node() {
    let api = TestApi::with_videos(3).await;
    let answer = data(api.ask("{ videos { edges { cursor node { filename } } } }").await);
    let edge = &answer["videos"]["edges"][1];
    assert_eq!(edge["node"]["filename"], "002.mkv");
    assert_eq!(names(&page(&api, &format!("after: {}", edge["cursor"])).await), ["001"]);
}

#[tokio::test]
async fn a_cursor_outlives_its_video() {
    let api = TestApi::with_videos(3).await;
    let cursor = page(&api, "first: 2").await["pageInfo"]["endCursor"].clone();
    let id = counted_id(2);
    let deletion = format!(
        "mutation {{ deleteVideo(input: {{ id: \"{id}\" }}) {{ userErrors {{ code }} }} }}"
    );
    data(api.ask(&deletion).await);
    assert_eq!(names(&page(&api, &format!("after: {cursor}")).await), ["001"]);
}

#[tokio::test]
async fn paging_arguments_that_contradict_or_go_too_far_are_refused() {
    let api = TestApi::new();
    let both =
        "cannot be combined: page forward with first and after, or backward with last and before";
    for (arguments, message) in [
        ("first: 1, last: 1", format!("first and last {both}")),
        ("first: 1, before: \"x\"", format!("first and before {both}")),
        ("last: 1, after: \"x\"", format!("after and last {both}")),
        ("after: \"x\", before: \"x\"", format!("after and before {both}")),
        ("first: 101", "first must be from 0 to 100, not 101".to_owned()),
        ("first: -1", "first must be from 0 to 100, not -1".to_owned()),
        ("last: 101", "last must be from 0 to 100, not 101".to_owned()),
    ] {
        for field in ["videos", "auditEntries"] {
            let response = api.ask(&format!("{{ {field}({arguments}) {{ totalCount }} }}")).await;
            assert_eq!(error(&response), ("BAD_USER_INPUT", message.as_str()));
            assert_eq!(response["errors"][0]["path"], json!([field]));
        }
    }
}

#[tokio::test]
async fn orders_have_several_keys_and_directions() {
    let api = TestApi::with_videos(3).await;
    let order = "orderBy: [{ field: FILE_SIZE, direction: ASC }, { field: PATH, direction: ASC }]";
    assert_eq!(names(&page(&api, order).await), ["001", "002", "003"]);
    // One value is taken for a list of one, and IDs settle what the key leaves equal.
    let order = "orderBy: { field: DURATION, direction: ASC }";
    assert_eq!(names(&page(&api, order).await), ["001", "002", "003"]);
    assert_eq!(names(&page(&api, "orderBy: []").await), ["003", "002", "001"]);

    let key = "{ field: PATH, direction: ASC }";
    let order = format!("orderBy: [{key}, {key}, {key}, {key}]");
    let response = api.ask(&format!("{{ videos({order}) {{ totalCount }} }}")).await;
    let message = "orderBy can have at most 3 keys, not 4";
    assert_eq!(error(&response), ("BAD_USER_INPUT", message));
}

#[tokio::test]
async fn codecs_resolutions_and_frame_rates_are_sort_keys() {
    let api = TestApi::new();
    let inputs = [
        json!({ "videoCodec": "vp9", "audioCodec": null, "width": 3, "height": 8 }),
        json!({ "videoCodec": "av1", "audioCodec": "opus", "width": 9, "height": 1 }),
        json!({ "videoCodec": "h264", "audioCodec": "aac", "width": 4, "height": 6 }),
    ];
    for (number, (fields, rate)) in (1..).zip(inputs.into_iter().zip([25, 60, 24])) {
        let mut input = input_with(&format!("/00{number}.mkv"), fields);
        input["frameRate"] = json!({ "numerator": rate });
        data(api.ask_with(ADD, json!({ "input": input })).await);
    }
    for (field, expected) in [
        ("VIDEO_CODEC", ["002", "003", "001"]),
        ("AUDIO_CODEC", ["001", "003", "002"]),
        ("RESOLUTION", ["002", "001", "003"]),
        ("FRAME_RATE", ["003", "001", "002"]),
    ] {
        let order = format!("orderBy: {{ field: {field} }}");
        let first = page(&api, &format!("first: 1, {order}")).await;
        let after = format!("{order}, after: {}", first["pageInfo"]["endCursor"]);
        let rest = page(&api, &after).await;
        assert_eq!([names(&first), names(&rest)].concat(), expected, "{field}");
        let down = page(&api, &format!("orderBy: {{ field: {field}, direction: DESC }}")).await;
        assert!(names(&down).into_iter().rev().eq(expected), "{field}: {down}");
    }
}

#[tokio::test]
async fn a_cursor_of_another_order_or_connection_is_refused() {
    let api = TestApi::with_videos(2).await;
    let answer = data(
        api.ask(
            "{
              videos { pageInfo { endCursor } nodes { auditEntries { pageInfo { endCursor } } } }
              auditEntries { pageInfo { endCursor } }
            }",
        )
        .await,
    );
    let of_videos = &answer["videos"]["pageInfo"]["endCursor"];
    let of_log = &answer["auditEntries"]["pageInfo"]["endCursor"];
    let of_history = &answer["videos"]["nodes"][0]["auditEntries"]["pageInfo"]["endCursor"];
    let by_path = "orderBy: { field: PATH, direction: ASC }";
    let history_of_1 = format!("video(id: \"{}\") {{ auditEntries", counted_id(1));
    for (field, arguments, cursor, why) in [
        ("videos", by_path, of_videos, "the cursor belongs to another sort order"),
        ("videos", "", of_log, "the cursor belongs to another connection"),
        ("videos", "", of_history, "the cursor belongs to another connection"),
        ("auditEntries", "", of_videos, "the cursor belongs to another connection"),
        ("auditEntries", "", of_history, "the cursor belongs to another connection"),
        (&history_of_1, "", of_log, "the cursor belongs to another connection"),
        (&history_of_1, "", of_history, "the cursor belongs to another connection"),
        ("videos", "", &json!("no cursor"), "the cursor is malformed"),
    ] {
        let end = if field == history_of_1 { "}" } else { "" };
        let document = format!("{{ {field}(after: {cursor} {arguments}) {{ totalCount }} {end} }}");
        let response = api.ask(&document).await;
        let (code, message) = error(&response);
        assert_eq!(code, "INVALID_CURSOR", "{document}");
        assert!(message.starts_with(why), "{document}: {message}");
    }
}

#[tokio::test]
async fn a_page_with_another_filter_goes_on_from_the_cursors_place() {
    let api = TestApi::with_videos(4).await;
    let cursor = page(&api, "first: 2").await["pageInfo"]["endCursor"].clone();
    let arguments = format!("after: {cursor}, filter: {{ path: {{ contains: \"1\" }} }}");
    assert_eq!(names(&page(&api, &arguments).await), ["001"]);
}

#[tokio::test]
async fn videos_are_counted_only_where_that_is_asked_for() {
    let api = TestApi::with_videos(1).await;
    data(api.ask("{ videos { nodes { id } pageInfo { hasNextPage } } }").await);
    assert_eq!(json!(api.store.take_calls()), json!({ "list": 1 }));
    data(api.ask("{ videos { nodes { id } totalCount } }").await);
    assert_eq!(json!(api.store.take_calls()), json!({ "count": 1, "list": 1 }));
}

#[tokio::test]
async fn rows_are_read_only_where_they_are_shown() {
    let api = TestApi::with_videos(1).await;
    for connection in ["videos", "searchVideos(query: \"0\")", "auditEntries"] {
        let answer = data(api.ask(&format!("{{ rows: {connection} {{ totalCount }} }}")).await);
        assert_eq!(answer["rows"]["totalCount"], 1, "{connection}");
    }
    let calls = json!({ "count": 1, "count_entries": 1, "count_found": 1 });
    assert_eq!(json!(api.store.take_calls()), calls);
    let fragment =
        "{ videos { ...Page } } fragment Page on VideoConnection { totalCount edges { cursor } }";
    data(api.ask(fragment).await);
    assert_eq!(json!(api.store.take_calls()), json!({ "count": 1, "list": 1 }));
}

#[tokio::test]
async fn an_order_without_a_direction_is_ascending() {
    let api = TestApi::with_videos(3).await;
    for arguments in ["orderBy: [{ field: PATH }]", "orderBy: { field: PATH, direction: ASC }"] {
        assert_eq!(names(&page(&api, arguments).await), ["001", "002", "003"], "{arguments}");
    }
    let document = "query ($by: [VideoOrder!]) { videos(orderBy: $by) { nodes { filename } } }";
    let variables = json!({ "by": [{ "field": "FILENAME" }] });
    let found = data(api.ask_with(document, variables).await);
    assert_eq!(names(&found["videos"]), ["001", "002", "003"]);
    let response =
        api.ask_with(document, json!({ "by": [{ "field": "PATH", "direction": null }] }));
    assert_eq!(error(&response.await).0, "BAD_USER_INPUT");
}
