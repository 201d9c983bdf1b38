//! Deleting the records of missing videos, and joining them with those of files that turned up.

use reelgraph::domain::catalogue::{Problem, ProblemCode};
use reelgraph::graphql::DocumentLimits;
use reelgraph::repository::catalogue::NotedProblem;
use reelgraph::repository::{FileChange, VideoRepository};
use serde_json::{Value, json};

use crate::support::catalogue::{
    add_files, file_of, found, lose_files, reading, root, root_node_id, served_root,
};
use crate::support::clock::counted_id;
use crate::support::graphql::{TestApi, data, error};
use crate::support::videos::second;

const DELETE: &str = "mutation ($input: DeleteMissingVideosInput!) {
    deleteMissingVideos(input: $input) {
        applied count hasMore plan requestId deletedVideoIds videos { id } userErrors { code field }
    }
}";
const MERGE: &str = "mutation ($input: MergeMovedVideoInput!) { mergeMovedVideo(input: $input) {
    video { id path filename version missingSince } auditEntry { id } deletedVideoId
    userErrors { code field }
} }";

/// Five files, of which the second, third and fourth are missing.
async fn library(limits: DocumentLimits) -> TestApi {
    let api = TestApi::with_limits(limits);
    fill(&api).await;
    api
}

async fn fill(api: &TestApi) {
    for root in [served_root(1), root(2)] {
        assert!(api.store.catalogue().add_root(&root).await.unwrap());
    }
    add_files(&*api.store, 1, &[1, 2, 3, 4, 5]).await;
    lose_files(&*api.store, 1, &[4, 2, 3]).await;
}

async fn delete(api: &TestApi, more: Value) -> Value {
    let mut input = json!({
        "rootId": root_node_id(1), "missingSinceBefore": "2027-01-01T00:00:00Z",
    });
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    data(api.ask_with(DELETE, json!({ "input": input })).await)["deleteMissingVideos"].take()
}

fn ids(numbers: &[u64]) -> Value {
    numbers.iter().map(|number| counted_id(*number).to_string()).collect()
}

fn refused(code: &str, field: &str) -> Value {
    json!({ "applied": false, "count": null, "hasMore": false, "plan": null, "requestId": null,
        "deletedVideoIds": [], "videos": [],
        "userErrors": [{ "code": code, "field": ["input", field] }] })
}

#[tokio::test]
async fn missing_videos_are_deleted_as_planned() {
    let folder = tempfile::tempdir().unwrap();
    for api in TestApi::of_each_store(folder.path()).await {
        fill(&api).await;
        are_deleted_as_planned(&api).await;
    }
}

async fn are_deleted_as_planned(api: &TestApi) {
    let planned = delete(api, json!({})).await;
    let shown: Value =
        planned["videos"].as_array().unwrap().iter().map(|it| it["id"].clone()).collect();
    assert_eq!(shown, ids(&[2, 3, 4]));
    let expected = json!({ "applied": false, "count": 3, "hasMore": false, "plan": planned["plan"],
        "requestId": null, "deletedVideoIds": [], "videos": planned["videos"], "userErrors": [] });
    assert_eq!(planned, expected);
    assert_eq!(delete(api, json!({})).await, planned, "a dry run deletes nothing");
    let done = delete(api, json!({ "dryRun": false, "plan": planned["plan"] })).await;
    let expected = json!({ "applied": true, "count": 3, "hasMore": false, "plan": null,
        "requestId": "request-1", "deletedVideoIds": ids(&[2, 3, 4]), "videos": [], "userErrors": [] });
    assert_eq!(done, expected);
    let document = "{ videos { nodes { id } } auditEntries(first: 3) { nodes { actor requestId operation } } }";
    let left = data(api.ask(document).await);
    let left_ids: Value =
        left["videos"]["nodes"].as_array().unwrap().iter().map(|it| it["id"].clone()).collect();
    assert_eq!(left_ids, ids(&[5, 1]));
    for entry in left["auditEntries"]["nodes"].as_array().unwrap() {
        let by = json!({ "actor": "tester", "requestId": "request-1", "operation": "DELETE" });
        assert_eq!(*entry, by);
    }
}

#[tokio::test]
async fn nothing_but_the_plan_is_carried_out() {
    let api = library(DocumentLimits::default()).await;
    let wet = json!({ "dryRun": false });
    assert_eq!(delete(&api, wet).await, refused("PLAN_REQUIRED", "plan"));
    let plan = delete(&api, json!({})).await["plan"].take();
    let carry_out = async |api: &TestApi, more: Value| {
        let mut input = json!({ "dryRun": false, "plan": plan });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        delete(api, input).await
    };
    let expected = refused("EXPECTATION_FAILED", "plan");
    let other = json!({ "missingSinceBefore": "2027-01-01T00:00:01Z" });
    assert_eq!(carry_out(&api, other).await, expected);
    assert_eq!(carry_out(&api, json!({ "rootId": root_node_id(2) })).await, expected);
    let number = file_of(&*api.store, counted_id(2)).await;
    found(&*api.store, 1, vec![FileChange::Restored { number }]).await;
    assert_eq!(carry_out(&api, json!({})).await, expected);
    assert_eq!(delete(&api, json!({})).await["count"], 2);
    let unknown = json!({ "rootId": root_node_id(7) });
    assert_eq!(delete(&api, unknown).await, refused("NOT_FOUND", "rootId"));
    assert_eq!(delete(&api, json!({ "rootId": "7" })).await, refused("INVALID", "rootId"));
}

#[tokio::test]
async fn no_more_than_the_limit_go_at_once() {
    let limits = DocumentLimits { max_missing_deletions: 2, ..DocumentLimits::default() };
    let api = library(limits).await;
    let planned = delete(&api, json!({})).await;
    assert_eq!((&planned["count"], &planned["hasMore"]), (&json!(2), &json!(true)));
    let done = delete(&api, json!({ "dryRun": false, "plan": planned["plan"] })).await;
    assert_eq!((&done["deletedVideoIds"], &done["hasMore"]), (&ids(&[2, 3]), &json!(true)));
    let last = delete(&api, json!({})).await;
    assert_eq!((&last["count"], &last["hasMore"]), (&json!(1), &json!(false)));
    let before = json!({ "missingSinceBefore": "2026-01-01T00:00:00Z" });
    assert_eq!(delete(&api, before).await["count"], 0);
}

#[tokio::test]
async fn a_date_alone_is_no_moment_since_when_videos_are_missing() {
    let api = library(DocumentLimits::default()).await;
    let document = "mutation ($root: ID!, $before: DateTime!) { deleteMissingVideos(
        input: { rootId: $root, missingSinceBefore: $before }
    ) { count } }";
    let ask = async |before: &str| {
        api.ask_with(document, json!({ "root": root_node_id(1), "before": before })).await
    };
    assert_eq!(error(&ask("2027-01-01").await).0, "BAD_USER_INPUT");
    let planned = data(ask("2027-01-01T00:00:00Z").await);
    assert_eq!(planned["deleteMissingVideos"]["count"], 3);
}

async fn merge(api: &TestApi, missing: &str, new: &str) -> Value {
    let input = json!({ "missingVideoId": missing, "newVideoId": new });
    data(api.ask_with(MERGE, json!({ "input": input })).await)["mergeMovedVideo"].take()
}

/// Has a scan find a file with the content of another one.
async fn add_like(api: &TestApi, number: u8, content: u8) {
    let (path, id) = (format!("{number}.mkv").into_bytes(), counted_id(number.into()));
    let change = FileChange::Found { path, id, reading: reading(content) };
    found(&*api.store, 1, vec![change]).await;
}

#[tokio::test]
async fn a_missing_video_goes_on_with_the_file_that_turned_up() {
    let folder = tempfile::tempdir().unwrap();
    for api in TestApi::of_each_store(folder.path()).await {
        fill(&api).await;
        goes_on_with_the_new_file(&api).await;
    }
}

async fn goes_on_with_the_new_file(api: &TestApi) {
    add_like(api, 6, 2).await;
    let [missing, new] = [2, 6].map(|number| counted_id(number).to_string());
    let merged = merge(api, &missing, &new).await;
    let video = json!({ "id": missing, "path": "/media/1/6.mkv", "filename": "6.mkv",
        "version": 3, "missingSince": null });
    let expected = json!({ "video": video, "auditEntry": { "id": format!("{missing}:3") },
        "deletedVideoId": new, "userErrors": [] });
    assert_eq!(merged, expected);
    let document = format!(
        "{{ new: video(id: \"{new}\") {{ id }} missing: video(id: \"{missing}\") {{ availability }} }}"
    );
    let expected = json!({ "new": null, "missing": { "availability": "AVAILABLE" } });
    assert_eq!(data(api.ask(&document).await), expected);
}

#[tokio::test]
async fn a_file_that_is_joined_with_a_missing_video_is_no_problem_any_more() {
    let folder = tempfile::tempdir().unwrap();
    for api in TestApi::of_each_store(folder.path()).await {
        fill(&api).await;
        for number in [6, 7, 8] {
            add_like(&api, number, 2).await;
        }
        let problem = |path: &str, code, candidates: &[u64]| NotedProblem {
            path: path.into(),
            problem: Problem::new(code),
            since: second(1),
            mark: None,
            candidates: candidates.iter().map(|number| counted_id(*number)).collect(),
        };
        let ambiguous = |path, candidates| problem(path, ProblemCode::AmbiguousMove, candidates);
        let other = problem("x.mkv", ProblemCode::ReadFailed, &[]);
        let noted = [
            ambiguous("6.mkv", &[2, 3]),
            ambiguous("7.mkv", &[2]),
            ambiguous("8.mkv", &[4, 2, 3]),
            ambiguous("9.mkv", &[3]),
            other.clone(),
        ];
        let (catalogue, root) = (api.store.catalogue(), served_root(1).id);
        catalogue.change_problems(root, &noted, &[]).await.unwrap();
        let [missing, new] = [2, 6].map(|number| counted_id(number).to_string());
        assert_eq!(merge(&api, &missing, &new).await["userErrors"], json!([]));
        let left = [ambiguous("8.mkv", &[4, 3]), ambiguous("9.mkv", &[3]), other];
        assert_eq!(catalogue.all_problems(root).await.unwrap(), left);
    }
}

#[tokio::test]
async fn videos_that_are_not_one_file_are_not_joined() {
    let api = library(DocumentLimits::default()).await;
    let id = |number: u64| counted_id(number).to_string();
    let codes = |answer: &Value| -> Vec<String> {
        let errors = answer["userErrors"].as_array().unwrap().iter();
        errors
            .map(|it| {
                format!("{} {}", it["code"].as_str().unwrap(), it["field"][1].as_str().unwrap())
            })
            .collect()
    };
    for (missing, new, expected) in [
        (id(1), id(5), vec!["NOT_POSSIBLE_NOW missingVideoId"]),
        (id(2), id(3), vec!["NOT_POSSIBLE_NOW newVideoId"]),
        (id(5), id(3), vec!["NOT_POSSIBLE_NOW missingVideoId", "NOT_POSSIBLE_NOW newVideoId"]),
        (id(8), id(9), vec!["NOT_FOUND missingVideoId", "NOT_FOUND newVideoId"]),
        // Their files differ.
        (id(2), id(5), vec!["NOT_POSSIBLE_NOW newVideoId"]),
        (id(2), id(2), vec!["NOT_POSSIBLE_NOW newVideoId"]),
        ("x".to_owned(), id(5), vec!["INVALID missingVideoId"]),
    ] {
        let answer = merge(&api, &missing, &new).await;
        assert_eq!(
            (codes(&answer), &answer["video"]),
            (expected.iter().map(|it| (*it).to_owned()).collect(), &Value::Null)
        );
    }
}
