//! What an SQLite error means for the callers of the store.

use rusqlite::{ErrorCode, ffi};

use super::guard::LibraryLost;
use super::rows::BoxError;
use crate::repository::RepositoryError;

/// The library is closed.
#[derive(Debug, thiserror::Error)]
#[error("the library is closed")]
pub(super) struct Closed;

/// Converts an error to a [`RepositoryError`], e.g. in `map_err`: a temporary one if the library
/// itself is intact but cannot be written or is locked.
pub(super) fn failed<E: Into<BoxError>>(
    attempted: &'static str,
) -> impl FnOnce(E) -> RepositoryError {
    move |error| {
        let error = error.into();
        match obstacle(&error) {
            Some(obstacle) => RepositoryError::unavailable(attempted)(obstacle),
            None => RepositoryError::store(attempted)(said_once(error)),
        }
    }
}

/// An error without what rusqlite would repeat of it as its cause.
pub(super) fn said_once(error: impl Into<BoxError>) -> BoxError {
    match error.into().downcast::<rusqlite::Error>() {
        Ok(error) => text_of(&error).into(),
        Err(error) => error,
    }
}

/// SQLite's message with its result code, which can be looked up.
fn text_of(error: &rusqlite::Error) -> String {
    match error.sqlite_error() {
        Some(code) => format!("{error}, SQLite code {}", code.extended_code),
        None => error.to_string(),
    }
}

/// The cause, in words for the operator.
fn obstacle(error: &BoxError) -> Option<String> {
    if error.is::<LibraryLost>() || error.is::<Closed>() {
        return Some(error.to_string());
    }
    let error = error.downcast_ref::<rusqlite::Error>()?;
    let code = error.sqlite_error()?;
    let is_unwritable = match code.code {
        ErrorCode::DatabaseBusy => {
            return Some(
                "another process has locked the library: let it finish, or stop it".into(),
            );
        }
        ErrorCode::ReadOnly | ErrorCode::CannotOpen => true,
        _ => lacks_room(error),
    };
    is_unwritable.then(|| {
        format!(
            "cannot write to the library's file ({}): free space on its disk, and check the limits \
             and permissions of this process",
            text_of(error)
        )
    })
}

/// Whether the disk is full, or this process has reached a limit.
pub(super) fn lacks_room(error: &rusqlite::Error) -> bool {
    error.sqlite_error().is_some_and(|code| match code.code {
        ErrorCode::DiskFull => true,
        ErrorCode::SystemIoFailure => WRITING.contains(&code.extended_code),
        _ => false,
    })
}

/// The result code of a write when the disk is not full, but a quota or a file limit has been
/// reached. <https://sqlite.org/rescode.html#extrc>
const WRITING: [i32; 5] = [
    ffi::SQLITE_IOERR_WRITE,
    ffi::SQLITE_IOERR_FSYNC,
    ffi::SQLITE_IOERR_TRUNCATE,
    ffi::SQLITE_IOERR_SHMSIZE,
    ffi::SQLITE_IOERR_SHMOPEN,
];
