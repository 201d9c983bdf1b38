//! Subscriptions to how scans proceed.

use std::time::Duration;

use reelgraph::domain::Timestamp;
use reelgraph::domain::catalogue::{
    RunnerId, ScanCounts, ScanEnd, ScanOrder, ScanPhase, ScanState,
};
use reelgraph::feed::FeedSettings;
use reelgraph::repository::VideoRepository;
use reelgraph::repository::catalogue::{Lease, ScanReport};
use serde_json::{Value, json};

use crate::support::catalogue::{order, root, root_id, scan_id, scan_node_id};
use crate::support::graphql::{Responses, TestApi, data};
use crate::support::videos::second;

const FOLLOW: &str = "subscription ($jobId: ID) { scanProgress(jobId: $jobId) {
    id state progress counts { seen } root { name }
} }";

const LEASE: Lease = Lease { runner: RunnerId::from_bytes([0; 16]), until: Timestamp::MAX };

/// An API over a library with a root, whose events come as soon as they can.
async fn library() -> TestApi {
    let library_interval = Duration::from_millis(1);
    let api = TestApi::with_settings(FeedSettings { library_interval, ..FeedSettings::default() });
    assert!(api.store.catalogue().add_root(&root(1)).await.unwrap());
    api
}

async fn queue(api: &TestApi, number: u8) {
    let order = ScanOrder { paths: vec![number.to_string()], ..order(1) };
    api.store.catalogue().queue(scan_id(number), &order, second(number.into())).await.unwrap();
}

async fn begin(api: &TestApi) {
    let begun = api.store.catalogue().begin(&[root_id(1)], LEASE, second(9)).await.unwrap();
    assert!(begun.is_some());
}

async fn report(api: &TestApi, number: u8, seen: u64) {
    let counts = ScanCounts { seen, ..ScanCounts::default() };
    let report = ScanReport { phase: ScanPhase::Walking, progress: Some(0.5), counts };
    api.store.catalogue().report(scan_id(number), &report, LEASE).await.unwrap();
}

async fn end(api: &TestApi, number: u8) {
    let counts = ScanCounts { seen: 9, ..ScanCounts::default() };
    let end = ScanEnd { state: ScanState::Succeeded, counts, message: None };
    api.store
        .catalogue()
        .end(scan_id(number), &end, RunnerId::from_bytes([0; 16]), second(9))
        .await
        .unwrap();
}

fn shown(number: u8, state: &str, progress: Option<f64>, seen: u64) -> Value {
    json!({ "id": scan_node_id(number), "state": state, "progress": progress,
        "counts": { "seen": seen }, "root": { "name": "films-1" } })
}

async fn event(stream: &mut Responses) -> Value {
    data(stream.next().await.expect("the stream goes on"))["scanProgress"].take()
}

#[tokio::test]
async fn a_scan_is_followed_from_how_it_is_now_to_its_end() {
    let api = library().await;
    queue(&api, 1).await;
    let mut stream = api.follow(FOLLOW, json!({ "jobId": scan_node_id(1) }));
    assert_eq!(event(&mut stream).await, shown(1, "QUEUED", None, 0));
    begin(&api).await;
    assert_eq!(event(&mut stream).await, shown(1, "RUNNING", None, 0));
    report(&api, 1, 3).await;
    queue(&api, 2).await;
    assert_eq!(event(&mut stream).await, shown(1, "RUNNING", Some(0.5), 3));
    report(&api, 1, 4).await;
    end(&api, 1).await;
    let last = loop {
        let next = event(&mut stream).await;
        if next["state"] != "RUNNING" {
            break next;
        }
    };
    assert_eq!(last, shown(1, "SUCCEEDED", None, 9));
    assert_eq!(stream.next().await, None);
    let mut late = api.follow(FOLLOW, json!({ "jobId": scan_node_id(1) }));
    assert_eq!(event(&mut late).await, last);
    assert_eq!(late.next().await, None);
}

#[tokio::test]
async fn all_scans_are_followed_for_as_long_as_somebody_listens() {
    let api = library().await;
    queue(&api, 1).await;
    begin(&api).await;
    end(&api, 1).await;
    queue(&api, 2).await;
    queue(&api, 3).await;
    let mut stream = api.follow(FOLLOW, json!({}));
    assert_eq!(event(&mut stream).await, shown(2, "QUEUED", None, 0));
    assert_eq!(event(&mut stream).await, shown(3, "QUEUED", None, 0));
    api.store.catalogue().cancel(scan_id(2), second(9)).await.unwrap();
    assert_eq!(event(&mut stream).await, shown(2, "CANCELLED", None, 0));
    queue(&api, 4).await;
    assert_eq!(event(&mut stream).await, shown(4, "QUEUED", None, 0));
}

#[tokio::test]
async fn a_scan_that_ends_behind_a_hundred_newer_ones_is_shown() {
    let api = library().await;
    queue(&api, 1).await;
    begin(&api).await;
    let mut stream = api.follow(FOLLOW, json!({}));
    assert_eq!(event(&mut stream).await, shown(1, "RUNNING", None, 0));
    for number in 2..=103 {
        queue(&api, number).await;
    }
    end(&api, 1).await;
    let mut seen = event(&mut stream).await;
    while seen["id"] != scan_node_id(1) {
        seen = event(&mut stream).await;
    }
    assert_eq!(seen, shown(1, "SUCCEEDED", None, 9));
}

#[tokio::test]
async fn a_scan_that_does_not_exist_is_an_error() {
    let api = library().await;
    for id in [scan_node_id(1), "x".to_owned(), scan_id(1).to_string()] {
        let (code, message) = api.follow(FOLLOW, json!({ "jobId": id })).refusal().await;
        let expected = ("NOT_FOUND", "there is no scan with this jobId");
        assert_eq!((code.as_str(), message.as_str()), expected);
    }
}

#[tokio::test]
async fn whoever_follows_scans_is_sent_away_when_the_server_stops() {
    let api = library().await;
    queue(&api, 1).await;
    let mut stream = api.follow(FOLLOW, json!({}));
    event(&mut stream).await;
    api.feed.close();
    assert_eq!(stream.refusal().await.0, "SERVER_STOPPING");
    assert_eq!(api.follow(FOLLOW, json!({})).refusal().await.0, "SERVER_STOPPING");
}
