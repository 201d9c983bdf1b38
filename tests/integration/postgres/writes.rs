//! What can go wrong with a write, besides the loss of an answer.

use std::time::Duration;

use futures_util::future::join_all;
use reelgraph::repository::postgres::PostgresSettings;
use reelgraph::repository::{RepositoryError, VideoReader, VideoRepository};
use sqlx::{Connection, PgConnection};

use super::{add_when_back, assert_unavailable, end_connections, log, open, open_with};
use crate::support::clock::counted_id;
use crate::support::postgres::{empty_library, execute, number, unhurried};
use crate::support::videos::{by, video};

const LOCK: &str = "BEGIN; SELECT FROM library_lock FOR UPDATE";

/// Somebody else's connection, which has run this.
async fn other(url: &str, sql: &'static str) -> PgConnection {
    let mut other = PgConnection::connect(url).await.unwrap();
    sqlx::raw_sql(sql).execute(&mut other).await.unwrap();
    other
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
async fn connections_that_were_ended_are_replaced_without_an_error() {
    let url = empty_library().await;
    let store = open(&url).await;
    for number in 1..=5 {
        store.insert(video(number), by(1)).await.unwrap();
        end_connections(&url).await;
        store.insert(video(10 + number), by(1)).await.unwrap();
        end_connections(&url).await;
        assert_eq!(store.newest().await.unwrap().sequence, i64::try_from(number).unwrap() * 2);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
async fn a_write_that_the_database_refuses_does_not_prevent_others() {
    let url = empty_library().await;
    let store = open(&url).await;
    let refuse = format!(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql
            AS $$ BEGIN RAISE check_violation; END $$;
        CREATE TRIGGER refuse BEFORE INSERT ON videos FOR EACH ROW WHEN (NEW.id = '{}')
            EXECUTE FUNCTION refuse()",
        counted_id(3)
    );
    execute(&url, &refuse).await;
    let mut lock = other(&url, LOCK).await;
    let writing = join_all((1..=5).map(|number| {
        let store = store.clone();
        tokio::spawn(async move { store.insert(video(number), by(1)).await })
    }));
    // One waits for the lock, and the others for it.
    while store.activity().unwrap().writes_waiting < 4 {
        tokio::task::yield_now().await;
    }
    sqlx::raw_sql("COMMIT").execute(&mut lock).await.unwrap();
    for (number, outcome) in (1..).zip(writing.await) {
        let outcome = outcome.unwrap();
        match number {
            3 => assert!(matches!(outcome, Err(RepositoryError::Store { .. })), "{outcome:?}"),
            _ => assert!(outcome.is_ok(), "{outcome:?}"),
        }
    }
    assert_eq!(log(&*store).await.len(), 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
async fn a_panic_fails_its_writes_and_no_others() {
    let url = empty_library().await;
    let store = open(&url).await;
    store.insert(video(1), by(1)).await.unwrap();
    // The next sequence overflows, which panics where tests are built.
    let renumber = |sequence: i64| format!("UPDATE audit_log SET sequence = {sequence}");
    execute(&url, &renumber(i64::MAX)).await;
    let outcome = store.insert(video(2), by(1)).await;
    assert!(matches!(outcome, Err(RepositoryError::Store { .. })), "{outcome:?}");
    execute(&url, &renumber(1)).await;
    store.insert(video(3), by(1)).await.unwrap();
    assert_eq!(log(&*store).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
async fn a_lock_that_somebody_keeps_is_unavailability() {
    let url = empty_library().await;
    let limits = PostgresSettings { write_limit: Duration::from_secs(2), ..unhurried() };
    let store = open_with(&url, limits).await;
    let mut lock = other(&url, LOCK).await;
    assert_unavailable(&store.insert(video(1), by(1)).await);
    assert_eq!(store.newest().await.unwrap().sequence, 0);
    sqlx::raw_sql("COMMIT").execute(&mut lock).await.unwrap();
    add_when_back(&store, 1).await;
    assert_eq!(log(&*store).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
async fn a_database_that_may_only_be_read_is_unavailability_until_it_is_the_primary_again() {
    let url = empty_library().await;
    let limits = PostgresSettings { write_limit: Duration::from_secs(2), ..unhurried() };
    let store = open_with(&url, limits).await;
    store.insert(video(1), by(1)).await.unwrap();
    let name = url.split(['/', '?']).nth(3).unwrap();
    let set = |what: &str| format!("ALTER DATABASE {name} {what} default_transaction_read_only");
    execute(&url, &(set("SET") + " = on")).await;
    end_connections(&url).await;
    assert_unavailable(&store.insert(video(2), by(2)).await);
    assert_eq!(log(&*store).await.len(), 1);
    execute(&url.replace(&format!("/{name}?"), "/postgres?"), &set("RESET")).await;
    store.insert(video(2), by(3)).await.unwrap();
    assert_eq!(log(&*store).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
async fn the_rows_of_writers_that_ended_long_ago_are_removed() {
    let url = empty_library().await;
    let old = "INSERT INTO writers SELECT gen_random_uuid(), 1, now() - interval '25 hours'
            FROM generate_series(1, 3);
        INSERT INTO writers SELECT gen_random_uuid(), 1, now() - interval '23 hours'";
    execute(&url, old).await;
    let store = open(&url).await;
    store.insert(video(1), by(1)).await.unwrap();
    assert_eq!(number(&url, "SELECT count(*) FROM writers").await, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
async fn transactions_statements_and_connections_are_counted() {
    let url = empty_library().await;
    let store = open(&url).await;
    let before = store.activity().unwrap();
    assert_eq!((before.commits.total(), before.statements), (0, 0));
    let mut lock = other(&url, LOCK).await;
    let first = store.insert(video(1), by(1));
    let rest = async {
        while store.activity().unwrap().writes_waiting > 0 {
            tokio::task::yield_now().await;
        }
        let rest = join_all((2..=5).map(|number| store.insert(video(number), by(1))));
        let unlock = async {
            while store.activity().unwrap().writes_waiting < 4 {
                tokio::task::yield_now().await;
            }
            sqlx::raw_sql("COMMIT").execute(&mut lock).await.unwrap();
        };
        tokio::join!(rest, unlock).0
    };
    let (first, rest) = tokio::join!(first, rest);
    assert!(first.is_ok() && rest.iter().all(Result::is_ok), "{first:?} {rest:?}");
    let after = store.activity().unwrap();
    assert!(after.commits.total() < 5 && after.commits.writes == 5, "{after:?}");
    store.newest().await.unwrap();
    assert_eq!(store.activity().unwrap().statements, 1);
    assert_eq!(after.readers.size, 8);
}
