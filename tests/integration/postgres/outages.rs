//! The database goes away and comes back.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use reelgraph::domain::{SystemClock, VideoId};
use reelgraph::feed::{ChangeFilter, EventKind, Feed, FeedSettings};
use reelgraph::repository::postgres::{OpenError, PostgresRepository, PostgresSettings};
use reelgraph::repository::{RepositoryError, VideoReader, VideoRepository};
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::timeout;

use super::{add_when_back, assert_unavailable, log, open_with, wait_until_read};
use crate::support::clock::counted_id;
use crate::support::cluster::Cluster;
use crate::support::postgres::unhurried;
use crate::support::process::PATIENCE;
use crate::support::videos::{by, video};

/// A library on a server of its own, in its default database.
async fn library(settings: PostgresSettings) -> (Cluster, Arc<PostgresRepository>) {
    let cluster = spawn_blocking(Cluster::start).await.unwrap();
    let store = open_with(&cluster.url("postgres"), settings).await;
    (cluster, store)
}

/// What a writer was told of the videos that it added.
#[derive(Default)]
struct Told {
    added: HashSet<VideoId>,
    refused: HashSet<VideoId>,
}

/// Adds videos until somebody aborts it or there are no more.
fn write(store: &Arc<PostgresRepository>, writer: u64) -> JoinHandle<Told> {
    let store = Arc::clone(store);
    tokio::spawn(async move {
        let mut told = Told::default();
        for number in (0..100).map(|turn| writer + turn * 4) {
            match store.insert(video(number), by(1)).await {
                Ok(_) => told.added.insert(counted_id(number)),
                Err(RepositoryError::Unavailable { .. }) => told.refused.insert(counted_id(number)),
                Err(error) => panic!("{error:?}"),
            };
        }
        told
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
async fn what_writers_are_told_is_true_when_the_database_is_killed_under_them() {
    let limits = PostgresSettings { write_limit: Duration::from_secs(10), ..unhurried() };
    let (mut cluster, store) = library(limits).await;
    let writers: Vec<_> = (0..4).map(|writer| write(&store, writer)).collect();
    for commits in [5, 20] {
        let mut newest = store.commits();
        timeout(PATIENCE, newest.wait_for(|newest| *newest > commits)).await.unwrap().unwrap();
        cluster = spawn_blocking(move || {
            cluster.kill();
            cluster.restart();
            cluster
        })
        .await
        .unwrap();
    }
    let mut told = Told::default();
    for writer in writers {
        let Told { added, refused } = timeout(PATIENCE, writer).await.unwrap().unwrap();
        told.added.extend(added);
        told.refused.extend(refused);
    }
    let log = log(&*store).await;
    let logged: HashSet<VideoId> = log.iter().map(|entry| entry.entity_id).collect();
    assert_eq!(log.len(), logged.len());
    assert_eq!(logged, told.added, "{} were refused", told.refused.len());
    assert_eq!(store.check().await.unwrap(), [""; 0]);
    drop(cluster);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
async fn a_database_that_is_away_is_unavailability_that_ends_by_itself() {
    let limits = PostgresSettings { write_limit: Duration::from_secs(2), ..unhurried() };
    let (mut cluster, store) = library(limits).await;
    store.insert(video(1), by(1)).await.unwrap();
    let feed = Feed::new(
        Arc::<PostgresRepository>::clone(&store),
        Arc::new(SystemClock),
        FeedSettings::default(),
    );
    let selection = ChangeFilter::new(None, None);
    let mut subscription = feed.subscribe(selection, None).await.unwrap();
    assert!(matches!(subscription.next().await.unwrap().kind, EventKind::CaughtUp));
    cluster = spawn_blocking(move || {
        cluster.shut_down();
        cluster
    })
    .await
    .unwrap();
    for _ in 0..3 {
        assert_unavailable(&store.insert(video(2), by(2)).await);
        assert_unavailable(&store.newest().await);
        assert_unavailable(&store.ping().await);
    }
    let cluster = spawn_blocking(move || {
        cluster.restart();
        cluster
    })
    .await
    .unwrap();
    wait_until_read(&store).await;
    add_when_back(&store, 3).await;
    // The subscriber was there all the time.
    let event = timeout(PATIENCE, subscription.next()).await.unwrap().unwrap();
    assert_eq!(event.place.sequence, 2);
    drop(cluster);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
async fn a_database_that_does_not_answer_holds_nobody_up_for_longer_than_the_limits() {
    let short = Duration::from_secs(2);
    let limits = PostgresSettings {
        read_limit: short,
        write_limit: short,
        connect_limit: short,
        ..unhurried()
    };
    let (cluster, store) = library(limits).await;
    store.insert(video(1), by(1)).await.unwrap();
    store.newest().await.unwrap();
    cluster.signal("STOP");
    let read = timeout(PATIENCE, store.newest()).await.unwrap();
    assert!(matches!(read, Err(RepositoryError::TimedOut { .. })), "{read:?}");
    assert_unavailable(&timeout(PATIENCE, store.newest()).await.unwrap());
    assert_unavailable(&timeout(PATIENCE, store.insert(video(2), by(2))).await.unwrap());
    cluster.signal("CONT");
    wait_until_read(&store).await;
    add_when_back(&store, 3).await;
    // What was refused was not done when the database went on.
    let log = log(&*store).await;
    let numbers: Vec<_> = log.iter().map(|entry| entry.entity_id).collect();
    assert_eq!(numbers, [counted_id(1), counted_id(3)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
async fn whoever_starts_before_the_database_waits_for_it_but_not_for_ever() {
    let mut cluster = spawn_blocking(Cluster::start).await.unwrap();
    cluster = spawn_blocking(move || {
        cluster.shut_down();
        cluster
    })
    .await
    .unwrap();
    let url = cluster.url("postgres");
    let refused = PostgresRepository::open(&url, unhurried()).await.map(drop);
    assert!(matches!(refused, Err(OpenError::Unreachable { .. })), "{refused:?}");
    let patient = PostgresSettings { start_limit: PATIENCE, ..unhurried() };
    let address = url.clone();
    let opening = tokio::spawn(async move { PostgresRepository::open(&address, patient).await });
    let cluster = spawn_blocking(move || {
        cluster.start_again();
        cluster
    })
    .await
    .unwrap();
    let store = timeout(PATIENCE, opening).await.unwrap().unwrap().unwrap();
    store.insert(video(1), by(1)).await.unwrap();
    // What is wrong for good is not waited for.
    let patient = PostgresSettings { start_limit: PATIENCE * 60, ..unhurried() };
    let nowhere = cluster.url("no_such_database");
    let refused = timeout(PATIENCE, PostgresRepository::open(&nowhere, patient)).await.unwrap();
    let refused = refused.map(drop).unwrap_err().to_string();
    assert!(refused.contains("no_such_database"), "{refused}");
}
