//! Migrations, and the record of those that a library has.
//!
//! The record is the table `_sqlx_migrations`, named after the crate that applied the migrations of
//! the first libraries. Its format is unchanged, so that each program refuses a library with an
//! unknown migration, however old the program is. Crates that count migrations in `user_version`
//! would need this table as well; and they read the count before they take the lock, so two
//! processes that open a new library at the same time would both migrate it.

use std::time::Instant;

use rusqlite::Connection;
use sha2::{Digest, Sha384};

macro_rules! migration {
    ($name:literal) => {
        Migration {
            name: $name,
            sql: include_str!(concat!("../../../migrations/sqlite/", $name, ".sql")),
        }
    };
}

/// All migrations, oldest first. Those that were released never change.
const MIGRATIONS: &[Migration] = &[
    migration!("20261122080000_create_video_kinds"),
    migration!("20261122090000_create_videos"),
    migration!("20261122090100_create_audit_log"),
    migration!("20261122100000_create_video_search"),
    migration!("20261123060000_create_api_keys"),
    migration!("20261128190000_create_derivations"),
    migration!("20261128200000_add_filename_key"),
    migration!("20261128220000_add_write_end"),
    migration!("20261129020000_add_orders"),
    migration!("20261129021000_create_video_checkpoints"),
    migration!("20261129023000_add_audit_requests"),
    migration!("20261129070000_fill_video_checkpoints"),
];

/// One step towards the tables of this version.
struct Migration {
    /// The name of its file without the extension: its version and description.
    name: &'static str,
    sql: &'static str,
}

impl Migration {
    fn version_and_description(&self) -> (i64, String) {
        let (version, description) =
            self.name.split_once('_').expect("the name has a version and a description");
        let version = version.parse().expect("the version is a number");
        (version, description.replace('_', " "))
    }

    fn version(&self) -> i64 {
        self.version_and_description().0
    }

    /// Applies it, and records that.
    fn apply(&self, connection: &Connection) -> rusqlite::Result<()> {
        let begin = Instant::now();
        connection.execute_batch(self.sql)?;
        let (version, description) = self.version_and_description();
        let nanoseconds = i64::try_from(begin.elapsed().as_nanos()).unwrap_or(i64::MAX);
        connection.execute(
            "INSERT INTO _sqlx_migrations
                (version, description, success, checksum, execution_time)
            VALUES (?, ?, TRUE, ?, ?)",
            (version, description, checksum(self.sql), nanoseconds),
        )?;
        Ok(())
    }
}

fn checksum(sql: &str) -> [u8; 48] {
    Sha384::digest(sql).into()
}

/// Why a library was not migrated.
pub(super) enum MigrationError {
    /// It has a migration with this version, which this program does not know.
    Unknown(i64),
    /// It has a migration with this version, which was another one when it was applied.
    Changed(i64),
    /// SQLite failed.
    Sqlite(rusqlite::Error),
}

impl From<rusqlite::Error> for MigrationError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

/// Applies the missing migrations. It must run in a transaction that excludes other writers.
pub(super) fn apply_missing(connection: &Connection) -> Result<(), MigrationError> {
    connection.execute_batch(
        "CREATE TABLE IF NOT EXISTS _sqlx_migrations (
            version        BIGINT    PRIMARY KEY,
            description    TEXT      NOT NULL,
            installed_on   TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
            success        BOOLEAN   NOT NULL,
            checksum       BLOB      NOT NULL,
            execution_time BIGINT    NOT NULL
        )",
    )?;
    let missing = missing(connection)?;
    for migration in missing {
        migration.apply(connection)?;
    }
    Ok(())
}

/// Whether a library lacks a migration.
pub(super) fn is_any_missing(connection: &Connection) -> Result<bool, MigrationError> {
    Ok(!missing(connection)?.is_empty())
}

/// The migrations that a library lacks, where those that it has are of this program.
fn missing(connection: &Connection) -> Result<Vec<&'static Migration>, MigrationError> {
    let mut applied =
        connection.prepare("SELECT version, checksum FROM _sqlx_migrations ORDER BY version")?;
    let applied = applied.query_map((), |row| Ok((row.get(0)?, row.get(1)?)))?;
    let mut missing: Vec<&Migration> = MIGRATIONS.iter().collect();
    for applied in applied {
        let (version, applied_checksum): (i64, Vec<u8>) = applied?;
        let place = missing.iter().position(|known| known.version() == version);
        let known = missing.remove(place.ok_or(MigrationError::Unknown(version))?);
        if applied_checksum != checksum(known.sql) {
            return Err(MigrationError::Changed(version));
        }
    }
    Ok(missing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_file_is_a_migration() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/sqlite");
        let files = std::fs::read_dir(folder).unwrap();
        let mut files: Vec<String> =
            files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
        files.sort();
        let listed: Vec<String> =
            MIGRATIONS.iter().map(|migration| format!("{}.sql", migration.name)).collect();
        assert_eq!(files, listed);
    }

    /// Libraries have the checksums of the migrations that they were given. A new migration joins the
    /// list, which `sha384sum *.sql` writes; none that is there changes, not even its comments.
    #[test]
    fn migrations_stay_as_libraries_have_them() {
        let line = |migration: &Migration| {
            let digits = checksum(migration.sql).map(|byte| format!("{byte:02x}")).concat();
            format!("{digits}  {}.sql\n", migration.name)
        };
        let lines: String = MIGRATIONS.iter().map(line).collect();
        assert_eq!(lines, include_str!("../../../tests/data/migrations.sha384"));
    }
}
