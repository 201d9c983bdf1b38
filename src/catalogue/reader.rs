//! Reads a file that lies still: while it is being written, nothing about it is true for long.

use std::io;
use std::sync::Arc;

use super::disk::{MediaFile, Stat, Tree, is_absence, problem_of};
use super::ends::read_ends;
use super::fingerprint::fingerprint;
use super::prober::{NotProbed, Prober};
use super::truncated::is_truncated;
use crate::domain::catalogue::{Probed, Problem, ProblemCode};
use crate::domain::file::Fingerprint;
use crate::domain::{Clock, FileFacts};

/// Reads files.
#[derive(Clone)]
pub struct Reader {
    prober: Arc<dyn Prober>,
    clock: Arc<dyn Clock>,
}

/// A file whose content is known by samples.
pub struct Sampled {
    /// What the disk says about it.
    pub stat: Stat,
    /// What stands for its content.
    pub fingerprint: Fingerprint,
    path: Vec<u8>,
    file: Arc<dyn MediaFile>,
}

/// What was read of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// What the disk says about it.
    pub stat: Stat,
    /// What stands for its content.
    pub fingerprint: Fingerprint,
    /// What it says about itself, with the facts of the disk, or why it is no video.
    pub probed: Result<Probed, Problem>,
    /// What is wrong with a video that is catalogued all the same.
    pub flaw: Option<Problem>,
}

/// Why a file was not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unread {
    /// There is none any more.
    Gone,
    /// It is being written, or was until a moment ago.
    Unsettled,
    /// The disk failed, or nobody may read it.
    Problem(Problem),
    /// No file can be read. The text says what to do.
    Unavailable(String),
}

impl Unread {
    /// What an error of the disk means for a file that was there.
    fn of(error: &io::Error) -> Self {
        match error.kind() {
            _ if is_absence(error) => Self::Gone,
            // It is shorter than it was when it was looked at.
            io::ErrorKind::UnexpectedEof => Self::Unsettled,
            // Something else has its path by now.
            io::ErrorKind::InvalidInput => Self::Problem(Problem::new(ProblemCode::NotAFile)),
            _ => Self::Problem(problem_of(error)),
        }
    }
}

impl Reader {
    /// Reads files with this prober; the clock says which files were written just now.
    pub fn new(prober: Arc<dyn Prober>, clock: Arc<dyn Clock>) -> Self {
        Self { prober, clock }
    }

    /// Opens a file and reads samples of it.
    ///
    /// # Errors
    /// When it cannot be read, or does not lie still.
    pub async fn sample(&self, tree: &Arc<dyn Tree>, path: &[u8]) -> Result<Sampled, Unread> {
        let (tree, path, clock) = (Arc::clone(tree), path.to_vec(), Arc::clone(&self.clock));
        waiting(move || sample(&*tree, path, &*clock)).await
    }

    /// Probes a file.
    ///
    /// # Errors
    /// When it cannot be read, or has been written to since it was sampled.
    pub async fn probe(&self, tree: &Arc<dyn Tree>, sampled: Sampled) -> Result<Reading, Unread> {
        let mut probed = self.ask(&sampled).await;
        if probed == Err(NotProbed::EndedEarly) {
            // The disk knows whether it failed. If it did for a moment only, the prober reads more now.
            let (file, size) = (Arc::clone(&sampled.file), sampled.stat.size);
            waiting(move || read_ends(&*file, size).map_err(|error| Unread::of(&error))).await?;
            probed = self.ask(&sampled).await;
        }
        let probed = match probed {
            Ok(probed) => Ok(probed),
            Err(NotProbed::Problem(problem)) if problem.code.is_of_reading() => {
                return Err(Unread::Problem(problem));
            }
            Err(NotProbed::Problem(problem)) => Err(problem),
            Err(NotProbed::EndedEarly) => Err(Problem::new(ProblemCode::NotReadableAsMedia)),
            Err(NotProbed::Unavailable(advice)) => return Err(Unread::Unavailable(advice)),
        };
        let tree = Arc::clone(tree);
        waiting(move || finish(&*tree, &sampled, probed)).await
    }

    async fn ask(&self, sampled: &Sampled) -> Result<Probed, NotProbed> {
        let name = sampled.path.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
        self.prober.probe(&*sampled.file, name).await
    }

    /// Samples and probes a file.
    ///
    /// # Errors
    /// When it cannot be read, or does not lie still.
    pub async fn read(&self, tree: &Arc<dyn Tree>, path: &[u8]) -> Result<Reading, Unread> {
        let sampled = self.sample(tree, path).await?;
        self.probe(tree, sampled).await
    }
}

/// Waits for a disk on a thread that may wait.
async fn waiting<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Unread> + Send + 'static,
) -> Result<T, Unread> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        // The runtime is shutting down, or the work panicked.
        Err(error) => Err(Unread::Unavailable(format!("the file could not be read: {error}"))),
    }
}

fn sample(tree: &dyn Tree, path: Vec<u8>, clock: &dyn Clock) -> Result<Sampled, Unread> {
    let read = || {
        let file = tree.open_file(&path)?;
        let stat = file.stat()?;
        if stat.is_recent(clock.now()) {
            return Ok(None);
        }
        let fingerprint = fingerprint(&*file, stat.size)?;
        Ok(tree.stat(&path)?.is_same(&stat).then_some((file, stat, fingerprint)))
    };
    let read = read().map_err(|error: io::Error| Unread::of(&error))?;
    let (file, stat, fingerprint) = read.ok_or(Unread::Unsettled)?;
    Ok(Sampled { stat, fingerprint, path, file })
}

/// Looks at the file a last time: if it is as it was at first, all that was read is of one content.
fn finish(
    tree: &dyn Tree,
    sampled: &Sampled,
    probed: Result<Probed, Problem>,
) -> Result<Reading, Unread> {
    let Sampled { stat, fingerprint, path, file } = sampled;
    let look = || Ok((is_truncated(&**file, stat.size)?, tree.stat(path)?));
    let (is_truncated, last) = look().map_err(|error: io::Error| Unread::of(&error))?;
    if !last.is_same(stat) {
        return Err(Unread::Unsettled);
    }
    let facts_of_disk = |probed: Probed| Probed {
        facts: FileFacts {
            file_modified_at: Some(stat.modified_at()),
            fingerprint: Some(*fingerprint),
            ..probed.facts
        },
        ..probed
    };
    let flaw = is_truncated && probed.is_ok();
    Ok(Reading {
        stat: *stat,
        fingerprint: *fingerprint,
        probed: probed.map(facts_of_disk),
        flaw: flaw.then(|| Problem::new(ProblemCode::Truncated)),
    })
}

#[cfg(test)]
mod tests;
