//! Whether a file contains a library, and of which version.

use std::path::Path;

use rusqlite::Connection;

use super::migrations;
use super::open::{self, APPLICATION_ID, OpenError, explain};

/// How old a library is that this program can read.
#[derive(PartialEq, Eq)]
pub(super) enum Age {
    /// It lacks a migration.
    Older,
    /// It is of this version.
    Current,
}

/// Verifies that this is a library which this program can read.
pub(super) fn recognise(connection: &Connection, path: &Path) -> Result<Age, OpenError> {
    let (application_id, tables) =
        open::identity(connection).map_err(|error| explain(path, error))?;
    if tables == 0 {
        return Err(OpenError::NotADatabase(path.to_owned()));
    }
    if application_id != APPLICATION_ID {
        return Err(OpenError::NotALibrary(path.to_owned()));
    }
    let is_older = migrations::is_any_missing(connection);
    let is_older = is_older.map_err(|error| open::not_migrated(path, error))?;
    Ok(if is_older { Age::Older } else { Age::Current })
}
