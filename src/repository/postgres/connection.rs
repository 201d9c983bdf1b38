//! Statements on a connection.

use sqlx::AssertSqlSafe;
use sqlx::postgres::{PgConnection, PgRow};

use super::failure::BoxError;
use super::values::arguments;
use crate::repository::sql::Sql;

/// The rows of a statement.
pub(super) async fn rows(connection: &mut PgConnection, sql: &Sql) -> Result<Vec<PgRow>, BoxError> {
    let query = sqlx::query_with(AssertSqlSafe(sql.numbered()), arguments(sql.values())?);
    Ok(query.fetch_all(connection).await?)
}

/// Runs a statement that returns nothing.
pub(super) async fn execute(connection: &mut PgConnection, sql: &Sql) -> Result<(), BoxError> {
    let query = sqlx::query_with(AssertSqlSafe(sql.numbered()), arguments(sql.values())?);
    query.execute(connection).await?;
    Ok(())
}

/// Runs statements without values, in one message.
pub(super) async fn run(connection: &mut PgConnection, text: &'static str) -> Result<(), BoxError> {
    sqlx::raw_sql(text).execute(connection).await?;
    Ok(())
}
