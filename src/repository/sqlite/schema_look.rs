//! Noticing migrations that other processes apply.

use rusqlite::Connection;

use super::guard::{Guard, LibraryLost};
use super::migrations::{self, MigrationError};

/// The version of the schema at which the migrations were looked at last.
#[derive(Default)]
pub(super) struct SchemaLook(Option<i64>);

impl SchemaLook {
    /// Checks whether another process has applied a migration that this program does not know.
    pub(super) fn look(&mut self, connection: &Connection, guard: &Guard) -> rusqlite::Result<()> {
        let mut version = connection.prepare_cached("PRAGMA schema_version")?;
        let schema = Some(version.query_row((), |row| row.get(0))?);
        if self.0 != schema {
            match migrations::is_any_missing(connection) {
                Err(MigrationError::Unknown(_)) => guard.note(LibraryLost::Newer),
                Err(MigrationError::Sqlite(error)) => return Err(error),
                Ok(_) | Err(MigrationError::Changed(_)) => {}
            }
            self.0 = schema;
        }
        Ok(())
    }
}
