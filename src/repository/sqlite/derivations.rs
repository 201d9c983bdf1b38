//! Data derived from the videos by rules of the domain, which change: its version, and how it is
//! rebuilt if the library has that of other rules.
//!
//! It is rebuilt when the library is opened, in batches that are separate transactions. Each
//! records its progress, so the next process to open the library continues from there. Nobody reads
//! half-built data, because no program serves a library before it is up to date, and older ones
//! refuse it: a new version comes with a migration.

use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior};

use super::reader::{Reader, Statement};
use super::rows::{BoxError, read_id};
use super::search_index;
use super::sql::Sql;
use crate::domain::{natural, search};
use crate::repository::MAX_FAULTS;

/// The number of videos in a batch.
const BATCH: usize = if cfg!(test) { 10 } else { 5000 };

/// The interval of progress in the log.
const REPORT_EVERY: Duration = Duration::from_secs(5);

/// Something that is made from every video.
struct Derivation {
    /// Its name in the library.
    name: &'static str,
    /// The version of its rules.
    version: i64,
    /// Takes away what older rules made.
    clear: fn(&Connection) -> Result<(), BoxError>,
    /// Makes it for these videos.
    make: fn(&Connection, &[Named]) -> Result<(), BoxError>,
}

const SEARCH: Derivation = Derivation {
    name: "search",
    version: search::VERSION,
    clear: search_index::clear,
    make: |connection, videos| {
        let text = |video: &Named| {
            (video.position, search_index::text_of_names(&video.filename, &video.path))
        };
        search_index::store(connection, videos.iter().map(text).collect())
    },
};

/// The remaining work.
struct Unfinished {
    /// The position reached; none before the start.
    reached: Option<i64>,
}

const FILENAME_KEY: Derivation = Derivation {
    name: "filename_key",
    version: natural::VERSION,
    clear: |_| Ok(()),
    make: |connection, videos| {
        let sql = "UPDATE videos SET filename_key = ? WHERE position = ?";
        let mut set = Statement::prepare(connection, sql)?;
        videos
            .iter()
            .try_for_each(|video| set.execute((natural::key_of(&video.filename), video.position)))
    },
};

/// The names of a video.
struct Named {
    position: i64,
    filename: String,
    path: String,
}

/// Rebuilds what was built by other rules.
pub(super) fn bring_up_to_date(connection: &mut Connection, path: &Path) -> Result<(), BoxError> {
    for derivation in [&SEARCH, &FILENAME_KEY] {
        let mut report = None;
        while derivation.make_batch(connection, path, &mut report)? {}
    }
    Ok(())
}

/// Whether the index has the words that this program looks up.
pub(super) fn has_current_words(reader: &Reader) -> Result<bool, BoxError> {
    is_current(reader, &SEARCH)
}

/// The videos whose sort keys do not match their filenames.
pub(super) fn key_faults(reader: &Reader) -> Result<Vec<String>, BoxError> {
    let mut faults = Vec::new();
    if is_current(reader, &FILENAME_KEY)? {
        let sql = Sql::new("SELECT id, filename, filename_key FROM videos");
        reader.for_each(&sql, |row| {
            let (filename, key) = (row.get_ref(1)?.as_str()?, row.get_ref(2)?.as_str()?);
            if faults.len() < MAX_FAULTS && natural::key_of(filename) != key {
                let id = read_id(row, 0)?;
                faults.push(format!("video {id}: its sort key does not match its filename"));
            }
            Ok(())
        })?;
    }
    Ok(faults)
}

fn is_current(reader: &Reader, derivation: &Derivation) -> Result<bool, BoxError> {
    let table = "SELECT count(*) FROM sqlite_schema WHERE name = 'derivations'";
    if reader.number(&Sql::new(table))? == 0 {
        return Ok(false);
    }
    let sql = Sql::new("SELECT count(*) FROM derivations WHERE name = ? AND version = ?");
    Ok(reader.number(&sql.bind(derivation.name.to_owned()).bind(derivation.version))? == 1)
}

impl Derivation {
    /// Builds the next batch; returns whether there may be another.
    fn make_batch(
        &self,
        connection: &mut Connection,
        path: &Path,
        report: &mut Option<Report>,
    ) -> Result<bool, BoxError> {
        if self.state(connection)?.is_none() {
            return Ok(false);
        }
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // Another process may have gone on meanwhile.
        let Some(Unfinished { reached }) = self.state(&transaction)? else { return Ok(false) };
        if reached.is_none() {
            (self.clear)(&transaction)?;
        }
        let videos = next_videos(&transaction, reached)?;
        match videos.last() {
            Some(last) => {
                let report = match report {
                    Some(report) => report,
                    None => report.insert(Report::begin(&transaction, self.name, path, reached)?),
                };
                (self.make)(&transaction, &videos)?;
                self.note(&transaction, last.position)?;
                transaction.commit()?;
                report.add(videos.len());
                Ok(true)
            }
            None => {
                self.finish(&transaction)?;
                transaction.commit()?;
                if let Some(report) = report {
                    report.end();
                }
                Ok(false)
            }
        }
    }

    /// The progress; none if everything is done.
    fn state(&self, connection: &Connection) -> rusqlite::Result<Option<Unfinished>> {
        let sql = "SELECT CASE in_progress WHEN ?2 THEN reached END
            FROM derivations WHERE name = ?1 AND version <> ?2";
        let read = |row: &Row<'_>| Ok(Unfinished { reached: row.get(0)? });
        connection.query_row(sql, (self.name, self.version), read).optional()
    }

    fn note(&self, connection: &Connection, reached: i64) -> rusqlite::Result<()> {
        let sql = "UPDATE derivations SET in_progress = ?2, reached = ?3 WHERE name = ?1";
        connection.execute(sql, (self.name, self.version, reached)).map(|_| ())
    }

    fn finish(&self, connection: &Connection) -> rusqlite::Result<()> {
        let sql = "UPDATE derivations
            SET version = ?2, in_progress = NULL, reached = NULL WHERE name = ?1";
        connection.execute(sql, (self.name, self.version)).map(|_| ())
    }
}

/// The videos of the next batch, the newest first, in which order the search index grows best.
fn next_videos(connection: &Connection, reached: Option<i64>) -> Result<Vec<Named>, BoxError> {
    let sql = "SELECT position, filename, path FROM videos
        WHERE position < ? ORDER BY position DESC LIMIT ?";
    let mut videos = Vec::new();
    let limit = i64::try_from(BATCH)?;
    Statement::prepare(connection, sql)?.for_each((reached.unwrap_or(i64::MAX), limit), |row| {
        videos.push(Named { position: row.get(0)?, filename: row.get(1)?, path: row.get(2)? });
        Ok(())
    })?;
    Ok(videos)
}

/// The progress in the log.
struct Report {
    /// The derived data.
    index: &'static str,
    library: String,
    done: u64,
    total: u64,
    last: Instant,
}

impl Report {
    fn begin(
        connection: &Connection,
        index: &'static str,
        path: &Path,
        reached: Option<i64>,
    ) -> Result<Self, BoxError> {
        let count = |sql: &str, position: i64| {
            connection.query_row(sql, [position], |row| row.get::<_, i64>(0))
        };
        let total = count("SELECT count(*) FROM videos WHERE position <= ?", i64::MAX)?;
        let done = match reached {
            Some(reached) => count("SELECT count(*) FROM videos WHERE position >= ?", reached)?,
            None => 0,
        };
        let library = path.display().to_string();
        let (done, total) = (u64::try_from(done)?, u64::try_from(total)?);
        tracing::info!(library, index, done, total, "rebuilding the index of names for new rules");
        Ok(Self { index, library, done, total, last: Instant::now() })
    }

    fn add(&mut self, videos: usize) {
        self.done += videos as u64;
        if self.last.elapsed() >= REPORT_EVERY {
            self.last = Instant::now();
            let Self { index, library, done, total, .. } = self;
            tracing::info!(library, index, done, total, "rebuilding the index of names");
        }
    }

    fn end(&self) {
        let Self { index, library, total, .. } = self;
        tracing::info!(library, index, total, "rebuilt the index of names");
    }
}
