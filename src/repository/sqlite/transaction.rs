//! One transaction of the writer: its contents and its outcome.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rusqlite::Connection;

use super::batch;
use super::failure::failed;
use super::reader::Statement;
use super::rows::{BoxError, ENTRY, read_entry};
use crate::domain::LogPosition;
use crate::repository::{ChangeContext, RepositoryError, Write, Written};

/// The result of a write.
pub(super) type BatchOutcome = Result<Vec<Written>, RepositoryError>;

/// Writes that were carried out inside a transaction, which is still open.
pub(super) struct Prepared {
    /// The result of each write once the transaction is committed.
    pub(super) answers: Vec<BatchOutcome>,
    /// What it has changed; none if nothing.
    pub(super) changed: Option<Changed>,
}

/// What a transaction has changed.
#[derive(Clone, Copy)]
pub(super) enum Changed {
    /// Videos, up to this end of the log.
    Videos(LogPosition),
    /// Only what is known of files.
    Files,
}

/// Carries out writes in the transaction that a connection is in.
pub(super) fn prepare<'w>(
    connection: &Connection,
    writes: impl Iterator<Item = (&'w Write, &'w ChangeContext)> + Clone,
) -> Result<Prepared, BoxError> {
    let attempt = AssertUnwindSafe(|| carry_out(connection, writes));
    catch_unwind(attempt).unwrap_or_else(|_| Err("the writer panicked".into()))
}

fn carry_out<'w>(
    connection: &Connection,
    writes: impl Iterator<Item = (&'w Write, &'w ChangeContext)> + Clone,
) -> Result<Prepared, BoxError> {
    let mut stage = batch::load(connection, writes.clone().map(|(write, _)| write))?;
    let answers = writes.map(|(write, by)| stage.apply(write.clone(), by)).collect();
    let end = stage.changes().last().map(|change| LogPosition::behind(&change.entry));
    if end.is_some() {
        batch::flush(connection, stage.changes())?;
    }
    let has_changed_files = batch::flush_files(connection, stage.file_steps())?;
    let changed = end.map(Changed::Videos).or(has_changed_files.then_some(Changed::Files));
    Ok(Prepared { answers, changed })
}

/// Whether a transaction with this end of the log was committed. SQLite can report a failed commit
/// after everything has been written, so only the log knows.
pub(super) fn is_committed(connection: &Connection, end: LogPosition) -> Result<bool, BoxError> {
    let sql = format!("SELECT {ENTRY} FROM audit_log WHERE sequence = ?");
    let entry =
        Statement::prepare(connection, &sql)?.first([end.sequence], |row| read_entry(row, 0));
    Ok(entry?.is_some_and(|entry| LogPosition::behind(&entry) == end))
}

/// Runs a statement that returns nothing.
pub(super) fn run(connection: &Connection, sql: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(sql)?.execute(()).map(|_| ())
}

/// The error of a write that was not carried out for this reason.
pub(super) fn failure(source: impl Into<BoxError>) -> RepositoryError {
    failed("write to the library")(source)
}

/// Why nothing was changed.
pub(super) enum BatchFailure {
    /// The contents of the writes may be the cause.
    ByWrites(RepositoryError),
    /// The store is the reason, whatever was to be written.
    ByStore(RepositoryError),
}

impl BatchFailure {
    /// By whatever prevented writes from being executed.
    pub(super) fn before_commit(error: BoxError) -> Self {
        match failure(error) {
            error @ RepositoryError::Unavailable { .. } => Self::ByStore(error),
            error => Self::ByWrites(error),
        }
    }

    /// By something that is no fault of the writes.
    pub(super) fn by_store(error: impl Into<BoxError>) -> Self {
        Self::ByStore(failure(error))
    }

    /// The error with which the writes fail.
    pub(super) fn into_error(self) -> RepositoryError {
        match self {
            Self::ByWrites(error) | Self::ByStore(error) => error,
        }
    }
}
