//! Where reads go: to any connection, or to the one of a snapshot.

use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::PgRow;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::failure::{BoxError, Obstacle, failed, is_cancelled};
use super::pool::{Loan, Pool};
use crate::repository::RepositoryError;
use crate::repository::sql::Sql;

/// The limit for reads of commands that go through the whole library.
const UNHURRIED: Duration = Duration::from_secs(24 * 60 * 60);

/// Where reads go.
pub(super) struct Source {
    pub(super) pool: Arc<Pool>,
    limit: Duration,
    /// The transaction of a snapshot. It ends when this is dropped.
    snapshot: Option<Mutex<Loan>>,
}

impl Source {
    /// The current state at each read, which may take this long.
    pub(super) fn new(pool: Arc<Pool>, limit: Duration) -> Self {
        Self { pool, limit, snapshot: None }
    }

    /// The current state at each read, also where this is a snapshot.
    pub(super) fn current(&self) -> Self {
        Self::new(Arc::clone(&self.pool), self.limit)
    }

    /// The state at this moment.
    pub(super) async fn snapshot(&self) -> Result<Self, RepositoryError> {
        let reading = Reading { attempted: "begin a snapshot", limit: self.limit };
        let mut loan = reading.turn(self.pool.lend_for_snapshot()).await?;
        reading.result(async { loan.begin_snapshot(self.limit).await }).await?;
        let snapshot = Some(Mutex::new(loan));
        Ok(Self { pool: Arc::clone(&self.pool), limit: self.limit, snapshot })
    }

    /// The state at this moment, for reads that take as long as they need, as may what happens between them.
    pub(super) async fn unhurried_snapshot(&self) -> Result<Self, RepositoryError> {
        let snapshot = Self { limit: UNHURRIED, ..self.snapshot().await? };
        let sql = Sql::new(
            "SELECT set_config('statement_timeout', '0', true),
                set_config('idle_in_transaction_session_timeout', '0', true)",
        );
        snapshot.rows("begin a snapshot", &sql).await?;
        Ok(snapshot)
    }

    /// Whether all reads see one state.
    pub(super) fn is_snapshot(&self) -> bool {
        self.snapshot.is_some()
    }

    /// The rows of a statement.
    pub(super) async fn rows(
        &self,
        attempted: &'static str,
        sql: &Sql,
    ) -> Result<Vec<PgRow>, RepositoryError> {
        let reading = Reading { attempted, limit: self.limit };
        match &self.snapshot {
            Some(loan) => {
                let mut loan = reading.turn(async { Ok(loan.lock().await) }).await?;
                reading.result(async { loan.rows(sql, self.limit).await }).await
            }
            None => {
                let mut loan = reading.turn(self.pool.lend()).await?;
                reading.result(async { loan.rows(sql, self.limit).await }).await
            }
        }
    }
}

/// One read.
#[derive(Clone, Copy)]
struct Reading {
    attempted: &'static str,
    limit: Duration,
}

impl Reading {
    /// Waits for a turn, which does not count against the read's own time.
    async fn turn<T>(
        self,
        turn: impl Future<Output = Result<T, BoxError>>,
    ) -> Result<T, RepositoryError> {
        let Self { attempted, limit } = self;
        match tokio::time::timeout(limit, turn).await {
            Ok(turn) => turn.map_err(failed(attempted)),
            Err(_) => Err(RepositoryError::Busy { attempted, limit }),
        }
    }

    async fn result<T>(
        self,
        read: impl Future<Output = Result<T, BoxError>>,
    ) -> Result<T, RepositoryError> {
        let Self { attempted, limit } = self;
        let begin = Instant::now();
        read.await.map_err(|error| {
            let is_late = is_cancelled(&error) && begin.elapsed() >= limit;
            match error.downcast_ref::<Obstacle>() {
                Some(Obstacle::NoAnswer(_)) => RepositoryError::TimedOut { attempted, limit },
                None if is_late => RepositoryError::TimedOut { attempted, limit },
                _ => failed(attempted)(error),
            }
        })
    }
}
