//! Asking for scans, stopping them, and confirming what they held back.

use reelgraph::domain::Timestamp;
use reelgraph::domain::catalogue::{Root, RunnerId, ScanCounts, ScanEnd, ScanOrder, ScanState};
use reelgraph::repository::VideoRepository;
use reelgraph::repository::catalogue::Lease;
use serde_json::{Value, json};

use crate::support::catalogue::{
    order, root, root_id, root_node_id, scan_id, scan_node_id, served_root,
};
use crate::support::graphql::{TestApi, data};
use crate::support::videos::second;

/// An API over a library with a root that a server looks after, one that nobody looks after, and one whose
/// server is gone.
async fn library() -> TestApi {
    let api = TestApi::new();
    let left = Root { served_until: Some(Timestamp::MIN), ..root(3) };
    for root in [served_root(1), root(2), left] {
        assert!(api.store.catalogue().add_root(&root).await.unwrap());
    }
    api
}

const SCAN: &str = "mutation ($input: ScanLibraryInput!) { scanLibrary(input: $input) {
    job { id state paths requestedBy root { name } } userErrors { code message field }
} }";
const CANCEL: &str = "mutation ($input: CancelScanInput!) { cancelScan(input: $input) {
    job { id state } userErrors { code message field }
} }";
const CONFIRM: &str = "mutation ($input: ConfirmScanInput!) { confirmScan(input: $input) {
    job { id paths requestedBy } userErrors { code message field }
} }";

async fn ask(api: &TestApi, document: &str, input: Value) -> Value {
    let mut answer = data(api.ask_with(document, json!({ "input": input })).await);
    answer.as_object_mut().unwrap().values_mut().next().unwrap().take()
}

/// The codes and fields of the errors of a payload.
fn faults(payload: &Value) -> Vec<(String, String)> {
    let text = |fault: &Value| {
        let field: Vec<_> =
            fault["field"].as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect();
        (fault["code"].as_str().unwrap().to_owned(), field.join("."))
    };
    payload["userErrors"].as_array().unwrap().iter().map(text).collect()
}

#[track_caller]
fn assert_fault(payload: &Value, code: &str, field: &str) {
    assert_eq!(faults(payload), [(code.to_owned(), field.to_owned())], "{payload:#}");
}

#[tokio::test]
async fn a_scan_is_queued_once() {
    let api = library().await;
    let input = json!({ "rootId": root_node_id(1), "paths": ["b/", "a", "b/c"] });
    let one = ask(&api, SCAN, input.clone()).await;
    let job = &one["job"];
    let expected = json!({ "id": job["id"], "state": "QUEUED", "paths": ["a", "b"],
        "requestedBy": "tester", "root": { "name": "films-1" } });
    assert_eq!((job, &one["userErrors"]), (&expected, &json!([])));
    assert_eq!(ask(&api, SCAN, input).await, one);
    let whole = ask(&api, SCAN, json!({ "rootId": root_node_id(1) })).await;
    assert_eq!(whole["job"]["paths"], json!([]));
    let rescan = json!({ "rootId": root_node_id(1), "rescan": true });
    assert_ne!(ask(&api, SCAN, rescan).await["job"]["id"], whole["job"]["id"]);
}

#[tokio::test]
async fn a_scan_that_cannot_begin_is_refused() {
    let api = library().await;
    let scan = async |root: &str, paths: Value| {
        ask(&api, SCAN, json!({ "rootId": root, "paths": paths })).await
    };
    for (number, code) in [(2, "ROOT_OFFLINE"), (3, "ROOT_OFFLINE"), (4, "NOT_FOUND")] {
        let refused = scan(&root_node_id(number), Value::Null).await;
        assert_fault(&refused, code, "input.rootId");
        assert_eq!(refused["job"], Value::Null);
    }
    assert_fault(&scan("1", Value::Null).await, "INVALID", "input.rootId");
    let whole = root_node_id(1);
    assert_fault(&scan(&whole, json!(["a", "../b"])).await, "INVALID", "input.paths.1");
    assert_fault(&scan(&whole, json!([])).await, "INVALID", "input.paths");
    assert_fault(&scan(&whole, json!(vec!["a"; 101])).await, "INVALID", "input.paths");
    let both = faults(&scan("x", json!(["/"])).await);
    let fields: Vec<_> = both.iter().map(|(_, field)| field.as_str()).collect();
    assert_eq!(fields, ["input.rootId", "input.paths.0"]);
    let catalogue = api.store.catalogue();
    assert_eq!(catalogue.count_scans(&Default::default()).await.unwrap(), 0);
}

#[tokio::test]
async fn a_root_that_is_offline_is_scanned_if_a_server_looks_after_it() {
    let api = library().await;
    let look = reelgraph::domain::catalogue::RootLook { fault: Some("Away.".into()), device: None };
    api.store.catalogue().note_look(root_id(1), &look, Some(Timestamp::MAX)).await.unwrap();
    let queued = ask(&api, SCAN, json!({ "rootId": root_node_id(1) })).await;
    assert_eq!(queued["job"]["state"], "QUEUED");
}

#[tokio::test]
async fn a_queued_scan_ends_when_it_is_cancelled_and_one_that_has_ended_stays() {
    let api = library().await;
    let catalogue = api.store.catalogue();
    catalogue.queue(scan_id(1), &order(1), second(1)).await.unwrap();
    for _ in 0..2 {
        let cancelled = ask(&api, CANCEL, json!({ "jobId": scan_node_id(1) })).await;
        let job = json!({ "id": scan_node_id(1), "state": "CANCELLED" });
        assert_eq!(cancelled, json!({ "job": job, "userErrors": [] }));
    }
    end(&api, 2, ScanState::Succeeded, 0).await;
    let late = ask(&api, CANCEL, json!({ "jobId": scan_node_id(2) })).await;
    assert_fault(&late, "NOT_POSSIBLE_NOW", "input.jobId");
    assert_eq!(late["job"]["state"], "SUCCEEDED");
    let unknown = ask(&api, CANCEL, json!({ "jobId": scan_node_id(3) })).await;
    assert_fault(&unknown, "NOT_FOUND", "input.jobId");
    assert_fault(&ask(&api, CANCEL, json!({ "jobId": "x" })).await, "INVALID", "input.jobId");
}

#[tokio::test]
async fn a_running_scan_is_asked_to_stop() {
    let api = library().await;
    begin(&api, 1).await;
    let cancelled = ask(&api, CANCEL, json!({ "jobId": scan_node_id(1) })).await;
    assert_eq!(cancelled["job"]["state"], "RUNNING");
    assert!(api.store.catalogue().scan(scan_id(1)).await.unwrap().unwrap().is_cancelled);
}

/// Begins a scan of a folder of the first root, at the second with its number.
async fn begin(api: &TestApi, number: u8) {
    let catalogue = api.store.catalogue();
    let order = ScanOrder { paths: vec!["a".to_owned()], ..order(1) };
    catalogue.queue(scan_id(number), &order, second(number.into())).await.unwrap();
    let lease = Lease { runner: RunnerId::from_bytes([0; 16]), until: Timestamp::MAX };
    catalogue.begin(&[root_id(1)], lease, second(number.into())).await.unwrap().unwrap();
}

/// Has a scan end.
async fn end(api: &TestApi, number: u8, state: ScanState, held_back: u64) {
    begin(api, number).await;
    let counts = ScanCounts { held_back, ..ScanCounts::default() };
    let end = ScanEnd { state, counts, message: None };
    let at = second(number.into());
    api.store
        .catalogue()
        .end(scan_id(number), &end, RunnerId::from_bytes([0; 16]), at)
        .await
        .unwrap();
}

#[tokio::test]
async fn what_was_held_back_is_confirmed_once() {
    let api = library().await;
    end(&api, 1, ScanState::NeedsConfirmation, 30).await;
    let input = json!({ "jobId": scan_node_id(1), "expectedHeldBack": 30 });
    let confirmed = ask(&api, CONFIRM, input.clone()).await;
    assert_eq!(confirmed["userErrors"], json!([]));
    assert_eq!(
        (&confirmed["job"]["paths"], &confirmed["job"]["requestedBy"]),
        (&json!(["a"]), &json!("tester"))
    );
    assert_eq!(ask(&api, CONFIRM, input).await, confirmed);
    let all = reelgraph::domain::PageRequest::Forward { limit: 9, after: None };
    let scans = api.store.catalogue().scans(&Default::default(), &all).await.unwrap();
    let confirmed = scans.items.iter().filter_map(|job| job.order.confirmed_missing);
    assert_eq!((confirmed.collect::<Vec<_>>(), scans.items.len()), (vec![30], 2));
}

#[tokio::test]
async fn what_no_longer_stands_is_not_confirmed() {
    let api = library().await;
    let confirm = async |number: u8, held_back: i32| {
        let input = json!({ "jobId": scan_node_id(number), "expectedHeldBack": held_back });
        ask(&api, CONFIRM, input).await
    };
    assert_fault(&confirm(1, 3).await, "NOT_FOUND", "input.jobId");
    end(&api, 1, ScanState::NeedsConfirmation, 3).await;
    for other in [2, 4, -1] {
        let refused = confirm(1, other).await;
        assert_fault(&refused, "EXPECTATION_FAILED", "input.expectedHeldBack");
    }
    end(&api, 2, ScanState::Failed, 3).await;
    assert_fault(&confirm(1, 3).await, "NOT_POSSIBLE_NOW", "input.jobId");
    assert_fault(&confirm(2, 3).await, "NOT_POSSIBLE_NOW", "input.jobId");
    end(&api, 3, ScanState::NeedsConfirmation, 3).await;
    let look = reelgraph::domain::catalogue::RootLook { fault: None, device: None };
    api.store.catalogue().note_look(root_id(1), &look, None).await.unwrap();
    assert_fault(&confirm(3, 3).await, "ROOT_OFFLINE", "input.jobId");
    let bad = json!({ "jobId": "scan:", "expectedHeldBack": 3 });
    assert_fault(&ask(&api, CONFIRM, bad).await, "INVALID", "input.jobId");
}
