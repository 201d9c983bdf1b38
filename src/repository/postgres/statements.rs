//! Statements and rows of PostgreSQL, for what is written for every database.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use sqlx::postgres::{PgConnection, PgRow};
use sqlx::{AssertSqlSafe, Row};

use super::connection::rows;
use super::failure::BoxError;
use super::values::{Id, arguments};
use crate::repository::sql::Sql;
use crate::repository::sql::catalogue::{Dialect, SqlConnection, SqlRow};

/// A connection to be asked.
pub(super) struct Statements<'c>(pub(super) &'c mut PgConnection);

impl SqlConnection for Statements<'_> {
    fn dialect(&self) -> Dialect {
        Dialect::Postgres
    }

    fn execute<'c>(&'c mut self, sql: &'c Sql) -> BoxFuture<'c, Result<u64, BoxError>> {
        let execute = async move {
            let query = sqlx::query_with(AssertSqlSafe(sql.numbered()), arguments(sql.values())?);
            Ok(query.execute(&mut *self.0).await?.rows_affected())
        };
        execute.boxed()
    }

    fn for_each<'c>(
        &'c mut self,
        sql: &'c Sql,
        each: &'c mut (dyn FnMut(&dyn SqlRow) -> Result<(), BoxError> + Send),
    ) -> BoxFuture<'c, Result<(), BoxError>> {
        let read = async move {
            let rows = rows(self.0, sql).await?;
            rows.iter().try_for_each(|row| each(row))
        };
        read.boxed()
    }
}

impl SqlRow for PgRow {
    fn integer(&self, column: usize) -> Result<Option<i64>, BoxError> {
        Ok(self.try_get(column)?)
    }

    fn real(&self, column: usize) -> Result<Option<f64>, BoxError> {
        Ok(self.try_get(column)?)
    }

    fn flag(&self, column: usize) -> Result<bool, BoxError> {
        Ok(self.try_get(column)?)
    }

    fn text(&self, column: usize) -> Result<Option<&str>, BoxError> {
        Ok(self.try_get(column)?)
    }

    fn bytes(&self, column: usize) -> Result<Option<&[u8]>, BoxError> {
        Ok(self.try_get(column)?)
    }

    fn uuid(&self, column: usize) -> Result<Option<[u8; 16]>, BoxError> {
        let id: Option<Id> = self.try_get(column)?;
        Ok(id.map(|Id(id)| *id.as_bytes()))
    }
}
