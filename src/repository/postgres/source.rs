//! Where reads go: to any connection, or to the one of a snapshot.

use std::time::Duration;

use sqlx::postgres::{PgPool, PgRow};
use sqlx::{Postgres, Transaction};
use tokio::sync::Mutex;

use super::connection::rows;
use super::failure::{BoxError, failed};
use crate::repository::RepositoryError;
use crate::repository::sql::Sql;

/// Begins a transaction that sees one state of the library.
const SNAPSHOT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// Where reads go.
pub(super) struct Source {
    pub(super) pool: PgPool,
    pub(super) limit: Duration,
    /// The transaction of a snapshot. It is rolled back when this is dropped.
    snapshot: Option<Mutex<Transaction<'static, Postgres>>>,
}

impl Source {
    /// The current state at each read.
    pub(super) fn new(pool: PgPool, limit: Duration) -> Self {
        Self { pool, limit, snapshot: None }
    }

    /// The state at this moment.
    pub(super) async fn snapshot(&self) -> Result<Self, RepositoryError> {
        let attempted = "begin a snapshot";
        let mut transaction = self.pool.begin_with(SNAPSHOT).await.map_err(failed(attempted))?;
        // The moment is that of the first statement.
        let sql = Sql::new("SELECT FROM videos LIMIT 1");
        rows(&mut transaction, &sql).await.map_err(failed(attempted))?;
        let snapshot = Some(Mutex::new(transaction));
        Ok(Self { pool: self.pool.clone(), limit: self.limit, snapshot })
    }

    /// The rows of a statement.
    pub(super) async fn rows(
        &self,
        attempted: &'static str,
        sql: &Sql,
    ) -> Result<Vec<PgRow>, RepositoryError> {
        let read = async {
            match &self.snapshot {
                Some(transaction) => rows(&mut *transaction.lock().await, sql).await,
                None => rows(&mut *self.pool.acquire().await?, sql).await,
            }
        };
        let read: Result<Result<_, BoxError>, _> = tokio::time::timeout(self.limit, read).await;
        let timed_out = |_| RepositoryError::TimedOut { attempted, limit: self.limit };
        read.map_err(timed_out)?.map_err(failed(attempted))
    }
}
