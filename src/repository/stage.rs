//! The effects of writes: the only place that decides conflicts, versions and audit entries.
//!
//! To execute writes, a store loads what they touch into a [`Stage`], inside a transaction that
//! excludes other writers, applies them, and then stores what has changed. A write that fails
//! leaves nothing on the stage, so many can share one transaction.

mod adding;
mod files;
mod findings;
mod planned;
mod refused;
mod replayed;
mod restoring;
mod touched;

use std::collections::HashMap;

use self::files::Files;
pub use self::touched::log_needed;
use super::file_change::FileStep;
use super::{
    ChangeContext, Claims, Conflict, RepositoryError, Taken, UpdateConflict, Write, Written,
};
use crate::domain::{
    AuditEntry, AuditOperation, FieldChange, NewVideo, Text, Timestamp, Video, VideoId, VideoPatch,
    VideoValues,
};

/// The end of a library's log, after which changes are recorded.
#[derive(Clone, Copy, Debug)]
pub struct LogEnd {
    /// The sequence of the newest entry; 0 in an empty log.
    pub sequence: i64,
    /// The time of the newest entry, before which no later change is dated.
    pub timestamp: Timestamp,
}

impl LogEnd {
    /// The end of an empty log.
    pub const EMPTY: Self = Self { sequence: 0, timestamp: Timestamp::MIN };

    /// The end of a log with this newest entry.
    pub fn behind(entry: &AuditEntry) -> Self {
        Self { sequence: entry.sequence, timestamp: entry.timestamp }
    }
}

/// What a check reports of an entry of the log behind which the rest of its write is missing.
pub fn unfinished(sequence: i64, write_end: i64) -> String {
    format!("entry {sequence} of the log lacks the rest of its write, which ends at {write_end}")
}

/// The part of a library that some writes touch, with their changes on top.
#[derive(Debug)]
pub struct Stage {
    end: LogEnd,
    videos: HashMap<VideoId, Video>,
    holders: HashMap<Text, VideoId>,
    last_versions: HashMap<VideoId, i32>,
    changes: Vec<Change>,
    /// The end of the log as far as plans depend on it, without the changes.
    recent: Vec<AuditEntry>,
    files: Files,
    steps: Vec<FileStep>,
}

/// How far a stage had come.
#[derive(Clone, Copy)]
struct Mark {
    changes: usize,
    steps: usize,
    end: LogEnd,
}

/// A change on the stage: a video before and after, and the entry that records it.
#[derive(Clone, Debug)]
pub struct Change {
    /// The video before; none if it was added.
    pub before: Option<Video>,
    /// The video after; none if it was deleted.
    pub after: Option<Video>,
    /// Its entry in the log.
    pub entry: AuditEntry,
}

impl Stage {
    /// An empty stage for a library whose log ends there.
    pub fn new(end: LogEnd) -> Self {
        let (videos, holders, last_versions, changes) = Default::default();
        let (recent, files, steps) = Default::default();
        Self { end, videos, holders, last_versions, changes, recent, files, steps }
    }

    /// Puts a video on the stage as it is in the library.
    pub fn load(&mut self, video: Video) {
        self.last_versions.insert(video.id, video.version);
        self.holders.insert(video.values.path.clone(), video.id);
        self.videos.insert(video.id, video);
    }

    /// Tells the version at which an ID that has no video now was deleted.
    pub fn load_deleted(&mut self, id: VideoId, last_version: i32) {
        self.last_versions.insert(id, last_version);
    }

    /// Whether the video at a path is on the stage.
    pub fn knows_holder_of(&self, path: &Text) -> bool {
        self.holder(path).is_some()
    }

    /// Applies one write to the stage.
    ///
    /// # Errors
    /// Those of [`super::VideoRepository`]'s writing methods; the stage is then as before.
    pub fn apply(
        &mut self,
        write: Write,
        by: &ChangeContext,
    ) -> Result<Vec<Written>, RepositoryError> {
        let begin = self.changes.len();
        let is_new = !matches!(write, Write::Replay(_));
        let mut written = self.carry_out(write, by)?;
        if is_new {
            self.end_write(begin, &mut written);
        }
        Ok(written)
    }

    fn carry_out(
        &mut self,
        write: Write,
        by: &ChangeContext,
    ) -> Result<Vec<Written>, RepositoryError> {
        match write {
            Write::Insert { videos, on_conflict } => self.insert(videos, on_conflict, by),
            Write::Update { id, patch, expected_version } => {
                let before = self.expect(id, patch.path.as_ref(), expected_version)?;
                Ok(vec![self.update(before, patch, 0, by)?])
            }
            Write::Delete { id, expected_version } => {
                let before = self.expect(id, None, expected_version)?;
                let entry = self.record(Some(before.clone()), None, by)?;
                Ok(vec![Written { video: before, entry: Some(entry) }])
            }
            Write::Planned(plan) => self.make_planned(plan, by),
            Write::Restore { past, expected_version } => {
                Ok(vec![self.restore(past, expected_version, by)?])
            }
            Write::Check(Claims::Insert(claims)) => self.check_insert(claims),
            Write::Check(Claims::Update { id, path, expected_version }) => {
                let video = self.expect(id, path.as_ref(), expected_version)?;
                Ok(vec![Written { video, entry: None }])
            }
            Write::Replay(entries) => self.replay(entries).map(|()| Vec::new()),
            Write::Files(found) => self.change_files(found, by),
        }
    }

    /// Has the entries of a write, whose changes begin there, know where it ends.
    fn end_write(&mut self, begin: usize, written: &mut [Written]) {
        let recorded = self.changes[begin..].iter_mut().map(|change| &mut change.entry);
        let answered = written.iter_mut().filter_map(|written| written.entry.as_mut());
        for entry in recorded.chain(answered) {
            entry.write_end = self.end.sequence;
        }
    }

    /// The changes so far, in the order in which they happened.
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// The changes, for a store to store.
    pub fn into_changes(self) -> Vec<Change> {
        self.changes
    }

    fn add(&mut self, new: NewVideo, by: &ChangeContext) -> Result<Written, RepositoryError> {
        let created_at = new.created_at.unwrap_or(self.time_of(by));
        let video = Video {
            id: new.id,
            values: new.values,
            created_at,
            updated_at: new.updated_at.unwrap_or(created_at),
            version: self.next_version(new.id)?,
        };
        let entry = self.record(None, Some(video.clone()), by)?;
        Ok(Written { video, entry: Some(entry) })
    }

    fn update(
        &mut self,
        before: Video,
        patch: VideoPatch,
        index: usize,
        by: &ChangeContext,
    ) -> Result<Written, RepositoryError> {
        let values = patch.apply_to(&before.values);
        if values == before.values {
            return Ok(Written { video: before, entry: None });
        }
        if self.holder(&values.path).is_some_and(|holder| holder.id != before.id) {
            let taken = Taken::Path(values.path);
            return Err(RepositoryError::Conflicts(vec![Conflict { index, taken }]));
        }
        self.replace_values(before, values, by)
    }

    /// Gives a video values that differ, whoever has the path.
    fn replace_values(
        &mut self,
        before: Video,
        values: VideoValues,
        by: &ChangeContext,
    ) -> Result<Written, RepositoryError> {
        let version = self.next_version(before.id)?;
        let updated_at = AuditEntry::time_of_update(self.time_of(by), before.created_at);
        let video = Video { values, updated_at, version, ..before.clone() };
        let entry = self.record(Some(before), Some(video.clone()), by)?;
        Ok(Written { video, entry: Some(entry) })
    }

    /// The video as it stands, if it is at this version, and if no other one has this path.
    fn expect(
        &self,
        id: VideoId,
        path: Option<&Text>,
        version: Option<i32>,
    ) -> Result<Video, RepositoryError> {
        let video = self.videos.get(&id).ok_or(RepositoryError::NotFound(id))?;
        self.expect_agreement(id, path, version)?;
        Ok(video.clone())
    }

    /// Fails if a video that is there, or was, is not at this version, or if another one has this path.
    fn expect_agreement(
        &self,
        id: VideoId,
        path: Option<&Text>,
        expected: Option<i32>,
    ) -> Result<(), RepositoryError> {
        let version = self.last_versions.get(&id).copied().unwrap_or(0);
        let is_at_other_version = expected.is_some_and(|expected| expected != version);
        let is_taken = |path: &&Text| self.holder(path).is_some_and(|holder| holder.id != id);
        let taken_path = path.filter(is_taken).cloned();
        if !is_at_other_version && taken_path.is_none() {
            return Ok(());
        }
        let video = self.videos.get(&id).cloned();
        let conflict = UpdateConflict { id, version, video, is_at_other_version, taken_path };
        Err(RepositoryError::UpdateConflict(Box::new(conflict)))
    }

    fn holder(&self, path: &Text) -> Option<&Video> {
        self.holders.get(path).and_then(|id| self.videos.get(id))
    }

    /// The time of a change: never before the one that precedes it in the log, even if the clock
    /// was set back.
    fn time_of(&self, by: &ChangeContext) -> Timestamp {
        by.at.max(self.end.timestamp)
    }

    fn next_version(&self, id: VideoId) -> Result<i32, RepositoryError> {
        let last = self.last_versions.get(&id).copied().unwrap_or(0);
        last.checked_add(1)
            .ok_or("its version has reached the maximum of 32 bits")
            .map_err(RepositoryError::store("change a video"))
    }

    fn record(
        &mut self,
        before: Option<Video>,
        after: Option<Video>,
        by: &ChangeContext,
    ) -> Result<AuditEntry, RepositoryError> {
        let (operation, id) = match (&before, &after) {
            (None, Some(video)) => (AuditOperation::Insert, video.id),
            (Some(_), Some(video)) => (AuditOperation::Update, video.id),
            (Some(video), None) => (AuditOperation::Delete, video.id),
            (None, None) => unreachable!("a change has a video on one side at least"),
        };
        let sequence = self.end.sequence + 1;
        let entry = AuditEntry {
            sequence,
            entity_id: id,
            version: self.next_version(id)?,
            operation,
            timestamp: self.time_of(by),
            changes: FieldChange::between(before.as_ref(), after.as_ref()),
            actor: by.actor.clone(),
            request_id: by.request_id.clone(),
            write_end: sequence,
        };
        self.push(Change { before, after, entry: entry.clone() });
        Ok(entry)
    }

    /// Makes a change, the newest so far.
    fn push(&mut self, change: Change) {
        let Change { before, after, entry } = &change;
        self.end = LogEnd::behind(entry);
        self.last_versions.insert(entry.entity_id, entry.version);
        let path = |video: &Option<Video>| video.as_ref().map(|video| video.values.path.clone());
        if let Some(left) = before
            && path(before) != path(after)
        {
            // Where there is no file, nobody decided against it: it is new if it comes back.
            let leave = match left.values.facts().missing_since {
                Some(_) => FileStep::Forget,
                None => FileStep::Unlink,
            };
            self.steps.push(leave(left.id));
        }
        self.replace(before.as_ref(), after.as_ref());
        self.changes.push(change);
    }

    fn mark(&self) -> Mark {
        Mark { changes: self.changes.len(), steps: self.steps.len(), end: self.end }
    }

    /// Undoes all that happened since.
    fn undo_to(&mut self, mark: Mark) {
        self.end = mark.end;
        self.steps.truncate(mark.steps);
        let undone = self.changes.split_off(mark.changes);
        for change in undone.iter().rev() {
            self.last_versions.insert(change.entry.entity_id, change.entry.version - 1);
            self.replace(change.after.as_ref(), change.before.as_ref());
        }
        if !undone.is_empty() {
            // A path may have been taken over from a video that the write did not come to.
            for video in self.videos.values() {
                self.holders.entry(video.values.path.clone()).or_insert(video.id);
            }
        }
    }

    fn replace(&mut self, old: Option<&Video>, new: Option<&Video>) {
        if let Some(old) = old {
            // Another video may have taken over the path by the same write.
            if self.holders.get(&old.values.path) == Some(&old.id) {
                self.holders.remove(&old.values.path);
            }
            self.videos.remove(&old.id);
        }
        if let Some(new) = new {
            self.holders.insert(new.values.path.clone(), new.id);
            self.videos.insert(new.id, new.clone());
        }
    }
}

#[cfg(test)]
mod tests;
