//! Reads that take too long, that nobody waits for, and that are too many.

use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt};
use reelgraph::repository::postgres::PostgresSettings;
use reelgraph::repository::{RepositoryError, SnapshotReads, VideoReader, VideoRepository};
use sqlx::{Connection, PgConnection};

use super::search_index::fill;
use super::{OTHERS, open_with};
use crate::support::clock::counted_id;
use crate::support::postgres::{empty_library, execute, number, unhurried, wait_for_number};
use crate::support::videos::{by, video};

/// How many statements wait for somebody's lock.
const BLOCKED: &str = "SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'";

/// Makes every look at the videos wait.
async fn lock(url: &str) -> PgConnection {
    let mut lock = PgConnection::connect(url).await.unwrap();
    sqlx::raw_sql("BEGIN; LOCK TABLE videos").execute(&mut lock).await.unwrap();
    lock
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
async fn a_read_that_takes_too_long_is_ended_by_the_database() {
    let url = empty_library().await;
    let limits = PostgresSettings { read_limit: Duration::from_secs(2), ..unhurried() };
    let store = open_with(&url, limits).await;
    let lock = lock(&url).await;
    let outcome = store.get_many(&[counted_id(1)]).await;
    assert!(matches!(outcome, Err(RepositoryError::TimedOut { .. })), "{outcome:?}");
    // It was not the end of the connection, on which nothing runs any more.
    assert_eq!(number(&url, BLOCKED).await, 0);
    lock.close().await.unwrap();
    assert_eq!(store.get_many(&[counted_id(1)]).await.unwrap(), [None]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
async fn a_read_that_nobody_waits_for_is_ended_by_the_database() {
    let url = empty_library().await;
    let store = open_with(&url, unhurried()).await;
    let _lock = lock(&url).await;
    let reader = store.clone();
    let reading = tokio::spawn(async move { reader.get_many(&[counted_id(1)]).await });
    wait_for_number(&url, BLOCKED, 1).await;
    reading.abort();
    wait_for_number(&url, BLOCKED, 0).await;
    assert_eq!(store.activity().unwrap().readers.busy, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
async fn a_read_that_gets_no_connection_in_time_finds_the_library_busy() {
    let url = empty_library().await;
    let read_limit = Duration::from_secs(2);
    let limits = PostgresSettings { connections: 1, read_limit, ..unhurried() };
    let store = open_with(&url, limits).await;
    let snapshot = store.snapshot(SnapshotReads::All).await.unwrap();
    let outcome = store.newest().await;
    assert!(matches!(outcome, Err(RepositoryError::Busy { .. })), "{outcome:?}");
    let outcome = store.snapshot(SnapshotReads::LookUps).await.map(drop);
    assert!(matches!(outcome, Err(RepositoryError::Busy { .. })), "{outcome:?}");
    assert_eq!(snapshot.newest().await.unwrap().sequence, 0);
    drop(snapshot);
    assert_eq!(store.newest().await.unwrap().sequence, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
async fn snapshots_give_their_connections_back() {
    let url = empty_library().await;
    let store = open_with(&url, PostgresSettings { connections: 2, ..unhurried() }).await;
    store.insert(video(1), by(1)).await.unwrap();
    for _ in 0..50 {
        let snapshot = store.snapshot(SnapshotReads::All).await.unwrap();
        assert_eq!(snapshot.newest().await.unwrap().sequence, 1);
    }
    let open = "SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND state LIKE 'idle in transaction%'";
    wait_for_number(&url, open, 0).await;
    // One that reads, since they came one after another, one that writes, and one that listens.
    assert!(number(&url, OTHERS).await <= 4);
    assert_eq!(store.activity().unwrap().snapshots.busy, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
async fn a_snapshot_whose_connection_was_ended_is_unavailable() {
    let url = empty_library().await;
    let store = open_with(&url, unhurried()).await;
    let snapshot = store.snapshot(SnapshotReads::All).await.unwrap();
    super::end_connections(&url).await;
    for _ in 0..2 {
        super::assert_unavailable(&snapshot.newest().await);
    }
    assert_eq!(store.newest().await.unwrap().sequence, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
async fn a_read_of_a_snapshot_that_takes_too_long_leaves_the_others_as_they_are() {
    let url = empty_library().await;
    let limits = PostgresSettings { read_limit: Duration::from_secs(1), ..unhurried() };
    let store = open_with(&url, limits).await;
    store.insert(video(1), by(1)).await.unwrap();
    let snapshot = store.snapshot(SnapshotReads::All).await.unwrap();
    store.insert(video(2), by(1)).await.unwrap();
    let mut lock = PgConnection::connect(&url).await.unwrap();
    sqlx::raw_sql("BEGIN; LOCK TABLE audit_log").execute(&mut lock).await.unwrap();
    for _ in 0..2 {
        let outcome = snapshot.newest().await;
        assert!(matches!(outcome, Err(RepositoryError::TimedOut { .. })), "{outcome:?}");
        let found = snapshot.get_many(&[counted_id(1), counted_id(2)]).await.unwrap();
        assert!(matches!(&found[..], [Some(_), None]), "{found:?}");
    }
    lock.close().await.unwrap();
    assert_eq!(snapshot.newest().await.unwrap().sequence, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
async fn nobody_notices_that_the_database_ends_idle_connections() {
    let url = empty_library().await;
    let database = url.split(['/', '?']).nth(3).unwrap();
    execute(&url, &format!("ALTER DATABASE {database} SET idle_session_timeout = '100ms'")).await;
    let store = open_with(&url, unhurried()).await;
    // There is always one that listens, and it is the same all the time.
    let of_listener = "query ~ 'max[(]sequence'";
    wait_for_number(&url, &format!("{OTHERS} AND {of_listener} AND state = 'idle'"), 1).await;
    let listener = OTHERS.replace("count(*)", "coalesce(sum(pid), 0)");
    let listener = format!("{listener} AND {of_listener}");
    let before = number(&url, &listener).await;
    for number in 1..=3 {
        store.insert(video(number), by(1)).await.unwrap();
        assert_eq!(store.newest().await.unwrap().sequence, i64::try_from(number).unwrap());
        // Whoever asked before may not have gone yet.
        let idle = format!("{OTHERS} AND NOT {of_listener} AND query !~ 'pg_stat_activity'");
        wait_for_number(&url, &idle, 0).await;
    }
    assert_eq!(number(&url, &listener).await, before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
async fn a_scan_waits_for_whoever_takes_the_videos_and_a_snapshot_does_not() {
    const OPEN: &str = "SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND state LIKE 'idle in transaction%'";
    let url = empty_library().await;
    let idle_limit = Duration::from_millis(200);
    let store = open_with(&url, PostgresSettings { idle_limit, ..unhurried() }).await;
    // More than are read together.
    fill(&store, 1500).await;
    let mut scan = store.scan();
    scan.next().await.unwrap().unwrap();
    let snapshot = store.snapshot(SnapshotReads::All).await.unwrap();
    // The scan has been idle for longer.
    wait_for_number(&url, OPEN, 1).await;
    super::assert_unavailable(&snapshot.newest().await);
    assert_eq!(scan.try_collect::<Vec<_>>().await.unwrap().len(), 1499);
}
