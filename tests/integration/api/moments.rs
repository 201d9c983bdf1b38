//! What shows the place of the newest change shows the library at that place, while others write.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{BoxFuture, FutureExt};
use reelgraph::domain::VideoPatch;
use reelgraph::feed::FeedSettings;
use reelgraph::repository::memory::MemoryRepository;
use reelgraph::repository::sqlite::SqliteRepository;
use reelgraph::repository::{VideoRepository, Write};
use serde_json::{Value, json};

use crate::support::clock::counted_id;
use crate::support::graphql::{TestApi, data};
use crate::support::videos::pixels;
use crate::support::watched_store::WatchedStore;

const FOLLOW: &str = "subscription ($after: String, $videoId: ID) {
  videoChanges(after: $after, videoId: $videoId, marks: true) { kind auditEntry { id } }
}";

/// Runs a case on each store.
async fn on_each_store(case: impl Fn(TestApi) -> BoxFuture<'static, ()>) {
    let folder = tempfile::tempdir().unwrap();
    let file = SqliteRepository::open(&folder.path().join("library.db")).await.unwrap();
    let stores: [Arc<dyn VideoRepository>; 2] = [Arc::new(MemoryRepository::new()), Arc::new(file)];
    let progress_interval = Duration::from_secs(3600);
    let settings = FeedSettings { progress_interval, ..FeedSettings::default() };
    for store in stores {
        let api = TestApi::over(WatchedStore::over(store), settings);
        api.add(3).await;
        case(api).await;
    }
}

/// Nine changes of the first video, each to another width; no two rounds have one in common.
fn changes(round: i32) -> Vec<Write> {
    let change = |number| {
        let patch = VideoPatch { width: Some(pixels(number)), ..VideoPatch::default() };
        Write::Update { id: counted_id(1), patch, expected_version: None }
    };
    (10 * round + 1..10 * round + 10).map(change).collect()
}

/// The IDs of the changes after a cursor, of one video or of all.
async fn changes_after(api: &TestApi, cursor: &Value, video_id: Option<&Value>) -> Vec<Value> {
    let variables = json!({ "after": cursor, "videoId": video_id });
    let mut events = api.follow(FOLLOW, variables);
    let mut changes = Vec::new();
    loop {
        let event = events.event().await;
        match event["kind"].as_str() {
            Some("CHANGE") => changes.push(event["auditEntry"]["id"].clone()),
            Some("CAUGHT_UP") => return changes,
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn lists_and_statistics_have_the_cursor_of_their_own_snapshot() {
    on_each_store(|api| check_fields(api).boxed()).await;
}

async fn check_fields(api: TestApi) {
    let one = "video(id: \"00000000-0000-7000-8000-000000000001\")";
    let of_one = format!("{one} {{ auditEntries(first: 100) {{ nodes {{ id }} changesCursor }} }}");
    for (round, field) in (1..).zip([
        "videos(first: 100) { nodes { version } totalCount changesCursor }",
        "videos(filter: { width: { gt: 0 } }) { nodes { version } totalCount changesCursor }",
        "searchVideos(query: \"mkv\") { nodes { version } totalCount changesCursor }",
        "auditEntries(first: 100) { nodes { id } totalCount changesCursor }",
        "auditRequests(first: 100) { nodes { updated latest { id } } totalCount changesCursor }",
        "videoStats { count resolutions { width count } changesCursor }",
        &of_one,
    ]) {
        let document = format!("{{ it: {field} }}");
        let before = data(api.ask(&document).await)["it"].take();
        let (answer, written) = intruded(&api, round, &document).await;
        assert_eq!(answer["it"], before, "{document}: what others wrote since shows nowhere");
        let cursors = [&before["changesCursor"], &before["auditEntries"]["changesCursor"]];
        let cursor = cursors.into_iter().find(|cursor| cursor.is_string()).unwrap();
        let since = changes_after(&api, cursor, None).await;
        assert_eq!(since.len(), written, "{document}: {since:?}");
    }
}

/// The data of an answer while others write after whatever it reads, and how often they have.
async fn intruded(api: &TestApi, round: i32, document: &str) -> (Value, usize) {
    api.store.intrude(changes(round));
    let answer = data(api.ask(document).await);
    let written = 9 - api.store.intrusions_left();
    api.store.intrude(Vec::new());
    assert_ne!(written, 0, "{document}");
    (answer, written)
}

#[tokio::test]
async fn a_history_in_a_mutation_has_the_cursor_of_its_own_snapshot() {
    on_each_store(|api| check_mutation(api).boxed()).await;
}

async fn check_mutation(api: TestApi) {
    let id = counted_id(1).to_string();
    let document = format!(
        "mutation {{ updateVideo(input: {{ id: \"{id}\", height: 5 }}) {{
            video {{ id auditEntries(first: 100) {{ nodes {{ id }} changesCursor }} }}
        }} }}"
    );
    let (mut answer, _) = intruded(&api, 1, &document).await;
    let video = answer["updateVideo"]["video"].take();
    let history = &video["auditEntries"];
    let shown = history["nodes"].as_array().unwrap().len();
    let since = changes_after(&api, &history["changesCursor"], Some(&video["id"])).await;
    let document = format!("{{ video(id: \"{id}\") {{ version }} }}");
    let version = data(api.ask(&document).await)["video"]["version"].as_u64();
    assert_eq!(version, Some((shown + since.len()) as u64), "{video:#} {since:?}");
}

#[tokio::test]
async fn the_place_is_looked_up_only_where_it_is_asked_for_and_once() {
    let api = TestApi::with_videos(3).await;
    data(api.ask("{ videos { nodes { id } } auditEntries { nodes { id } } }").await);
    assert_eq!(json!(api.store.take_calls()), json!({ "list": 1, "list_entries": 1 }));
    let answer = data(
        api.ask(
            "{ videos { changesCursor nodes { auditEntries { changesCursor } } } videoStats { \
             changesCursor } changesCursor }",
        )
        .await,
    );
    assert_eq!(json!(api.store.take_calls()), json!({ "snapshot": 1 }));
    let cursor = &answer["changesCursor"];
    assert_eq!(&answer["videoStats"]["changesCursor"], cursor);
    assert_eq!(&answer["videos"]["changesCursor"], cursor);
    for node in answer["videos"]["nodes"].as_array().unwrap() {
        assert_eq!(&node["auditEntries"]["changesCursor"], cursor);
    }
}
