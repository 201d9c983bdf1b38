//! Reads through a pooler, behind which each transaction has another connection, whose settings are also
//! those of others.

use std::time::Duration;

use sqlx::postgres::{PgConnection, PgRow};

use super::connection::{rows_unprepared, run};
use super::failure::BoxError;
use crate::repository::sql::Sql;

/// The rows of a statement, in a transaction of its own.
pub(super) async fn rows(
    connection: &mut PgConnection,
    sql: &Sql,
    limit: Duration,
) -> Result<Vec<PgRow>, BoxError> {
    let limit = limit.as_millis();
    run(
        connection,
        format!("BEGIN READ ONLY; SET LOCAL jit = off; SET LOCAL statement_timeout = {limit}"),
    )
    .await?;
    let rows = rows_unprepared(connection, sql).await?;
    run(connection, "COMMIT").await?;
    Ok(rows)
}

/// Begins a transaction that sees one state of the library.
pub(super) async fn begin_snapshot(
    connection: &mut PgConnection,
    limit: Duration,
    idle_limit: Duration,
) -> Result<(), BoxError> {
    let begin = format!(
        "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
        SET LOCAL jit = off;
        SET LOCAL statement_timeout = {};
        SET LOCAL idle_in_transaction_session_timeout = {};
        SELECT FROM videos LIMIT 1;
        SAVEPOINT begun",
        limit.as_millis(),
        idle_limit.as_millis()
    );
    run(connection, begin).await
}
