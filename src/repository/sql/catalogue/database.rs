//! What a database must offer so that a catalogue can be kept in it.

use async_trait::async_trait;
use futures_util::future::BoxFuture;
use serde::Serialize;

use super::row::{BoxError, Query, SqlRow};
use crate::domain::VideoId;
use crate::repository::RepositoryError;
use crate::repository::sql::{Sql, Value};

/// A database that keeps a catalogue.
#[async_trait]
pub(in crate::repository) trait CatalogueDatabase:
    Send + Sync + 'static
{
    /// How it is spoken to.
    const DIALECT: Dialect;

    /// The rows of a statement.
    async fn read<T: Send + 'static>(
        &self,
        attempted: &'static str,
        query: Query<T>,
    ) -> Result<Vec<T>, RepositoryError>;

    /// What a job returns that is done in a transaction in which nobody else changes the catalogue.
    async fn write<T: Send + 'static>(
        &self,
        attempted: &'static str,
        job: Job<T>,
    ) -> Result<T, RepositoryError>;
}

/// What is done in a transaction.
pub(in crate::repository) type Job<T> =
    Box<dyn for<'c> FnOnce(Transaction<'c>) -> BoxFuture<'c, Result<T, BoxError>> + Send>;

/// Where it is done.
pub(in crate::repository) type Transaction<'c> = &'c mut (dyn SqlConnection + Send);

/// A job that is done by this function.
pub(super) fn job<T>(
    work: impl for<'c> FnOnce(Transaction<'c>) -> BoxFuture<'c, Result<T, BoxError>> + Send + 'static,
) -> Job<T> {
    Box::new(work)
}

/// A connection in a transaction.
pub(in crate::repository) trait SqlConnection {
    /// How it is spoken to.
    fn dialect(&self) -> Dialect;

    /// Runs a statement, and returns how many rows it has changed.
    fn execute<'c>(&'c mut self, sql: &'c Sql) -> BoxFuture<'c, Result<u64, BoxError>>;

    /// Hands over the rows of a statement.
    fn for_each<'c>(
        &'c mut self,
        sql: &'c Sql,
        each: &'c mut (dyn FnMut(&dyn SqlRow) -> Result<(), BoxError> + Send),
    ) -> BoxFuture<'c, Result<(), BoxError>>;
}

/// The rows of a statement.
pub(super) async fn all<T: Send>(
    connection: &mut (impl SqlConnection + ?Sized),
    query: Query<T>,
) -> Result<Vec<T>, BoxError> {
    let mut rows = Vec::new();
    let mut each = |row: &dyn SqlRow| {
        rows.push((query.read)(row)?);
        Ok(())
    };
    connection.for_each(&query.sql, &mut each).await?;
    Ok(rows)
}

/// The first row of a statement.
pub(super) async fn first<T: Send>(
    connection: &mut (impl SqlConnection + ?Sized),
    query: Query<T>,
) -> Result<Option<T>, BoxError> {
    Ok(all(connection, query).await?.into_iter().next())
}

/// What databases say in different words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::repository) enum Dialect {
    Sqlite,
    Postgres,
}

impl Dialect {
    /// How many rows one statement adds. To prepare a statement costs SQLite more than to run it again, and a
    /// question costs PostgreSQL more than what is asked.
    pub(super) fn rows_at_once(self) -> usize {
        match self {
            Self::Sqlite => 1,
            Self::Postgres => 100,
        }
    }

    /// Adds the condition that a column has one of these numbers.
    pub(super) fn push_in_numbers(self, sql: &mut Sql, column: &str, numbers: Vec<i64>) {
        match self {
            Self::Sqlite => push_in_json(sql, column, "value", &numbers),
            Self::Postgres => push_in_array(sql, column, numbers),
        }
    }

    /// Adds the condition that a column has one of these texts.
    pub(super) fn push_in_texts(self, sql: &mut Sql, column: &str, texts: Vec<String>) {
        match self {
            Self::Sqlite => push_in_json(sql, column, "value", &texts),
            Self::Postgres => push_in_array(sql, column, texts),
        }
    }

    /// Adds the condition that a column has one of these IDs.
    pub(super) fn push_in_ids(self, sql: &mut Sql, column: &str, ids: Vec<VideoId>) {
        match self {
            Self::Sqlite => {
                let ids: Vec<String> = ids.iter().map(|id| hex(id.as_bytes())).collect();
                push_in_json(sql, column, "unhex(value)", &ids);
            }
            Self::Postgres => push_in_array(sql, column, ids),
        }
    }

    /// Adds the condition that a column, by whose hash PostgreSQL finds its rows, has one of these paths.
    pub(super) fn push_in_paths<'p>(
        self,
        sql: &mut Sql,
        column: &str,
        paths: impl Iterator<Item = &'p [u8]>,
    ) {
        let paths: Vec<String> = paths.map(hex).collect();
        match self {
            Self::Sqlite => push_in_json(sql, column, "unhex(value)", &paths),
            Self::Postgres => {
                sql.push(format_args!("sha256({column}) = ANY(ARRAY("));
                sql.push("SELECT sha256(decode(path, 'hex')) FROM unnest(").push_bind(paths);
                sql.push("::text[]) AS path))");
            }
        }
    }
}

/// SQLite has no lists: it reads them from JSON.
fn push_in_json(sql: &mut Sql, column: &str, value: &str, items: &impl Serialize) {
    let json = serde_json::to_string(items).expect("numbers and texts can be JSON");
    sql.push(format_args!("{column} IN (SELECT {value} FROM json_each("))
        .push_bind(json)
        .push("))");
}

fn push_in_array(sql: &mut Sql, column: &str, items: impl Into<Value>) {
    sql.push(format_args!("{column} = ANY(")).push_bind(items).push(")");
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
