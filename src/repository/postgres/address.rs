//! Where a library is, from its URL and the settings.

use std::fs::File;

use sqlx::ConnectOptions;
use sqlx::postgres::{PgConnectOptions, PgSslMode};

use super::open_error::OpenError;
use super::settings::PostgresSettings;
use crate::config::PostgresUrl;

/// The name of the program, as the database lists its connections.
const PROGRAM: &str = "reelgraph";

/// Where a library is.
#[derive(Clone)]
pub(super) struct Address {
    /// Where queries go.
    pub(super) queries: PgConnectOptions,
    /// Where everything else goes, which needs connections of its own.
    pub(super) direct: PgConnectOptions,
    /// Whether queries go through a pooler, behind which each transaction has another connection.
    pub(super) is_pooled: bool,
}

impl Address {
    /// The one that a URL names.
    pub(super) fn of(url: &str, settings: &PostgresSettings) -> Result<Self, OpenError> {
        let queries = options_of(url, settings)?;
        match &settings.direct_url {
            Some(direct) => {
                let direct = options_of(direct.reveal(), settings)?;
                Ok(Self { queries, direct, is_pooled: true })
            }
            None => Ok(Self { direct: queries.clone(), queries, is_pooled: false }),
        }
    }
}

/// How a connection to this URL is made.
pub(super) fn options_of(
    text: &str,
    settings: &PostgresSettings,
) -> Result<PgConnectOptions, OpenError> {
    let Ok(url) = text.parse::<PostgresUrl>();
    url.verify().map_err(OpenError::Url)?;
    expect_files(&url)?;
    let options: Result<PgConnectOptions, sqlx::Error> = text.parse();
    let options = options.map_err(|error| OpenError::Url(reason_of(&error)))?;
    // PgBouncer refuses this start-up parameter; numbers are exchanged in binary form.
    let mut options = options.extra_float_digits(None).disable_statement_logging();
    if options.get_application_name().is_none() {
        options = options.application_name(PROGRAM);
    }
    if is_ca_named(&url) && matches!(options.get_ssl_mode(), PgSslMode::Require) {
        // Like other programs do, which would be pointless to name a CA to otherwise.
        options = options.ssl_mode(PgSslMode::VerifyCa);
    }
    match &settings.password {
        Some(password) if !url.has_password() => Ok(options.password(password.reveal())),
        _ => Ok(options),
    }
}

/// Verifies that the files can be read that a URL names, since a connection would only fail.
fn expect_files(url: &PostgresUrl) -> Result<(), OpenError> {
    for name in ["sslrootcert", "sslcert", "sslkey"] {
        let Some(path) = url.parameter(name) else { continue };
        File::open(&path)
            .map_err(|error| OpenError::Url(format!("cannot read {path} ({name}): {error}")))?;
    }
    Ok(())
}

fn is_ca_named(url: &PostgresUrl) -> bool {
    url.parameter("sslrootcert").is_some() || std::env::var_os("PGSSLROOTCERT").is_some()
}

fn reason_of(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Configuration(reason) => {
            reason.downcast_ref().map_or_else(|| reason.to_string(), reason_of)
        }
        error => error.to_string(),
    }
}
