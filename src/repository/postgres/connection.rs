//! Statements on a connection.

use std::time::Duration;

use sqlx::AssertSqlSafe;
use sqlx::postgres::{PgConnection, PgRow};

use super::failure::{BoxError, Obstacle};
use super::values::arguments;
use crate::repository::sql::Sql;

/// The rows of a statement.
pub(super) async fn rows(connection: &mut PgConnection, sql: &Sql) -> Result<Vec<PgRow>, BoxError> {
    let query = sqlx::query_with(AssertSqlSafe(sql.numbered()), arguments(sql.values())?);
    Ok(query.fetch_all(connection).await?)
}

/// The rows of a statement in the transaction of a connection through a pooler, which knows no statements
/// by names.
///
/// Without a transaction it would be wrong: a statement is sent before its values, and by then another
/// connection may stand behind the pooler, with another client's statement.
pub(super) async fn rows_unprepared(
    connection: &mut PgConnection,
    sql: &Sql,
) -> Result<Vec<PgRow>, BoxError> {
    let query = sqlx::query_with(AssertSqlSafe(sql.numbered()), arguments(sql.values())?);
    Ok(query.persistent(false).fetch_all(connection).await?)
}

/// Runs a statement that returns nothing.
pub(super) async fn execute(connection: &mut PgConnection, sql: &Sql) -> Result<(), BoxError> {
    let query = sqlx::query_with(AssertSqlSafe(sql.numbered()), arguments(sql.values())?);
    query.execute(connection).await?;
    Ok(())
}

/// Runs statements without values, in one message.
pub(super) async fn run(
    connection: &mut PgConnection,
    text: impl Into<String> + Send,
) -> Result<(), BoxError> {
    sqlx::raw_sql(AssertSqlSafe(text.into())).execute(connection).await?;
    Ok(())
}

/// The answer, if it is in time. Afterwards the connection is of no more use: the answer may still come.
pub(super) async fn within<T>(
    limit: Duration,
    asking: impl Future<Output = Result<T, BoxError>>,
) -> Result<T, BoxError> {
    let answer = tokio::time::timeout(limit, asking).await;
    answer.unwrap_or_else(|_| Err(Obstacle::NoAnswer(limit).into()))
}
