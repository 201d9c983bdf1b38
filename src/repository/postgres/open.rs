//! Opening a library in PostgreSQL.

use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
use sqlx::{ConnectOptions, Connection, Row};

use super::connection::rows;
use super::failure::BoxError;
use super::migrations::{self, MigrationError};
use super::search_index;
use super::settings::PostgresSettings;
use crate::repository::sql::Sql;

/// The oldest version of PostgreSQL, as `server_version_num` has it.
const OLDEST: i32 = 150_000;

/// Why a library was not opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The address is not one.
    #[error("the address of the database is not valid: {0}")]
    Address(BoxError),
    /// The server is too old.
    #[error("the database is PostgreSQL {0}: use PostgreSQL 15 or newer")]
    Old(String),
    /// The encoding is another one.
    #[error("the database has the encoding {0}: create one with the encoding UTF8")]
    Encoding(String),
    /// The tables are not those of this version.
    #[error("the library cannot be used: {0}")]
    Migrations(String),
    /// The database failed.
    #[error("could not open the library: {0}")]
    Failed(BoxError),
}

/// Where a library is, from its URL.
pub(super) fn options_of(url: &str) -> Result<PgConnectOptions, OpenError> {
    let options: PgConnectOptions =
        url.parse().map_err(|error: sqlx::Error| OpenError::Address(error.into()))?;
    // PgBouncer refuses this start-up parameter; numbers are exchanged in binary form.
    Ok(options.extra_float_digits(None).disable_statement_logging())
}

/// Migrates a library, unless its database cannot be used.
pub(super) async fn prepare(options: &PgConnectOptions) -> Result<(), OpenError> {
    let mut connection = connect(options).await?;
    expect_usable(&mut connection).await?;
    migrations::apply_missing(&mut connection).await.map_err(|error| match error {
        MigrationError::Failed(error) => OpenError::Failed(error),
        error => OpenError::Migrations(error.to_string()),
    })?;
    search_index::bring_up_to_date(&mut connection).await.map_err(OpenError::Failed)?;
    connection.close().await.map_err(|error| OpenError::Failed(error.into()))
}

async fn connect(options: &PgConnectOptions) -> Result<PgConnection, OpenError> {
    PgConnection::connect_with(options).await.map_err(|error| OpenError::Failed(error.into()))
}

async fn expect_usable(connection: &mut PgConnection) -> Result<(), OpenError> {
    let sql = Sql::new(
        "SELECT current_setting('server_version_num')::int, current_setting('server_version'),
            current_setting('server_encoding')",
    );
    let read = async {
        let rows = rows(connection, &sql).await?;
        let row = rows.first().ok_or("the database does not name its version")?;
        Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?))
    };
    let (number, version, encoding): (i32, String, String) =
        read.await.map_err(OpenError::Failed)?;
    if number < OLDEST {
        return Err(OpenError::Old(version));
    }
    if encoding != "UTF8" {
        return Err(OpenError::Encoding(encoding));
    }
    Ok(())
}

/// The connections that read.
pub(super) fn pool(options: PgConnectOptions, settings: &PostgresSettings) -> PgPool {
    PgPoolOptions::new()
        .max_connections(settings.connections)
        .acquire_timeout(settings.connect_limit)
        .test_before_acquire(false)
        .connect_lazy_with(options)
}
