//! A connection that reads.

use std::cell::Cell;
use std::path::PathBuf;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::{CachedStatement, Connection, OpenFlags, Params, Row, params_from_iter};

use super::common::ReaderShared;
use super::contributions::SharedContributions;
use super::failure::Closed;
use super::guard::Guard;
use super::landmarks::Landmarks;
use super::long_parts;
use super::migrations::{self, MigrationError};
use super::older;
use super::rows::{BoxError, read_number};
use super::search_functions::{self, HitSets};
use crate::repository::sql::Sql;

/// Its page cache, in negative KiB, as SQLite expects it.
const CACHE: i64 = -4096;

/// The number of statements that it keeps prepared.
const STATEMENTS: usize = 64;

/// The number of steps after which a statement checks whether somebody still waits for it: some
/// microseconds, unless a step searches a long text.
const STEPS_BETWEEN_LOOKS: i32 = 100;

/// The number of steps after which an inline statement checks the clock: a few rows, each of which
/// may have to be read from the disk.
const STEPS_AT_ONCE: i32 = 100;

/// A library to be read.
#[derive(Clone)]
pub(super) struct File {
    /// From the root on, or a URI of SQLite.
    pub(super) path: PathBuf,
    /// How long a statement waits for a lock of another process.
    pub(super) busy_timeout: Duration,
    /// Verifies that it is still the file that was opened first, if that could have been replaced.
    pub(super) guard: Option<Arc<Guard>>,
}

impl File {
    /// Without that check.
    pub(super) fn new(path: PathBuf, busy_timeout: Duration) -> Self {
        Self { path, busy_timeout, guard: None }
    }
}

/// Something to be read, all of it on one connection. It can be tried more than once.
pub(super) trait Reading<T>: Fn(&Reader) -> Result<T, BoxError> + Send + 'static {}

impl<T, F> Reading<T> for F where F: Fn(&Reader) -> Result<T, BoxError> + Send + 'static {}

/// The caller that waits for the result, until this is dropped.
pub(super) type Caller = Arc<()>;

/// A read-only connection, with a count of its statements.
pub(super) struct Reader {
    connection: Connection,
    busy_timeout: Duration,
    common: Arc<ReaderShared>,
    /// Statements that were run since the last ones were counted there.
    uncounted: Cell<u64>,
    hit_sets: HitSets,
}

impl Reader {
    /// Connects to a library, as one of the readers of a store.
    ///
    /// # Errors
    /// [`LibraryLost`](super::guard::Loss) when another file may have replaced it.
    pub(super) fn open(file: &File, common: Arc<ReaderShared>) -> Result<Self, BoxError> {
        let connected = Self::connect(file, OpenFlags::SQLITE_OPEN_READ_ONLY, common);
        // A loss explains what else went wrong.
        file.guard.as_ref().map_or(Ok(()), |guard| guard.look_at_connection())?;
        connected
    }

    /// Connects to a library that is to be looked through as it is at the first statement.
    pub(super) fn open_to_verify(file: &File) -> Result<Self, BoxError> {
        let reader = Self::open(file, Arc::default())?;
        reader.connection.pragma_update(None, "query_only", true)?;
        reader.connection.execute_batch("BEGIN")?;
        Ok(reader)
    }

    fn connect(file: &File, mode: OpenFlags, common: Arc<ReaderShared>) -> Result<Self, BoxError> {
        // Each connection is used by one thread at a time, without SQLite seeing to it.
        let flags = mode | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
        let connection = Connection::open_with_flags(&file.path, flags)?;
        connection.busy_timeout(file.busy_timeout)?;
        connection.pragma_update(None, "cache_size", CACHE)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        // Plans do not look at the values that are bound: otherwise every limit that is bound has a
        // statement prepared anew, which takes longer than most of them run.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        long_parts::make_known(&connection)?;
        let hit_sets = HitSets::default();
        search_functions::add_to(&connection, &hit_sets)?;
        // Only to read something does SQLite open the write-ahead log.
        connection.query_row("PRAGMA schema_version", (), |_| Ok(()))?;
        older::fill_in_columns(&connection)?;
        let (busy_timeout, uncounted) = (file.busy_timeout, Cell::default());
        Ok(Self { connection, busy_timeout, common, uncounted, hit_sets })
    }

    /// The result of `reading`. If its caller has gone, or the store is closing, its statement
    /// ends.
    pub(super) fn read<T>(
        &self,
        caller: Weak<()>,
        reading: &impl Reading<T>,
    ) -> Result<T, BoxError> {
        let common = Arc::clone(&self.common);
        let is_to_end = move || caller.strong_count() == 0 || common.is_closing();
        let outcome = self.read_unless(STEPS_BETWEEN_LOOKS, is_to_end, reading);
        self.common.count(self.uncounted.take());
        match outcome {
            Err(_) if self.common.is_closing() => Err(Closed.into()),
            outcome => outcome,
        }
    }

    /// The result of `reading`, if it is in time and does not wait for a lock.
    pub(super) fn read_at_once<T>(&self, limit: Duration, reading: &impl Reading<T>) -> Option<T> {
        let begin = Instant::now();
        self.connection.busy_timeout(Duration::ZERO).ok()?;
        let is_over = move || begin.elapsed() > limit;
        let outcome = self.read_unless(STEPS_AT_ONCE, is_over, reading);
        self.connection.busy_timeout(self.busy_timeout).ok()?;
        // What is given up is run again, and counts then.
        let statements = self.uncounted.take();
        let found = outcome.ok()?;
        self.common.count(statements);
        Some(found)
    }

    /// The result of `reading`, unless it should end, which its statement checks after this many
    /// steps.
    fn read_unless<T>(
        &self,
        steps: i32,
        is_to_end: impl FnMut() -> bool + Send + 'static,
        reading: &impl Reading<T>,
    ) -> Result<T, BoxError> {
        let held_before = self.is_holding();
        self.connection.progress_handler(steps, Some(is_to_end))?;
        let outcome = reading(self);
        self.connection.progress_handler(0, None::<fn() -> bool>)?;
        self.hit_sets.clear();
        // Not before: what ends a statement would end this one as well.
        if self.is_holding() && !held_before {
            self.let_go()?;
        }
        outcome
    }

    /// Whether it sees a snapshot of the library.
    pub(super) fn is_holding(&self) -> bool {
        !self.connection.is_autocommit()
    }

    /// What the readers of its library know of orders.
    pub(super) fn landmarks(&self) -> &Landmarks {
        self.common.landmarks()
    }

    /// A statement to be run, for as many values as one likes.
    pub(super) fn statement(&self, text: &str) -> Result<Statement<'_>, BoxError> {
        self.uncounted.update(|count| count + 1);
        Statement::prepare(&self.connection, text)
    }

    /// Makes all further statements of the current read see the current state of the library.
    pub(super) fn stay_at_this_moment(&self) -> Result<(), BoxError> {
        if self.is_holding() { Ok(()) } else { self.begin() }
    }

    /// What videos contribute to statistics.
    pub(super) fn contributions(&self) -> &SharedContributions {
        self.common.contributions()
    }

    /// The sets of hits that the current read has collected.
    pub(super) fn hit_sets(&self) -> &HitSets {
        &self.hit_sets
    }

    /// Hands over the rows of a statement in their order.
    pub(super) fn for_each(
        &self,
        sql: &Sql,
        each: impl FnMut(&Row<'_>) -> Result<(), BoxError>,
    ) -> Result<(), BoxError> {
        self.statement(sql.text())?.for_each(params_from_iter(sql.values()), each)
    }

    /// Hands over the rows of a statement in their order, while `each` returns true.
    pub(super) fn for_each_while(
        &self,
        sql: &Sql,
        each: impl FnMut(&Row<'_>) -> Result<bool, BoxError>,
    ) -> Result<(), BoxError> {
        self.statement(sql.text())?.for_each_while(params_from_iter(sql.values()), each)
    }

    /// The results of `read` for each row of a statement.
    pub(super) fn all<T>(
        &self,
        sql: &Sql,
        read: impl Fn(&Row<'_>) -> Result<T, BoxError>,
    ) -> Result<Vec<T>, BoxError> {
        let mut all = Vec::new();
        self.for_each(sql, |row| {
            all.push(read(row)?);
            Ok(())
        })?;
        Ok(all)
    }

    /// The only number of a statement's only row.
    pub(super) fn number(&self, sql: &Sql) -> Result<u64, BoxError> {
        let numbers = self.all(sql, |row| read_number(row, 0))?;
        Ok(*numbers.first().ok_or("the statement counts nothing")?)
    }

    /// The result of `job`, which can create and fill temporary tables. They are gone with the
    /// connection.
    pub(super) fn in_temporary_tables<T>(
        &self,
        job: impl FnOnce(&Connection) -> Result<T, BoxError>,
    ) -> Result<T, BoxError> {
        self.connection.pragma_update(None, "query_only", false)?;
        let outcome = job(&self.connection);
        self.connection.pragma_update(None, "query_only", true)?;
        outcome
    }

    /// Whether the library has a migration that this program does not know.
    pub(super) fn has_unknown_migration(&self) -> Result<bool, BoxError> {
        match migrations::is_any_missing(&self.connection) {
            Err(MigrationError::Unknown(_)) => Ok(true),
            Err(MigrationError::Sqlite(error)) => Err(error.into()),
            Ok(_) | Err(MigrationError::Changed(_)) => Ok(false),
        }
    }

    /// Reads something, to reveal a failure.
    pub(super) fn ping(&self) -> Result<(), BoxError> {
        self.for_each(&Sql::new("SELECT 1 FROM videos LIMIT 1"), |_| Ok(()))
    }

    /// From now on sees the library as it is now.
    pub(super) fn hold(&self) -> Result<(), BoxError> {
        self.begin()?;
        // The moment is that of the first statement.
        self.ping()
    }

    fn begin(&self) -> Result<(), BoxError> {
        self.connection.prepare_cached("BEGIN")?.execute(())?;
        Ok(())
    }

    /// Sees the library as it is at each statement again.
    pub(super) fn let_go(&self) -> Result<(), BoxError> {
        self.connection.prepare_cached("ROLLBACK")?.execute(())?;
        Ok(())
    }
}

/// A statement that is prepared.
pub(super) struct Statement<'r>(CachedStatement<'r>);

impl<'c> Statement<'c> {
    /// Prepares a statement, or takes it from the connection's cache.
    pub(super) fn prepare(connection: &'c Connection, text: &str) -> Result<Self, BoxError> {
        Ok(Self(connection.prepare_cached(text)?))
    }

    /// Runs it for these values. It returns no rows.
    pub(super) fn execute(&mut self, values: impl Params) -> Result<(), BoxError> {
        self.0.execute(values)?;
        Ok(())
    }

    /// Hands over its rows for these values, in their order.
    pub(super) fn for_each(
        &mut self,
        values: impl Params,
        mut each: impl FnMut(&Row<'_>) -> Result<(), BoxError>,
    ) -> Result<(), BoxError> {
        self.for_each_while(values, |row| each(row).map(|()| true))
    }

    /// Hands over its rows for these values, in their order, as long as `each` goes on.
    pub(super) fn for_each_while(
        &mut self,
        values: impl Params,
        mut each: impl FnMut(&Row<'_>) -> Result<bool, BoxError>,
    ) -> Result<(), BoxError> {
        let mut rows = self.0.query(values)?;
        while let Some(row) = rows.next()? {
            if !each(row)? {
                break;
            }
        }
        Ok(())
    }

    /// The result of `read` for its first row with these values.
    pub(super) fn first<T>(
        &mut self,
        values: impl Params,
        read: impl FnOnce(&Row<'_>) -> Result<T, BoxError>,
    ) -> Result<Option<T>, BoxError> {
        self.0.query(values)?.next()?.map(read).transpose()
    }
}

#[cfg(test)]
mod tests;
