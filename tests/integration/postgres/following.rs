//! Following the log on several servers, and when the log becomes another one.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use reelgraph::domain::catalogue::RootLook;
use reelgraph::domain::{AuditOperation, LogPosition, SystemClock, VideoFilter};
use reelgraph::feed::{
    ChangeFilter, Event, EventKind, Feed, FeedError, FeedSettings, LibraryChanges,
};
use reelgraph::repository::postgres::PostgresRepository;
use reelgraph::repository::{OnConflict, VideoRepository};
use tokio::time::timeout;

use super::{add_when_back, end_connections, log, open, wait_until_read};
use crate::support::catalogue::{root, root_id};
use crate::support::postgres::{empty_library, promote, replica_of};
use crate::support::process::PATIENCE;
use crate::support::videos::{by, video};

fn feed_of(store: &Arc<PostgresRepository>) -> Feed {
    let library_interval = Duration::from_millis(1);
    let settings = FeedSettings { library_interval, ..FeedSettings::default() };
    Feed::new(Arc::<PostgresRepository>::clone(store), Arc::new(SystemClock), settings)
}

fn everything() -> ChangeFilter {
    ChangeFilter::new(None, None)
}

/// A library with three changes, and two more that a replica of it lacks; and the replica.
async fn library_ahead() -> (String, Arc<PostgresRepository>, String) {
    let url = empty_library().await;
    let store = open(&url).await;
    store.insert_many((1..=3).map(video).collect(), OnConflict::Fail, by(1)).await.unwrap();
    let replica = replica_of(&url).await;
    wait_until_read(&store).await;
    for number in 4..=5 {
        add_when_back(&store, number).await;
    }
    (url, store, replica)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
async fn a_commit_of_one_server_is_told_to_the_others() {
    let url = empty_library().await;
    let (one, other) = (open(&url).await, open(&url).await);
    let mut commits = other.commits();
    for number in 1..=3 {
        one.insert(video(number), by(1)).await.unwrap();
        let is_told = commits.wait_for(|newest| *newest >= i64::try_from(number).unwrap());
        timeout(PATIENCE, is_told).await.unwrap().unwrap();
        // The connection that is told comes back by itself.
        end_connections(&url).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
async fn every_subscriber_on_every_server_is_told_the_log() {
    const WRITERS: u64 = 16;
    const VIDEOS: u64 = 320;
    let url = empty_library().await;
    let stores = join_all((0..3).map(|_| open(&url))).await;
    let feeds: Vec<Feed> = stores.iter().map(feed_of).collect();
    let writers = (0..WRITERS).map(|writer| {
        let store = stores[usize::try_from(writer).unwrap() % stores.len()].clone();
        tokio::spawn(async move {
            for number in (0..VIDEOS / WRITERS).map(|turn| turn * WRITERS + writer) {
                store.insert(video(number), by(1)).await.unwrap();
            }
        })
    });
    let writers: Vec<_> = writers.collect();
    let subscribers: Vec<_> =
        (0..6).map(|number| tokio::spawn(follow(feeds.clone(), number, VIDEOS))).collect();
    for writer in join_all(writers).await {
        writer.unwrap();
    }
    let expected: Vec<LogPosition> =
        log(&*stores[0]).await.iter().map(LogPosition::behind).collect();
    assert_eq!(expected.len() as u64, VIDEOS);
    assert!(expected.iter().zip(1..).all(|(place, sequence)| place.sequence == sequence));
    for told in join_all(subscribers).await {
        assert!(told.unwrap() == expected, "a subscriber was told something else");
    }
}

/// Follows the log to its end, on one server after another.
async fn follow(feeds: Vec<Feed>, first: usize, changes: u64) -> Vec<LogPosition> {
    let (mut told, mut place) = (Vec::new(), LogPosition::START);
    for feed in feeds.iter().cycle().skip(first) {
        let mut subscription = feed.subscribe(everything(), Some(place)).await.unwrap();
        for _ in 0..50 {
            if told.len() as u64 == changes {
                return told;
            }
            let event = timeout(PATIENCE, subscription.next()).await.unwrap().unwrap();
            place = event.place;
            if matches!(event.kind, EventKind::Change(_)) {
                told.push(place);
            }
        }
    }
    unreachable!("there is always another server")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
async fn a_root_that_one_server_looks_after_is_followed_on_the_others() {
    let url = empty_library().await;
    let (one, other) = (open(&url).await, open(&url).await);
    let feed = feed_of(&other);
    let mut subscription = feed.follow_library(VideoFilter::everything(), None).await.unwrap();
    assert_eq!(subscription.next().await.unwrap().roots, []);
    let roots = one.catalogue();
    assert!(roots.add_root(&root(1)).await.unwrap());
    let added = timeout(PATIENCE, subscription.next()).await.unwrap().unwrap();
    let look = RootLook { fault: Some("It is empty.".to_owned()), device: None };
    roots.note_look(root_id(1), &look, None).await.unwrap();
    let lost = timeout(PATIENCE, subscription.next()).await.unwrap().unwrap();
    for event in [added, lost] {
        assert_eq!((event.changes, event.roots), (LibraryChanges::NONE, vec![root_id(1)]));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
async fn a_cursor_of_a_change_that_a_failover_has_lost_is_refused() {
    let (url, store, replica) = library_ahead().await;
    let places: Vec<LogPosition> = log(&*store).await.iter().map(LogPosition::behind).collect();
    promote(&replica, &url).await;
    wait_until_read(&store).await;
    // As long as the log is shorter, and when it is as long again.
    for added in 6..=8 {
        let feed = feed_of(&store);
        for (place, is_known) in places.iter().zip([true, true, true, false, false]) {
            let outcome = feed.subscribe(everything(), Some(*place)).await.map(drop);
            match outcome {
                Ok(()) => assert!(is_known, "{place:?}"),
                Err(error) => {
                    assert!(!is_known && matches!(error, FeedError::UnknownPlace), "{error:?}");
                }
            }
        }
        add_when_back(&store, added).await;
    }
    assert_eq!(store.check().await.unwrap(), [""; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
async fn a_subscription_beyond_what_a_failover_has_lost_ends_and_has_no_gap() {
    // The new log is shorter, as long, or longer.
    for added in [0, 2, 4] {
        let (url, store, replica) = library_ahead().await;
        let feed = feed_of(&store);
        let mut subscription = feed.subscribe(everything(), None).await.unwrap();
        let Event { kind, .. } = subscription.next().await.unwrap();
        assert!(matches!(kind, EventKind::CaughtUp), "{kind:?}");
        let elsewhere = open(&replica).await;
        for number in 10..10 + added {
            elsewhere.insert(video(number), by(2)).await.unwrap();
        }
        promote(&replica, &url).await;
        let ended = timeout(PATIENCE, subscription.next()).await.unwrap();
        assert!(matches!(ended, Err(FeedError::UnknownPlace)), "{ended:?}");
        // Whoever comes now follows the log as it is.
        wait_until_read(&store).await;
        let mut next = feed.subscribe(everything(), None).await.unwrap();
        assert!(matches!(next.next().await.unwrap().kind, EventKind::CaughtUp));
        drop(subscription);
        add_when_back(&store, 20).await;
        let event = timeout(PATIENCE, next.next()).await.unwrap().unwrap();
        assert_eq!(event.place.sequence, 4 + i64::try_from(added).unwrap());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
async fn a_subscription_that_catches_up_from_what_a_failover_has_lost_ends_and_has_no_gap() {
    let (url, store, replica) = library_ahead().await;
    let feed = feed_of(&store);
    let last = LogPosition::behind(&log(&*store).await[3]);
    // The changes before it came are not in memory for those that follow.
    let mut first = feed.subscribe(everything(), None).await.unwrap();
    assert!(matches!(first.next().await.unwrap().kind, EventKind::CaughtUp));
    let insertions = ChangeFilter::new(None, Some(&[AuditOperation::Insert]));
    let mut all = feed.subscribe(everything(), Some(last)).await.unwrap();
    let mut some = feed.subscribe(insertions, Some(last)).await.unwrap();
    let elsewhere = open(&replica).await;
    for number in 10..14 {
        elsewhere.insert(video(number), by(2)).await.unwrap();
    }
    promote(&replica, &url).await;
    // Both read the log at once, whether it was noticed by then that it is another one or not.
    let (all, some) = tokio::join!(all.next(), some.next());
    for ended in [all, some] {
        assert!(matches!(ended, Err(FeedError::UnknownPlace)), "{ended:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
async fn whoever_follows_the_library_is_told_that_a_failover_may_have_changed_anything() {
    let (url, store, replica) = library_ahead().await;
    let feed = feed_of(&store);
    let filter = VideoFilter::everything();
    let mut subscription = feed.follow_library(filter, None).await.unwrap();
    assert_eq!(subscription.next().await.unwrap().place.sequence, 5);
    promote(&replica, &url).await;
    let event = timeout(PATIENCE, subscription.next()).await.unwrap().unwrap();
    assert_eq!((event.changes, event.place.sequence), (LibraryChanges::UNKNOWN, 3));
    add_when_back(&store, 6).await;
    let event = timeout(PATIENCE, subscription.next()).await.unwrap().unwrap();
    assert_eq!((event.changes.videos.unwrap().len(), event.place.sequence), (1, 4));
}
