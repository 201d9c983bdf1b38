//! Subscriptions to changes: what an event has, which events come, and what ends a stream.

use std::time::Duration;

use futures_util::future::join_all;
use reelgraph::error_code::ErrorCode;
use reelgraph::feed::FeedSettings;
use serde_json::{Value, json};

use crate::support::clock::counted_id;
use crate::support::graphql::{ADD, Responses, TestApi, data, error, input};
use crate::support::watched_store::Fault;

const FOLLOW: &str = "subscription (
  $videoId: ID, $operations: [AuditOperation!], $after: String, $marks: Boolean! = false
) {
  videoChanges(videoId: $videoId, operations: $operations, after: $after, marks: $marks) {
    kind cursor auditEntry { id }
  }
}";

async fn add(api: &TestApi, path: &str) {
    data(api.ask_with(ADD, json!({ "input": input(path) })).await);
}

async fn set_codec(api: &TestApi, number: u64, codec: &str) {
    let input = json!({ "id": counted_id(number).to_string(), "videoCodec": codec });
    let document = "mutation ($input: UpdateVideoInput!) {
      updateVideo(input: $input) { auditEntry { id } userErrors { code } }
    }";
    let payload = data(api.ask_with(document, json!({ "input": input })).await);
    assert!(payload["updateVideo"]["auditEntry"].is_object(), "{payload}");
}

async fn delete(api: &TestApi, number: u64) {
    let id = counted_id(number);
    let document =
        format!("mutation {{ deleteVideo(input: {{ id: \"{id}\" }}) {{ deletedVideoId }} }}");
    data(api.ask(&document).await);
}

async fn changes_cursor(api: &TestApi) -> Value {
    data(api.ask("{ changesCursor }").await)["changesCursor"].take()
}

/// A stream that has begun: it is past its first event, CAUGHT_UP.
async fn begun(api: &TestApi, variables: Value) -> Responses {
    let mut variables = variables;
    variables["marks"] = json!(true);
    let mut stream = api.follow(FOLLOW, variables);
    assert_eq!(stream.event().await["kind"], "CAUGHT_UP");
    stream
}

/// The video's number and the version of an event's change, or its kind if it is a mark.
fn told(event: &Value) -> &str {
    match event["auditEntry"]["id"].as_str() {
        Some(id) => &id[35..],
        None => event["kind"].as_str().unwrap(),
    }
}

async fn told_next(stream: &mut Responses, count: usize) -> String {
    let mut all = Vec::new();
    for _ in 0..count {
        all.push(told(&stream.event().await).to_owned());
    }
    all.join(" ")
}

#[tokio::test]
async fn an_event_has_the_change_and_the_video_as_it_is_now() {
    let api = TestApi::with_videos(1).await;
    let document = "subscription { videoChanges {
      __typename kind
      auditEntry { operation version actor requestId changes { field old new } currentVideo { version } }
      currentVideo { videoCodec version auditEntries(first: 1) { nodes { version } } }
    } }";
    let mut stream = api.follow(document, json!({}));
    let event = async {
        let (event, ()) = tokio::join!(stream.event(), async {
            tokio::task::yield_now().await;
            set_codec(&api, 1, "av1").await;
        });
        event
    };
    let video = json!({
        "videoCodec": "av1", "version": 2, "auditEntries": { "nodes": [{ "version": 2 }] },
    });
    let expected = json!({
        "__typename": "VideoChange",
        "kind": "CHANGE",
        "auditEntry": {
            "operation": "UPDATE",
            "version": 2,
            "actor": "tester",
            "requestId": "request-1",
            "changes": [{ "field": "videoCodec", "old": "h264", "new": "av1" }],
            "currentVideo": { "version": 2 },
        },
        "currentVideo": video,
    });
    assert_eq!(event.await, expected);
}

#[tokio::test]
async fn the_video_is_the_one_of_now_and_null_once_deleted() {
    let api = TestApi::with_videos(2).await;
    let after = changes_cursor(&api).await;
    for codec in ["av1", "vp9"] {
        set_codec(&api, 1, codec).await;
    }
    set_codec(&api, 2, "av1").await;
    delete(&api, 2).await;
    let document = "subscription ($after: String) { videoChanges(after: $after) {
      auditEntry { version } currentVideo { version }
    } }";
    let mut stream = api.follow(document, json!({ "after": after }));
    for (version, current) in [(2, Some(3)), (3, Some(3)), (2, None), (3, None)] {
        let current = current.map(|version| json!({ "version": version }));
        let expected = json!({ "auditEntry": { "version": version }, "currentVideo": current });
        assert_eq!(stream.event().await, expected);
    }
}

#[tokio::test]
async fn events_come_in_commit_order_for_those_who_ask_for_them() {
    let api = TestApi::with_videos(2).await;
    let mut all = begun(&api, json!({})).await;
    let mut of_one =
        begun(&api, json!({ "videoId": counted_id(1).to_string().to_uppercase() })).await;
    let mut deletions = begun(&api, json!({ "operations": ["DELETE"] })).await;
    let mut updates_of_two = begun(
        &api,
        json!({ "videoId": counted_id(2).to_string(), "operations": ["UPDATE", "INSERT"] }),
    )
    .await;
    set_codec(&api, 1, "av1").await;
    set_codec(&api, 2, "av1").await;
    delete(&api, 2).await;
    add(&api, "/media/another.mkv").await;
    delete(&api, 1).await;
    assert_eq!(told_next(&mut all, 5).await, "1:2 2:2 2:3 3:1 1:3");
    assert_eq!(told_next(&mut of_one, 2).await, "1:2 1:3");
    assert_eq!(told_next(&mut deletions, 2).await, "2:3 1:3");
    assert_eq!(told_next(&mut updates_of_two, 1).await, "2:2");
}

#[tokio::test]
async fn every_cursor_can_be_gone_on_from() {
    let api = TestApi::with_videos(2).await;
    let start = TestApi::new();
    let mut cursors = vec![changes_cursor(&start).await];
    set_codec(&api, 1, "av1").await;
    delete(&api, 2).await;
    let mut stream = api.follow(FOLLOW, json!({ "after": cursors[0], "marks": true }));
    let all = ["1:1", "2:1", "1:2", "2:2", "CAUGHT_UP"];
    for expected in all {
        let event = stream.event().await;
        assert_eq!(told(&event), expected);
        cursors.push(event["cursor"].clone());
    }
    assert_eq!(cursors[5], cursors[4]);
    assert_eq!(cursors[5], changes_cursor(&api).await);
    for (position, after) in cursors[..5].iter().enumerate() {
        let mut resumed = api.follow(FOLLOW, json!({ "after": after, "marks": true }));
        let rest = told_next(&mut resumed, all.len() - position).await;
        assert_eq!(rest, all[position..].join(" "));
    }
}

#[tokio::test]
async fn marks_come_only_where_they_are_asked_for() {
    let progress_interval = Duration::from_millis(1);
    let api = TestApi::with_settings(FeedSettings { progress_interval, ..FeedSettings::default() });
    add(&api, "/media/001.mkv").await;
    add(&api, "/media/002.mkv").await;
    let of_two = json!({ "videoId": counted_id(2).to_string() });
    let mut marked = begun(&api, of_two.clone()).await;
    let mut unmarked = api.follow(FOLLOW, of_two);
    let first_of_unmarked = async { told_next(&mut unmarked, 1).await };
    let rest = async {
        set_codec(&api, 1, "av1").await;
        let mark = marked.event().await;
        assert_eq!((told(&mark), &mark["auditEntry"]), ("PROGRESS", &Value::Null));
        assert_eq!(mark["cursor"], changes_cursor(&api).await);
        set_codec(&api, 2, "av1").await;
        assert_eq!(told_next(&mut marked, 1).await, "2:2");
    };
    assert_eq!(tokio::join!(first_of_unmarked, rest).0, "2:2");
}

#[tokio::test]
async fn a_cursor_that_cannot_be_continued_ends_the_stream() {
    let api = TestApi::with_videos(2).await;
    let other = TestApi::with_videos(3).await;
    let page = data(api.ask("{ auditEntries { pageInfo { endCursor } } }").await);
    let of_a_list = &page["auditEntries"]["pageInfo"]["endCursor"];
    for (after, part) in [
        (json!("nonsense"), "the cursor is malformed"),
        (json!(""), "the cursor is malformed"),
        (of_a_list.clone(), "the cursor belongs to a list"),
        (changes_cursor(&other).await, "the change of the cursor is not in this library"),
    ] {
        let (code, message) = api.follow(FOLLOW, json!({ "after": after })).refusal().await;
        assert_eq!(code, "INVALID_CURSOR", "{after}");
        assert!(message.contains(part), "{after}: {message}");
    }
    let document = "query ($after: String) { auditEntries(after: $after) { totalCount } }";
    let answer = api.ask_with(document, json!({ "after": changes_cursor(&api).await })).await;
    assert_eq!(error(&answer).0, "INVALID_CURSOR");
}

#[tokio::test]
async fn what_is_no_subscription_to_one_thing_is_refused() {
    let api = TestApi::with_videos(1).await;
    let one = "a subscription must select exactly one field: use a separate subscription for each";
    for (document, code, message) in [
        (
            "subscription { videoChanges(videoId: \"7\") { kind } }",
            "BAD_USER_INPUT",
            "videoId must be a hyphenated UUID such as 0193f0a0-7c1e-7d7b-8f25-3c1de1a5e4b2",
        ),
        (
            "subscription { a: videoChanges { kind } b: videoChanges { kind } }",
            "GRAPHQL_VALIDATION_FAILED",
            one,
        ),
        (
            "subscription { videoChanges { kind } ...F }
             fragment F on Subscription { videoChanges(marks: true) { kind } }",
            "GRAPHQL_VALIDATION_FAILED",
            "operation must not provide conflicting field arguments for the same name \
             `videoChanges`",
        ),
        (
            "subscription { __typename }",
            "GRAPHQL_VALIDATION_FAILED",
            "anonymous subscription can not have an introspection field as a root field",
        ),
        (
            "subscription { ... @include(if: true) { videoChanges { kind } } }",
            "GRAPHQL_VALIDATION_FAILED",
            "anonymous subscription can not specify @skip or @include on root fields",
        ),
        (
            "subscription { videoChanges(operations: [MOVE]) { kind } }",
            "BAD_USER_INPUT",
            "operations.0 must be one of DELETE, INSERT, UPDATE, not MOVE",
        ),
    ] {
        let refusal = api.follow(document, json!({})).refusal().await;
        assert_eq!(refusal, (code.to_owned(), message.to_owned()), "{document}");
    }
    for document in [
        "subscription { videoChanges { sort } }",
        "subscription { changes { kind } }",
        "subscription { ...F }",
        "subscription { ... on Query { changesCursor } }",
        "subscription { ...F } fragment F on Subscription { ...F }",
    ] {
        let (code, _) = api.follow(document, json!({})).refusal().await;
        assert_eq!(code, "GRAPHQL_VALIDATION_FAILED", "{document}");
    }
}

#[tokio::test]
async fn fragments_may_stand_at_the_root() {
    let api = TestApi::with_videos(1).await;
    let document = "subscription ($start: String) { ...A ... { ...B } }
      fragment A on Subscription { videoChanges(after: $start) { kind } }
      fragment B on Subscription { videoChanges(after: $start) { ...Entry } }
      fragment Entry on VideoChange { auditEntry { version } }";
    let start = changes_cursor(&TestApi::new()).await;
    let mut stream = api.follow(document, json!({ "start": start }));
    let expected = json!({ "kind": "CHANGE", "auditEntry": { "version": 1 } });
    assert_eq!(stream.event().await, expected);
}

#[tokio::test]
async fn queries_and_mutations_have_one_response() {
    let api = TestApi::with_videos(1).await;
    for (document, answer) in [
        ("{ videos { totalCount } }", json!({ "videos": { "totalCount": 1 } })),
        (
            "mutation { addVideos(input: { videos: [] }) { videos { id } } }",
            json!({ "addVideos": { "videos": [] } }),
        ),
    ] {
        let mut responses = api.follow(document, json!({}));
        assert_eq!(data(responses.next().await.unwrap()), answer);
        assert_eq!(responses.next().await, None);
    }
    let answer = api.ask("subscription { videoChanges { kind } }").await;
    assert_eq!(error(&answer).0, "GRAPHQL_VALIDATION_FAILED");
}

#[tokio::test]
async fn a_field_that_fails_does_not_end_the_stream() {
    let api = TestApi::with_videos(1).await;
    let document = "subscription { videoChanges(marks: true) {
      kind auditEntry { version } currentVideo { version }
    } }";
    for fault in [Fault::Error, Fault::Panic] {
        let mut stream = api.follow(document, json!({}));
        assert_eq!(stream.event().await["kind"], "CAUGHT_UP");
        set_codec(&api, 1, "av1").await;
        api.store.break_next("get_many", fault);
        let response = stream.next().await.unwrap();
        assert_eq!(error(&response).0, "INTERNAL_SERVER_ERROR");
        let event = &response["data"]["videoChanges"];
        assert!(event["auditEntry"].is_object() && event["currentVideo"].is_null(), "{event}");
        set_codec(&api, 1, "h264").await;
        assert!(stream.event().await["currentVideo"].is_object());
    }
}

#[tokio::test]
async fn many_subscribers_to_one_change_share_what_they_read() {
    const SUBSCRIBERS: usize = 100;
    let api = TestApi::with_videos(1).await;
    let document = "subscription { videoChanges(marks: true) { currentVideo { version } } }";
    let mut streams: Vec<Responses> =
        (0..SUBSCRIBERS).map(|_| api.follow(document, json!({}))).collect();
    join_all(streams.iter_mut().map(Responses::event)).await;
    api.store.take_calls();
    set_codec(&api, 1, "av1").await;
    let waiting =
        streams.into_iter().map(|mut stream| tokio::spawn(async move { stream.event().await }));
    for event in join_all(waiting).await {
        assert_eq!(event.unwrap()["currentVideo"]["version"], 2);
    }
    let calls = api.store.take_calls();
    assert!(calls["get_many"] <= 3, "{calls:?}");
    assert!(calls["entries_after"] <= 3, "{calls:?}");
}

#[tokio::test]
async fn who_does_not_ask_for_the_video_has_none_read() {
    let api = TestApi::with_videos(1).await;
    let mut stream = begun(&api, json!({})).await;
    api.store.take_calls();
    set_codec(&api, 1, "av1").await;
    stream.event().await;
    assert!(!api.store.take_calls().contains_key("get_many"));
}

#[tokio::test]
async fn a_slow_client_is_cut_off_and_goes_on() {
    let api = TestApi::with_settings(FeedSettings { max_lag: 10, ..FeedSettings::default() });
    add(&api, "/media/001.mkv").await;
    let mut slow = begun(&api, json!({})).await;
    let mut other = begun(&api, json!({})).await;
    set_codec(&api, 1, "codec 0").await;
    let cursor = slow.event().await["cursor"].take();
    for number in 1..=20 {
        set_codec(&api, 1, &format!("codec {number}")).await;
    }
    told_next(&mut other, 21).await;
    assert_eq!(slow.refusal().await.0, "SLOW_CONSUMER");
    let mut resumed = api.follow(FOLLOW, json!({ "after": cursor }));
    let expected: Vec<String> = (3..=22).map(|version| format!("1:{version}")).collect();
    assert_eq!(told_next(&mut resumed, 20).await, expected.join(" "));
}

#[tokio::test]
async fn a_server_that_stops_says_so() {
    let api = TestApi::with_videos(1).await;
    let stream = begun(&api, json!({})).await;
    api.feed.close();
    let (code, message) = stream.refusal().await;
    assert_eq!(code, ErrorCode::ServerStopping.as_str());
    assert!(message.contains("subscribe again"), "{message}");
}
