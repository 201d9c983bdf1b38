//! Going on from a place: nothing is left out and nothing is told twice.

use std::sync::Arc;

use reelgraph::domain::{AuditOperation, LogPosition, SystemClock};
use reelgraph::feed::{ChangeFilter, Feed, FeedError};
use reelgraph::repository::VideoRepository;
use reelgraph::repository::sqlite::SqliteRepository;

use super::{
    caught_up, change, change_of, change_often, changes, everything, library_of, log, next,
    of_video, settings,
};
use crate::support::clock::counted_id;
use crate::support::videos::{by, video};

#[tokio::test]
async fn every_place_can_be_gone_on_from() {
    let (store, feed) = library_of(3).await;
    change(&*store, 1, 1).await;
    store.delete(counted_id(2), None, by(3)).await.unwrap();
    change(&*store, 3, 2).await;
    let log = log(&*store).await;
    let places = log.iter().map(LogPosition::behind);
    for (position, place) in [LogPosition::START].into_iter().chain(places).enumerate() {
        for selection in [everything(), of_video(3), of_video(9)] {
            let mut subscription = feed.subscribe(selection, Some(place)).await.unwrap();
            let missed = log[position..].iter().filter(|entry| {
                let is_of_three = entry.entity_id == counted_id(3);
                selection == everything() || (selection == of_video(3) && is_of_three)
            });
            for entry in missed {
                assert_eq!(change_of(next(&mut subscription).await), *entry);
            }
            let end = caught_up(&mut subscription).await;
            assert_eq!(end, LogPosition::behind(log.last().unwrap()));
        }
    }
}

#[tokio::test]
async fn an_empty_log_has_a_place_to_go_on_from() {
    let (store, feed) = library_of(0).await;
    let mut subscription = feed.subscribe(everything(), None).await.unwrap();
    assert_eq!(caught_up(&mut subscription).await, LogPosition::START);
    let mut resumed = feed.subscribe(everything(), Some(LogPosition::START)).await.unwrap();
    assert_eq!(caught_up(&mut resumed).await, LogPosition::START);
    let added = store.insert(video(1), by(1)).await.unwrap();
    assert_eq!(Some(change_of(next(&mut resumed).await)), added.entry);
}

#[tokio::test]
async fn a_place_of_another_log_is_refused() {
    let (store, feed) = library_of(5).await;
    let log = log(&*store).await;
    let places: Vec<LogPosition> = log.iter().map(LogPosition::behind).collect();
    let LogPosition { fingerprint, .. } = places[2];
    for place in [
        LogPosition { sequence: places[3].sequence, fingerprint },
        LogPosition { sequence: places[4].sequence, fingerprint },
        LogPosition { fingerprint: fingerprint ^ 1, ..places[2] },
        LogPosition { sequence: 6, fingerprint },
        LogPosition { sequence: 0, fingerprint },
        LogPosition { sequence: i64::MAX, fingerprint },
        LogPosition { sequence: i64::MIN, fingerprint },
        LogPosition { sequence: -1, fingerprint: 0 },
    ] {
        let refused = feed.subscribe(everything(), Some(place)).await;
        assert!(matches!(refused, Err(FeedError::UnknownPlace)), "{place:?}");
    }
}

/// Two libraries with the same beginning are like one before and after a backup was restored.
#[tokio::test]
async fn a_place_that_a_restored_backup_does_not_have_is_refused() {
    let (store, feed) = library_of(1).await;
    let kept = LogPosition::behind(&log(&*store).await[0]);
    change(&*store, 1, 1).await;
    let lost = LogPosition::behind(&change(&*store, 1, 2).await);
    feed.subscribe(everything(), Some(lost)).await.unwrap();

    let (restored, feed) = library_of(1).await;
    for number in 2..=5 {
        let refused = feed.subscribe(everything(), Some(lost)).await;
        assert!(matches!(refused, Err(FeedError::UnknownPlace)));
        feed.subscribe(everything(), Some(kept)).await.unwrap();
        restored.insert(video(number), by(9)).await.unwrap();
    }
}

#[tokio::test]
async fn what_has_left_the_memory_is_read_from_the_store() {
    const MORE_THAN_THE_MEMORY: i32 = 5_000;
    let (store, feed) = library_of(3).await;
    let deletions = ChangeFilter::new(None, Some(&[AuditOperation::Delete]));
    let mut all = feed.subscribe(everything(), None).await.unwrap();
    let mut one = feed.subscribe(of_video(1), None).await.unwrap();
    let mut none = feed.subscribe(of_video(3), None).await.unwrap();
    let mut deletions = feed.subscribe(deletions, None).await.unwrap();
    for subscription in [&mut all, &mut one, &mut none, &mut deletions] {
        caught_up(subscription).await;
    }
    let before = log(&*store).await.len();
    change(&*store, 1, 1).await;
    change_often(&*store, 2, MORE_THAN_THE_MEMORY).await;
    change(&*store, 1, 2).await;
    store.delete(counted_id(2), None, by(3)).await.unwrap();
    let log = log(&*store).await;

    assert_eq!(changes(&mut all, log.len() - before).await, log[before..]);
    let of_one = log[before..].iter().filter(|entry| entry.entity_id == counted_id(1)).cloned();
    let of_one: Vec<_> = of_one.collect();
    assert_eq!(changes(&mut one, of_one.len()).await, of_one);
    assert_eq!(change_of(next(&mut deletions).await), *log.last().unwrap());
    let entry = change(&*store, 3, 1).await;
    assert_eq!(change_of(next(&mut none).await), entry);
}

#[tokio::test]
async fn it_is_caught_up_once_although_changes_keep_coming() {
    let (store, feed) = library_of(300).await;
    let mut subscription = feed.subscribe(everything(), Some(LogPosition::START)).await.unwrap();
    let newest = LogPosition::behind(log(&*store).await.last().unwrap());
    for width in 1..=300 {
        change(&*store, 1, width).await;
        change_of(next(&mut subscription).await);
    }
    // All 300 that had been missed are told; as many have come since.
    assert_eq!(caught_up(&mut subscription).await, newest);
    for _ in 0..300 {
        change_of(next(&mut subscription).await);
    }
}

#[tokio::test]
async fn a_place_outlives_the_server() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("library.db");
    let mut place = LogPosition::START;
    for number in 1..=3 {
        let store: Arc<dyn VideoRepository> =
            Arc::new(SqliteRepository::open(&file).await.unwrap());
        let feed = Feed::new(Arc::clone(&store), Arc::new(SystemClock), settings());
        let added = store.insert(video(number), by(1)).await.unwrap();
        let mut subscription = feed.subscribe(everything(), Some(place)).await.unwrap();
        assert_eq!(Some(change_of(next(&mut subscription).await)), added.entry);
        place = caught_up(&mut subscription).await;
        feed.close();
        store.close().await.unwrap();
    }
}
