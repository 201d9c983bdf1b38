//! The number that rises with each change.

use super::database::{SqlConnection, first};
use super::row::{BoxError, Query, given};
use crate::domain::VideoId;
use crate::domain::catalogue::RootId;
use crate::repository::sql::{Sql, Value};

/// The revision.
pub(super) fn revision() -> Query<i64> {
    let sql = Sql::new("SELECT revision FROM catalogue_revision");
    Query { sql, read: |row| given(row.integer(0)?) }
}

/// Raises the revision if something has changed.
pub(super) async fn raise_if(
    has_changed: bool,
    connection: &mut (impl SqlConnection + ?Sized),
) -> Result<(), BoxError> {
    if has_changed {
        let sql = Sql::new("UPDATE catalogue_revision SET revision = revision + 1");
        connection.execute(&sql).await?;
    }
    Ok(())
}

/// The number by which the tables name a root.
pub(super) async fn number_of(
    root: RootId,
    connection: &mut (impl SqlConnection + ?Sized),
) -> Result<i64, BoxError> {
    let sql = Sql::new("SELECT root FROM library_roots WHERE id = ?").bind(root_id(root));
    let number = first(connection, Query { sql, read: |row| given(row.integer(0)?) }).await?;
    number.ok_or_else(|| format!("there is no library root {root}").into())
}

/// The ID of a root, to be bound.
pub(super) fn root_id(root: RootId) -> Value {
    Value::Id(VideoId::from_bytes(*root.as_bytes()))
}
