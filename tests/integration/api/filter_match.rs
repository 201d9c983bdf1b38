//! `AuditEntry.filterMatch`: whether a video met a filter before and after a change.

use std::collections::HashSet;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use reelgraph::graphql::DocumentLimits;
use reelgraph::repository::{OnConflict, VideoRepository};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::support::clock::counted_id;
use crate::support::graphql::{ADD, TestApi, data, error, input};
use crate::support::properties::check;
use crate::support::videos::{by, pixels, video_with};

const CHANGE: &str = "mutation ($input: UpdateVideoInput!) { updateVideo(input: $input) {
  auditEntry { id } userErrors { code }
} }";

async fn change(api: &TestApi, number: u64, fields: &Value) {
    let mut input = json!({ "id": counted_id(number).to_string() });
    input.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    let payload = data(api.ask_with(CHANGE, json!({ "input": input })).await);
    assert_eq!(payload["updateVideo"]["userErrors"], json!([]), "{payload}");
}

async fn delete(api: &TestApi, number: u64) {
    let id = counted_id(number);
    let document =
        format!("mutation {{ deleteVideo(input: {{ id: \"{id}\" }}) {{ deletedVideoId }} }}");
    data(api.ask(&document).await);
}

/// What is selected of an entry, and the filter by which a video is in the list.
const MATCHES: &str = "fragment Matches on AuditEntry {
  operation
  av1: filterMatch(filter: { videoCodec: { eq: \"av1\" } }) { before after }
  other: filterMatch(filter: { not: { videoCodec: { eq: \"av1\" } } }) { before after }
}";

/// A video that is added, enters the list, stays in it, leaves it and is deleted.
async fn changed_api() -> TestApi {
    let api = TestApi::with_videos(1).await;
    change(&api, 1, &json!({ "videoCodec": "av1" })).await;
    change(&api, 1, &json!({ "width": 7 })).await;
    change(&api, 1, &json!({ "videoCodec": "h264" })).await;
    delete(&api, 1).await;
    api
}

/// The same for each entry, oldest first.
fn expected() -> Vec<Value> {
    let matches = |operation, av1: [bool; 2], other: [bool; 2]| {
        let sides = |[before, after]: [bool; 2]| json!({ "before": before, "after": after });
        json!({ "operation": operation, "av1": sides(av1), "other": sides(other) })
    };
    vec![
        matches("INSERT", [false, false], [false, true]),
        matches("UPDATE", [false, true], [true, false]),
        matches("UPDATE", [true, true], [false, false]),
        matches("UPDATE", [true, false], [false, true]),
        matches("DELETE", [false, false], [true, false]),
    ]
}

#[tokio::test]
async fn a_change_shows_what_enters_a_list_what_leaves_it_and_what_stays() {
    let api = changed_api().await;
    let newest_first: Vec<Value> = expected().into_iter().rev().collect();
    for introspection in ["", "__type(name: \"Video\") { name }"] {
        let document =
            format!("{{ auditEntries {{ nodes {{ ...Matches }} }} {introspection} }} {MATCHES}");
        let answer = data(api.ask(&document).await);
        assert_eq!(answer["auditEntries"]["nodes"], json!(newest_first), "{introspection}");
    }
}

#[tokio::test]
async fn it_is_the_same_wherever_an_entry_is_reached() {
    let api = changed_api().await;
    let id = counted_id(1);
    for (version, expected) in (1..).zip(expected()) {
        let document = format!("{{ node(id: \"{id}:{version}\") {{ ...Matches }} }} {MATCHES}");
        assert_eq!(data(api.ask(&document).await)["node"], expected, "version {version}");
    }
    let start = data(TestApi::new().ask("{ changesCursor }").await)["changesCursor"].take();
    let document = format!(
        "subscription ($after: String) {{ videoChanges(after: $after) {{
            auditEntry {{ ...Matches }}
        }} }} {MATCHES}"
    );
    let mut events = api.follow(&document, json!({ "after": start }));
    for expected in expected() {
        assert_eq!(events.event().await["auditEntry"], expected);
    }
    data(api.ask_with(ADD, json!({ "input": input("/again.mkv") })).await);
    let document = format!(
        "{{ changesCursor videos {{ nodes {{ auditEntries {{ nodes {{ ...Matches }} }} }} }} }} {MATCHES}"
    );
    let answer = data(api.ask(&document).await);
    let nodes = &answer["videos"]["nodes"][0]["auditEntries"]["nodes"];
    assert_eq!(*nodes, json!([expected()[0]]));
    let document = format!(
        "mutation {{ deleteVideo(input: {{ id: \"{}\" }}) {{ auditEntry {{ ...Matches }} }} }} {MATCHES}",
        counted_id(2)
    );
    let payload = data(api.ask(&document).await);
    assert_eq!(payload["deleteVideo"]["auditEntry"], expected()[4]);
}

/// An API over a video with this many versions, each wider than the one before by a pixel.
async fn api_with_versions(versions: i32) -> TestApi {
    let api = TestApi::without_limits();
    let wide = |width| video_with(1, |values| values.width = pixels(width));
    let videos = (1..=versions).map(wide).collect();
    api.store.insert_many(videos, OnConflict::Update, by(1)).await.unwrap();
    api.store.take_calls();
    api
}

#[tokio::test]
async fn a_page_of_a_long_history_is_one_look_up() {
    let api = api_with_versions(10_000).await;
    let document = "{ auditEntries(first: 100) { nodes {
        version
        narrow: filterMatch(filter: { width: { lt: 9950 } }) { before after }
        wide: filterMatch(filter: { width: { gte: 9950 } }) { before after }
    } } }";
    let answer = data(api.ask(document).await);
    assert_eq!(json!(api.store.take_calls()), json!({ "list_entries": 1, "videos_at": 1 }));
    for entry in answer["auditEntries"]["nodes"].as_array().unwrap() {
        let version = entry["version"].as_i64().unwrap();
        let narrow = json!({ "before": version <= 9_950, "after": version < 9_950 });
        let wide = json!({ "before": version > 9_950, "after": version >= 9_950 });
        assert_eq!((&entry["narrow"], &entry["wide"]), (&narrow, &wide), "{version}");
    }
    let document = "{ videos { nodes { auditEntries(first: 100) { nodes {
        currentVideo { version } filterMatch(filter: {}) { before }
    } } } } }";
    data(api.ask(document).await);
    let calls = json!({ "list": 1, "entries_of": 1, "get_many": 1, "videos_at": 1 });
    assert_eq!(json!(api.store.take_calls()), calls);
}

#[tokio::test]
async fn each_row_and_each_alias_counts_towards_the_budget() {
    // Five entries, two conditions, before and after.
    for (max_scan_tests, is_within) in [(20, true), (19, false)] {
        let limits = DocumentLimits { max_scan_tests, ..DocumentLimits::default() };
        let api = TestApi::with_limits(limits);
        api.add(5).await;
        let filter = "{ width: { gt: 1 }, height: { gt: 1 } }";
        let field = format!("filterMatch(filter: {filter}) {{ after }}");
        let half = "filterMatch(filter: { width: { gt: 1 } }) { after }";
        for fields in [field, format!("a: {half} b: {half}")] {
            let document = format!("{{ auditEntries {{ nodes {{ {fields} }} }} }}");
            let answer = api.ask(&document).await;
            if is_within {
                data(answer);
            } else {
                let extensions = &answer["errors"][0]["extensions"];
                assert_eq!(extensions["code"], "TOO_COSTLY", "{answer}");
                assert_eq!(extensions["limit"], "max-scan-tests", "{answer}");
            }
        }
    }
}

#[tokio::test]
async fn an_event_does_not_count_for_those_after_it() {
    let limits = DocumentLimits { max_scan_tests: 2, ..DocumentLimits::default() };
    let api = TestApi::with_limits(limits);
    api.add(5).await;
    let start = data(TestApi::new().ask("{ changesCursor }").await)["changesCursor"].take();
    let document = |filter: &str| {
        format!(
            "subscription ($after: String) {{ videoChanges(after: $after) {{
                auditEntry {{ filterMatch(filter: {filter}) {{ after }} }}
            }} }}"
        )
    };
    let after = json!({ "after": start });
    let mut events = api.follow(&document("{ width: { gt: 1 } }"), after.clone());
    for _ in 0..5 {
        let expected = json!({ "auditEntry": { "filterMatch": { "after": true } } });
        assert_eq!(events.event().await, expected);
    }
    let mut events = api.follow(&document("{ width: { gt: 1, lt: 9 } }"), after);
    assert_eq!(error(&events.next().await.unwrap()).0, "TOO_COSTLY");
}

#[tokio::test]
async fn many_subscribers_share_the_look_up_of_a_change() {
    const SUBSCRIBERS: usize = 100;
    let api = TestApi::with_videos(1).await;
    let document = "subscription { videoChanges(marks: true) {
        auditEntry { filterMatch(filter: { videoCodec: { eq: \"av1\" } }) { before after } }
    } }";
    let mut streams: Vec<_> = (0..SUBSCRIBERS).map(|_| api.follow(document, json!({}))).collect();
    for stream in &mut streams {
        stream.event().await;
    }
    api.store.take_calls();
    change(&api, 1, &json!({ "videoCodec": "av1" })).await;
    let waiting =
        streams.into_iter().map(|mut stream| tokio::spawn(async move { stream.event().await }));
    let expected = json!({ "before": false, "after": true });
    for event in futures_util::future::join_all(waiting).await {
        assert_eq!(event.unwrap()["auditEntry"]["filterMatch"], expected);
    }
    let calls = api.store.take_calls();
    assert!(calls["videos_at"] <= 3, "{calls:?}");
}

#[tokio::test]
async fn a_filter_that_is_not_valid_is_refused() {
    let api = TestApi::with_videos(1).await;
    let document = "{ auditEntries { nodes { filterMatch(filter: { not: null }) { before } } } }";
    let answer = api.ask(document).await;
    let message = "filter.not must not be null: omit it";
    assert_eq!(error(&answer), ("BAD_USER_INPUT", message));
    for (condition, at) in [
        ("availability: { eq: MISSING }", "filter.availability"),
        ("not: { rootId: { isNull: true } }", "filter.not.rootId"),
    ] {
        let document = format!(
            "{{ auditEntries {{ nodes {{ filterMatch(filter: {{ {condition} }}) {{ after }} }} }} }}"
        );
        let answer = api.ask(&document).await;
        let message = format!(
            "{at} cannot be used for the past: whether files could be reached then was not recorded. \
             Use missingSince instead"
        );
        assert_eq!(error(&answer), ("BAD_USER_INPUT", message.as_str()));
    }
}

/// What is done to one of a few videos.
#[derive(Clone, Debug)]
enum Step {
    Add,
    Change { video: Index, codec: &'static str, width: i32 },
    Delete { video: Index },
}

fn any_step() -> impl Strategy<Value = Step> {
    let codec = proptest::sample::select(vec!["av1", "h264"]);
    prop_oneof![
        2 => Just(Step::Add),
        4 => (any::<Index>(), codec, 1..4).prop_map(|(video, codec, width)| {
            Step::Change { video, codec, width }
        }),
        1 => any::<Index>().prop_map(|video| Step::Delete { video }),
    ]
}

async fn take(api: &TestApi, step: &Step, number: usize, videos: &mut Vec<Value>) {
    match step {
        Step::Add => {
            let input = input(&format!("/{number}.mkv"));
            let payload = data(api.ask_with(ADD, json!({ "input": input })).await);
            videos.push(payload["addVideo"]["video"]["id"].clone());
        }
        Step::Change { video, codec, width } if !videos.is_empty() => {
            let id = video.get(videos);
            let input = json!({ "id": id, "videoCodec": codec, "width": width });
            data(api.ask_with(CHANGE, json!({ "input": input })).await);
        }
        Step::Delete { video } if !videos.is_empty() => {
            let id = videos.swap_remove(video.index(videos.len()));
            let document = "mutation ($id: ID!) { deleteVideo(input: { id: $id }) { clientMutationId: __typename } }";
            data(api.ask_with(document, json!({ "id": id })).await);
        }
        Step::Change { .. } | Step::Delete { .. } => {}
    }
}

/// The count and the members of a list under a filter, kept by a client from the changes alone.
#[derive(Debug, Default, PartialEq)]
struct Kept {
    count: i64,
    members: HashSet<String>,
}

impl Kept {
    fn follow(&mut self, entry: &Value) {
        let matches = |side: &str| entry["filterMatch"][side].as_bool().unwrap();
        let id = entry["entityId"].as_str().unwrap().to_owned();
        match (matches("before"), matches("after")) {
            (false, true) => {
                self.count += 1;
                self.members.insert(id);
            }
            (true, false) => {
                self.count -= 1;
                self.members.remove(&id);
            }
            _ => {}
        }
    }
}

#[test]
fn a_count_that_is_kept_from_the_changes_is_exact() {
    let runtime = Runtime::new().unwrap();
    let filter = json!({ "videoCodec": { "eq": "av1" }, "not": { "width": { "gt": 2 } } });
    let steps = || vec(any_step(), 1..40);
    check(&runtime, (steps(), steps()), async |(before, after)| {
        let api = TestApi::new();
        let (mut videos, mut number) = (Vec::new(), 0);
        for step in before {
            number += 1;
            take(&api, &step, number, &mut videos).await;
        }
        let list = "query ($f: VideoFilter!) {
            changesCursor videos(first: 100, filter: $f) { totalCount nodes { id } }
        }";
        let read = async || data(api.ask_with(list, json!({ "f": filter })).await);
        let kept = |answer: &Value| Kept {
            count: answer["videos"]["totalCount"].as_i64().unwrap(),
            members: answer["videos"]["nodes"]
                .as_array()
                .unwrap()
                .iter()
                .map(|node| node["id"].as_str().unwrap().to_owned())
                .collect(),
        };
        let start = read().await;
        let mut shown = kept(&start);
        for step in after {
            number += 1;
            take(&api, &step, number, &mut videos).await;
        }
        let document = "subscription ($f: VideoFilter!, $after: String) {
            videoChanges(after: $after, marks: true) {
                kind auditEntry { entityId filterMatch(filter: $f) { before after } }
            }
        }";
        let variables = json!({ "f": filter, "after": start["changesCursor"] });
        let mut events = api.follow(document, variables);
        loop {
            let event = events.event().await;
            if event["kind"] == "CAUGHT_UP" {
                break;
            }
            shown.follow(&event["auditEntry"]);
        }
        prop_assert_eq!(shown, kept(&read().await));
        Ok(())
    });
}
