//! Libraries of older versions, as far as they are read without being migrated.

use rusqlite::Connection;

use super::columns::{EntryColumn, VideoColumn};
use crate::repository::sql::Columns;

/// Makes a library look as if it had all columns: for tables that lack some, the connection has views of
/// the same names, with NULL in these columns. It has an empty one instead of the checkpoints of past states,
/// where there is no such table.
pub(super) fn fill_in_columns(connection: &Connection) -> rusqlite::Result<()> {
    fill_in::<VideoColumn>(connection)?;
    fill_in::<EntryColumn>(connection)?;
    stand_in_for_checkpoints(connection)
}

/// Past states are replayed from the beginning of their histories where there are no checkpoints.
fn stand_in_for_checkpoints(connection: &Connection) -> rusqlite::Result<()> {
    if connection.table_exists(None, "video_checkpoints")? {
        return Ok(());
    }
    connection.execute_batch(
        "CREATE TEMP VIEW video_checkpoints AS
        SELECT NULL AS entity_id, NULL AS version, NULL AS field_values WHERE FALSE",
    )
}

fn fill_in<C: Columns>(connection: &Connection) -> rusqlite::Result<()> {
    let table = C::TABLE;
    let mut statement = connection.prepare("SELECT name FROM pragma_table_info(?)")?;
    let there = statement.query_map([table], |row| row.get(0))?;
    let there: Vec<String> = there.collect::<Result<_, _>>()?;
    let is_missing = |column: &&C| !there.iter().any(|name| name == column.name());
    let missing = C::STORED.iter().filter(is_missing);
    let missing: String = missing.map(|column| format!(", NULL AS {column}")).collect();
    if there.is_empty() || missing.is_empty() {
        return Ok(());
    }
    let view = format!("CREATE TEMP VIEW {table} AS SELECT *{missing} FROM main.{table}");
    connection.execute_batch(&view)
}
