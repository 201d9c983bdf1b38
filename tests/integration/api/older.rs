//! The history of a library that an earlier program filled.

use std::fs;

use reelgraph::domain::AuditFilter;
use reelgraph::repository::{VideoReader, VideoRepository};
use serde_json::{Value, json};

use crate::support::graphql::{TestApi, data};

/// A library in which an earlier program changed many videos at once, undid that, deleted two and restored one.
const LIBRARY: &[u8] = include_bytes!("../../data/library-20261130010000.sqlite");

/// How many videos are 640 pixels wide, at this moment.
async fn narrow(api: &TestApi, time: &Value) -> Value {
    let document = "query ($time: DateTime!) { libraryAt(at: { time: $time }) {
        videos(first: 0, filter: { width: { eq: 640 } }) { totalCount }
    } }";
    let found = data(api.ask_with(document, json!({ "time": time })).await);
    found["libraryAt"]["videos"]["totalCount"].clone()
}

async fn undo(api: &TestApi, request: &str, more: &str) -> Value {
    let document = format!(
        "mutation {{ undoRequest(input: {{ requestId: \"{request}\" {more} }}) {{
            applied count conflictCount plan userErrors {{ code }}
        }} }}"
    );
    data(api.ask(&document).await)["undoRequest"].take()
}

#[tokio::test]
async fn bulk_changes_of_an_earlier_program_are_shown_and_taken_back() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("library.db");
    fs::write(&file, LIBRARY).unwrap();
    let api = TestApi::over_file(&file).await;
    assert_eq!(api.store.check().await.unwrap(), Vec::<String>::new());
    let requests = data(
        api.ask(
            "{ auditRequests(first: 10) { nodes {
        requestId startedAt endedAt inserted updated deleted
    } } }",
        )
        .await,
    );
    let requests = requests["auditRequests"]["nodes"].as_array().unwrap();
    let position = requests.iter().position(|it| it["requestId"] == "wide").unwrap();
    let [restored, gone, undone, wide, before] = &requests[position - 3..=position + 1] else {
        unreachable!("there are five")
    };
    let sums = |request: &Value| ["inserted", "updated", "deleted"].map(|sum| request[sum].clone());
    let expected = [[1, 0, 0], [0, 0, 2], [0, 25, 0], [0, 25, 0], [0, 10, 0]];
    assert_eq!(
        [restored, gone, undone, wide, before].map(sums),
        expected.map(|it| it.map(Value::from))
    );

    for (moment, expected) in [(before, 5), (wide, 30), (undone, 5)] {
        assert_eq!(narrow(&api, &moment["endedAt"]).await, expected, "{moment}");
    }
    // It is undone already, and one of its videos is gone.
    let again = undo(&api, "wide", "").await;
    assert_eq!(again["userErrors"], json!([{ "code": "UNDO_CONFLICT" }]));
    let id = undone["requestId"].as_str().unwrap();
    let keep = "onConflict: KEEP_LATER";
    let plan = undo(&api, id, keep).await;
    let carry_out = format!("{keep} dryRun: false plan: {}", plan["plan"]);
    let done = undo(&api, id, &carry_out).await;
    assert_eq!((&done["applied"], &done["count"]), (&json!(true), &plan["count"]));
    assert_eq!(done["count"], 24);
    assert_eq!(narrow(&api, &json!("2100-01-01T00:00:00Z")).await, 5 + 24);
    let filter = AuditFilter::default();
    assert_eq!(api.store.entries_after(0, &filter, 1000).await.unwrap().len(), 171 + 24);
    assert_eq!(api.store.check().await.unwrap(), Vec::<String>::new());
}
