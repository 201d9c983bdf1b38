//! Following the state of the library: what an event reports, how often, and what it costs.

use std::sync::Arc;
use std::time::{Duration, Instant};

use reelgraph::domain::filter::{IntegerField, IntegerTest, TextField, TextTest};
use reelgraph::domain::{LogPosition, SystemClock, VideoFilter, VideoId};
use reelgraph::feed::{
    Feed, FeedError, FeedSettings, LibraryChanges, LibraryEvent, LibrarySubscription,
};
use reelgraph::repository::{OnConflict, VideoRepository};
use tokio::time::timeout;

use super::{PATIENCE, change, library_of, library_with};
use crate::support::clock::counted_id;
use crate::support::videos::{by, text, video, video_with};
use crate::support::watched_store::{Fault, WatchedStore};

/// Events come as soon as they can.
fn settings() -> FeedSettings {
    FeedSettings { library_interval: Duration::from_millis(1), ..super::settings() }
}

async fn library(videos: u64) -> (Arc<dyn VideoRepository>, Feed) {
    library_with(videos, settings()).await
}

fn everything() -> VideoFilter {
    VideoFilter::everything()
}

fn of_width(width: i64) -> VideoFilter {
    VideoFilter::Integer(IntegerField::Width, IntegerTest::Eq(width))
}

/// A subscription whose first event is known.
async fn follow(feed: &Feed, filter: VideoFilter) -> LibrarySubscription {
    let mut subscription = feed.follow_library(filter, None).await.unwrap();
    let first = next(&mut subscription).await;
    assert_eq!(first.changes, LibraryChanges::UNKNOWN);
    subscription
}

async fn next(subscription: &mut LibrarySubscription) -> LibraryEvent {
    timeout(PATIENCE, subscription.next()).await.expect("an event comes").unwrap()
}

fn ids(numbers: &[u64]) -> Option<Vec<VideoId>> {
    Some(numbers.iter().map(|number| counted_id(*number)).collect())
}

/// Checks which videos the next event lists, and whether they entered or left the selection.
async fn expect(subscription: &mut LibrarySubscription, numbers: &[u64], membership_changed: bool) {
    let expected = LibraryChanges { videos: ids(numbers), membership_changed };
    assert_eq!(next(subscription).await.changes, expected);
}

#[tokio::test]
async fn the_first_event_comes_at_once_with_the_newest_place() {
    let (store, feed) = library(3).await;
    let mut subscription = feed.follow_library(everything(), None).await.unwrap();
    let first = next(&mut subscription).await;
    let place = store.newest().await.unwrap();
    let roots = Vec::new();
    assert_eq!(
        first,
        LibraryEvent { changes: LibraryChanges::UNKNOWN, roots: roots.clone(), place }
    );
    change(&*store, 2, 7).await;
    let second = next(&mut subscription).await;
    let changes = LibraryChanges { videos: ids(&[2]), membership_changed: false };
    assert_eq!(second, LibraryEvent { changes, roots, place: store.newest().await.unwrap() });
}

#[tokio::test]
async fn without_a_filter_only_additions_and_deletions_change_the_membership() {
    let (store, feed) = library(2).await;
    let mut subscription = follow(&feed, everything()).await;
    change(&*store, 1, 7).await;
    expect(&mut subscription, &[1], false).await;
    store.insert(video(3), by(3)).await.unwrap();
    expect(&mut subscription, &[3], true).await;
    store.delete(counted_id(3), None, by(4)).await.unwrap();
    expect(&mut subscription, &[3], true).await;
}

#[tokio::test]
async fn with_a_filter_only_videos_count_that_met_it_before_or_meet_it_now() {
    let (store, feed) = library(3).await;
    let mut of_seven = follow(&feed, of_width(7)).await;
    let mut of_others = follow(&feed, VideoFilter::except(of_width(7))).await;
    change(&*store, 1, 8).await;
    expect(&mut of_others, &[1], false).await;
    change(&*store, 1, 7).await;
    expect(&mut of_seven, &[1], true).await;
    expect(&mut of_others, &[1], true).await;
    let thumbnail = Some(Some(text("/t.jpg")));
    let patch = reelgraph::domain::VideoPatch { thumbnail_path: thumbnail, ..Default::default() };
    store.update(counted_id(1), patch, None, by(5)).await.unwrap();
    expect(&mut of_seven, &[1], false).await;
    store.delete(counted_id(1), None, by(6)).await.unwrap();
    expect(&mut of_seven, &[1], true).await;
    store.insert(video(4), by(7)).await.unwrap();
    expect(&mut of_others, &[4], true).await;
}

#[tokio::test]
async fn a_subscription_resumes_from_every_place() {
    let (store, feed) = library(2).await;
    let start = store.newest().await.unwrap();
    change(&*store, 1, 7).await;
    let middle = store.newest().await.unwrap();
    change(&*store, 2, 7).await;
    store.delete(counted_id(1), None, by(4)).await.unwrap();
    let end = store.newest().await.unwrap();
    for (after, of_all, of_seven) in [
        (start, (ids(&[1, 2]), true), (ids(&[1, 2]), true)),
        (middle, (ids(&[2, 1]), true), (ids(&[2, 1]), true)),
        (end, (ids(&[]), false), (ids(&[]), false)),
        (LogPosition::START, (ids(&[1, 2]), true), (ids(&[1, 2]), true)),
    ] {
        for (filter, (videos, membership_changed)) in
            [(everything(), of_all), (of_width(7), of_seven)]
        {
            let mut resumed = feed.follow_library(filter, Some(after)).await.unwrap();
            let changes = LibraryChanges { videos, membership_changed };
            let expected = LibraryEvent { changes, roots: Vec::new(), place: end };
            assert_eq!(next(&mut resumed).await, expected);
        }
    }
}

#[tokio::test]
async fn a_place_of_another_library_says_that_anything_may_have_changed() {
    let (_, feed) = library(2).await;
    for strange in [
        LogPosition { sequence: 1, fingerprint: 1 },
        LogPosition { sequence: i64::MAX, fingerprint: 0 },
        LogPosition { sequence: -1, fingerprint: 0 },
        LogPosition { sequence: i64::MIN, fingerprint: 0 },
    ] {
        let mut resumed = feed.follow_library(everything(), Some(strange)).await.unwrap();
        assert_eq!(next(&mut resumed).await.changes, LibraryChanges::UNKNOWN);
    }
}

#[tokio::test]
async fn a_hundred_videos_are_listed_and_more_are_not() {
    for (count, is_listed) in [(100, true), (101, false)] {
        let (store, feed) = library(count).await;
        let mut subscription = follow(&feed, everything()).await;
        let wider =
            |number| video_with(number, |values| values.width = crate::support::videos::pixels(7));
        let videos = (1..=count).map(wider).collect();
        store.insert_many(videos, OnConflict::Update, by(2)).await.unwrap();
        let LibraryChanges { videos, membership_changed } = next(&mut subscription).await.changes;
        assert_eq!((videos.is_some(), membership_changed), (is_listed, false), "{count}");
    }
}

#[tokio::test]
async fn what_happened_before_someone_joined_is_not_reported_to_them() {
    let settings = FeedSettings { library_interval: Duration::from_millis(200), ..settings() };
    let (store, feed) = library_with(10, settings).await;
    let mut first = follow(&feed, everything()).await;
    for number in 1..10 {
        change(&*store, number, 7).await;
        let mut later = follow(&feed, everything()).await;
        change(&*store, number + 1, 8).await;
        expect(&mut later, &[number + 1], false).await;
    }
    let mut seen = Vec::new();
    while seen.len() < 10 {
        for id in next(&mut first).await.changes.videos.unwrap() {
            if !seen.contains(&id) {
                seen.push(id);
            }
        }
    }
}

#[tokio::test]
async fn events_come_twice_a_second_at_most_and_a_slow_reader_gets_fewer() {
    let (store, feed) = library_of(200).await;
    let mut subscription = follow(&feed, everything()).await;
    let mut slow = follow(&feed, everything()).await;
    let begun = Instant::now();
    let writing = tokio::spawn({
        let store = Arc::clone(&store);
        async move {
            let mut number = 0;
            while begun.elapsed() < Duration::from_millis(1200) {
                number += 1;
                change(&*store, number % 200 + 1, i32::try_from(number).unwrap() + 10_000).await;
                tokio::task::yield_now().await;
            }
            store.newest().await.unwrap()
        }
    });
    let mut times = Vec::new();
    let mut place = LogPosition::START;
    while !writing.is_finished() {
        if let Ok(event) = timeout(Duration::from_millis(100), subscription.next()).await {
            place = event.unwrap().place;
            times.push(Instant::now());
        }
    }
    let newest = writing.await.unwrap();
    while place != newest {
        place = next(&mut subscription).await.place;
        times.push(Instant::now());
    }
    for pair in times.windows(2) {
        assert!(pair[1] - pair[0] >= Duration::from_millis(490), "{times:?}");
    }
    let mut events = 0;
    while next(&mut slow).await.place != newest {
        events += 1;
    }
    assert!(events <= 1, "what a slow reader missed is merged, but came in {events} events");
}

#[tokio::test]
async fn an_import_gives_few_events() {
    let (store, feed) = library_of(0).await;
    let mut subscription = follow(&feed, everything()).await;
    let begun = Instant::now();
    for batch in 0..20_u64 {
        let small = |number: u64| {
            let path = text(&format!("/import/{number}.mkv"));
            let video = video_with(1, |values| values.path = path);
            reelgraph::domain::NewVideo { id: counted_id(number), ..video }
        };
        let videos = (batch * 1000..(batch + 1) * 1000).map(small).collect();
        store.insert_many(videos, OnConflict::Fail, by(2)).await.unwrap();
        tokio::task::yield_now().await;
    }
    let newest = store.newest().await.unwrap();
    let mut events = 1;
    while next(&mut subscription).await.place != newest {
        events += 1;
    }
    let most = begun.elapsed().as_millis() / 500 + 2;
    assert!(events <= most, "{events} events");
}

#[tokio::test]
async fn each_change_is_evaluated_once_for_each_distinct_filter() {
    // A look-up counts as 50 tests, and each filter is tested before and after: that suffices for two.
    let settings = FeedSettings { max_filter_tests: 54, ..settings() };
    let store = Arc::new(WatchedStore::default());
    store.insert(video(1), by(1)).await.unwrap();
    let feed = Feed::new(Arc::clone(&store) as _, Arc::new(SystemClock), settings);
    let mut same = Vec::new();
    for _ in 0..100 {
        same.push(follow(&feed, of_width(7)).await);
    }
    let _other = follow(&feed, of_width(8)).await;
    let mut beyond = follow(&feed, of_width(9)).await;
    let mut all = follow(&feed, everything()).await;
    store.take_calls();
    change(&*store, 1, 7).await;
    for subscription in &mut same {
        expect(subscription, &[1], true).await;
    }
    assert_eq!(next(&mut beyond).await.changes, LibraryChanges::UNKNOWN);
    expect(&mut all, &[1], false).await;
    assert_eq!(store.take_calls()["videos_at"], 1);
}

#[tokio::test]
async fn beyond_the_budget_anything_may_have_changed() {
    let settings = FeedSettings { max_filter_tests: 0, ..settings() };
    let (store, feed) = library_with(1, settings).await;
    let start = store.newest().await.unwrap();
    let mut filtered = follow(&feed, of_width(7)).await;
    let mut all = follow(&feed, everything()).await;
    change(&*store, 1, 3).await;
    assert_eq!(next(&mut filtered).await.changes, LibraryChanges::UNKNOWN);
    expect(&mut all, &[1], false).await;
    let mut resumed = feed.follow_library(of_width(7), Some(start)).await.unwrap();
    assert_eq!(next(&mut resumed).await.changes, LibraryChanges::UNKNOWN);
}

#[tokio::test]
async fn a_failure_of_the_store_loses_no_change() {
    for (call, fault) in [("entries_after", Fault::Error), ("entries_after", Fault::Panic)] {
        let store = Arc::new(WatchedStore::default());
        store.insert(video(1), by(1)).await.unwrap();
        let feed = Feed::new(Arc::clone(&store) as _, Arc::new(SystemClock), settings());
        let mut subscription = follow(&feed, everything()).await;
        store.break_next(call, fault);
        change(&*store, 1, 7).await;
        expect(&mut subscription, &[1], false).await;
    }
    let store = Arc::new(WatchedStore::default());
    store.insert(video(1), by(1)).await.unwrap();
    let feed = Feed::new(Arc::clone(&store) as _, Arc::new(SystemClock), settings());
    let mut subscription = follow(&feed, of_width(7)).await;
    store.break_next("videos_at", Fault::Error);
    change(&*store, 1, 7).await;
    assert_eq!(next(&mut subscription).await.changes, LibraryChanges::UNKNOWN);
}

#[tokio::test]
async fn a_closed_feed_ends_every_subscription() {
    let (_, feed) = library(1).await;
    let mut waiting = follow(&feed, everything()).await;
    let waits = tokio::spawn(async move { waiting.next().await });
    tokio::task::yield_now().await;
    feed.close();
    let end = timeout(PATIENCE, waits).await.unwrap().unwrap();
    assert!(matches!(end, Err(FeedError::Closed)), "{end:?}");
    let refused = feed.follow_library(everything(), None).await;
    assert!(matches!(refused, Err(FeedError::Closed)));
}

#[tokio::test]
async fn a_feed_that_nobody_followed_for_a_while_goes_on() {
    let (store, feed) = library(1).await;
    for width in 1..=3 {
        let contains = VideoFilter::Text(TextField::Path, TextTest::Contains("/".to_owned()));
        let mut subscription = follow(&feed, contains).await;
        change(&*store, 1, width).await;
        expect(&mut subscription, &[1], false).await;
        drop(subscription);
        change(&*store, 1, width + 10).await;
    }
}
