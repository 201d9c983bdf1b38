//! One transaction of the writer: its contents and its outcome.

use sqlx::Row;
use sqlx::postgres::PgConnection;

use super::batch;
use super::connection::{execute, rows, run};
use super::failure::BoxError;
use crate::domain::VideoId;
use crate::repository::sql::Sql;
use crate::repository::{ChangeContext, RepositoryError, Write, Written};

/// The result of a write.
pub(super) type BatchOutcome = Result<Vec<Written>, RepositoryError>;

/// Begins a transaction in which nobody else writes. What is read must be read by later statements:
/// this one has the state from before it was given the lock.
const BEGIN: &str = "
    BEGIN ISOLATION LEVEL READ COMMITTED;
    SET LOCAL lock_timeout = '10s';
    SET LOCAL statement_timeout = '60s';
    SET LOCAL idle_in_transaction_session_timeout = '5s';
    SELECT FROM library_lock FOR UPDATE";

/// Who writes, and how often it did so far.
#[derive(Clone, Copy)]
pub(super) struct BatchId {
    pub(super) writer: VideoId,
    pub(super) number: i64,
}

/// Writes that were carried out inside a transaction, which is still open.
pub(super) struct Prepared {
    /// The result of each write once the transaction is committed.
    pub(super) answers: Vec<BatchOutcome>,
    /// The sequence of the last change; none if nothing changed.
    pub(super) end: Option<i64>,
}

/// Begins a transaction in which nobody else writes.
pub(super) async fn begin(connection: &mut PgConnection) -> Result<(), BoxError> {
    run(connection, BEGIN).await
}

/// Carries out writes in the transaction that a connection is in.
pub(super) async fn prepare<'w>(
    connection: &mut PgConnection,
    writes: impl Iterator<Item = (&'w Write, &'w ChangeContext)> + Clone,
    id: BatchId,
) -> Result<Prepared, BoxError> {
    let mut stage = batch::load(connection, writes.clone().map(|(write, _)| write)).await?;
    let answers = writes.map(|(write, by)| stage.apply(write.clone(), by)).collect();
    let end = stage.changes().last().map(|change| change.entry.sequence);
    if let Some(end) = end {
        batch::flush(connection, stage.changes()).await?;
        note_batch(connection, id, end).await?;
    }
    Ok(Prepared { answers, end })
}

/// Writes down which batch this is, and wakes those that follow the log.
async fn note_batch(connection: &mut PgConnection, id: BatchId, end: i64) -> Result<(), BoxError> {
    let mut sql = Sql::new("WITH noted AS (INSERT INTO writers (id, batch) VALUES (");
    sql.push_bind(id.writer).push(", ").push_bind(id.number);
    sql.push(
        ") ON CONFLICT (id) DO UPDATE SET batch = excluded.batch, wrote_at = excluded.wrote_at)
        SELECT pg_notify('reelgraph', ",
    );
    sql.push_bind(end.to_string()).push(")");
    execute(connection, &sql).await
}

/// Whether a batch was committed. Whoever may still be committing it is waited for.
pub(super) async fn is_committed(
    connection: &mut PgConnection,
    id: BatchId,
) -> Result<bool, BoxError> {
    begin(connection).await?;
    let sql = Sql::new("SELECT batch FROM writers WHERE id = ?").bind(id.writer);
    let found = rows(connection, &sql).await?;
    let last = found.first().map(|row| row.try_get::<i64, _>(0)).transpose()?;
    run(connection, "ROLLBACK").await?;
    Ok(last == Some(id.number))
}
