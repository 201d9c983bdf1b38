//! Migrations, and the record of those that a library has.
//!
//! The migrations of the client library need its feature `migrate`, which brings in another version of
//! SQLite. They also lock the session, which is lost behind a connection pooler.

use sqlx::postgres::PgConnection;
use sqlx::{Connection, Row};

use super::connection::{execute, rows};
use super::failure::BoxError;
use crate::repository::sql::{Migration, Sql, migrations, take_applied};

/// All migrations, oldest first. Those that were released never change.
const MIGRATIONS: &[Migration] = migrations!(
    "postgres":
    "20261129070000_create_library",
    "20261129091000_create_api_keys",
    "20261129091000_create_kinds",
    "20261129092000_create_text_indexes",
    "20261129093000_create_requests",
    "20261129093000_create_search",
    "20261129124000_drop_whole_filename",
    "20261129155000_index_pairs_of_words",
    "20261129190000_add_file_facts",
    "20261129200000_create_catalogue",
    "20261130010000_index_audit_log_timestamp",
    "20261130083000_add_root_watches",
    "20261130090000_create_secrets",
);

/// The number of migrations that a library of this version has.
pub(super) fn count() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}

/// Whoever migrates holds this lock until the end of the transaction, so that servers which start
/// together wait for each other.
const LOCK: &str = "SELECT pg_advisory_xact_lock(8243113836)";

const RECORD: &str = r#"
    CREATE TABLE IF NOT EXISTS migrations (
        name     text COLLATE "C" PRIMARY KEY,
        checksum text COLLATE "C" NOT NULL,
        applied_at timestamptz NOT NULL DEFAULT now()
    );
    COMMENT ON TABLE migrations IS 'The migrations that this library has.';
    COMMENT ON COLUMN migrations.name IS 'The name of the file without the extension.';
    COMMENT ON COLUMN migrations.checksum IS 'The SHA-384 of the file, in hexadecimal digits.';
    COMMENT ON COLUMN migrations.applied_at IS 'When it was applied.'"#;

/// Why a library was not migrated.
#[derive(Debug, thiserror::Error)]
pub(super) enum MigrationError {
    /// It has a migration that this program does not know.
    #[error(
        "it has the migration {0}, which this version does not know: use a newer version of reelgraph"
    )]
    Unknown(String),
    /// It has another one of this name.
    #[error("its migration {0} is not the one of this version")]
    Changed(String),
    /// There is none.
    #[error("there is no library")]
    NoLibrary,
    /// It lacks migrations.
    #[error("it is of an older version")]
    Missing,
    /// PostgreSQL failed.
    #[error(transparent)]
    Failed(#[from] BoxError),
}

impl From<sqlx::Error> for MigrationError {
    fn from(error: sqlx::Error) -> Self {
        Self::Failed(error.into())
    }
}

/// Applies the missing migrations, all or none.
pub(super) async fn apply_missing(connection: &mut PgConnection) -> Result<(), MigrationError> {
    let mut transaction = connection.begin().await?;
    sqlx::raw_sql(LOCK).execute(&mut *transaction).await?;
    sqlx::raw_sql(RECORD).execute(&mut *transaction).await?;
    for migration in missing(&mut transaction).await? {
        sqlx::raw_sql(migration.sql).execute(&mut *transaction).await?;
        let sql = Sql::new("INSERT INTO migrations (name, checksum) VALUES (?, ?)");
        let sql = sql.bind(migration.name.to_owned()).bind(migration.checksum_in_digits());
        execute(&mut transaction, &sql).await?;
    }
    transaction.commit().await?;
    Ok(())
}

/// Verifies that there is a library of this version, and changes nothing.
pub(super) async fn expect_all(connection: &mut PgConnection) -> Result<(), MigrationError> {
    let sql = Sql::new("SELECT to_regclass('migrations') IS NOT NULL");
    let found = rows(connection, &sql).await?;
    let is_there = found.first().map(|row| row.try_get(0)).transpose()?;
    if is_there != Some(true) {
        return Err(MigrationError::NoLibrary);
    }
    if missing(connection).await?.is_empty() { Ok(()) } else { Err(MigrationError::Missing) }
}

/// The migrations that a library lacks, where those that it has are of this program.
async fn missing(connection: &mut PgConnection) -> Result<Vec<&'static Migration>, MigrationError> {
    let mut missing: Vec<&Migration> = MIGRATIONS.iter().collect();
    let sql = Sql::new("SELECT name, checksum FROM migrations ORDER BY name");
    for row in rows(connection, &sql).await? {
        let (name, checksum): (String, String) = (row.try_get(0)?, row.try_get(1)?);
        let known = take_applied(&mut missing, |known| known.name == name);
        match known {
            None => return Err(MigrationError::Unknown(name)),
            Some(known) if known.checksum_in_digits() != checksum => {
                return Err(MigrationError::Changed(name));
            }
            Some(_) => {}
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
        migrations::assert_complete("postgres", MIGRATIONS);
    }

    #[test]
    fn migrations_stay_as_libraries_have_them() {
        migrations::assert_unchanged(
            include_str!("../../../tests/data/migrations-postgres.sha384"),
            MIGRATIONS,
        );
    }
}
