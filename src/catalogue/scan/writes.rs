//! Writes what a scan found, some of it at once.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::domain::catalogue::root::path_below;
use crate::domain::catalogue::{RootId, ScanCounts};
use crate::domain::{AuditOperation, Clock, Text, Timestamp, VideoId};
use crate::repository::{
    ChangeContext, FileChange, FileChanges, RepositoryError, VideoRepository, Write, Written,
};

/// What a change stands for in the counts of a scan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// A file was read or looked at, and its video is added or updated if there is anything new.
    Content,
    /// A missing video is there again.
    Restored,
    /// A video is at this path below the root now.
    Moved(Vec<u8>),
    /// A video is missing.
    Missing,
    /// Nothing that is counted here.
    Nothing,
}

/// A change to be written.
#[derive(Clone, Debug)]
pub(super) struct Planned {
    pub(super) change: FileChange,
    /// The video that the file has.
    pub(super) video: Option<VideoId>,
    pub(super) meaning: Meaning,
}

/// What was written.
#[derive(Debug, Default)]
pub(super) struct Done {
    /// Only what videos became.
    pub(super) counts: ScanCounts,
    /// Files that were new.
    pub(super) found: Vec<Vec<u8>>,
    /// Where videos could not be moved to, because others are there.
    pub(super) refused: Vec<(VideoId, Vec<u8>)>,
}

/// Collects changes and writes them, so many at once that others who write hardly wait.
pub(super) struct Writes {
    repository: Arc<dyn VideoRepository>,
    clock: Arc<dyn Clock>,
    root: RootId,
    path_prefix: Text,
    actor: String,
    request_id: String,
    pending: Vec<Planned>,
    /// How many are written at once.
    limit: usize,
    written_at: Instant,
}

/// Who writes, and where.
pub(super) struct Origin {
    pub(super) root: RootId,
    pub(super) path_prefix: Text,
    pub(super) actor: String,
    pub(super) request_id: String,
}

impl Writes {
    /// The most changes of one write.
    const MOST: usize = 500;
    /// How long a write may keep others waiting: an update waits for one such write, and for its own commit.
    const SHARE: Duration = Duration::from_millis(5);
    /// How long a change waits for others.
    const PAUSE: Duration = Duration::from_secs(1);

    pub(super) fn new(
        repository: Arc<dyn VideoRepository>,
        clock: Arc<dyn Clock>,
        origin: Origin,
    ) -> Self {
        let Origin { root, path_prefix, actor, request_id } = origin;
        Self {
            repository,
            clock,
            root,
            path_prefix,
            actor,
            request_id,
            pending: Vec::new(),
            limit: 50,
            written_at: Instant::now(),
        }
    }

    pub(super) fn push(&mut self, planned: Planned) {
        self.pending.push(planned);
    }

    /// Whether it is time to write.
    pub(super) fn is_due(&self) -> bool {
        let is_late = || self.written_at.elapsed() >= Self::PAUSE;
        self.pending.len() >= self.limit || !self.pending.is_empty() && is_late()
    }

    /// Whether so many more would be too many for one write.
    pub(super) fn is_full_with(&self, more: usize) -> bool {
        !self.pending.is_empty() && self.pending.len() + more > self.limit
    }

    /// Writes what was collected, in one write.
    pub(super) async fn flush(&mut self) -> Result<Done, RepositoryError> {
        if self.pending.is_empty() {
            return Ok(Done::default());
        }
        let planned = std::mem::take(&mut self.pending);
        let mut meanings = HashMap::new();
        let mut done = Done::default();
        let mut changes = Vec::with_capacity(planned.len());
        for Planned { change, video, meaning } in planned {
            if let FileChange::Found { path, .. } = &change {
                done.found.push(path.clone());
            }
            meanings.extend(video.map(|video| (video, meaning)));
            changes.push(change);
        }
        let (count, begin) = (changes.len(), Instant::now());
        let (root, path_prefix) = (self.root, self.path_prefix.clone());
        let write = Write::Files(FileChanges { root, path_prefix, changes });
        let written = self.repository.write(write, self.context()).await?;
        self.adapt(count, begin.elapsed());
        for one in &written {
            let meaning = meanings.get(&one.video.id).unwrap_or(&Meaning::Content);
            self.count(one, meaning, &mut done);
        }
        Ok(done)
    }

    /// The time.
    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn context(&self) -> ChangeContext {
        ChangeContext {
            at: self.clock.now(),
            actor: Some(self.actor.clone()),
            request_id: Some(self.request_id.clone()),
        }
    }

    /// Chooses how much is written at once from how long the last write took.
    fn adapt(&mut self, count: usize, took: Duration) {
        self.written_at = Instant::now();
        let fitting = Self::SHARE.as_micros() * count as u128 / took.as_micros().max(1);
        // A write that others delayed says little, so it grows and shrinks step by step.
        let fitting = usize::try_from(fitting).unwrap_or(usize::MAX);
        self.limit = fitting.clamp(self.limit / 2, self.limit * 2).clamp(1, Self::MOST);
    }

    fn count(&self, written: &Written, meaning: &Meaning, done: &mut Done) {
        let counts = &mut done.counts;
        let operation = written.entry.as_ref().map(|entry| entry.operation);
        let counted = match (meaning, operation) {
            (Meaning::Content, Some(AuditOperation::Insert)) => &mut counts.added,
            (Meaning::Content, Some(_)) => &mut counts.updated,
            (Meaning::Content | Meaning::Restored, None) => &mut counts.unchanged,
            (Meaning::Restored, Some(_)) => &mut counts.restored,
            (Meaning::Moved(path), _) => {
                let is_there = path_below(&self.path_prefix, path)
                    .is_ok_and(|path| path == written.video.values.path);
                if !is_there {
                    done.refused.push((written.video.id, path.clone()));
                    return;
                }
                &mut counts.moved
            }
            (Meaning::Missing, Some(_)) => &mut counts.missing,
            (Meaning::Missing, None) | (Meaning::Nothing, _) => return,
        };
        *counted += 1;
    }
}
