//! One transaction of the writer: its contents and its outcome.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt;
use sqlx::Row;
use sqlx::postgres::PgConnection;

use super::batch;
use super::connection::{rows, run};
use super::failure::BoxError;
use crate::domain::VideoId;
use crate::repository::sql::Sql;
use crate::repository::{ChangeContext, RepositoryError, Write, Written};

/// How long the database waits for the next statement of a transaction. Whoever holds the lock and stops,
/// or is cut off, holds up the other servers for no longer.
const LONGEST_IDLE: Duration = Duration::from_secs(5);

/// After how many transactions of a server the rows of those that have ended are removed.
const TIDY_EVERY: i64 = 10_000;

/// The result of a write.
pub(super) type BatchOutcome = Result<Vec<Written>, RepositoryError>;

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
    /// What it has changed; none if nothing.
    pub(super) changed: Option<Changed>,
}

/// What a transaction has changed.
#[derive(Clone, Copy)]
pub(super) enum Changed {
    /// Videos: the sequence of the last change.
    Videos(i64),
    /// Only what is known of files.
    Files,
}

/// Begins a transaction in which nobody else writes, because whoever does locks the only row of this table
/// first. What is read must be read by later statements: this
/// one has the state from before it was given the lock. The limits end with the transaction, which a
/// connection pooler needs.
pub(super) fn beginning(lock: &str, limit: Duration) -> String {
    let (limit, idle) = (limit.as_millis(), LONGEST_IDLE.as_millis());
    format!(
        "BEGIN ISOLATION LEVEL READ COMMITTED;
        SET LOCAL lock_timeout = {limit};
        SET LOCAL statement_timeout = {limit};
        SET LOCAL idle_in_transaction_session_timeout = {idle};
        SELECT FROM {lock} FOR UPDATE"
    )
}

/// Carries out writes in the transaction that a connection is in.
pub(super) async fn prepare<'w>(
    connection: &mut PgConnection,
    writes: impl Iterator<Item = (&'w Write, &'w ChangeContext)> + Clone,
) -> Result<Prepared, BoxError> {
    let attempt = AssertUnwindSafe(carry_out(connection, writes)).catch_unwind();
    attempt.await.unwrap_or_else(|_| Err("the writer panicked".into()))
}

async fn carry_out<'w>(
    connection: &mut PgConnection,
    writes: impl Iterator<Item = (&'w Write, &'w ChangeContext)> + Clone,
) -> Result<Prepared, BoxError> {
    let mut stage = batch::load(connection, writes.clone().map(|(write, _)| write)).await?;
    let answers = writes.map(|(write, by)| stage.apply(write.clone(), by)).collect();
    let end = stage.changes().last().map(|change| change.entry.sequence);
    if end.is_some() {
        batch::flush(connection, stage.changes()).await?;
    }
    let has_changed_files = batch::flush_files(connection, stage.file_steps()).await?;
    let changed = end.map(Changed::Videos).or(has_changed_files.then_some(Changed::Files));
    Ok(Prepared { answers, changed })
}

/// Commits the transaction: writes down which batch this is, and wakes those that follow the log, if that has a
/// new end.
pub(super) async fn commit(
    connection: &mut PgConnection,
    BatchId { writer, number }: BatchId,
    changed: Changed,
) -> Result<(), BoxError> {
    let tidying = match number % TIDY_EVERY {
        1 => "DELETE FROM writers WHERE wrote_at < now() - interval '1 day';",
        _ => "",
    };
    let waking = match changed {
        Changed::Videos(end) => format!("pg_notify('reelgraph', '{end}')"),
        Changed::Files => "1".to_owned(),
    };
    let text = format!(
        "{tidying}
        WITH noted AS (
            INSERT INTO writers (id, batch) VALUES ('{writer}', {number})
            ON CONFLICT (id) DO UPDATE SET batch = excluded.batch, wrote_at = excluded.wrote_at
        ) SELECT {waking};
        COMMIT"
    );
    run(connection, text).await
}

/// The number of the last batch that was committed. Whoever may still be committing one is waited for.
///
/// This commits a row itself: the database answers that only when it is also on those replicas that a
/// commit waits for, and so is all that was committed before.
pub(super) async fn last_batch(
    connection: &mut PgConnection,
    beginning: &str,
    writer: VideoId,
) -> Result<i64, BoxError> {
    run(connection, beginning).await?;
    let mut sql = Sql::new("INSERT INTO writers (id, batch) VALUES (");
    sql.push_bind(writer).push(", 0) ON CONFLICT (id) DO UPDATE SET wrote_at = excluded.wrote_at");
    sql.push(" RETURNING batch");
    let found = rows(connection, &sql).await?;
    let last = found.first().ok_or("the row of the writer is missing")?.try_get(0)?;
    run(connection, "COMMIT").await?;
    Ok(last)
}
