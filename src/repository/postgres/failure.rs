//! What an error of PostgreSQL means for the callers of the store.

use sqlx::Error;

use crate::repository::RepositoryError;

/// Any error below the store.
pub(super) type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Converts an error to a [`RepositoryError`], e.g. in `map_err`: a temporary one if the database cannot
/// be reached or has no room, and neither the request nor the library is at fault.
pub(super) fn failed<E: Into<BoxError>>(
    attempted: &'static str,
) -> impl FnOnce(E) -> RepositoryError {
    move |error| {
        let error = error.into();
        match error.downcast_ref::<Error>() {
            Some(Error::PoolClosed) => {
                RepositoryError::unavailable(attempted)("the library is closed")
            }
            Some(known) if is_obstacle(known) => RepositoryError::unavailable(attempted)(error),
            _ => RepositoryError::store(attempted)(error),
        }
    }
}

/// Whether the database may well answer later.
fn is_obstacle(error: &Error) -> bool {
    match error {
        Error::Io(_) | Error::PoolTimedOut | Error::WorkerCrashed => true,
        // Connections, insufficient resources, interventions of operators, locks.
        _ => ["08", "53", "57", "55P03", "40"]
            .iter()
            .any(|class| code_of(error).is_some_and(|code| code.starts_with(class))),
    }
}

/// Whether a transaction with this error may succeed if it is run again.
pub(super) fn is_worth_another_try(error: &BoxError) -> bool {
    error.downcast_ref::<Error>().is_some_and(|error| {
        is_lost(error)
            || code_of(error).is_some_and(|code| matches!(&*code, "40001" | "40P01" | "55P03"))
    })
}

/// Whether the connection is gone.
pub(super) fn is_lost(error: &Error) -> bool {
    matches!(error, Error::Io(_) | Error::Protocol(_) | Error::WorkerCrashed)
        || code_of(error).is_some_and(|code| code.starts_with("08") || code.starts_with("57P"))
}

/// The code of an error that the database reported.
fn code_of(error: &Error) -> Option<String> {
    Some(error.as_database_error()?.code()?.into_owned())
}
