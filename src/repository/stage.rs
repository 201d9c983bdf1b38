//! The effects of writes: the only place that decides conflicts, versions and audit entries.
//!
//! To execute writes, a store loads what they touch into a [`Stage`], inside a transaction that
//! excludes other writers, applies them, and then stores what has changed. A write that fails
//! leaves nothing on the stage, so many can share one transaction.

mod refused;
mod replayed;

use std::collections::HashMap;

use self::refused::Refused;
use super::{
    ChangeContext, Claim, Claims, Conflict, OnConflict, RepositoryError, Taken, UpdateConflict,
    Write, Written,
};
use crate::domain::{
    AuditEntry, AuditOperation, FieldChange, NewVideo, Text, Timestamp, Video, VideoId, VideoPatch,
};

impl Write {
    /// The IDs whose state must be on the stage before this write is applied.
    pub fn touched_ids(&self) -> Vec<VideoId> {
        match self {
            Self::Insert { videos, .. } => videos.iter().map(|video| video.id).collect(),
            Self::Update { id, .. }
            | Self::Delete { id, .. }
            | Self::Check(Claims::Update { id, .. }) => vec![*id],
            Self::Check(Claims::Insert(claims)) => claims.iter().filter_map(Claim::id).collect(),
            Self::Replay(entries) => entries.iter().map(|entry| entry.entity_id).collect(),
        }
    }

    /// The paths whose holders must be on the stage before this write is applied.
    pub fn touched_paths(&self) -> Vec<Text> {
        match self {
            Self::Insert { videos, .. } => {
                videos.iter().map(|video| video.values.path.clone()).collect()
            }
            Self::Update { patch, .. } => patch.path.iter().cloned().collect(),
            Self::Delete { .. } | Self::Replay(_) => Vec::new(),
            Self::Check(Claims::Insert(claims)) => {
                claims.iter().filter_map(Claim::path).cloned().collect()
            }
            Self::Check(Claims::Update { path, .. }) => path.iter().cloned().collect(),
        }
    }
}

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
        Self { end, videos, holders, last_versions, changes }
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
            Write::Check(Claims::Insert(claims)) => self.check_insert(claims),
            Write::Check(Claims::Update { id, path, expected_version }) => {
                let video = self.expect(id, path.as_ref(), expected_version)?;
                Ok(vec![Written { video, entry: None }])
            }
            Write::Replay(entries) => self.replay(entries).map(|()| Vec::new()),
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

    fn insert(
        &mut self,
        videos: Vec<NewVideo>,
        on_conflict: OnConflict,
        by: &ChangeContext,
    ) -> Result<Vec<Written>, RepositoryError> {
        let (begin, end) = (self.changes.len(), self.end);
        let mut written = Vec::with_capacity(videos.len());
        let mut conflicts = Vec::new();
        let mut refused = Refused::default();
        for (index, mut video) in videos.into_iter().enumerate() {
            if on_conflict == OnConflict::Fail {
                let claim = Claim::Valid(video);
                let taken = self.taken(&claim, &refused);
                match claim {
                    Claim::Valid(free) if taken.is_empty() => video = free,
                    claim => {
                        conflicts.extend(taken.into_iter().map(|taken| Conflict { index, taken }));
                        refused.add(claim);
                        continue;
                    }
                }
            }
            match self.insert_one(video, index, on_conflict, by) {
                Ok(one) => written.push(one),
                Err(RepositoryError::Conflicts(more)) => conflicts.extend(more),
                Err(error) => {
                    self.undo_to(begin, end);
                    return Err(error);
                }
            }
        }
        if conflicts.is_empty() {
            return Ok(written);
        }
        self.undo_to(begin, end);
        Err(RepositoryError::Conflicts(conflicts))
    }

    /// The conflicts of videos of which not all are valid, as if one was added after another.
    fn check_insert(&self, claims: Vec<Claim>) -> Result<Vec<Written>, RepositoryError> {
        let mut conflicts = Vec::new();
        let mut refused = Refused::default();
        for (index, claim) in claims.into_iter().enumerate() {
            let taken = self.taken(&claim, &refused).into_iter();
            conflicts.extend(taken.map(|taken| Conflict { index, taken }));
            refused.add(claim);
        }
        match conflicts.is_empty() {
            true => Ok(Vec::new()),
            false => Err(RepositoryError::Conflicts(conflicts)),
        }
    }

    /// The values that a video cannot have, because others on the stage or among the refused ones
    /// have them.
    fn taken(&self, new: &Claim, refused: &Refused) -> Vec<Taken> {
        let id_is_taken = |id: &VideoId| match self.videos.get(id) {
            Some(standing) => !new.is_already(standing),
            None => refused.with_id(*id).is_some_and(|other| !new.repeats(other)),
        };
        let is_other = |id| new.id() != Some(id);
        let path_is_taken = |path: &&Text| match self.holder(path) {
            Some(holder) => is_other(holder.id) && !new.is_already(holder),
            None => refused
                .at_path(path)
                .is_some_and(|other| other.id().is_none_or(is_other) && !new.repeats(other)),
        };
        let id_taken = new.id().filter(id_is_taken).map(Taken::Id);
        let path_taken = new.path().filter(path_is_taken).map(|path| Taken::Path(path.clone()));
        id_taken.into_iter().chain(path_taken).collect()
    }

    fn insert_one(
        &mut self,
        new: NewVideo,
        index: usize,
        on_conflict: OnConflict,
        by: &ChangeContext,
    ) -> Result<Written, RepositoryError> {
        let standing = self.videos.get(&new.id).or_else(|| self.holder(&new.values.path));
        let Some(standing) = standing.cloned() else {
            return self.add(new, by);
        };
        if on_conflict == OnConflict::Update {
            return self.update(standing, VideoPatch::replacing(new.values), index, by);
        }
        Ok(Written { video: standing, entry: None })
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
        let video = self.videos.get(&id).ok_or(RepositoryError::NotFound(id))?.clone();
        let is_at_other_version = version.is_some_and(|expected| expected != video.version);
        let is_taken = |path: &&Text| self.holder(path).is_some_and(|holder| holder.id != video.id);
        let taken_path = path.filter(is_taken).cloned();
        if is_at_other_version || taken_path.is_some() {
            let conflict = UpdateConflict { video, is_at_other_version, taken_path };
            return Err(RepositoryError::UpdateConflict(Box::new(conflict)));
        }
        Ok(video)
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
        self.end = LogEnd::behind(&entry);
        self.last_versions.insert(id, entry.version);
        self.replace(before.as_ref(), after.as_ref());
        self.changes.push(Change { before, after, entry: entry.clone() });
        Ok(entry)
    }

    /// Undoes the changes from `begin` on, before which the log ended there.
    fn undo_to(&mut self, begin: usize, end: LogEnd) {
        self.end = end;
        for change in self.changes.split_off(begin).into_iter().rev() {
            self.last_versions.insert(change.entry.entity_id, change.entry.version - 1);
            self.replace(change.after.as_ref(), change.before.as_ref());
        }
    }

    fn replace(&mut self, old: Option<&Video>, new: Option<&Video>) {
        if let Some(old) = old {
            self.holders.remove(&old.values.path);
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
