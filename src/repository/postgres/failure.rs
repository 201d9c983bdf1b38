//! What an error of PostgreSQL means for the callers of the store.

use std::time::Duration;

use sqlx::Error;
use sqlx::postgres::{PgDatabaseError, PgSeverity};

use crate::repository::RepositoryError;

/// Any error below the store.
pub(super) type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Why the database could not be asked.
#[derive(Clone, Debug, thiserror::Error)]
pub(super) enum Obstacle {
    /// It may have done what it was asked to do, or may still do it.
    #[error("the database did not answer within {} ms", .0.as_millis())]
    NoAnswer(Duration),
    /// The last attempt failed just now, for this reason.
    #[error("the database cannot be reached: {0}")]
    Unreachable(String),
    /// The library is closed.
    #[error("the library is closed")]
    Closed,
}

/// Converts an error to a [`RepositoryError`], e.g. in `map_err`: a temporary one if the database cannot
/// be reached or has no room, and neither the request nor the library is at fault.
pub(super) fn failed<E: Into<BoxError>>(
    attempted: &'static str,
) -> impl FnOnce(E) -> RepositoryError {
    move |error| {
        let error = error.into();
        match is_temporary(&error) {
            true => RepositoryError::unavailable(attempted)(said_once(error)),
            false => RepositoryError::store(attempted)(said_once(error)),
        }
    }
}

/// Whether the database may well answer later.
pub(super) fn is_temporary(error: &BoxError) -> bool {
    // Connections, insufficient resources, interventions of operators, locks, a server that has become a
    // replica, and a snapshot of which another read has failed.
    is_lost(error) || has_code(error, &["08", "53", "57", "55P03", "40", "25006", "25P02"])
}

/// Whether a transaction with this error may succeed if it is run again.
pub(super) fn is_worth_another_try(error: &BoxError) -> bool {
    is_lost(error) || has_code(error, &["40001", "40P01", "55P03", "25006"])
}

/// Whether the connection is gone or of no more use. Whether a transaction that was being committed is
/// committed is then not known.
pub(super) fn is_lost(error: &BoxError) -> bool {
    match error.downcast_ref::<Error>() {
        Some(Error::Io(_) | Error::Tls(_) | Error::Protocol(_) | Error::WorkerCrashed) => true,
        Some(Error::Database(error)) => error
            .try_downcast_ref::<PgDatabaseError>()
            .is_some_and(|error| matches!(error.severity(), PgSeverity::Fatal | PgSeverity::Panic)),
        Some(_) => false,
        None => error.is::<Obstacle>(),
    }
}

/// Whether the database is not there, or does not accept connections for now. Whoever starts may wait for
/// it.
pub(super) fn is_away(error: &BoxError) -> bool {
    let has_no_code = code_of(error).is_none();
    (is_lost(error) && has_no_code) || has_code(error, &["08", "53", "57", "25006"])
}

/// Whether the database has ended a statement because of its time limit, or because an operator told it to.
pub(super) fn is_cancelled(error: &BoxError) -> bool {
    has_code(error, &["57014"])
}

/// An error without what the client library would repeat of it as its cause.
pub(super) fn said_once(error: BoxError) -> BoxError {
    match error.downcast::<Error>() {
        Ok(error) => text_of(&error).into(),
        Err(error) => error,
    }
}

/// The message with the code of PostgreSQL, which can be looked up.
fn text_of(error: &Error) -> String {
    match error {
        Error::Database(error) => match error.code() {
            Some(code) => format!("{}, PostgreSQL code {code}", error.message()),
            None => error.message().to_owned(),
        },
        Error::Io(error) => format!("the connection to the database failed: {error}"),
        error => error.to_string(),
    }
}

/// Whether an error that the database reported has a code that begins with one of these.
fn has_code(error: &BoxError, beginnings: &[&str]) -> bool {
    code_of(error).is_some_and(|code| beginnings.iter().any(|it| code.starts_with(it)))
}

fn code_of(error: &BoxError) -> Option<String> {
    let error = error.downcast_ref::<Error>()?;
    Some(error.as_database_error()?.code()?.into_owned())
}
