//! What only the store in PostgreSQL has: several servers at once, failures of the database, and its way of
//! searching.

mod catalogue;
mod commits;
mod following;
mod many;
#[cfg(target_os = "linux")]
mod outages;
mod reads;
#[cfg(target_os = "linux")]
mod replicas;
mod search_index;
mod searches;
mod writes;

use std::sync::Arc;
use std::time::Duration;

use reelgraph::domain::{AuditEntry, AuditFilter};
use reelgraph::repository::postgres::{PostgresRepository, PostgresSettings};
use reelgraph::repository::{RepositoryError, VideoRepository};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tokio::time::timeout;

use crate::support::postgres::{number, unhurried};
use crate::support::process::PATIENCE;
use crate::support::videos::{by, video};

/// How many connections are in use by those who use the database of this URL, besides whoever asks.
const OTHERS: &str = "SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'";

/// A server's store, whose limits are those for tests.
async fn open(url: &str) -> Arc<PostgresRepository> {
    open_with(url, unhurried()).await
}

async fn open_with(url: &str, settings: PostgresSettings) -> Arc<PostgresRepository> {
    Arc::new(PostgresRepository::open(url, settings).await.unwrap())
}

/// Runs statements without values.
async fn run(url: &str, sql: &str) {
    let mut connection = PgConnection::connect(url).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

/// The log, oldest first.
async fn log(store: &dyn VideoRepository) -> Vec<AuditEntry> {
    store.entries_after(0, &AuditFilter::default(), usize::MAX).await.unwrap()
}

/// Ends all connections to a database but this one.
async fn end_connections(url: &str) {
    let sql = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()";
    number(url, sql).await;
}

/// Waits until the library can be read.
async fn wait_until_read(store: &PostgresRepository) {
    let reading = async {
        while store.ping().await.is_err() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(PATIENCE, reading).await.unwrap();
}

/// Adds the sample's video of this number as soon as the library can be written.
async fn add_when_back(store: &PostgresRepository, number: u64) {
    let adding = async {
        while let Err(error) = store.insert(video(number), by(1)).await {
            assert!(matches!(error, RepositoryError::Unavailable { .. }), "{error:?}");
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, adding).await.unwrap();
}

#[track_caller]
fn assert_unavailable<T: std::fmt::Debug>(outcome: &Result<T, RepositoryError>) {
    assert!(matches!(outcome, Err(RepositoryError::Unavailable { .. })), "{outcome:?}");
}
