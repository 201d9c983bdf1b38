//! Taking back what a request changed.

use reelgraph::domain::{VideoId, VideoPatch};
use reelgraph::graphql::DocumentLimits;
use reelgraph::repository::{ChangeContext, OnConflict, VideoReader, VideoRepository, Write};
use serde_json::{Value, json};

use crate::support::clock::counted_id;
use crate::support::graphql::{ADD, TestApi, data, error, input};
use crate::support::videos::{pixels, second, text, video_with};

fn by(at: i64, actor: &str, request: &str) -> ChangeContext {
    ChangeContext {
        at: second(at),
        actor: Some(actor.to_owned()),
        request_id: Some(request.to_owned()),
    }
}

fn wide(width: i32) -> VideoPatch {
    VideoPatch { width: Some(pixels(width)), ..VideoPatch::default() }
}

async fn update(api: &TestApi, number: u64, patch: VideoPatch, by: ChangeContext) {
    api.store.update(counted_id(number), patch, None, by).await.unwrap();
}

/// Adds the videos with these numbers, of width 1, at the paths of these numbers.
async fn add(api: &TestApi, numbers: &[u64], by: ChangeContext) {
    let new = |number: &u64| {
        video_with(*number, |values| {
            values.path = text(&format!("/{number}"));
            values.width = pixels(1);
        })
    };
    let videos = numbers.iter().map(new).collect();
    api.store.insert_many(videos, OnConflict::Fail, by).await.unwrap();
}

/// Three videos, of which a request widened the first two, deleted the third and added a fourth.
async fn library() -> TestApi {
    let api = TestApi::new();
    fill(&api).await;
    api
}

async fn fill(api: &TestApi) {
    add(api, &[1, 2, 3], by(0, "lucy", "import")).await;
    for number in [1, 2] {
        update(api, number, wide(2), by(1, "ana", "edit")).await;
    }
    api.store.delete(counted_id(3), None, by(2, "ana", "edit")).await.unwrap();
    add(api, &[4], by(3, "ana", "edit")).await;
}

async fn ask(api: &TestApi, request: &str, more: Value) -> Value {
    let document = "mutation ($input: UndoRequestInput!) { undoRequest(input: $input) {
        applied count conflictCount plan requestId
        items {
            videoId currentVideo { width version } action changes { field }
            conflicts { field auditEntry { entityId version actor } }
        }
        userErrors { code field }
    } }";
    let mut input = json!({ "requestId": request });
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    data(api.ask_with(document, json!({ "input": input })).await)["undoRequest"].take()
}

async fn carry_out(api: &TestApi, request: &str, more: Value) -> Value {
    let plan = ask(api, request, more.clone()).await["plan"].take();
    assert!(plan.is_string());
    let mut input = json!({ "dryRun": false, "plan": plan });
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    ask(api, request, input).await
}

/// The width of each of the first four videos; null where there is none.
async fn widths(api: &TestApi) -> Value {
    let ids: Vec<VideoId> = (1..=4).map(counted_id).collect();
    let videos = api.store.get_many(&ids).await.unwrap().into_iter();
    videos.map(|video| json!(video.map(|video| video.values.width.get()))).collect()
}

fn refused(code: &str, field: &str) -> Value {
    json!({ "applied": false, "count": null, "conflictCount": null, "plan": null, "requestId": null,
        "items": [], "userErrors": [{ "code": code, "field": ["input", field] }] })
}

/// An item without conflicts whose changes are not of interest.
fn item(number: u64, action: &str, [width, version]: [Option<i32>; 2]) -> Value {
    let current = width.map(|width| json!({ "width": width, "version": version }));
    json!({ "videoId": counted_id(number).to_string(), "action": action, "currentVideo": current })
}

fn items(payload: &Value) -> Vec<Value> {
    let items = payload["items"].as_array().unwrap().iter();
    let short = |item: &Value| {
        let mut item = item.clone();
        let fields = item.as_object_mut().unwrap();
        fields.remove("changes");
        assert_eq!(fields.remove("conflicts"), Some(json!([])));
        item
    };
    items.map(short).collect()
}

#[tokio::test]
async fn a_request_is_undone_as_planned_and_its_undo_by_its_own_request() {
    let folder = tempfile::tempdir().unwrap();
    for api in TestApi::of_each_store(folder.path()).await {
        fill(&api).await;
        is_undone_as_planned(&api).await;
    }
}

async fn is_undone_as_planned(api: &TestApi) {
    let planned = ask(api, "edit", json!({})).await;
    let is = |width, version| [Some(width), Some(version)];
    let expected = [
        item(1, "UPDATE", is(2, 2)),
        item(2, "UPDATE", is(2, 2)),
        item(3, "RESTORE", [None, None]),
        item(4, "DELETE", is(1, 1)),
    ];
    assert_eq!(items(&planned), expected);
    assert_eq!(planned["items"][0]["changes"], json!([{ "field": "width" }]));
    let sums = json!({ "applied": false, "count": 4, "conflictCount": 0, "plan": planned["plan"],
        "requestId": null, "items": planned["items"], "userErrors": [] });
    assert_eq!(planned, sums);
    assert_eq!(ask(api, "edit", json!({})).await, planned, "a dry run changes nothing");

    let done = ask(api, "edit", json!({ "dryRun": false, "plan": planned["plan"] })).await;
    let expected = [
        item(1, "UPDATE", is(1, 3)),
        item(2, "UPDATE", is(1, 3)),
        item(3, "RESTORE", is(1, 3)),
        item(4, "DELETE", [None, None]),
    ];
    assert_eq!(items(&done), expected);
    let undo = done["requestId"].as_str().unwrap();
    let sums = json!({ "applied": true, "count": 4, "conflictCount": 0, "plan": null,
        "requestId": undo, "items": done["items"], "userErrors": [] });
    assert_eq!(done, sums);
    assert_eq!(widths(api).await, json!([1, 1, 1, null]));

    let again = carry_out(api, undo, json!({})).await;
    assert_eq!((&again["applied"], &again["count"]), (&json!(true), &json!(4)));
    assert_eq!(widths(api).await, json!([2, 2, null, 1]));
}

#[tokio::test]
async fn an_undo_has_a_request_id_of_its_own_whatever_its_client_sends() {
    let api = TestApi::new();
    let added = data(api.ask_with(ADD, json!({ "input": input("/a") })).await);
    let id: VideoId = added["addVideo"]["video"]["id"].as_str().unwrap().parse().unwrap();
    let is_there = async || api.store.get(id).await.unwrap().is_some();
    let undone = carry_out(&api, "request-1", json!({})).await;
    // Its client sends one ID with everything.
    data(api.ask_with(ADD, json!({ "input": input("/b") })).await);
    let undo = undone["requestId"].as_str().unwrap();
    assert!(undo.starts_with("undo-"), "{undo}");
    assert!(!is_there().await);
    let redone = carry_out(&api, undo, json!({})).await;
    assert_eq!(redone["count"], 1);
    assert!(is_there().await);
    let redo = redone["requestId"].as_str().unwrap();
    assert!(redo.starts_with("undo-") && redo != undo, "{redo}");
    carry_out(&api, redo, json!({})).await;
    assert!(!is_there().await);
}

#[tokio::test]
async fn an_undo_that_changes_nothing_has_no_request() {
    let api = library().await;
    carry_out(&api, "edit", json!({})).await;
    let again = carry_out(&api, "edit", json!({ "onConflict": "KEEP_LATER" })).await;
    let found = [&again["applied"], &again["count"], &again["requestId"]];
    assert_eq!(found, [&json!(true), &json!(0), &Value::Null]);
}

#[tokio::test]
async fn changes_without_an_actor_can_be_undone_alone() {
    let api = library().await;
    let by_nobody = ChangeContext { actor: None, ..by(4, "eve", "edit") };
    update(&api, 2, wide(7), by_nobody).await;
    for (has_actor, count) in [(true, 3), (false, 1)] {
        let only = json!({ "hasActor": has_actor, "onConflict": "KEEP_LATER" });
        assert_eq!(ask(&api, "edit", only).await["count"], count, "{has_actor}");
    }
}

/// A library in which the first video is wider and the third is there again since.
async fn changed_since() -> TestApi {
    let api = library().await;
    update(&api, 1, wide(3), by(5, "eve", "later")).await;
    add(&api, &[3], by(6, "eve", "later")).await;
    api
}

#[tokio::test]
async fn what_was_changed_since_stays_unless_asked_for() {
    let api = changed_since().await;
    let conflict = |number: u64, field: Option<&str>| {
        json!({ "field": field, "auditEntry": {
            "entityId": counted_id(number).to_string(), "version": 3, "actor": "eve" } })
    };
    let refused = ask(&api, "edit", json!({})).await;
    assert_eq!(refused["items"][0]["conflicts"], json!([conflict(1, Some("width"))]));
    assert_eq!(refused["items"][1]["conflicts"], json!([conflict(3, None)]));
    let actions = |payload: &Value| -> Value {
        payload["items"].as_array().unwrap().iter().map(|item| item["action"].clone()).collect()
    };
    assert_eq!(actions(&refused), json!(["NOTHING", "NOTHING", "UPDATE", "DELETE"]));
    let error = json!([{ "code": "UNDO_CONFLICT", "field": ["input", "onConflict"] }]);
    let expected = json!({ "applied": false, "count": null, "conflictCount": 2, "plan": null,
        "requestId": null, "items": refused["items"], "userErrors": error });
    assert_eq!(refused, expected);
    let wet = json!({ "dryRun": false, "plan": "x" });
    assert_eq!(ask(&api, "edit", wet).await, refused);
    assert_eq!(widths(&api).await, json!([3, 2, 1, 1]));

    let keep = json!({ "onConflict": "KEEP_LATER" });
    let kept = ask(&api, "edit", keep.clone()).await;
    assert_eq!((&kept["items"], &kept["count"]), (&refused["items"], &json!(2)));
    let overwrite = json!({ "onConflict": "OVERWRITE" });
    let overwritten = ask(&api, "edit", overwrite.clone()).await;
    assert_eq!(actions(&overwritten), json!(["UPDATE", "NOTHING", "UPDATE", "DELETE"]));
    let other = json!({ "onConflict": "OVERWRITE", "dryRun": false, "plan": kept["plan"] });
    assert_eq!(ask(&api, "edit", other).await["userErrors"][0]["code"], "EXPECTATION_FAILED");
    carry_out(&api, "edit", keep).await;
    assert_eq!(widths(&api).await, json!([3, 1, 1, null]));

    let api = changed_since().await;
    let done = carry_out(&api, "edit", overwrite).await;
    assert_eq!((&done["conflictCount"], &done["count"]), (&json!(2), &json!(3)));
    assert_eq!(widths(&api).await, json!([1, 1, 1, null]));
}

#[tokio::test]
async fn nothing_but_the_plan_is_carried_out() {
    let api = library().await;
    let wet = json!({ "dryRun": false });
    assert_eq!(ask(&api, "edit", wet).await, refused("PLAN_REQUIRED", "plan"));
    let keep = json!({ "onConflict": "KEEP_LATER" });
    let plan = ask(&api, "edit", keep).await["plan"].take();
    let wet = json!({ "onConflict": "KEEP_LATER", "dryRun": false, "plan": plan });
    let failed = refused("EXPECTATION_FAILED", "plan");
    // While the plan is made again, and after that.
    let late = |number: u64, width| {
        let (id, expected_version) = (counted_id(number), None);
        Write::Update { id, patch: wide(width), expected_version }
    };
    api.store.intrude(vec![late(1, 3)]);
    assert_eq!(ask(&api, "edit", wet.clone()).await, failed);
    assert_eq!(api.store.intrusions_left(), 0);
    assert_eq!(widths(&api).await, json!([3, 2, null, 1]));
    assert_eq!(ask(&api, "edit", wet).await, failed);
    assert_eq!(widths(&api).await, json!([3, 2, null, 1]));
}

#[tokio::test]
async fn a_request_that_cannot_be_found_alone_says_what_there_is() {
    let api = library().await;
    assert_eq!(ask(&api, "unknown", json!({})).await, refused("NOT_FOUND", "requestId"));
    let by_eve = json!({ "actor": "eve" });
    assert_eq!(ask(&api, "edit", by_eve.clone()).await, refused("NOT_FOUND", "requestId"));
    update(&api, 2, wide(7), by(4, "eve", "edit")).await;
    let error = async |request: &str| {
        let document = format!(
            "mutation {{ undoRequest(input: {{ requestId: \"{request}\" }}) {{
                userErrors {{ code message }}
            }} }}"
        );
        data(api.ask(&document).await)["undoRequest"]["userErrors"][0].take()
    };
    let message = "2 requests have this ID, made from 2026-01-01T00:00:01.000000Z to \
                   2026-01-01T00:00:04.000000Z by ana, eve: add actor, hasActor or timestamp to choose one";
    assert_eq!(error("edit").await, json!({ "code": "REQUEST_NOT_UNIQUE", "message": message }));
    assert_eq!(ask(&api, "edit", by_eve).await["count"], 1);
    let until = json!({ "timestamp": { "lte": "2026-01-01T00:00:01Z" } });
    let early = ask(&api, "edit", until).await;
    let expected = json!([{ "code": "UNDO_CONFLICT", "field": ["input", "onConflict"] }]);
    assert_eq!((&early["userErrors"], &early["conflictCount"]), (&expected, &json!(1)));
    add(&api, &[5], by(7, "scan", "scan-1")).await;
    assert_eq!(error("scan-1").await["code"], "NOT_POSSIBLE_NOW");
}

#[tokio::test]
async fn no_more_than_the_limit_are_undone() {
    for (max_undo, is_too_many) in [(3, true), (4, false)] {
        let limits = DocumentLimits { max_undo, ..DocumentLimits::default() };
        let api = TestApi::with_limits(limits);
        fill(&api).await;
        let payload = ask(&api, "edit", json!({})).await;
        if is_too_many {
            assert_eq!(payload, refused("TOO_MANY", "requestId"));
        } else {
            assert_eq!(payload["count"], 4);
        }
    }
}

#[tokio::test]
async fn a_condition_cannot_be_null() {
    let api = library().await;
    let document = "mutation ($input: UndoRequestInput!) { undoRequest(input: $input) { count } }";
    for (name, message) in [
        ("actor", "input.actor must not be null: omit it"),
        ("timestamp", "input.timestamp must not be null: omit it"),
    ] {
        let input = json!({ "input": { "requestId": "edit", name: null } });
        assert_eq!(error(&api.ask_with(document, input).await), ("BAD_USER_INPUT", message));
    }
}
