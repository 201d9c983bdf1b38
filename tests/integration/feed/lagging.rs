//! Subscribers that do not keep up: they cost nothing, hold up nobody, and lose nothing.

use reelgraph::domain::LogPosition;
use reelgraph::feed::{FeedError, FeedSettings};

use super::{
    caught_up, change_of, change_often, changes, everything, library_with, log, next, of_video,
};

const MAX_LAG: i32 = 200;

fn settings() -> FeedSettings {
    FeedSettings { max_lag: MAX_LAG.unsigned_abs().into(), ..super::settings() }
}

#[tokio::test]
async fn one_that_falls_too_far_behind_is_cut_off_and_can_go_on() {
    let (store, feed) = library_with(1, settings()).await;
    let mut subscription = feed.subscribe(everything(), None).await.unwrap();
    let mut other = feed.subscribe(everything(), None).await.unwrap();
    caught_up(&mut subscription).await;
    change_often(&*store, 1, 1).await;
    let place = next(&mut subscription).await.unwrap().place;
    change_often(&*store, 1, 2 * MAX_LAG).await;
    changes(&mut other, usize::try_from(1 + 2 * MAX_LAG).unwrap()).await;
    let end = next(&mut subscription).await;
    assert!(matches!(end, Err(FeedError::Lagging)), "{end:?}");

    let log = log(&*store).await;
    let told = usize::try_from(place.sequence).unwrap();
    let mut resumed = feed.subscribe(everything(), Some(place)).await.unwrap();
    assert_eq!(changes(&mut resumed, log.len() - told).await, log[told..]);
}

#[tokio::test]
async fn the_feed_lags_by_what_it_has_not_read_for_its_subscribers() {
    let (store, feed) = library_with(1, settings()).await;
    change_often(&*store, 1, 3).await;
    assert_eq!(feed.lag(), 0, "nobody subscribes");
    let mut subscription = feed.subscribe(everything(), None).await.unwrap();
    caught_up(&mut subscription).await;
    // The task that reads shares the thread of this one, which does not wait while it writes.
    change_often(&*store, 1, 3).await;
    assert_eq!(feed.lag(), 3);
    changes(&mut subscription, 3).await;
    assert_eq!(feed.lag(), 0);
}

#[tokio::test]
async fn to_begin_far_behind_is_not_to_fall_behind() {
    let (store, feed) = library_with(1, settings()).await;
    change_often(&*store, 1, 10 * MAX_LAG).await;
    let mut subscription = feed.subscribe(everything(), Some(LogPosition::START)).await.unwrap();
    let log = log(&*store).await;
    assert_eq!(changes(&mut subscription, log.len()).await, log);
}

#[tokio::test]
async fn to_wait_while_much_comes_at_once_is_not_to_fall_behind() {
    let (store, feed) = library_with(2, settings()).await;
    for selection in [everything(), of_video(2)] {
        let mut subscription = feed.subscribe(selection, None).await.unwrap();
        caught_up(&mut subscription).await;
        let waits = tokio::spawn(async move {
            let first = change_of(next(&mut subscription).await);
            (first, subscription)
        });
        tokio::task::yield_now().await;
        change_often(&*store, 1, 10 * MAX_LAG).await;
        change_often(&*store, 2, 1).await;
        let last = log(&*store).await.pop().unwrap();
        let (mut told, mut subscription) = waits.await.unwrap();
        while told != last {
            told = change_of(next(&mut subscription).await);
        }
    }
}

#[tokio::test]
async fn one_that_never_reads_holds_up_nobody() {
    let (store, feed) = library_with(1, settings()).await;
    let stuck = feed.subscribe(everything(), None).await.unwrap();
    let mut other = feed.subscribe(everything(), None).await.unwrap();
    caught_up(&mut other).await;
    for _ in 0..30 {
        change_often(&*store, 1, MAX_LAG / 2).await;
        changes(&mut other, usize::try_from(MAX_LAG / 2).unwrap()).await;
    }
    drop(stuck);
}
