//! The library as it was: pages, searches, statistics and differences of a moment.

use reelgraph::config::MomentLimits;
use reelgraph::graphql::DocumentLimits;
use serde_json::{Value, json};

use crate::support::clock::counted_id;
use crate::support::graphql::{ADD, TestApi, data, error, input};

/// Three videos added in the seconds 0 to 2; then the first is renamed, the second deleted, and a fourth one
/// added in the seconds 3 to 5.
async fn changed_library() -> TestApi {
    let api = TestApi::with_videos(3).await;
    let [one, two] = [counted_id(1), counted_id(2)];
    let document = format!(
        "mutation {{
          updateVideo(input: {{ id: \"{one}\", path: \"/new/one.mkv\", filename: \"one.mkv\", fileSize: 7 }}) {{
            userErrors {{ code }}
          }}
          deleteVideo(input: {{ id: \"{two}\" }}) {{ userErrors {{ code }} }}
        }}"
    );
    data(api.ask(&document).await);
    data(api.ask_with(ADD, json!({ "input": input("/media/004.mkv") })).await);
    api
}

/// What a moment shows, which a time or a cursor names.
async fn at(api: &TestApi, at: &str, selection: &str) -> Value {
    let document = format!("{{ libraryAt(at: {{ {at} }}) {{ {selection} }} }}");
    data(api.ask(&document).await)["libraryAt"].take()
}

/// When there were three videos as they were added.
const THREE: &str = "time: \"2026-01-01T00:00:02Z\"";

#[tokio::test]
async fn a_moment_shows_everything_as_it_was() {
    let api = changed_library().await;
    let [one, two, four] = [1, 2, 4].map(counted_id);
    let selection = format!(
        "time
         videos {{ nodes {{ videoId version }} totalCount startIndex pageInfo {{ hasNextPage }} }}
         one: video(id: \"{one}\") {{ id path version currentVideo {{ path }} }}
         two: video(id: \"{two}\") {{ id currentVideo {{ id }} }}
         four: video(id: \"{four}\") {{ id }}
         moved: videoByPath(path: \"/new/one.mkv\") {{ id }}
         searchVideos(query: \"one\") {{ totalCount }}
         videoStats {{ count totalFileSize minFileSize }}"
    );
    let moment = at(&api, THREE, &selection).await;
    assert_eq!(moment["time"], "2026-01-01T00:00:02.000000Z");
    let ids =
        [3, 2, 1].map(|number| json!({ "videoId": counted_id(number).to_string(), "version": 1 }));
    assert_eq!(moment["videos"]["nodes"], json!(ids));
    assert_eq!(moment["videos"]["totalCount"], 3);
    assert_eq!(moment["videos"]["startIndex"], 0);
    assert_eq!(moment["one"]["id"], format!("{one}@1"));
    assert_eq!(moment["one"]["currentVideo"]["path"], "/new/one.mkv");
    assert_eq!(moment["two"], json!({ "id": format!("{two}@1"), "currentVideo": null }));
    assert_eq!([&moment["four"], &moment["moved"]], [&Value::Null; 2]);
    assert_eq!(moment["searchVideos"]["totalCount"], 0);
    assert_eq!(moment["videoStats"]["count"], 3);
    assert!(moment["videoStats"]["minFileSize"].as_i64().unwrap() > 7);
}

#[tokio::test]
async fn pages_of_a_moment_are_walked_by_their_cursors() {
    let api = changed_library().await;
    let selection =
        "videos(first: 2) { edges { cursor node { version } } pageInfo { endCursor hasNextPage } }";
    let first = at(&api, THREE, selection).await["videos"].take();
    assert_eq!(first["pageInfo"]["hasNextPage"], true);
    let cursor = first["pageInfo"]["endCursor"].as_str().unwrap();
    let selection = format!(
        "videos(first: 2, after: \"{cursor}\") {{ nodes {{ videoId }} startIndex pageInfo {{ hasNextPage hasPreviousPage }} }}"
    );
    let second = at(&api, THREE, &selection).await["videos"].take();
    let expected = json!({
        "nodes": [{ "videoId": counted_id(1).to_string() }],
        "startIndex": 2,
        "pageInfo": { "hasNextPage": false, "hasPreviousPage": true },
    });
    assert_eq!(second, expected);
}

#[tokio::test]
async fn a_moments_cursor_is_a_place_in_the_stream_of_changes() {
    let api = changed_library().await;
    let moment = at(&api, THREE, "cursor videoStats { changesCursor }").await;
    let cursor = moment["cursor"].as_str().unwrap().to_owned();
    assert_eq!(moment["videoStats"]["changesCursor"], cursor);
    let document = format!(
        "{{ videoChanges(after: \"{cursor}\") {{ nodes {{ auditEntry {{ operation }} }} }} }}"
    );
    let changes = data(api.ask(&document).await)["videoChanges"]["nodes"].take();
    let operations = ["UPDATE", "DELETE", "INSERT"];
    let expected = operations.map(|operation| json!({ "auditEntry": { "operation": operation } }));
    assert_eq!(changes, json!(expected));
    let again = at(&api, &format!("cursor: \"{cursor}\""), "cursor time").await;
    let expected = json!({ "cursor": cursor, "time": "2026-01-01T00:00:02.000000Z" });
    assert_eq!(again, expected);
}

#[tokio::test]
async fn the_future_is_the_present_and_before_the_first_change_was_nothing() {
    let api = changed_library().await;
    let selection =
        "time videos { totalCount nodes { id } } videoStats { count maxFileSize folders { path } }";
    let future = at(&api, "time: \"2126-01-01T00:00:00Z\"", selection).await;
    assert_eq!(future["time"], "2026-01-01T00:00:05.000000Z");
    assert_eq!(future["videos"]["totalCount"], 3);
    let past = at(&api, "time: \"1926-01-01T00:00:00Z\"", selection).await;
    let expected = json!({
        "time": null,
        "videos": { "totalCount": 0, "nodes": [] },
        "videoStats": { "count": 0, "maxFileSize": null, "folders": [] },
    });
    assert_eq!(past, expected);
}

#[tokio::test]
async fn differences_are_net_and_by_id() {
    let api = changed_library().await;
    let rows =
        "differences { totalCount nodes { videoId before { id } after { id } changes { field } } }";
    let found = at(&api, THREE, rows).await["differences"].take();
    assert_eq!(found["totalCount"], 3);
    let ids = [1, 2, 4].map(|number| json!(counted_id(number).to_string()));
    for (node, id) in found["nodes"].as_array().unwrap().iter().zip(&ids) {
        assert_eq!(node["videoId"], *id);
    }
    let [renamed, deleted, added] = [0, 1, 2].map(|at| found["nodes"][at].clone());
    let fields = json!([{ "field": "path" }, { "field": "filename" }, { "field": "fileSize" }]);
    assert_eq!(renamed["changes"], fields);
    assert_eq!(renamed["after"]["id"], format!("{}@2", counted_id(1)));
    assert_eq!([&deleted["after"], &added["before"]], [&Value::Null; 2]);
    // What was added and deleted between two moments is no difference.
    let nothing = at(&api, "time: \"1926-01-01T00:00:00Z\"", rows).await["differences"].take();
    assert_eq!(nothing["totalCount"], 3, "the second one came and went");
}

#[tokio::test]
async fn differences_have_pages_and_an_end() {
    let api = changed_library().await;
    let page = "edges { cursor node { videoId } } pageInfo { hasNextPage hasPreviousPage }";
    let first = at(&api, THREE, &format!("differences(first: 1) {{ {page} }}")).await;
    let first = &first["differences"];
    assert_eq!(first["pageInfo"], json!({ "hasNextPage": true, "hasPreviousPage": false }));
    let cursor = first["edges"][0]["cursor"].as_str().unwrap();
    let until = "until: { time: \"2026-01-01T00:00:04Z\" }";
    let rest = format!("differences({until}, after: \"{cursor}\") {{ {page} }}");
    let rest = at(&api, THREE, &rest).await["differences"].take();
    assert_eq!(rest["pageInfo"], json!({ "hasNextPage": false, "hasPreviousPage": true }));
    let ids: Vec<&Value> =
        rest["edges"].as_array().unwrap().iter().map(|edge| &edge["node"]["videoId"]).collect();
    assert_eq!(ids, [&json!(counted_id(2).to_string())]);
}

#[tokio::test]
async fn what_is_no_moment_is_refused_with_what_to_do() {
    let api = changed_library().await;
    let list = data(api.ask("{ videos { pageInfo { endCursor } } }").await);
    let of_list = list["videos"]["pageInfo"]["endCursor"].as_str().unwrap();
    let until = "differences(until: { time: \"2026-01-01T00:00:01Z\" }) { totalCount }";
    for (given, selection, code) in [
        ("", "time", "BAD_USER_INPUT"),
        ("time: null", "time", "BAD_USER_INPUT"),
        ("time: \"2026-01-01T00:00:03Z\", cursor: \"a\"", "time", "BAD_USER_INPUT"),
        ("time: \"2026-01-01\"", "time", "BAD_USER_INPUT"),
        ("cursor: \"a\"", "time", "INVALID_CURSOR"),
        (&*format!("cursor: \"{of_list}\""), "time", "INVALID_CURSOR"),
        (THREE, "videos(filter: { availability: ONLINE }) { totalCount }", "BAD_USER_INPUT"),
        (
            THREE,
            "searchVideos(query: \"a\", filter: { rootId: { isNull: true } }) { totalCount }",
            "BAD_USER_INPUT",
        ),
        (THREE, "videoStats(filter: { rootId: { isNull: true } }) { count }", "BAD_USER_INPUT"),
        (THREE, "videos(first: 101) { totalCount }", "BAD_USER_INPUT"),
        (THREE, until, "BAD_USER_INPUT"),
    ] {
        let document = format!("{{ libraryAt(at: {{ {given} }}) {{ {selection} }} }}");
        let answer = api.ask(&document).await;
        assert_eq!(error(&answer).0, code, "{document}: {answer:#}");
    }
    let variable = "query ($at: LibraryMomentInput!) { libraryAt(at: $at) { time } }";
    for at in [
        json!({}),
        json!({ "time": null }),
        json!({ "time": "2026-01-01T00:00:03Z", "cursor": "a" }),
    ] {
        let answer = api.ask_with(variable, json!({ "at": at })).await;
        assert_eq!(error(&answer).0, "BAD_USER_INPUT", "{at}: {answer:#}");
    }
    let variable = "query ($time: DateTime!) { libraryAt(at: { time: $time }) { time } }";
    let answer = api.ask_with(variable, json!({ "time": "2026-01-01" })).await;
    assert_eq!(error(&answer).0, "BAD_USER_INPUT", "{answer:#}");
}

#[tokio::test]
async fn the_moments_of_a_request_count_by_the_changes_since() {
    let limits = DocumentLimits { max_scan_tests: 5000, ..DocumentLimits::default() };
    let api = TestApi::with_limits(limits);
    api.add(4).await;
    let document = |times: &[u8]| {
        let moment = |(at, second): (usize, &u8)| {
            format!("m{at}: libraryAt(at: {{ time: \"2026-01-01T00:00:0{second}Z\" }}) {{ time }}")
        };
        let moments: Vec<String> = times.iter().enumerate().map(moment).collect();
        format!("{{ {} }}", moments.join(" "))
    };
    data(api.ask(&document(&[0, 1])).await);
    let answer = api.ask(&document(&[0, 1, 2])).await;
    assert_eq!(error(&answer).0, "TOO_COSTLY", "{answer:#}");
}

#[tokio::test]
async fn a_moment_with_too_many_changes_since_is_refused_with_their_number() {
    let limits = DocumentLimits {
        moments: MomentLimits { max_moment_changes: 2 },
        ..DocumentLimits::default()
    };
    let api = TestApi::with_limits(limits);
    api.add(4).await;
    let document = "{ libraryAt(at: { time: \"2026-01-01T00:00:00Z\" }) { time } }";
    let answer = api.ask(document).await;
    let (code, message) = error(&answer);
    assert_eq!(code, "MOMENT_TOO_FAR");
    assert!(
        message.starts_with("3 changes have been made since that moment, more than"),
        "{message}"
    );
    let extensions = &answer["errors"][0]["extensions"];
    assert_eq!([&extensions["changes"], &extensions["allowed"]], [&json!(3), &json!(2)]);
    let later = "{ libraryAt(at: { time: \"2026-01-01T00:00:01Z\" }) { videos { totalCount } } }";
    assert_eq!(data(api.ask(later).await)["libraryAt"]["videos"]["totalCount"], 2);
}
