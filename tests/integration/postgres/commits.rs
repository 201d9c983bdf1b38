//! Commits whose answers are lost: what was acknowledged is in the log, once, and what failed is not.

use std::path::PathBuf;
use std::time::Duration;

use reelgraph::repository::postgres::PostgresSettings;
use reelgraph::repository::{RepositoryError, VideoReader, VideoRepository};
use tokio::time::timeout;

use super::{add_when_back, assert_unavailable, log, open, open_with};
use crate::support::clock::counted_id;
use crate::support::cut::{Cut, CuttingProxy};
use crate::support::postgres::{empty_library, number, unhurried};
use crate::support::process::PATIENCE;
use crate::support::videos::{by, video};

/// A library, and a proxy before it.
async fn library() -> (String, CuttingProxy) {
    let url = empty_library().await;
    let proxy = CuttingProxy::before(&folder_of(&url));
    (url, proxy)
}

pub(super) fn folder_of(url: &str) -> PathBuf {
    url.split_once("?host=").unwrap().1.into()
}

/// Has each commit of a change cut off, and expects all changes to be made once.
async fn expect_each_once(cut: Cut) {
    let (url, proxy) = library().await;
    let (store, direct) = (open(&proxy.url(&url)).await, open(&url).await);
    for added in 1..=5 {
        proxy.cut_next(cut);
        store.insert(video(added), by(1)).await.unwrap();
        assert!(proxy.has_cut(), "nothing was cut");
        let log = log(&*direct).await;
        let numbers: Vec<_> = log.iter().map(|entry| (entry.entity_id, entry.sequence)).collect();
        let expected: Vec<_> =
            (1..=added).zip(1..).map(|(number, place)| (counted_id(number), place)).collect();
        assert_eq!(numbers, expected, "{cut:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
async fn a_commit_that_is_cut_off_before_the_database_learns_of_it_is_repeated() {
    expect_each_once(Cut::Before).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
async fn a_commit_that_is_cut_off_while_it_goes_on_is_made_once() {
    expect_each_once(Cut::During).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
async fn a_commit_whose_answer_is_lost_is_not_repeated() {
    expect_each_once(Cut::After).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
async fn what_many_writers_are_told_is_what_the_log_has() {
    let (url, proxy) = library().await;
    let store = open(&proxy.url(&url)).await;
    let cutting = async {
        for cut in [Cut::Before, Cut::During, Cut::After].into_iter().cycle().take(12) {
            proxy.cut_next(cut);
            while !proxy.has_cut() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        }
    };
    let mut writers = Vec::new();
    for writer in 0..8 {
        let store = store.clone();
        writers.push(tokio::spawn(async move {
            let mut added = Vec::new();
            for number in (0..).map(|turn| writer + turn * 8).take_while(|number| *number < 400) {
                store.insert(video(number), by(1)).await.unwrap();
                added.push(counted_id(number));
            }
            added
        }));
    }
    timeout(PATIENCE, cutting).await.unwrap();
    let mut told = Vec::new();
    for writer in writers {
        told.extend(writer.await.unwrap());
    }
    let log = log(&*store).await;
    let mut logged: Vec<_> = log.iter().map(|entry| entry.entity_id).collect();
    logged.sort();
    told.sort();
    assert!(logged == told, "{} in the log, {} acknowledged", logged.len(), told.len());
    assert!(log.iter().zip(1..).all(|(entry, place)| entry.sequence == place));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
async fn an_outcome_is_looked_for_until_the_database_is_back() {
    for cut in [Cut::Before, Cut::After] {
        let (url, proxy) = library().await;
        let limits = PostgresSettings { write_limit: Duration::from_secs(2), ..unhurried() };
        let store = open_with(&proxy.url(&url), limits).await;
        store.insert(video(1), by(1)).await.unwrap();
        let writer = store.clone();
        proxy.cut_next(cut);
        let writing = tokio::spawn(async move { writer.insert(video(2), by(2)).await });
        while !proxy.has_cut() {
            tokio::task::yield_now().await;
        }
        proxy.refuse();
        // Others are not held up by that.
        assert_unavailable(&store.insert(video(3), by(3)).await);
        assert_unavailable(&store.newest().await);
        assert!(!writing.is_finished());
        proxy.admit();
        timeout(PATIENCE, writing).await.unwrap().unwrap().unwrap();
        let log = log(&*open(&url).await).await;
        let numbers: Vec<_> = log.iter().map(|entry| entry.entity_id).collect();
        assert_eq!(numbers, [counted_id(1), counted_id(2)], "{cut:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
async fn an_outcome_that_stays_unknown_is_an_error_that_says_so() {
    let (url, proxy) = library().await;
    let outcome_limit = Duration::from_millis(100);
    let limits =
        PostgresSettings { write_limit: Duration::from_secs(2), outcome_limit, ..unhurried() };
    let store = open_with(&proxy.url(&url), limits).await;
    store.insert(video(1), by(1)).await.unwrap();
    proxy.cut_next(Cut::After);
    let writer = store.clone();
    let writing = tokio::spawn(async move { writer.insert(video(2), by(2)).await });
    while !proxy.has_cut() {
        tokio::task::yield_now().await;
    }
    proxy.refuse();
    let outcome = timeout(PATIENCE, writing).await.unwrap().unwrap();
    assert!(matches!(outcome, Err(RepositoryError::OutcomeUnknown)), "{outcome:?}");
    proxy.admit();
    add_when_back(&store, 2).await;
    assert_eq!(log(&*store).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
async fn a_library_that_is_closed_answers_what_it_accepted() {
    let (url, proxy) = library().await;
    let store = open(&proxy.url(&url)).await;
    store.insert(video(1), by(1)).await.unwrap();
    proxy.cut_next(Cut::After);
    let writer = store.clone();
    let writing = tokio::spawn(async move { writer.insert(video(2), by(2)).await });
    while !proxy.has_cut() {
        tokio::task::yield_now().await;
    }
    store.close().await.unwrap();
    timeout(PATIENCE, writing).await.unwrap().unwrap().unwrap();
    assert_unavailable(&store.insert(video(3), by(3)).await);
    assert_unavailable(&store.newest().await);
    assert_eq!(number(&url, "SELECT count(*) FROM audit_log").await, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
async fn a_server_that_stops_while_it_holds_the_lock_holds_up_the_others_for_seconds() {
    let (url, proxy) = library().await;
    let limits = PostgresSettings { write_limit: Duration::from_secs(20), ..unhurried() };
    let stopped = open_with(&proxy.url(&url), limits.clone()).await;
    let other = open_with(&url, limits).await;
    proxy.cut_next(Cut::Never);
    let writer = stopped.clone();
    let writing = tokio::spawn(async move { writer.insert(video(1), by(1)).await });
    while !proxy.has_cut() {
        tokio::task::yield_now().await;
    }
    other.insert(video(2), by(2)).await.unwrap();
    // The database has ended the transaction, and it is carried out again.
    timeout(PATIENCE, writing).await.unwrap().unwrap().unwrap();
    let log = log(&*other).await;
    let numbers: Vec<_> = log.iter().map(|entry| entry.entity_id).collect();
    assert_eq!(numbers, [counted_id(2), counted_id(1)]);
}
