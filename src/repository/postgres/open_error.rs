//! Why a library in PostgreSQL was not opened, in a sentence that says what to do.

use std::io::ErrorKind;

use sqlx::postgres::PgConnectOptions;

use super::failure::{BoxError, is_away, said_once};

/// Why a library was not opened. No message has the password.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The URL is not one.
    #[error("the URL of the database is not valid: {0}")]
    Url(String),
    /// There is no answer.
    #[error(
        "cannot reach PostgreSQL at {at}: {why}; check that it is running, and the host and the \
         port in its URL"
    )]
    Unreachable {
        /// The address.
        at: String,
        /// What went wrong.
        why: String,
    },
    /// The connection cannot be encrypted, or not as it should.
    #[error(
        "cannot reach PostgreSQL at {at} over TLS: {why}; check sslmode and sslrootcert in its URL"
    )]
    Tls {
        /// The address.
        at: String,
        /// What went wrong.
        why: String,
    },
    /// The user may not connect.
    #[error(
        "PostgreSQL at {at} refused the connection: {why}; check the user and the password, and \
         pg_hba.conf of the server"
    )]
    Refused {
        /// The address.
        at: String,
        /// What PostgreSQL says.
        why: String,
    },
    /// There is no such database.
    #[error(
        "PostgreSQL at {at} has no database {name}: create it, e.g. with createdb \
         --encoding=UTF8 --template=template0 {name}"
    )]
    NoDatabase {
        /// The address.
        at: String,
        /// The name of the database.
        name: String,
    },
    /// The user may not do what is needed.
    #[error(
        "the user {user} may not use the database: {why}; make it the owner of the database, or \
         grant it the rights"
    )]
    Forbidden {
        /// The user.
        user: String,
        /// What PostgreSQL says.
        why: String,
    },
    /// The server is too old.
    #[error("the database is PostgreSQL {0}: use PostgreSQL 15 or newer")]
    Old(String),
    /// The encoding is another one.
    #[error(
        "the database has the encoding {0}: create one with the encoding UTF8, e.g. with createdb \
         --encoding=UTF8 --template=template0 NAME"
    )]
    Encoding(String),
    /// The pooler leads elsewhere.
    #[error(
        "--database-url and --database-direct-url lead to different databases ({queries} and \
         {direct}): in --database-direct-url, name the database behind the pooler"
    )]
    Elsewhere {
        /// Where the pooler is, and its database.
        queries: String,
        /// The other database, and where it is.
        direct: String,
    },
    /// There are tables of another program.
    #[error("the database has tables of another program ({0}): use a database of its own")]
    Foreign(String),
    /// There is no library.
    #[error("there is no library in the database {0}: check its URL")]
    Missing(String),
    /// The tables are those of an older version.
    #[error(
        "the library in the database {0} is of an older version: update it with `reelgraph migrate`"
    )]
    Outdated(String),
    /// The tables are not those of this version.
    #[error("the library cannot be used: {0}")]
    Migrations(String),
    /// The database failed.
    #[error("could not open the library: {0}")]
    Failed(BoxError),
}

impl OpenError {
    /// What an error means for whoever opens a library.
    pub(super) fn of(error: BoxError, options: &PgConnectOptions) -> Self {
        let at = address_of(options);
        if let Some(why) = refused_by_tls(&error) {
            return Self::Tls { at, why };
        }
        if is_away(&error) {
            return Self::Unreachable { at, why: said_once(error).to_string() };
        }
        let error = match error.downcast::<sqlx::Error>() {
            Ok(error) => *error,
            Err(error) => return Self::Failed(error),
        };
        let Some(reported) = error.as_database_error() else { return Self::Failed(error.into()) };
        let (code, why) = (reported.code(), reported.message().to_owned());
        match code.as_deref() {
            Some("28P01" | "28000") => Self::Refused { at, why },
            Some("3D000") => Self::NoDatabase { at, name: database_of(options) },
            Some("42501") => Self::Forbidden { user: options.get_username().to_owned(), why },
            Some("42703" | "42P07") => Self::Foreign(why),
            _ => Self::Failed(why.into()),
        }
    }
}

/// Why a connection was not encrypted. What rustls refuses comes as data that is not valid.
fn refused_by_tls(error: &BoxError) -> Option<String> {
    match error.downcast_ref()? {
        sqlx::Error::Io(why) if why.kind() == ErrorKind::InvalidData => Some(why.to_string()),
        sqlx::Error::Tls(why) => Some(why.to_string()),
        _ => None,
    }
}

/// The name of the database, which is the user's if it is not set.
pub(super) fn database_of(options: &PgConnectOptions) -> String {
    options.get_database().unwrap_or(options.get_username()).to_owned()
}

pub(super) fn address_of(options: &PgConnectOptions) -> String {
    match options.get_socket() {
        Some(socket) => socket.display().to_string(),
        None => format!("{}:{}", options.get_host(), options.get_port()),
    }
}
