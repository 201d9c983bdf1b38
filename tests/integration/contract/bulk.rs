//! Changing and deleting many videos through the API: the dry run, its plan, and what makes it outdated.

use reelgraph::domain::{AuditFilter, PageRequest, VideoPatch};
use reelgraph::repository::{VideoReader, VideoRepository};
use serde_json::{Value, json};

use crate::support::clock::counted_id;
use crate::support::graphql::{ADD, TestApi, data, input_with};
use crate::support::videos::{by, pixels, text, video};

contract_suite! {
    api_cases:
        a_dry_run_changes_nothing_and_its_plan_changes_everything,
        videos_are_deleted_as_planned,
        a_plan_is_outdated_by_whatever_would_change_it,
        videos_are_selected_by_their_ids_or_by_a_search,
        a_change_of_thousands_of_videos_is_one_write;
}

const UPDATE: &str = "mutation ($input: UpdateVideosInput!) { updateVideos(input: $input) {
    applied count plan requestId
    items { videoId currentVideo { version } changes { field old new } }
    videos { id version videoCodec audioCodec }
    userErrors { code message field }
} }";
const DELETE: &str = "mutation ($input: DeleteVideosInput!) { deleteVideos(input: $input) {
    applied count plan requestId deletedVideoIds videos { id version } userErrors { code field }
} }";

fn id(number: u64) -> String {
    counted_id(number).to_string()
}

async fn update(api: &TestApi, input: Value) -> Value {
    data(api.ask_with(UPDATE, json!({ "input": input })).await)["updateVideos"].take()
}

async fn delete(api: &TestApi, input: Value) -> Value {
    data(api.ask_with(DELETE, json!({ "input": input })).await)["deleteVideos"].take()
}

/// Four videos, of which the second and the fourth are h264, and the third has no sound.
async fn fill(api: &TestApi) {
    for (number, codec, audio) in
        [(1, "vp9", Some("aac")), (2, "h264", Some("aac")), (3, "av1", None), (4, "h264", None)]
    {
        let fields = json!({ "videoCodec": codec, "audioCodec": audio });
        let input = input_with(&format!("/media/{number}.mkv"), fields);
        data(api.ask_with(ADD, json!({ "input": input })).await);
    }
}

fn h264() -> Value {
    json!({ "filter": { "videoCodec": { "eq": "h264" } } })
}

/// The input of a dry run with more fields.
fn with(mut input: Value, more: &Value) -> Value {
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    input
}

async fn entries(api: &TestApi) -> u64 {
    api.store.count_entries(&AuditFilter::default()).await.unwrap()
}

async fn a_dry_run_changes_nothing_and_its_plan_changes_everything(api: TestApi) {
    fill(&api).await;
    let any = json!({ "filter": { "videoCodec": { "in": ["h264", "av1"] } } });
    let input = json!({ "select": any, "set": { "videoCodec": "av1", "audioCodec": null } });
    let planned = update(&api, input.clone()).await;
    let change =
        |field: &str, old: &str, new: Value| json!({ "field": field, "old": old, "new": new });
    let codec = || change("videoCodec", "h264", json!("av1"));
    let item = |number, version, changes: Value| json!({ "videoId": id(number), "currentVideo": { "version": version }, "changes": changes });
    // The third one has these values already.
    let changes =
        [(4, json!([codec()])), (2, json!([codec(), change("audioCodec", "aac", Value::Null)]))];
    let items = |version| -> Value {
        changes.iter().map(|(number, changes)| item(*number, version, changes.clone())).collect()
    };
    let expected = json!({ "applied": false, "count": 2, "plan": planned["plan"], "requestId": null,
        "items": items(1), "videos": [], "userErrors": [] });
    assert_eq!(planned, expected);
    assert_eq!(planned["plan"].as_str().unwrap().len(), 43);
    assert_eq!(update(&api, input.clone()).await, planned);
    assert_eq!(entries(&api).await, 4);

    let wet = json!({ "dryRun": false, "plan": planned["plan"] });
    let done = update(&api, with(input.clone(), &wet)).await;
    let video =
        |number| json!({ "id": id(number), "version": 2, "videoCodec": "av1", "audioCodec": null });
    let expected = json!({ "applied": true, "count": 2, "plan": null, "requestId": "request-1",
        "items": items(2), "videos": [video(4), video(2)], "userErrors": [] });
    assert_eq!(done, expected);
    let page = PageRequest::first(3);
    let log = api.store.list_entries(&AuditFilter::default(), &page).await.unwrap().items;
    let ids: Vec<_> = log.iter().map(|entry| entry.entity_id).collect();
    assert_eq!(ids, [2, 4, 4].map(counted_id));
    assert!(log[..2].iter().all(|entry| entry.write_end == log[0].sequence));
    assert!(log[..2].iter().all(|entry| entry.request_id.as_deref() == Some("request-1")));
    assert_eq!(api.store.check().await.unwrap(), [""; 0]);

    // By now there is nothing to do, which can be done as well.
    let nothing = update(&api, input.clone()).await;
    assert_eq!((&nothing["count"], &nothing["items"]), (&json!(0), &json!([])));
    let wet = json!({ "dryRun": false, "plan": nothing["plan"] });
    let done = update(&api, with(input, &wet)).await;
    assert_eq!((&done["applied"], &done["count"]), (&json!(true), &json!(0)));
    assert_eq!(entries(&api).await, 6);
}

async fn videos_are_deleted_as_planned(api: TestApi) {
    fill(&api).await;
    let input = json!({ "select": h264() });
    let planned = delete(&api, input.clone()).await;
    let shown = [4, 2].map(|number| json!({ "id": id(number), "version": 1 }));
    let expected = json!({ "applied": false, "count": 2, "plan": planned["plan"], "requestId": null,
        "deletedVideoIds": [], "videos": shown, "userErrors": [] });
    assert_eq!(planned, expected);
    let wet = json!({ "dryRun": false, "plan": planned["plan"] });
    let done = delete(&api, with(input, &wet)).await;
    let expected = json!({ "applied": true, "count": 2, "plan": null, "requestId": "request-1",
        "deletedVideoIds": [id(4), id(2)], "videos": [], "userErrors": [] });
    assert_eq!(done, expected);
    let found = api.store.get_many(&[1, 2, 3, 4].map(counted_id)).await.unwrap();
    let is_there: Vec<_> = found.iter().map(Option::is_some).collect();
    assert_eq!(is_there, [true, false, true, false]);
    assert_eq!(api.store.check().await.unwrap(), [""; 0]);
}

async fn a_plan_is_outdated_by_whatever_would_change_it(api: TestApi) {
    fill(&api).await;
    let set = |to: &str| json!({ "select": h264(), "set": { "videoCodec": to } });
    let plan = async || update(&api, set("av1")).await["plan"].take();
    let carry_out = async |plan: &Value, to: &str| {
        let before = entries(&api).await;
        let wet = json!({ "dryRun": false, "plan": plan });
        let answer = update(&api, with(set(to), &wet)).await;
        assert_eq!(answer["applied"], answer["userErrors"] == json!([]));
        (answer["userErrors"][0]["code"].clone(), entries(&api).await - before)
    };
    let outdated = (json!("EXPECTATION_FAILED"), 0);
    let first = plan().await;
    assert_eq!(carry_out(&first, "vp9").await, outdated, "other values");

    let patch = VideoPatch { width: Some(pixels(7)), ..VideoPatch::default() };
    api.store.update(counted_id(2), patch, None, by(9)).await.unwrap();
    assert_eq!(carry_out(&first, "av1").await, outdated, "a planned video has changed");

    let second = plan().await;
    let mut new = video(9);
    new.values.video_codec = text("h264");
    api.store.insert(new, by(9)).await.unwrap();
    assert_eq!(carry_out(&second, "av1").await, outdated, "another video matches");

    let third = plan().await;
    api.store.delete(counted_id(9), None, by(9)).await.unwrap();
    assert_eq!(carry_out(&third, "av1").await, outdated, "a planned video is gone");

    let patch = VideoPatch { video_codec: Some(text("hevc")), ..VideoPatch::default() };
    let fourth = plan().await;
    api.store.update(counted_id(4), patch, None, by(9)).await.unwrap();
    assert_eq!(carry_out(&fourth, "av1").await, outdated, "a planned video does not match");

    // What does not concern it, does not.
    let fifth = plan().await;
    let patch = VideoPatch { width: Some(pixels(8)), ..VideoPatch::default() };
    api.store.update(counted_id(1), patch, None, by(9)).await.unwrap();
    assert_eq!(carry_out(&fifth, "av1").await, (Value::Null, 1));
    assert_eq!(carry_out(&fifth, "av1").await, outdated, "it was carried out");
    let gone = delete(&api, json!({ "select": h264(), "dryRun": false, "plan": fifth })).await;
    assert_eq!(gone["userErrors"][0]["code"], "EXPECTATION_FAILED", "of another mutation");
}

async fn videos_are_selected_by_their_ids_or_by_a_search(api: TestApi) {
    fill(&api).await;
    // An ID in upper case is the same one, and counts once.
    let ids = json!({ "ids": [id(3), id(1), id(3).to_uppercase()] });
    let planned = delete(&api, json!({ "select": ids })).await;
    let shown = |numbers: &[u64]| -> Value {
        numbers.iter().map(|it| json!({ "id": id(*it), "version": 1 })).collect()
    };
    assert_eq!(planned["videos"], shown(&[3, 1]));
    let found = json!({ "filter": { "search": "mkv", "not": { "search": "2" } } });
    let planned = delete(&api, json!({ "select": found })).await;
    assert_eq!(planned["videos"], shown(&[4, 3, 1]));
    let on_files = json!({ "filter": { "rootId": { "isNull": true }, "width": { "eq": 1920 } } });
    let planned = delete(&api, json!({ "select": on_files })).await;
    assert_eq!(planned["videos"], shown(&[4, 3, 2, 1]));
    let wet = json!({ "select": on_files, "dryRun": false, "plan": planned["plan"] });
    assert_eq!(delete(&api, wet).await["count"], 4);
}

async fn a_change_of_thousands_of_videos_is_one_write(api: TestApi) {
    let videos = (1..=2500_u64).map(|number| {
        let mut new = video(number % 100);
        (new.id, new.values.path) = (counted_id(number), text(&format!("/many/{number}")));
        new
    });
    let on_conflict = reelgraph::repository::OnConflict::Fail;
    api.store.insert_many(videos.collect(), on_conflict, by(1)).await.unwrap();
    let select = json!({ "filter": { "path": { "startsWith": "/many/" } } });
    let input = json!({ "select": select, "set": { "videoCodec": "other", "height": 7 } });
    let document = "mutation ($input: UpdateVideosInput!) { updateVideos(input: $input) {
        count plan items(first: 1000) { videoId } videos(first: 1000) { id }
    } }";
    let ask = async |input: Value| {
        data(api.ask_with(document, json!({ "input": input })).await)["updateVideos"].take()
    };
    let planned = ask(input.clone()).await;
    let lengths =
        |answer: &Value| ["items", "videos"].map(|it| answer[it].as_array().unwrap().len());
    assert_eq!((&planned["count"], lengths(&planned)), (&json!(2500), [1000, 0]));
    let done = ask(with(input, &json!({ "dryRun": false, "plan": planned["plan"] }))).await;
    assert_eq!((&done["count"], lengths(&done)), (&json!(2500), [1000, 1000]));
    let page = PageRequest::first(2500);
    let log = api.store.list_entries(&AuditFilter::default(), &page).await.unwrap().items;
    assert!(log.iter().all(|entry| entry.write_end == log[0].sequence && entry.version == 2));
    assert_eq!(api.store.check().await.unwrap(), [""; 0]);
}
