//! Data derived from the videos or the log by rules of the domain, which change: its version, and how
//! it is rebuilt if the library has that of other rules.
//!
//! It is rebuilt when the library is opened, in batches that are separate transactions. Each
//! records its progress, so the next process to open the library continues from there. Nobody reads
//! half-built data, because no program serves a library before it is up to date, and older ones
//! refuse it: a new version comes with a migration.

use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior};

use super::reader::{Reader, Statement};
use super::rows::{BoxError, read_id, read_number};
use super::{checkpoints, requests, search_index};
use crate::domain::{natural, search};
use crate::repository::MAX_FAULTS;
use crate::repository::sql::Sql;

/// The number of rows in a batch.
const BATCH: usize = if cfg!(test) { 10 } else { 5000 };

/// The interval of progress in the log.
const REPORT_EVERY: Duration = Duration::from_secs(5);

/// The number of rows of a batch, and the last one; none if there was no row left.
type Made = Option<(usize, i64)>;

/// Something that is made from every row of a table.
struct Derivation {
    /// Its name in the library.
    name: &'static str,
    /// The version of its rules.
    version: i64,
    /// What it is, for the log.
    subject: &'static str,
    /// Takes away what older rules made.
    clear: fn(&Connection) -> Result<(), BoxError>,
    /// Makes it for the next rows after the one that was reached, and for no more than this number.
    make_next: fn(&Connection, Option<i64>, usize) -> Result<Made, BoxError>,
    /// The number of rows that it is made from, and of those up to the one that was reached.
    count: fn(&Connection, Option<i64>) -> Result<[u64; 2], BoxError>,
}

const SEARCH: Derivation = Derivation {
    name: "search",
    version: search::VERSION,
    subject: INDEX_OF_NAMES,
    clear: search_index::clear,
    make_next: |connection, reached, limit| {
        let videos = next_videos(connection, reached, limit)?;
        let text = |video: &Named| {
            (video.position, search_index::text_of_names(&video.filename, &video.path))
        };
        search_index::store(connection, videos.iter().map(text).collect())?;
        Ok(last_of(&videos))
    },
    count: count_videos,
};

/// The remaining work.
struct Unfinished {
    /// The position reached; none before the start.
    reached: Option<i64>,
}

const FILENAME_KEY: Derivation = Derivation {
    name: "filename_key",
    version: natural::VERSION,
    subject: INDEX_OF_NAMES,
    clear: |_| Ok(()),
    make_next: |connection, reached, limit| {
        let videos = next_videos(connection, reached, limit)?;
        let sql = "UPDATE videos SET filename_key = ? WHERE position = ?";
        let mut set = Statement::prepare(connection, sql)?;
        for video in &videos {
            set.execute((natural::key_of(&video.filename), video.position))?;
        }
        Ok(last_of(&videos))
    },
    count: count_videos,
};

const AUDIT_REQUESTS: Derivation = Derivation {
    name: "audit_requests",
    version: 1,
    subject: "the sums of requests",
    clear: requests::clear,
    make_next: requests::add_next,
    count: requests::count_entries,
};

const VIDEO_CHECKPOINTS: Derivation = Derivation {
    name: "video_checkpoints",
    version: 1,
    subject: "the checkpoints of videos",
    // Those that a library has were stored with their changes, by the same rules.
    clear: |_| Ok(()),
    make_next: checkpoints::add_next,
    count: checkpoints::count,
};

/// What those that are made from the names of videos are.
const INDEX_OF_NAMES: &str = "the index of names";

/// The names of a video.
struct Named {
    position: i64,
    filename: String,
    path: String,
}

/// Rebuilds what was built by other rules.
pub(super) fn bring_up_to_date(connection: &mut Connection, path: &Path) -> Result<(), BoxError> {
    for derivation in [&SEARCH, &FILENAME_KEY, &AUDIT_REQUESTS, &VIDEO_CHECKPOINTS] {
        let mut report = None;
        while derivation.make_batch(connection, path, &mut report)? {}
    }
    Ok(())
}

/// Whether the index has the words that this program looks up.
pub(super) fn has_current_words(reader: &Reader) -> Result<bool, BoxError> {
    is_current(reader, &SEARCH)
}

/// Whether every change has been added to its request.
pub(super) fn has_current_requests(reader: &Reader) -> Result<bool, BoxError> {
    is_current(reader, &AUDIT_REQUESTS)
}

/// Whether every update that needs a checkpoint has one.
pub(super) fn has_current_checkpoints(reader: &Reader) -> Result<bool, BoxError> {
    is_current(reader, &VIDEO_CHECKPOINTS)
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
        if report.is_none() {
            *report = Report::begin(&transaction, self, path, reached)?;
        }
        match (self.make_next)(&transaction, reached, BATCH)? {
            Some((rows, last)) => {
                self.note(&transaction, last)?;
                transaction.commit()?;
                if let Some(report) = report {
                    report.add(rows);
                }
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

/// The next videos, the newest first, in which order the search index grows best.
fn next_videos(
    connection: &Connection,
    reached: Option<i64>,
    limit: usize,
) -> Result<Vec<Named>, BoxError> {
    let sql = "SELECT position, filename, path FROM videos
        WHERE position < ? ORDER BY position DESC LIMIT ?";
    let mut videos = Vec::new();
    let values = (reached.unwrap_or(i64::MAX), i64::try_from(limit)?);
    Statement::prepare(connection, sql)?.for_each(values, |row| {
        videos.push(Named { position: row.get(0)?, filename: row.get(1)?, path: row.get(2)? });
        Ok(())
    })?;
    Ok(videos)
}

/// How far this is done once these videos are.
fn last_of(videos: &[Named]) -> Made {
    videos.last().map(|last| (videos.len(), last.position))
}

/// The number of videos, and of those from the position that was reached on.
fn count_videos(connection: &Connection, reached: Option<i64>) -> Result<[u64; 2], BoxError> {
    let sql = "SELECT count(*) FROM videos WHERE position >= ?";
    let mut count = Statement::prepare(connection, sql)?;
    let mut from = |position: i64| count.first([position], |row| read_number(row, 0));
    let total = from(i64::MIN)?.unwrap_or_default();
    let done = reached.map(from).transpose()?.flatten();
    Ok([total, done.unwrap_or_default()])
}

/// The progress in the log.
struct Report {
    /// The derived data.
    index: &'static str,
    subject: &'static str,
    library: String,
    done: u64,
    total: u64,
    last: Instant,
}

impl Report {
    /// The progress of what is made from at least one row.
    fn begin(
        connection: &Connection,
        derivation: &Derivation,
        path: &Path,
        reached: Option<i64>,
    ) -> Result<Option<Self>, BoxError> {
        let Derivation { name: index, subject, count, .. } = *derivation;
        let [total, done] = count(connection, reached)?;
        if total == 0 {
            return Ok(None);
        }
        let library = path.display().to_string();
        tracing::info!(library, index, done, total, "rebuilding {subject} for new rules");
        Ok(Some(Self { index, subject, library, done, total, last: Instant::now() }))
    }

    fn add(&mut self, rows: usize) {
        self.done += rows as u64;
        if self.last.elapsed() >= REPORT_EVERY {
            self.last = Instant::now();
            let Self { index, subject, library, done, total, .. } = self;
            tracing::info!(library, index, done, total, "rebuilding {subject}");
        }
    }

    fn end(&self) {
        let Self { index, subject, library, total, .. } = self;
        tracing::info!(library, index, total, "rebuilt {subject}");
    }
}
