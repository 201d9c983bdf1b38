//! Migrations, and the record of those that a library has.
//!
//! The record is the table `_sqlx_migrations`, named after the crate that applied the migrations of
//! the first libraries. Its format is unchanged, so that each program refuses a library with an
//! unknown migration, however old the program is. Crates that count migrations in `user_version`
//! would need this table as well; and they read the count before they take the lock, so two
//! processes that open a new library at the same time would both migrate it.

use std::time::Instant;

use rusqlite::Connection;

use crate::repository::sql::{Migration, migrations, take_applied};

/// All migrations, oldest first. Those that were released never change.
const MIGRATIONS: &[Migration] = migrations!(
    "sqlite":
    "20261122080000_create_video_kinds",
    "20261122090000_create_videos",
    "20261122090100_create_audit_log",
    "20261122100000_create_video_search",
    "20261123060000_create_api_keys",
    "20261128190000_create_derivations",
    "20261128200000_add_filename_key",
    "20261128220000_add_write_end",
    "20261129020000_add_orders",
    "20261129021000_create_video_checkpoints",
    "20261129023000_add_audit_requests",
    "20261129070000_fill_video_checkpoints",
    "20261129190000_add_file_facts",
    "20261129200000_create_catalogue",
    "20261130010000_index_audit_log_timestamp",
    "20261130083000_add_root_watches",
    "20261130090000_create_secrets",
);

fn version_and_description(migration: &Migration) -> (i64, String) {
    let (version, description) =
        migration.name.split_once('_').expect("the name has a version and a description");
    let version = version.parse().expect("the version is a number");
    (version, description.replace('_', " "))
}

/// Applies a migration, and records that.
fn apply(migration: &Migration, connection: &Connection) -> rusqlite::Result<()> {
    let begin = Instant::now();
    connection.execute_batch(migration.sql)?;
    let (version, description) = version_and_description(migration);
    let nanoseconds = i64::try_from(begin.elapsed().as_nanos()).unwrap_or(i64::MAX);
    connection.execute(
        "INSERT INTO _sqlx_migrations
            (version, description, success, checksum, execution_time)
        VALUES (?, ?, TRUE, ?, ?)",
        (version, description, migration.checksum(), nanoseconds),
    )?;
    Ok(())
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
        apply(migration, connection)?;
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
        let (version, checksum): (i64, Vec<u8>) = applied?;
        let known = take_applied(&mut missing, |known| version_and_description(known).0 == version);
        if known.ok_or(MigrationError::Unknown(version))?.checksum() != *checksum {
            return Err(MigrationError::Changed(version));
        }
    }
    Ok(missing)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repository::sql::promises::migrations;

    #[test]
    fn each_file_is_a_migration() {
        migrations::assert_complete("sqlite", MIGRATIONS);
    }

    #[test]
    fn migrations_stay_as_libraries_have_them() {
        migrations::assert_unchanged(
            include_str!("../../../tests/data/migrations-sqlite.sha384"),
            MIGRATIONS,
        );
    }
}
