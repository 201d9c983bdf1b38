//! Following live: what a subscriber is told, and what ends a subscription.

use std::sync::Arc;
use std::time::Duration;

use reelgraph::domain::{AuditOperation, SystemClock};
use reelgraph::feed::{ChangeFilter, EventKind, Feed, FeedError, FeedSettings};
use reelgraph::repository::VideoRepository;
use reelgraph::repository::sqlite::SqliteRepository;

use super::{
    caught_up, change, change_of, changes, everything, library_of, library_with, next, of_video,
    settings,
};
use crate::support::clock::counted_id;
use crate::support::videos::{by, video};
use crate::support::watched_store::{Fault, WatchedStore};

#[tokio::test]
async fn a_subscriber_is_told_what_is_committed_from_now_on() {
    let (store, feed) = library_of(3).await;
    let mut subscription = feed.subscribe(everything(), None).await.unwrap();
    caught_up(&mut subscription).await;
    for width in 1..=5 {
        let entry = change(&*store, 2, width).await;
        assert_eq!(change_of(next(&mut subscription).await), entry);
    }
}

#[tokio::test]
async fn a_change_before_the_first_look_is_told() {
    let (store, feed) = library_of(1).await;
    let mut subscription = feed.subscribe(everything(), None).await.unwrap();
    let entry = change(&*store, 1, 1).await;
    caught_up(&mut subscription).await;
    assert_eq!(change_of(next(&mut subscription).await), entry);
}

#[tokio::test]
async fn a_selection_leaves_out_the_others() {
    use AuditOperation::{Delete, Insert, Update};
    let (store, feed) = library_of(2).await;
    let being = |operations: &[AuditOperation]| ChangeFilter::new(None, Some(operations));
    let of_one = ChangeFilter::new(Some(counted_id(1)), Some(&[Update, Delete]));
    let selections =
        [everything(), of_video(1), of_one, being(&[Insert, Delete]), being(&[Update])];
    let mut subscriptions = Vec::new();
    for selection in selections {
        subscriptions.push(feed.subscribe(selection, None).await.unwrap());
    }
    change(&*store, 1, 1).await;
    store.delete(counted_id(1), None, by(3)).await.unwrap();
    store.insert(video(3), by(4)).await.unwrap();
    store.insert(video(1), by(5)).await.unwrap();
    change(&*store, 3, 1).await;
    // Each is told this one last, or the one before.
    change(&*store, 1, 2).await;
    store.delete(counted_id(1), None, by(6)).await.unwrap();
    let expected = [
        "1:2 1:3 3:1 1:4 3:2 1:5 1:6",
        "1:2 1:3 1:4 1:5 1:6",
        "1:2 1:3 1:5 1:6",
        "1:3 3:1 1:4 1:6",
        "1:2 3:2 1:5",
    ];
    for (subscription, expected) in subscriptions.iter_mut().zip(expected) {
        let told = changes(subscription, expected.split(' ').count()).await;
        let number = |id: reelgraph::domain::VideoId| id.as_bytes()[15];
        let told: Vec<String> =
            told.iter().map(|it| format!("{}:{}", number(it.entity_id), it.version)).collect();
        assert_eq!(told.join(" "), expected);
    }
}

#[tokio::test]
async fn a_quiet_subscriber_is_told_how_far_it_has_come() {
    let progress_interval = Duration::from_millis(1);
    let settings = FeedSettings { progress_interval, ..settings() };
    let (store, feed) = library_with(2, settings).await;
    let mut subscription = feed.subscribe(of_video(2), None).await.unwrap();
    let mut place = caught_up(&mut subscription).await;
    for width in 1..=3 {
        let entry = change(&*store, 1, width).await;
        let event = next(&mut subscription).await.unwrap();
        assert!(matches!(event.kind, EventKind::Progress), "{event:?}");
        assert_eq!(event.place.sequence, entry.sequence);
        assert!(event.place.sequence > place.sequence, "{event:?} tells nothing new");
        place = event.place;
    }
    let mut resumed = feed.subscribe(of_video(2), Some(place)).await.unwrap();
    assert_eq!(caught_up(&mut resumed).await, place);
    let entry = change(&*store, 2, 1).await;
    assert_eq!(change_of(next(&mut resumed).await), entry);
    assert_eq!(change_of(next(&mut subscription).await), entry);
}

#[tokio::test]
async fn what_another_process_writes_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("library.db");
    let ours: Arc<dyn VideoRepository> = Arc::new(SqliteRepository::open(&file).await.unwrap());
    let theirs = SqliteRepository::open(&file).await.unwrap();
    let feed = Feed::new(ours, Arc::new(SystemClock), settings());
    let mut subscription = feed.subscribe(everything(), None).await.unwrap();
    caught_up(&mut subscription).await;
    let written = theirs.insert(video(1), by(1)).await.unwrap();
    assert_eq!(Some(change_of(next(&mut subscription).await)), written.entry);
}

#[tokio::test]
async fn a_failure_to_read_holds_up_nobody_for_ever() {
    for fault in [Fault::Error, Fault::Panic] {
        let store = Arc::new(WatchedStore::default());
        store.insert(video(1), by(1)).await.unwrap();
        let feed = Feed::new(Arc::clone(&store) as _, Arc::new(SystemClock), settings());
        store.break_next("entries_after", fault);
        let mut subscription = feed.subscribe(everything(), None).await.unwrap();
        caught_up(&mut subscription).await;
        let entry = change(&*store, 1, 1).await;
        assert_eq!(change_of(next(&mut subscription).await), entry, "{fault:?}");
    }
}

#[tokio::test]
async fn a_closed_feed_ends_every_subscription() {
    let (store, feed) = library_of(1).await;
    let mut waiting = feed.subscribe(everything(), None).await.unwrap();
    let mut elsewhere = feed.subscribe(of_video(9), None).await.unwrap();
    caught_up(&mut waiting).await;
    caught_up(&mut elsewhere).await;
    let waits = tokio::spawn(async move { next(&mut waiting).await });
    // It is told this one, and then nothing more.
    change(&*store, 1, 1).await;
    change_of(waits.await.unwrap());
    let waits = tokio::spawn(async move { next(&mut elsewhere).await });
    tokio::task::yield_now().await;
    feed.close();
    let end = waits.await.unwrap();
    assert!(matches!(end, Err(FeedError::Closed)), "{end:?}");
    let refused = feed.subscribe(everything(), None).await;
    assert!(matches!(refused, Err(FeedError::Closed)));
}

#[tokio::test]
async fn a_feed_without_subscribers_reads_nothing_and_goes_on_with_the_next() {
    let store = Arc::new(WatchedStore::default());
    store.insert(video(1), by(1)).await.unwrap();
    let feed = Feed::new(Arc::clone(&store) as _, Arc::new(SystemClock), settings());
    let at_rest = Arc::strong_count(&store);
    for round in 1..=3 {
        let mut subscription = feed.subscribe(everything(), None).await.unwrap();
        caught_up(&mut subscription).await;
        let entry = change(&*store, 1, round).await;
        assert_eq!(change_of(next(&mut subscription).await), entry);
        drop(subscription);
        // The one that follows the log lets go of the store when it ends.
        let follower_has_ended = async {
            while Arc::strong_count(&store) > at_rest {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(super::PATIENCE, follower_has_ended).await.unwrap();
        store.take_calls();
        change(&*store, 1, 100 + round).await;
        assert!(!store.take_calls().contains_key("entries_after"));
    }
}
