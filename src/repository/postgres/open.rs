//! Opening a library in PostgreSQL.

use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection, PgRow};
use sqlx::{Connection, Row};
use tokio::time::{Instant, sleep};

use super::address::Address;
use super::backoff::Backoff;
use super::connection::{rows, within};
use super::connector::Connector;
use super::failure::BoxError;
use super::migrations::{self, MigrationError};
use super::open_error::{OpenError, address_of, database_of};
use super::pool::Pool;
use super::pooled;
use super::search_index;
use super::settings::PostgresSettings;
use crate::repository::sql::Sql;

/// The oldest version of PostgreSQL, as `server_version_num` has it.
const OLDEST: i32 = 150_000;

/// The first pause between attempts to reach the database at the start, and the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// What to do with a database.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Preparation {
    /// Create the library in it, or migrate it to this version.
    Migrate,
    /// Nothing: there must be a library of this version.
    ExpectLibrary,
}

/// Finds a library, and prepares its database. A database that is not there yet is waited for.
pub(super) async fn prepare(
    url: &str,
    settings: &PostgresSettings,
    preparation: Preparation,
) -> Result<Address, OpenError> {
    let address = Address::of(url, settings)?;
    let deadline = Instant::now() + settings.start_limit;
    let mut backoff = Backoff::new(FIRST_PAUSE, LONGEST_PAUSE);
    let mut is_first = true;
    loop {
        let error = match prepare_now(&address, settings, preparation).await {
            Err(error @ OpenError::Unreachable { .. }) => error,
            outcome => return outcome.map(|()| address),
        };
        let pause = backoff.pause();
        if Instant::now() + pause > deadline {
            return Err(error);
        }
        if is_first {
            tracing::warn!(%error, "waiting for the database");
        }
        is_first = false;
        sleep(pause).await;
    }
}

async fn prepare_now(
    address: &Address,
    settings: &PostgresSettings,
    preparation: Preparation,
) -> Result<(), OpenError> {
    let Address { queries, direct, is_pooled } = address;
    let mut connection = connect(direct, settings).await?;
    expect_usable(&mut connection, direct).await?;
    if *is_pooled {
        expect_same(&mut connection, direct, queries, settings).await?;
    }
    let prepared = match preparation {
        Preparation::Migrate => migrations::apply_missing(&mut connection).await,
        Preparation::ExpectLibrary => migrations::expect_all(&mut connection).await,
    };
    prepared.map_err(|error| match error {
        MigrationError::Failed(error) => OpenError::of(error, direct),
        MigrationError::NoLibrary => OpenError::Missing(database_of(direct)),
        MigrationError::Missing => OpenError::Outdated(database_of(direct)),
        error => OpenError::Migrations(error.to_string()),
    })?;
    if preparation == Preparation::Migrate {
        let cut = search_index::bring_up_to_date(&mut connection).await;
        cut.map_err(|error| OpenError::of(error, direct))?;
    }
    // What it was used for is done.
    let _ = connection.close().await;
    Ok(())
}

/// Verifies that a pooler leads to the database that a connection is to: to the very server, since a copy
/// of it, such as a replica, has another state.
async fn expect_same(
    connection: &mut PgConnection,
    direct: &PgConnectOptions,
    queries: &PgConnectOptions,
    settings: &PostgresSettings,
) -> Result<(), OpenError> {
    let sql = Sql::new(
        "SELECT extract(epoch FROM pg_postmaster_start_time())::text, current_database()::text",
    );
    let mut pooled = connect(queries, settings).await?;
    let one = rows(connection, &sql).await.and_then(|rows| identity_in(&rows));
    let one = one.map_err(|error| OpenError::of(error, direct))?;
    let other = pooled::rows(&mut pooled, &sql, settings.read_limit).await;
    let other = other.and_then(|rows| identity_in(&rows));
    let other = other.map_err(|error| OpenError::of(error, queries))?;
    // What it was used for is done.
    let _ = pooled.close().await;
    if one == other {
        return Ok(());
    }
    let shown = |options, (_, name): (String, String)| format!("{name} at {}", address_of(options));
    Err(OpenError::Elsewhere { queries: shown(queries, other), direct: shown(direct, one) })
}

/// When a server was started, and the name of the database.
fn identity_in(rows: &[PgRow]) -> Result<(String, String), BoxError> {
    let row = rows.first().ok_or("the database does not say which one it is")?;
    Ok((row.try_get(0)?, row.try_get(1)?))
}

async fn connect(
    options: &PgConnectOptions,
    settings: &PostgresSettings,
) -> Result<PgConnection, OpenError> {
    let connecting = async { Ok(PgConnection::connect_with(options).await?) };
    let connected = within(settings.connect_limit, connecting).await;
    connected.map_err(|error| OpenError::of(error, options))
}

async fn expect_usable(
    connection: &mut PgConnection,
    options: &PgConnectOptions,
) -> Result<(), OpenError> {
    let sql = Sql::new(
        "SELECT current_setting('server_version_num')::int, current_setting('server_version'),
            current_setting('server_encoding')",
    );
    let read = async {
        let rows = rows(connection, &sql).await?;
        let row = rows.first().ok_or("the database does not name its version")?;
        Ok::<(i32, String, String), BoxError>((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?))
    };
    let (number, version, encoding) = read.await.map_err(|error| OpenError::of(error, options))?;
    judge(number, version, encoding)
}

fn judge(number: i32, version: String, encoding: String) -> Result<(), OpenError> {
    match () {
        () if number < OLDEST => Err(OpenError::Old(version)),
        () if encoding != "UTF8" => Err(OpenError::Encoding(encoding)),
        () => Ok(()),
    }
}

/// The connections that read. A statement ends at its time limit or, wherever the database can see that,
/// when whoever asked has gone, and a transaction when nobody uses it. No statement is compiled: those of
/// many parts look costly enough, although few parts are executed.
pub(super) fn pool(
    options: PgConnectOptions,
    is_pooled: bool,
    settings: &PostgresSettings,
) -> Pool {
    let session = format!(
        "SET statement_timeout = {};
        SET idle_in_transaction_session_timeout = {};
        SET jit = off",
        settings.read_limit.as_millis(),
        settings.idle_limit.as_millis()
    );
    // Behind a pooler, a session is that of others as well.
    let session = (!is_pooled).then_some(session);
    let connector = Connector::new(options, settings.connect_limit, session);
    Pool::new(connector, settings, is_pooled)
}

/// The connection that writes.
pub(super) fn connector(options: PgConnectOptions, settings: &PostgresSettings) -> Connector {
    Connector::new(options, settings.connect_limit, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_server_and_another_encoding_are_refused() {
        let judged = |number, version: &str, encoding: &str| {
            judge(number, version.into(), encoding.into()).map_err(|error| error.to_string())
        };
        assert_eq!(judged(150_000, "15.0", "UTF8"), Ok(()));
        let fault = judged(140_012, "14.12", "UTF8").unwrap_err();
        assert_eq!(fault, "the database is PostgreSQL 14.12: use PostgreSQL 15 or newer");
        let fault = judged(180_000, "18.0", "LATIN1").unwrap_err();
        assert!(fault.starts_with("the database has the encoding LATIN1: create one"), "{fault}");
    }
}
