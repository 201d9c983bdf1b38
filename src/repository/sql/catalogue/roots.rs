//! Library roots.

use super::changes::{raise_if, root_id};
use super::database::{Transaction, first};
use super::row::{BoxError, Query, SqlRow, given, parsed, time};
use crate::domain::Timestamp;
use crate::domain::catalogue::{Root, RootId, RootLook};
use crate::domain::{Text, VideoId};
use crate::repository::sql::{Sql, Value};

const ROOTS: &str =
    "SELECT id, name, directory, path_prefix, fault, device, served_until, watched_until
    FROM library_roots";

/// Every root, by name.
pub(super) fn every() -> Query<Root> {
    Query { sql: Sql::new(format!("{ROOTS} ORDER BY name")), read }
}

fn one(id: RootId) -> Query<Root> {
    Query { sql: Sql::new(format!("{ROOTS} WHERE id = ?")).bind(root_id(id)), read }
}

fn read(row: &dyn SqlRow) -> Result<Root, BoxError> {
    Ok(Root {
        id: RootId::from_bytes(given(row.uuid(0)?)?),
        name: parsed(row, 1)?,
        directory: given(row.bytes(2)?)?.to_vec(),
        path_prefix: Text::new(given(row.text(3)?)?)?,
        look: RootLook {
            fault: row.text(4)?.map(str::to_owned),
            device: row.integer(5)?.map(i64::cast_unsigned),
        },
        served_until: time(row, 6)?,
        watched_until: time(row, 7)?,
    })
}

/// Keeps a new root, unless its name or its prefix is taken.
pub(super) async fn add(root: Root, connection: Transaction<'_>) -> Result<bool, BoxError> {
    let mut sql = Sql::new(
        "INSERT INTO library_roots
            (id, name, directory, path_prefix, fault, device, served_until, watched_until)
        VALUES (",
    );
    sql.push_bind(root_id(root.id)).push(", ").push_bind(root.name.to_string()).push(", ");
    sql.push_bind(Value::Bytes(root.directory)).push(", ");
    sql.push_bind(root.path_prefix.to_string()).push(", ");
    sql.push_optional(root.look.fault).push(", ");
    sql.push_optional(root.look.device.map(u64::cast_signed)).push(", ");
    sql.push_optional(root.served_until.map(Timestamp::as_micros)).push(", ");
    sql.push_optional(root.watched_until.map(Timestamp::as_micros));
    sql.push(") ON CONFLICT DO NOTHING");
    let is_added = connection.execute(&sql).await? > 0;
    raise_if(is_added, connection).await?;
    Ok(is_added)
}

/// Changes a root, if it is there.
pub(super) async fn change(
    id: RootId,
    change: impl FnOnce(&mut Root) + Send,
    connection: Transaction<'_>,
) -> Result<(), BoxError> {
    let Some(mut root) = first(connection, one(id)).await? else { return Ok(()) };
    let before = root.clone();
    change(&mut root);
    let has_changed = root != before;
    if has_changed {
        keep(root, connection).await?;
    }
    raise_if(has_changed, connection).await
}

/// Promises to look after roots until then, unless somebody has promised more.
pub(super) async fn serve(
    ids: Vec<RootId>,
    until: Timestamp,
    connection: Transaction<'_>,
) -> Result<(), BoxError> {
    let ids = ids.iter().map(|id| VideoId::from_bytes(*id.as_bytes())).collect();
    let mut sql = Sql::new("UPDATE library_roots SET served_until = ");
    sql.push_bind(until.as_micros()).push(" WHERE (served_until IS NULL OR served_until < ");
    sql.push_bind(until.as_micros()).push(") AND ");
    connection.dialect().push_in_ids(&mut sql, "id", ids);
    connection.execute(&sql).await.map(drop)
}

/// Promises to notice what changes in a root until then, unless somebody has promised more; or takes every
/// promise back.
pub(super) async fn watch(
    id: RootId,
    until: Option<Timestamp>,
    connection: Transaction<'_>,
) -> Result<(), BoxError> {
    let mut sql = Sql::new("UPDATE library_roots SET watched_until = ");
    sql.push_optional(until.map(Timestamp::as_micros));
    sql.push(" WHERE id = ").push_bind(root_id(id));
    if let Some(until) = until {
        sql.push(" AND (watched_until IS NULL OR watched_until < ");
        sql.push_bind(until.as_micros()).push(")");
    }
    connection.execute(&sql).await.map(drop)
}

/// Gives a root the values that can change.
async fn keep(root: Root, connection: Transaction<'_>) -> Result<(), BoxError> {
    let mut sql = Sql::new("UPDATE library_roots SET directory = ");
    sql.push_bind(Value::Bytes(root.directory)).push(", fault = ");
    sql.push_optional(root.look.fault).push(", device = ");
    sql.push_optional(root.look.device.map(u64::cast_signed)).push(", served_until = ");
    sql.push_optional(root.served_until.map(Timestamp::as_micros));
    sql.push(" WHERE id = ").push_bind(VideoId::from_bytes(*root.id.as_bytes()));
    connection.execute(&sql).await.map(drop)
}
