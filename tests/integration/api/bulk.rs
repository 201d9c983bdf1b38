//! What changes of many videos refuse, and what others see of them.

use reelgraph::graphql::DocumentLimits;
use reelgraph::repository::{VideoReader, VideoRepository};
use serde_json::{Value, json};

use crate::support::clock::counted_id;
use crate::support::graphql::{TestApi, data, error};

const UPDATE: &str = "mutation ($input: UpdateVideosInput!) { updateVideos(input: $input) {
    applied count plan requestId items { videoId } videos { id } userErrors { code message field }
} }";
const DELETE: &str = "mutation ($input: DeleteVideosInput!) { deleteVideos(input: $input) {
    applied count plan requestId deletedVideoIds videos { id } userErrors { code message field }
} }";

async fn update(api: &TestApi, select: Value, set: Value) -> Value {
    let input = json!({ "select": select, "set": set });
    data(api.ask_with(UPDATE, json!({ "input": input })).await)["updateVideos"].take()
}

async fn delete(api: &TestApi, select: Value, more: Value) -> Value {
    let mut input = json!({ "select": select });
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    data(api.ask_with(DELETE, json!({ "input": input })).await)["deleteVideos"].take()
}

fn fault(code: &str, field: &[&str], message: &str) -> Value {
    json!({ "code": code, "message": message, "field": field })
}

/// The filter that matches every video of these tests, without being empty.
fn all() -> Value {
    json!({ "filter": { "videoCodec": { "ne": "none" } } })
}

fn id(number: u64) -> String {
    counted_id(number).to_string()
}

#[tokio::test]
async fn an_invalid_selection_and_invalid_values_are_reported_together() {
    let api = TestApi::with_videos(2).await;
    let ids = json!({ "ids": [id(1), "x", "7"] });
    let set =
        json!({ "filename": null, "width": 0, "audioCodec": "", "frameRate": { "numerator": 0 } });
    let answer = update(&api, ids, set).await;
    let uuid = "must be a hyphenated UUID such as 0193f0a0-7c1e-7d7b-8f25-3c1de1a5e4b2";
    let set = |name| ["input", "set", name];
    let expected = json!([
        fault("INVALID", &["input", "select", "ids", "1"], &format!("ids.1 {uuid}")),
        fault("INVALID", &["input", "select", "ids", "2"], &format!("ids.2 {uuid}")),
        fault("INVALID", &set("filename"), "filename must not be null: omit it"),
        fault(
            "INVALID",
            &["input", "set", "frameRate", "numerator"],
            "numerator must be 1 or more, not 0"
        ),
        fault("INVALID", &set("width"), "width must be 1 or more, not 0"),
        fault("INVALID", &set("audioCodec"), "audioCodec must not be empty"),
    ]);
    assert_eq!(answer["userErrors"], expected);
    let nothing = json!({ "applied": false, "count": null, "plan": null, "requestId": null,
        "items": [], "videos": [], "userErrors": expected });
    assert_eq!(answer, nothing);
    let empty = update(&api, json!({ "ids": [id(1)] }), json!({})).await;
    let expected = fault("INVALID", &["input", "set"], "set must have at least one field");
    assert_eq!(empty["userErrors"], json!([expected]));
    let cleared = json!({ "audioCodec": null, "thumbnailPath": null });
    assert_eq!(update(&api, json!({ "ids": [id(1)] }), cleared).await["count"], 1);
}

#[tokio::test]
async fn ids_of_no_video_are_named_by_their_places() {
    let api = TestApi::with_videos(2).await;
    let answer = delete(&api, json!({ "ids": [id(7), id(1), id(8)] }), json!({})).await;
    let unknown = |index, number| {
        let message = format!("there is no video {}", id(number));
        fault("NOT_FOUND", &["input", "select", "ids", index], &message)
    };
    assert_eq!(answer["userErrors"], json!([unknown("0", 7), unknown("2", 8)]));
    assert_eq!(answer["deletedVideoIds"], json!([]));
    let many = vec![id(1); 1001];
    let answer = delete(&api, json!({ "ids": many }), json!({})).await;
    let message = "ids must have at most 1000 items, not 1001: split them into several requests, or \
                   use a filter";
    let expected = fault("INVALID", &["input", "select", "ids"], message);
    assert_eq!(answer["userErrors"], json!([expected]));
    assert_eq!(delete(&api, json!({ "ids": vec![id(1); 1000] }), json!({})).await["count"], 1);
    assert_eq!(delete(&api, json!({ "ids": [] }), json!({})).await["count"], 0);
}

#[tokio::test]
async fn the_whole_library_is_not_selected_by_leaving_something_out() {
    let api = TestApi::with_videos(2).await;
    let message = "filter must have a condition: an empty one would be the whole library";
    let expected = json!([fault("INVALID", &["input", "select", "filter"], message)]);
    for filter in [json!({}), json!({ "and": [] }), json!({ "and": [{}, { "and": [{}] }] })] {
        let answer = delete(&api, json!({ "filter": filter }), json!({})).await;
        assert_eq!(answer["userErrors"], expected, "{filter}");
    }
    let null = json!({ "input": { "select": { "filter": { "path": null } } } });
    assert_eq!(error(&api.ask_with(DELETE, null).await).0, "BAD_USER_INPUT");
}

#[tokio::test]
async fn exactly_one_of_the_ways_to_select_is_given() {
    let api = TestApi::with_videos(2).await;
    let place = "$input.select";
    let exactly = |count| format!("{place} must have exactly one of ids, filter, not {count}");
    for (select, message) in [
        (json!({}), exactly(0)),
        (json!({ "ids": [], "filter": {} }), exactly(2)),
        (json!({ "ids": [], "filter": null }), exactly(2)),
        (json!({ "ids": null }), format!("{place}.ids must not be null")),
        (json!({ "ids": [null] }), format!("{place}.ids.0 must not be null")),
    ] {
        let answer = api.ask_with(DELETE, json!({ "input": { "select": select } })).await;
        assert_eq!(error(&answer), ("BAD_USER_INPUT", message.as_str()));
    }
    let literal = "mutation { deleteVideos(input: { select: { ids: [], filter: {} } }) { count } }";
    let message = "input.select must have exactly one of ids, filter, not 2";
    assert_eq!(error(&api.ask(literal).await), ("BAD_USER_INPUT", message));
    let variable =
        "mutation ($ids: [ID!]) { deleteVideos(input: { select: { ids: $ids } }) { count } }";
    for variables in [json!({}), json!({ "ids": null })] {
        let answer = api.ask_with(variable, variables).await;
        assert_eq!(error(&answer).0, "BAD_USER_INPUT", "{answer}");
    }
    let answer = data(api.ask_with(variable, json!({ "ids": [id(1)] })).await);
    assert_eq!(answer["deleteVideos"]["count"], 1);
    let document = "{ __type(name: \"VideoSelection\") { isOneOf inputFields { name } } }";
    assert_eq!(data(api.ask(document).await)["__type"]["isOneOf"], true);
}

#[tokio::test]
async fn no_more_than_the_limit_are_changed_at_once() {
    let limits = DocumentLimits { max_bulk: 2, ..DocumentLimits::default() };
    let api = TestApi::with_limits(limits);
    api.add(3).await;
    let message =
        "3 videos are selected, more than the maximum of 2 (max-bulk): select fewer at a time";
    let expected = json!([fault("TOO_MANY", &["input", "select"], message)]);
    let ids = json!({ "ids": [id(1), id(2), id(3)] });
    for select in [all(), ids] {
        assert_eq!(delete(&api, select, json!({})).await["userErrors"], expected);
    }
    let shown = data(api.ask("{ serverInfo { maxBulkVideos } }").await);
    assert_eq!(shown["serverInfo"]["maxBulkVideos"], 2);
    api.store.delete(counted_id(3), None, crate::support::videos::by(9)).await.unwrap();
    assert_eq!(delete(&api, all(), json!({})).await["count"], 2);
}

#[tokio::test]
async fn nothing_is_done_without_a_plan() {
    let api = TestApi::with_videos(2).await;
    for (more, code) in [
        (json!({ "dryRun": false }), "PLAN_REQUIRED"),
        (json!({ "dryRun": false, "plan": null }), "PLAN_REQUIRED"),
        (json!({ "dryRun": false, "plan": "x" }), "EXPECTATION_FAILED"),
    ] {
        let answer = delete(&api, all(), more).await;
        let [fault] = &answer["userErrors"].as_array().unwrap()[..] else { panic!("{answer}") };
        assert_eq!((&fault["code"], &fault["field"]), (&json!(code), &json!(["input", "plan"])));
    }
    assert_eq!(api.store.newest().await.unwrap().sequence, 2);
    // A dry run has no use for one.
    let answer = delete(&api, all(), json!({ "plan": "x" })).await;
    assert_eq!((&answer["count"], &answer["userErrors"]), (&json!(2), &json!([])));
}

#[tokio::test]
async fn subscribers_see_ordinary_changes_of_one_request() {
    let api = TestApi::with_videos(2).await;
    let mut stream = api.follow(
        "subscription { videoChanges { auditEntry { entityId operation requestId changes { field } } } }",
        json!({}),
    );
    let (first, second) = {
        let (events, ()) =
            tokio::join!(async { (stream.event().await, stream.event().await) }, async {
                tokio::task::yield_now().await;
                let plan = update(&api, all(), json!({ "height": 7 })).await["plan"].take();
                let input = json!({ "select": all(), "set": { "height": 7 }, "dryRun": false,
                    "plan": plan });
                let done = data(api.ask_with(UPDATE, json!({ "input": input })).await);
                assert_eq!(done["updateVideos"]["applied"], true, "{done}");
            });
        events
    };
    for (event, number) in [(first, 2), (second, 1)] {
        let entry = json!({ "entityId": id(number), "operation": "UPDATE",
            "requestId": "request-1", "changes": [{ "field": "height" }] });
        assert_eq!(event["auditEntry"], entry);
    }
}

#[tokio::test]
async fn a_selection_that_tests_too_much_is_refused_before_anything_is_read() {
    let limits = DocumentLimits { max_scan_tests: 1, ..DocumentLimits::default() };
    let api = TestApi::with_limits(limits);
    api.add(2).await;
    let answer = api.ask_with(DELETE, json!({ "input": { "select": all() } })).await;
    assert_eq!(error(&answer).0, "TOO_COSTLY");
    let named = json!({ "ids": [id(1)] });
    assert_eq!(delete(&api, named, json!({})).await["count"], 1);
}
