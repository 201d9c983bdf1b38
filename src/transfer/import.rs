//! Reading a library from text.

use std::fmt;
use std::future::{self, Future};
use std::io::{self, BufRead, Read};
use std::pin::pin;
use std::sync::Arc;

use tokio::sync::mpsc;

use super::line;
use crate::domain::{AuditOperation, Clock, IdSource, NewVideo, printable};
use crate::repository::{
    ChangeContext, Conflict, OnConflict, Rehearsal, RepositoryError, Taken, VideoReader,
    VideoRepository, Written,
};

/// The number of lines per transaction: in an index whose keys come in random order, each row
/// touches its own page, and the more rows share a commit, the more of them share a page.
pub const BATCH_LINES: usize = 5_000;

/// The longest line, in bytes: a record with the longest texts, each character escaped, has less.
const MAX_LINE_BYTES: u64 = 1 << 20;

/// The maximum number of bad lines that are reported.
const MAX_BAD_LINES: usize = 20;

/// How an import is made.
pub struct ImportOptions {
    /// What to do with an existing video.
    pub on_conflict: OnConflict,
    /// The request ID of the audit entries.
    pub request_id: String,
    /// Tells when the audit entries are made.
    pub clock: Arc<dyn Clock>,
    /// Generates the ID of a video without one.
    pub ids: Arc<dyn IdSource>,
}

/// The effects of an import.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ImportSummary {
    /// Videos that were added.
    pub added: u64,
    /// Videos that were there and got new values.
    pub updated: u64,
    /// Videos that were there and stayed as they were.
    pub unchanged: u64,
}

/// Why an import stopped. The batches before are in the library.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The text could not be read.
    #[error("could not read the input after line {line}")]
    Read {
        /// The last line that could be read.
        line: u64,
        /// Why.
        source: io::Error,
    },
    /// Some lines are no records.
    #[error("{0}")]
    BadLines(BadLines),
    /// Some lines conflict with the library or with each other.
    #[error("{0}")]
    Conflicts(BadLines),
    /// Somebody wanted it to stop.
    #[error("the import was interrupted")]
    Interrupted,
    /// The library could not be written.
    #[error("could not write the records from line {line} on")]
    Store {
        /// The first line that was not written.
        line: u64,
        /// Why.
        source: RepositoryError,
    },
}

/// Lines that cannot be imported, and why.
#[derive(Debug, Default)]
pub struct BadLines(Vec<(u64, String)>);

impl fmt::Display for BadLines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, (line, what)) in self.0.iter().take(MAX_BAD_LINES).enumerate() {
            let separator = if position == 0 { "" } else { "\n" };
            write!(f, "{separator}line {line}: {}", printable(what))?;
        }
        match self.0.len().saturating_sub(MAX_BAD_LINES) {
            0 => Ok(()),
            more => write!(f, "\nand {more} more"),
        }
    }
}

/// Adds the videos that `input` has, one a line, to the library. Empty lines are passed over.
///
/// Videos are imported in batches of [`BATCH_LINES`], each of which is atomic. `progress` gets the
/// counts after each.
///
/// # Errors
/// When the input cannot be read, when lines are bad, or when the library cannot be written:
/// nothing of that batch is written then, nor of what follows it.
pub async fn import(
    repository: &dyn VideoRepository,
    input: impl BufRead + Send + 'static,
    options: ImportOptions,
    progress: impl FnMut(ImportSummary),
) -> Result<ImportSummary, ImportError> {
    import_until(future::pending(), repository, input, options, progress).await
}

/// As [`import`], until `stop` is ready: the batch that is being written is written to its end, and
/// no other one is begun.
///
/// # Errors
/// Those of [`import`], and [`ImportError::Interrupted`].
pub async fn import_until(
    stop: impl Future<Output = ()>,
    repository: &dyn VideoRepository,
    input: impl BufRead + Send + 'static,
    options: ImportOptions,
    progress: impl FnMut(ImportSummary),
) -> Result<ImportSummary, ImportError> {
    read_into(stop, Destination::Library(repository), input, options, progress).await
}

/// What [`import_until`] would do to a library, which is not changed.
///
/// # Errors
/// Those of [`import_until`].
pub async fn rehearse_until(
    stop: impl Future<Output = ()>,
    library: &dyn VideoReader,
    input: impl BufRead + Send + 'static,
    options: ImportOptions,
    progress: impl FnMut(ImportSummary),
) -> Result<ImportSummary, ImportError> {
    let rehearsal = Destination::Rehearsal(Rehearsal::of(library));
    read_into(stop, rehearsal, input, options, progress).await
}

/// Where records go.
enum Destination<'r> {
    /// Into a library.
    Library(&'r dyn VideoRepository),
    /// Nowhere.
    Rehearsal(Rehearsal<'r>),
}

impl Destination<'_> {
    async fn insert_many(
        &mut self,
        videos: Vec<NewVideo>,
        on_conflict: OnConflict,
        by: ChangeContext,
    ) -> Result<Vec<Written>, RepositoryError> {
        match self {
            Self::Library(library) => library.insert_many(videos, on_conflict, by).await,
            Self::Rehearsal(rehearsal) => rehearsal.insert_many(videos, on_conflict, by).await,
        }
    }
}

async fn read_into(
    stop: impl Future<Output = ()>,
    mut destination: Destination<'_>,
    input: impl BufRead + Send + 'static,
    options: ImportOptions,
    mut progress: impl FnMut(ImportSummary),
) -> Result<ImportSummary, ImportError> {
    let ImportOptions { on_conflict, request_id, clock, ids } = options;
    // While one batch is written the next is read, and no more than that waits in memory.
    let (sender, mut batches) = mpsc::channel(1);
    let reader = tokio::task::spawn_blocking(move || read_batches(input, &*ids, &sender));

    let mut summary = ImportSummary::default();
    let mut stop = pin!(stop);
    loop {
        let batch = tokio::select! {
            biased;
            () = &mut stop => return Err(ImportError::Interrupted),
            batch = batches.recv() => batch,
        };
        let Some(batch) = batch else { break };
        let batch: Batch = batch?;
        let by =
            ChangeContext { at: clock.now(), actor: None, request_id: Some(request_id.clone()) };
        let written = destination.insert_many(batch.videos, on_conflict, by).await;
        let written = written.map_err(|error| refusal(error, &batch.lines))?;
        summary.count(&written);
        progress(summary);
    }
    reader.await.expect("reading lines does not panic");
    Ok(summary)
}

impl ImportSummary {
    /// The number of videos read, whatever was done with them.
    pub fn videos(&self) -> u64 {
        self.added + self.updated + self.unchanged
    }

    fn count(&mut self, written: &[Written]) {
        for one in written {
            match one.entry.as_ref().map(|entry| entry.operation) {
                Some(AuditOperation::Insert) => self.added += 1,
                Some(_) => self.updated += 1,
                None => self.unchanged += 1,
            }
        }
    }
}

fn refusal(error: RepositoryError, lines: &[u64]) -> ImportError {
    let line_of = |conflict: &Conflict| lines.get(conflict.index).copied().unwrap_or_default();
    match error {
        RepositoryError::Conflicts(conflicts) => ImportError::Conflicts(BadLines(
            conflicts.iter().map(|conflict| (line_of(conflict), told(&conflict.taken))).collect(),
        )),
        source => ImportError::Store { line: lines.first().copied().unwrap_or_default(), source },
    }
}

fn told(taken: &Taken) -> String {
    match taken {
        Taken::Id(id) => format!("id: {id} is taken by a video with other values"),
        Taken::Path(path) => format!("path: {path} is taken by another video"),
    }
}

/// Some videos, with their lines.
#[derive(Default)]
struct Batch {
    videos: Vec<NewVideo>,
    /// The line of each video.
    lines: Vec<u64>,
}

fn read_batches(
    mut input: impl BufRead,
    ids: &dyn IdSource,
    batches: &mpsc::Sender<Result<Batch, ImportError>>,
) {
    let mut line = 0;
    loop {
        let batch = read_batch(&mut input, ids, &mut line);
        if batch.as_ref().is_ok_and(|batch| batch.videos.is_empty()) {
            return;
        }
        let is_bad = batch.is_err();
        // A receiver that is gone has met an error of its own and wants no more.
        if batches.blocking_send(batch).is_err() || is_bad {
            return;
        }
    }
}

/// Reads the next batch, which starts after the line with this number.
fn read_batch(
    input: &mut impl BufRead,
    ids: &dyn IdSource,
    number: &mut u64,
) -> Result<Batch, ImportError> {
    let mut batch = Batch::default();
    let mut bad = BadLines::default();
    let mut line = Vec::new();
    while batch.videos.len() + bad.0.len() < BATCH_LINES {
        line.clear();
        let length = input
            .take(MAX_LINE_BYTES)
            .read_until(b'\n', &mut line)
            .map_err(|source| ImportError::Read { line: *number, source })?;
        if length == 0 {
            break;
        }
        *number += 1;
        if length as u64 == MAX_LINE_BYTES {
            bad.0.push((*number, format!("is longer than {MAX_LINE_BYTES} bytes")));
            break;
        }
        let line = line.trim_ascii();
        if line.is_empty() {
            continue;
        }
        match line::read(line, ids) {
            Ok(video) => {
                batch.videos.push(video);
                batch.lines.push(*number);
            }
            Err(fault) => bad.0.push((*number, fault.to_string())),
        }
    }
    if bad.0.is_empty() { Ok(batch) } else { Err(ImportError::BadLines(bad)) }
}
