//! Opening a library in PostgreSQL.

use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions, Connection, Row};
use tokio::time::{Instant, sleep};

use super::backoff::Backoff;
use super::connection::{rows, within};
use super::connector::Connector;
use super::failure::{BoxError, is_away, said_once};
use super::migrations::{self, MigrationError};
use super::pool::Pool;
use super::search_index;
use super::settings::PostgresSettings;
use crate::repository::sql::Sql;

/// The oldest version of PostgreSQL, as `server_version_num` has it.
const OLDEST: i32 = 150_000;

/// The first pause between attempts to reach the database at the start, and the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

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

/// Migrates a library, unless its database cannot be used. A database that is not there yet is waited for.
pub(super) async fn prepare(
    options: &PgConnectOptions,
    settings: &PostgresSettings,
) -> Result<(), OpenError> {
    let deadline = Instant::now() + settings.start_limit;
    let mut backoff = Backoff::new(FIRST_PAUSE, LONGEST_PAUSE);
    let mut is_first = true;
    loop {
        let error = match prepare_now(options, settings.connect_limit).await {
            Err(OpenError::Failed(error)) if is_away(&error) => said_once(error),
            outcome => return outcome,
        };
        let pause = backoff.pause();
        if Instant::now() + pause > deadline {
            return Err(OpenError::Failed(error));
        }
        if is_first {
            tracing::warn!(%error, "waiting for the database");
        }
        is_first = false;
        sleep(pause).await;
    }
}

async fn prepare_now(options: &PgConnectOptions, limit: Duration) -> Result<(), OpenError> {
    let connecting = async { Ok(PgConnection::connect_with(options).await?) };
    let mut connection = within(limit, connecting).await.map_err(OpenError::Failed)?;
    expect_usable(&mut connection).await?;
    migrations::apply_missing(&mut connection).await.map_err(|error| match error {
        MigrationError::Failed(error) => OpenError::Failed(error),
        error => OpenError::Migrations(error.to_string()),
    })?;
    search_index::bring_up_to_date(&mut connection).await.map_err(OpenError::Failed)?;
    connection.close().await.map_err(|error| OpenError::Failed(error.into()))
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

/// The connections that read. A statement ends at its time limit or, wherever the database can see that,
/// when whoever asked has gone, and a transaction when nobody uses it. No statement is compiled: those of
/// many parts look costly enough, although few parts are executed.
pub(super) fn pool(options: PgConnectOptions, settings: &PostgresSettings) -> Pool {
    let session = format!(
        "SET statement_timeout = {};
        SET idle_in_transaction_session_timeout = '5min';
        SET jit = off",
        settings.read_limit.as_millis()
    );
    let connector = Connector::new(options, settings.connect_limit, Some(session));
    Pool::new(connector, settings.connections)
}

/// The connection that writes.
pub(super) fn connector(options: PgConnectOptions, settings: &PostgresSettings) -> Connector {
    Connector::new(options, settings.connect_limit, None)
}
