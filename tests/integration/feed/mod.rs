//! The change feed over real stores: order, places, marks, laggards, and many at once.

mod catching_up;
mod following;
mod lagging;
mod library;
mod soak;

use std::sync::Arc;
use std::time::Duration;

use reelgraph::domain::{
    AuditEntry, AuditFilter, LogPosition, PageRequest, SystemClock, VideoPatch,
};
use reelgraph::feed::{
    ChangeFilter, Event, EventKind, Feed, FeedError, FeedSettings, Subscription,
};
use reelgraph::repository::memory::MemoryRepository;
use reelgraph::repository::{OnConflict, VideoRepository};
use tokio::time::timeout;

use crate::support::clock::counted_id;
use crate::support::videos::{by, pixels, video};

/// How long an event may take that must come.
const PATIENCE: Duration = Duration::from_secs(60);

/// A library in memory with one video for each number, and its feed.
async fn library_of(videos: u64) -> (Arc<dyn VideoRepository>, Feed) {
    library_with(videos, settings()).await
}

/// Nothing that must come is rescued by a mark that comes from time to time.
fn settings() -> FeedSettings {
    FeedSettings { progress_interval: Duration::from_secs(3600), ..FeedSettings::default() }
}

async fn library_with(videos: u64, settings: FeedSettings) -> (Arc<dyn VideoRepository>, Feed) {
    let store: Arc<dyn VideoRepository> = Arc::new(MemoryRepository::new());
    if videos > 0 {
        let videos = (1..=videos).map(video).collect();
        store.insert_many(videos, OnConflict::Fail, by(1)).await.unwrap();
    }
    let feed = Feed::new(Arc::clone(&store), Arc::new(SystemClock), settings);
    (store, feed)
}

fn everything() -> ChangeFilter {
    ChangeFilter::new(None, None)
}

fn of_video(number: u64) -> ChangeFilter {
    ChangeFilter::new(Some(counted_id(number)), None)
}

/// Changes the video of this number, and gives the entry.
async fn change(store: &dyn VideoRepository, number: u64, width: i32) -> AuditEntry {
    let patch = VideoPatch { width: Some(pixels(width)), ..VideoPatch::default() };
    let written = store.update(counted_id(number), patch, None, by(2)).await.unwrap();
    written.entry.expect("the width is another one")
}

/// As many changes of the video of this number.
async fn change_often(store: &dyn VideoRepository, number: u64, times: i32) {
    let first = store.get(counted_id(number)).await.unwrap().unwrap().values.width.get() % 10_000;
    for width in 1..=times {
        change(store, number, first * 10_000 + width).await;
    }
}

/// The whole log, oldest first.
async fn log(store: &dyn VideoRepository) -> Vec<AuditEntry> {
    let all = PageRequest::first(usize::MAX);
    let mut log = store.list_entries(&AuditFilter::default(), &all).await.unwrap().items;
    log.reverse();
    log
}

/// What a subscriber is told next.
async fn next(subscription: &mut Subscription) -> Result<Event, FeedError> {
    timeout(PATIENCE, subscription.next()).await.expect("an event comes")
}

/// What a subscriber is told next, which must be a change.
#[track_caller]
fn change_of(event: Result<Event, FeedError>) -> AuditEntry {
    match event.unwrap().kind {
        EventKind::Change(change) => change.entry.clone(),
        mark => panic!("{mark:?}"),
    }
}

/// The place of the event that a subscriber is told next, which must be CAUGHT_UP.
async fn caught_up(subscription: &mut Subscription) -> LogPosition {
    let event = next(subscription).await.unwrap();
    assert!(matches!(event.kind, EventKind::CaughtUp), "{event:?}");
    event.place
}

/// As many changes as come next, marks left out.
async fn changes(subscription: &mut Subscription, count: usize) -> Vec<AuditEntry> {
    let mut changes = Vec::with_capacity(count);
    while changes.len() < count {
        if let EventKind::Change(change) = next(subscription).await.unwrap().kind {
            changes.push(change.entry.clone());
        }
    }
    changes
}
