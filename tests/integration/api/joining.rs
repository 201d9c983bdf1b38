//! A list and the changes that follow it join without a gap or a repeat, while others write.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::future::join_all;
use reelgraph::domain::{SystemClock, VideoPatch};
use reelgraph::feed::{Feed, FeedSettings};
use reelgraph::graphql::Api;
use reelgraph::repository::VideoRepository;
use reelgraph::repository::memory::MemoryRepository;
use reelgraph::repository::sqlite::SqliteRepository;
use serde_json::{Value, json};

use crate::support::clock::counted_id;
use crate::support::graphql::{Responses, api_over, data};
use crate::support::videos::{by, pixels, video};

const WRITERS: u64 = 4;
const VIDEOS_A_WRITER: u64 = 20;
const ROUNDS: i32 = 15;
const READERS: usize = 20;

const LIST: &str = "{
  videos(first: 100) { nodes { id version } totalCount changesCursor }
  auditEntries(first: 1) { totalCount changesCursor }
  videoStats { count changesCursor }
  ...Place
}
fragment Place on Query { changesCursor }";

const FOLLOW: &str = "subscription ($after: String) {
  videoChanges(after: $after, marks: true) {
    cursor auditEntry { entityId version operation }
  }
}";

/// The version of each video that is there.
type Mirror = BTreeMap<String, i64>;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_in_memory_joins_with_what_follows() {
    check(Arc::new(MemoryRepository::new())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_of_a_file_joins_with_what_follows() {
    let directory = tempfile::tempdir().unwrap();
    let store = SqliteRepository::open(&directory.path().join("library.db")).await.unwrap();
    check(Arc::new(store)).await;
}

async fn check(store: Arc<dyn VideoRepository>) {
    let api = api_over(
        Arc::clone(&store),
        Feed::new(Arc::clone(&store), Arc::new(SystemClock), FeedSettings::default()),
    );
    let writers = (0..WRITERS).map(|writer| tokio::spawn(write(Arc::clone(&store), writer)));
    let writers: Vec<_> = writers.collect();
    let mut readers = Vec::new();
    for _ in 0..READERS {
        let (mirror, cursor) = list(&api).await;
        readers.push((mirror, Responses::of(&api, FOLLOW, json!({ "after": cursor }))));
    }
    for writer in join_all(writers).await {
        writer.unwrap();
    }
    let (videos, end) = list(&api).await;
    for (mut mirror, mut changes) in readers {
        loop {
            let event = changes.event().await;
            apply(&mut mirror, &event["auditEntry"]);
            if event["cursor"] == end {
                break;
            }
        }
        assert_eq!(mirror, videos);
    }
}

/// What is there, and the cursor that goes with it.
async fn list(api: &Api) -> (Mirror, Value) {
    let answer = data(Responses::of(api, LIST, json!({})).next().await.unwrap());
    let nodes = answer["videos"]["nodes"].as_array().unwrap();
    let video =
        |node: &Value| (node["id"].as_str().unwrap().to_owned(), node["version"].as_i64().unwrap());
    for count in [&answer["videos"]["totalCount"], &answer["videoStats"]["count"]] {
        assert_eq!(*count, nodes.len(), "of one moment");
    }
    for field in ["videos", "auditEntries", "videoStats"] {
        assert_eq!(answer[field]["changesCursor"], answer["changesCursor"], "{field}");
    }
    (nodes.iter().map(video).collect(), answer["changesCursor"].clone())
}

/// Makes the change in the mirror, which must be as it was before that change.
fn apply(mirror: &mut Mirror, entry: &Value) {
    if entry.is_null() {
        return;
    }
    let (id, version) = (entry["entityId"].as_str().unwrap(), entry["version"].as_i64().unwrap());
    let before = mirror.remove(id);
    if entry["operation"] == "INSERT" {
        assert_eq!(before, None, "told twice: {entry}");
    } else {
        assert_eq!(before, Some(version - 1), "before {entry}");
    }
    if entry["operation"] != "DELETE" {
        mirror.insert(id.to_owned(), version);
    }
}

/// Adds, changes and deletes videos of the writer's own, and in the end adds them.
async fn write(store: Arc<dyn VideoRepository>, writer: u64) {
    let first = 1 + writer * VIDEOS_A_WRITER;
    for round in 1..=ROUNDS {
        for number in first..first + VIDEOS_A_WRITER {
            store.insert(video(number), by(1)).await.unwrap();
            let patch = VideoPatch { width: Some(pixels(round)), ..VideoPatch::default() };
            store.update(counted_id(number), patch, None, by(2)).await.unwrap();
            if round < ROUNDS {
                store.delete(counted_id(number), None, by(3)).await.unwrap();
            }
        }
    }
}
