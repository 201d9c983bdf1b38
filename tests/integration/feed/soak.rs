//! Many writers and many subscribers that come and go: everyone is told the log itself.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use reelgraph::domain::{AuditOperation, LogPosition, NewVideo, SystemClock, VideoPatch};
use reelgraph::feed::{ChangeFilter, EventKind, Feed, FeedSettings};
use reelgraph::repository::sqlite::SqliteRepository;
use reelgraph::repository::{OnConflict, VideoRepository};
use tokio::time::timeout;

use super::log;
use crate::support::clock::counted_id;
use crate::support::videos::{by, pixels, text, video_with};

const WRITERS: u64 = 8;
const SUBSCRIBERS: u64 = 50;
/// What each writer does: it adds videos in batches, changes some of them, and deletes some.
const BATCHES: u64 = 20;
const BATCH: u64 = 110;
const CHANGES_A_BATCH: u64 = 10;
const DELETIONS_A_BATCH: u64 = 5;
const CHANGES: u64 = WRITERS * BATCHES * (BATCH + CHANGES_A_BATCH + DELETIONS_A_BATCH);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_subscriber_is_told_the_log() {
    assert_eq!(CHANGES, 20_000);
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("library.db");
    let store: Arc<dyn VideoRepository> = Arc::new(SqliteRepository::open(&file).await.unwrap());
    let feed = Feed::new(Arc::clone(&store), Arc::new(SystemClock), FeedSettings::default());
    let writers = (1..=WRITERS).map(|number| tokio::spawn(write(Arc::clone(&store), number)));
    let subscribers = (1..=SUBSCRIBERS).map(|number| tokio::spawn(follow(feed.clone(), number)));
    let (writers, subscribers) = (writers.collect::<Vec<_>>(), subscribers.collect::<Vec<_>>());
    for writer in join_all(writers).await {
        writer.unwrap();
    }
    let log: Vec<(LogPosition, AuditOperation)> =
        log(&*store).await.iter().map(|it| (LogPosition::behind(it), it.operation)).collect();
    assert_eq!(log.len() as u64, CHANGES);
    for (number, told) in (1..).zip(join_all(subscribers).await) {
        let selected = log.iter().filter(|(_, operation)| wanted(number).contains(operation));
        let expected: Vec<LogPosition> = selected.map(|(place, _)| *place).collect();
        assert!(told.unwrap() == expected, "subscriber {number} was told something else");
    }
}

async fn write(store: Arc<dyn VideoRepository>, writer: u64) {
    for batch in 0..BATCHES {
        let first = (writer * BATCHES + batch) * BATCH;
        let videos = (first..first + BATCH).map(small_video).collect();
        store.insert_many(videos, OnConflict::Fail, by(1)).await.unwrap();
        for number in first..first + CHANGES_A_BATCH {
            let patch = VideoPatch { width: Some(pixels(7)), ..VideoPatch::default() };
            store.update(counted_id(number), patch, None, by(2)).await.unwrap();
        }
        for number in first..first + DELETIONS_A_BATCH {
            store.delete(counted_id(number), None, by(3)).await.unwrap();
        }
    }
}

fn small_video(number: u64) -> NewVideo {
    let path = text(&format!("/soak/{number}.mkv"));
    NewVideo { id: counted_id(number), ..video_with(1, |values| values.path = path) }
}

/// Every fifth subscriber wants the deletions only.
fn wanted(subscriber: u64) -> &'static [AuditOperation] {
    if subscriber.is_multiple_of(5) { &[AuditOperation::Delete] } else { &AuditOperation::ALL }
}

/// Follows the log to its end, with many connections, each of which goes on where the last one
/// broke: in the middle of reading, or while it waited.
async fn follow(feed: Feed, subscriber: u64) -> Vec<LogPosition> {
    let selection = ChangeFilter::new(None, Some(wanted(subscriber)));
    let mut random = Random(subscriber);
    let (mut told, mut place) = (Vec::new(), LogPosition::START);
    while place.sequence < i64::try_from(CHANGES).unwrap() {
        let mut subscription = feed.subscribe(selection, Some(place)).await.unwrap();
        let patience = Duration::from_millis(random.below(500));
        for _ in 0..random.below(1_000) {
            let Ok(event) = timeout(patience, subscription.next()).await else { break };
            let event = event.unwrap();
            place = event.place;
            if matches!(event.kind, EventKind::Change(_)) {
                told.push(place);
            }
        }
    }
    told
}

/// Numbers without much order, the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.0 >> 33) % limit
    }
}
