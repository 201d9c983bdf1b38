//! Statements and rows of SQLite, for what is written for every database.

use std::ops::Deref;

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, ready};
use rusqlite::{Connection, Row, params_from_iter};

use super::reader::Statement;
use super::rows::BoxError;
use crate::repository::sql::Sql;
use crate::repository::sql::catalogue::{Dialect, SqlConnection, SqlRow};

/// A connection to be asked. It answers at once.
pub(super) struct Statements<C>(pub(super) C);

impl<C: Deref<Target = Connection>> Statements<C> {
    fn execute_now(&self, sql: &Sql) -> Result<u64, BoxError> {
        let mut statement = self.0.prepare_cached(sql.text())?;
        Ok(statement.execute(params_from_iter(sql.values()))? as u64)
    }

    fn for_each_now(
        &self,
        sql: &Sql,
        each: &mut (dyn FnMut(&dyn SqlRow) -> Result<(), BoxError> + Send),
    ) -> Result<(), BoxError> {
        let mut statement = Statement::prepare(&self.0, sql.text())?;
        statement.for_each(params_from_iter(sql.values()), |row| each(row))
    }
}

impl<C: Deref<Target = Connection>> SqlConnection for Statements<C> {
    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    fn execute<'c>(&'c mut self, sql: &'c Sql) -> BoxFuture<'c, Result<u64, BoxError>> {
        ready(self.execute_now(sql)).boxed()
    }

    fn for_each<'c>(
        &'c mut self,
        sql: &'c Sql,
        each: &'c mut (dyn FnMut(&dyn SqlRow) -> Result<(), BoxError> + Send),
    ) -> BoxFuture<'c, Result<(), BoxError>> {
        ready(self.for_each_now(sql, each)).boxed()
    }
}

/// The outcome of what asks nothing but such a connection.
pub(super) fn at_once<T>(asking: impl Future<Output = Result<T, BoxError>>) -> Result<T, BoxError> {
    asking.now_or_never().unwrap_or_else(|| Err("SQLite has not answered at once".into()))
}

impl SqlRow for Row<'_> {
    fn integer(&self, column: usize) -> Result<Option<i64>, BoxError> {
        Ok(self.get_ref(column)?.as_i64_or_null()?)
    }

    fn real(&self, column: usize) -> Result<Option<f64>, BoxError> {
        Ok(self.get_ref(column)?.as_f64_or_null()?)
    }

    fn flag(&self, column: usize) -> Result<bool, BoxError> {
        Ok(self.get_ref(column)?.as_i64()? != 0)
    }

    fn text(&self, column: usize) -> Result<Option<&str>, BoxError> {
        Ok(self.get_ref(column)?.as_str_or_null()?)
    }

    fn bytes(&self, column: usize) -> Result<Option<&[u8]>, BoxError> {
        Ok(self.get_ref(column)?.as_blob_or_null()?)
    }

    fn uuid(&self, column: usize) -> Result<Option<[u8; 16]>, BoxError> {
        Ok(self.bytes(column)?.map(TryInto::try_into).transpose()?)
    }
}
