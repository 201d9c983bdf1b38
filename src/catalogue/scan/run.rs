//! A scan that is running: what it has found out so far.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::time::timeout;

use super::areas::Areas;
use super::board::Board;
use super::halt::Halt;
use super::numbers::Numbers;
use super::problems::Problems;
use super::task::{ScanSettings, ScanTask};
use super::writes::{Meaning, Planned, Writes};
use crate::catalogue::{Reader, Tree};
use crate::domain::catalogue::{FileMark, FileNumber, FileRow, Problem, ProblemCode, RootId};
use crate::domain::file::Fingerprint;
use crate::domain::{IdSource, VideoId};
use crate::repository::{Catalogue, FileChange, VideoRepository};

/// A scan that is running.
pub(super) struct Run<'s> {
    pub(super) repository: &'s dyn VideoRepository,
    pub(super) catalogue: Arc<dyn Catalogue>,
    pub(super) reader: &'s Reader,
    pub(super) ids: &'s dyn IdSource,
    pub(super) settings: &'s ScanSettings,
    pub(super) task: &'s ScanTask,
    pub(super) tree: Arc<dyn Tree>,
    /// The device of the root.
    pub(super) device: u64,
    /// Which folder of its device it is.
    pub(super) inode: u64,
    /// How many videos the root had at the start that were not missing.
    pub(super) available: u64,
    pub(super) areas: Areas,
    pub(super) seen: Seen,
    pub(super) problems: Problems,
    pub(super) writes: Writes,
    pub(super) board: Board,
    /// Files that wait for the end of the walk, because they may have been moved.
    pub(super) held: Vec<Held>,
    /// Files that are being written: they are read again at the end of the walk.
    pub(super) unsettled: Vec<Candidate>,
    /// Whether such files were read again already.
    pub(super) is_last_try: bool,
    /// Known files, as they were, at whose paths something else is that is no video.
    pub(super) spoiled: Vec<Old>,
    /// Videos that could not be moved to where their files are.
    pub(super) refused: HashSet<VideoId>,
    /// The missing videos that new files may be, by path.
    pub(super) ambiguous: HashMap<Vec<u8>, Vec<VideoId>>,
}

/// Which known files were seen.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// Something is at their paths.
    pub(super) there: Numbers,
    /// They are as they were, as far as their content goes.
    pub(super) same: Numbers,
    /// They were not known when the scan began.
    pub(super) fresh: Numbers,
}

/// A file that has to be read.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub(super) path: Vec<u8>,
    /// What the disk said about it.
    pub(super) mark: FileMark,
    /// What was known at its path.
    pub(super) old: Option<Old>,
}

/// A file at a new path or with a new content.
#[derive(Clone, Debug)]
pub(super) struct Held {
    pub(super) candidate: Candidate,
    pub(super) fingerprint: Fingerprint,
}

/// What is remembered of a known file that is not as it was.
#[derive(Clone, Debug)]
pub(super) struct Old {
    pub(super) number: FileNumber,
    pub(super) root: RootId,
    pub(super) path: Vec<u8>,
    pub(super) video: Option<VideoId>,
    pub(super) fingerprint: Fingerprint,
    pub(super) device: u64,
    pub(super) inode: u64,
    pub(super) is_missing: bool,
    pub(super) is_unreachable: bool,
}

impl Run<'_> {
    /// # Errors
    /// When somebody asked the scan to stop.
    pub(super) fn go_on(&self) -> Result<(), Halt> {
        match self.task.stop.load(Ordering::Relaxed) {
            true => Err(Halt::Stopped),
            false => Ok(()),
        }
    }

    /// Plans a change, and writes what was planned once it is time.
    pub(super) async fn plan(
        &mut self,
        change: FileChange,
        video: Option<VideoId>,
        meaning: Meaning,
    ) -> Result<(), Halt> {
        self.writes.push(Planned { change, video, meaning });
        match self.writes.is_due() {
            true => self.flush().await,
            false => Ok(()),
        }
    }

    /// Plans changes that belong into one write.
    pub(super) async fn plan_together(&mut self, changes: Vec<Planned>) -> Result<(), Halt> {
        if self.writes.is_full_with(changes.len()) {
            self.flush().await?;
        }
        changes.into_iter().for_each(|planned| self.writes.push(planned));
        match self.writes.is_due() {
            true => self.flush().await,
            false => Ok(()),
        }
    }

    /// Writes what was planned.
    pub(super) async fn flush(&mut self) -> Result<(), Halt> {
        let done = self.writes.flush().await?;
        self.board.add(&done.counts);
        for (id, path) in &done.refused {
            self.refused.insert(*id);
            self.problems.note(path, Problem::new(ProblemCode::PathTaken), None);
        }
        if done.found.is_empty() {
            return Ok(());
        }
        for row in self.catalogue.files_at(self.task.root.id, &done.found).await? {
            self.seen.there.insert(row.number);
            self.seen.same.insert(row.number);
            self.seen.fresh.insert(row.number);
        }
        Ok(())
    }

    /// Waits for the disk, but not longer than a scan is patient.
    pub(super) async fn answer<T>(
        &self,
        work: impl Future<Output = T>,
        times: u32,
    ) -> Result<T, Halt> {
        let patience = self.settings.patience.saturating_mul(times);
        timeout(patience, work).await.map_err(|_| self.hung(patience))
    }

    fn hung(&self, patience: Duration) -> Halt {
        Halt::hung(&self.task.root.name, patience)
    }
}

impl From<&FileRow> for Old {
    fn from(row: &FileRow) -> Self {
        Self {
            number: row.number,
            root: row.file.root,
            path: row.file.path.clone(),
            video: row.file.video,
            fingerprint: row.file.fingerprint,
            device: row.file.mark.device,
            inode: row.file.mark.inode,
            is_missing: row.missing_since.is_some(),
            is_unreachable: row.file.is_unreachable,
        }
    }
}
