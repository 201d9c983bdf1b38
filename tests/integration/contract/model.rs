//! What writes must do, a second time and in the plainest way: lists that are searched from end to
//! end, and a copy to go back to.

use reelgraph::domain::{
    AuditEntry, AuditOperation, FieldChange, NewVideo, Text, Timestamp, Video, VideoId, VideoPatch,
    VideoValues,
};
use reelgraph::repository::{
    Becomes, ChangeContext, Claim, Claims, Conflict, OnConflict, PlannedChange, PlannedChanges,
    RepositoryError, Taken, UpdateConflict, Write, Written,
};

/// A library as its documentation describes it.
#[derive(Clone, Debug, Default)]
pub struct Model {
    pub videos: Vec<Video>,
    pub log: Vec<AuditEntry>,
    /// The video after each entry of the log, if it exists then.
    pub states: Vec<Option<Video>>,
}

impl Model {
    /// Carries out a write, or leaves everything as it is.
    pub fn write(
        &mut self,
        write: Write,
        by: &ChangeContext,
    ) -> Result<Vec<Written>, RepositoryError> {
        let mut after = self.clone();
        let mut written = match write {
            Write::Insert { videos, on_conflict } => after.insert(videos, on_conflict, by)?,
            Write::Update { id, patch, expected_version } => {
                let before = after.standing(id, patch.path.as_ref(), expected_version)?;
                vec![after.change(before, patch, by)]
            }
            Write::Delete { id, expected_version } => {
                let before = after.standing(id, None, expected_version)?;
                after.videos.retain(|video| video.id != id);
                let entry = after.record(Some(&before), None, by);
                vec![Written { video: before, entry: Some(entry) }]
            }
            Write::Planned(plan) => after.make_planned(plan, by)?,
            Write::Check(Claims::Insert(claims)) => {
                after.check_insert(&claims)?;
                vec![]
            }
            Write::Check(Claims::Update { id, path, expected_version }) => {
                let video = after.standing(id, path.as_ref(), expected_version)?;
                vec![Written { video, entry: None }]
            }
            Write::Replay(_) => unreachable!("no case replays the log of the model"),
            Write::Restore { past, expected_version } => {
                vec![after.restore(past, expected_version, by)?]
            }
            Write::Files(_) => unreachable!("no case scans the files of the model"),
        };
        let recorded = after.log[self.log.len()..].iter_mut().rev();
        recorded.zip(0..).for_each(|(entry, rest)| entry.write_end = rest);
        let as_recorded = |written: &mut Written| {
            if let Some(entry) = &mut written.entry {
                let recorded = after.log.iter().rfind(|recorded| recorded.id() == entry.id());
                entry.clone_from(recorded.expect("it was recorded"));
            }
        };
        written.iter_mut().for_each(as_recorded);
        *self = after;
        Ok(written)
    }

    fn make_planned(
        &mut self,
        PlannedChanges { changes, .. }: PlannedChanges,
        by: &ChangeContext,
    ) -> Result<Vec<Written>, RepositoryError> {
        for (index, PlannedChange { id, version, becomes }) in changes.iter().enumerate() {
            let may_be_gone = matches!(becomes, Becomes::Restored { .. });
            let is_repeated = changes[..index].iter().any(|other| other.id == *id);
            if is_repeated
                || *version != self.next_version(*id) - 1
                || *version == 0
                || !may_be_gone && self.get(*id).is_none()
            {
                return Err(RepositoryError::PlanOutdated);
            }
        }
        let written = changes.into_iter().map(|PlannedChange { id, becomes, .. }| {
            let before = self.get(id).cloned();
            match (before, becomes) {
                (Some(before), Becomes::Deleted) => {
                    self.videos.retain(|video| video.id != id);
                    let entry = self.record(Some(&before), None, by);
                    Written { video: before, entry: Some(entry) }
                }
                (Some(before), Becomes::Values(values)) => {
                    let file = Some(values.file.clone());
                    self.change(before, VideoPatch { file, ..VideoPatch::replacing(*values) }, by)
                }
                (None, Becomes::Restored { values, created_at }) => {
                    self.add_again(id, *values, created_at, by)
                }
                (Some(before), Becomes::Restored { values, created_at }) => {
                    self.put_back(before, *values, created_at, by)
                }
                (None, _) => unreachable!("it stands"),
            }
        });
        let written = written.collect();
        let mut paths: Vec<_> = self.videos.iter().map(|video| &video.values.path).collect();
        paths.sort_unstable();
        match paths.is_sorted_by(|one, next| one < next) {
            true => Ok(written),
            false => Err(RepositoryError::PlanOutdated),
        }
    }

    /// The video with this ID.
    pub fn get(&self, id: VideoId) -> Option<&Video> {
        self.videos.iter().find(|video| video.id == id)
    }

    /// The video at this path.
    pub fn get_by_path(&self, path: &Text) -> Option<&Video> {
        self.videos.iter().find(|video| video.values.path == *path)
    }

    fn insert(
        &mut self,
        videos: Vec<NewVideo>,
        on_conflict: OnConflict,
        by: &ChangeContext,
    ) -> Result<Vec<Written>, RepositoryError> {
        let (mut written, mut refused, mut conflicts) = (vec![], vec![], vec![]);
        for (index, new) in videos.into_iter().enumerate() {
            let taken = self.taken(&new, on_conflict, &refused);
            if taken.is_empty() {
                written.push(self.insert_one(new, on_conflict, by));
            } else {
                conflicts.extend(taken.into_iter().map(|taken| Conflict { index, taken }));
                refused.push(new);
            }
        }
        if conflicts.is_empty() { Ok(written) } else { Err(RepositoryError::Conflicts(conflicts)) }
    }

    /// What stands in the way of a video, in the library or among those refused before it.
    fn taken(&self, new: &NewVideo, on_conflict: OnConflict, refused: &[NewVideo]) -> Vec<Taken> {
        let path = &new.values.path;
        let path_taken = || Taken::Path(path.clone());
        match on_conflict {
            OnConflict::Skip => vec![],
            OnConflict::Update => {
                let is_taken = self.get(new.id).is_some() && self.is_taken(path, new.id);
                is_taken.then(path_taken).into_iter().collect()
            }
            OnConflict::Fail => {
                let id_is_taken = match self.get(new.id) {
                    Some(video) => !new.is_already(video),
                    None => refused.iter().find(|o| o.id == new.id).is_some_and(|o| o != new),
                };
                let refused_at_path = || refused.iter().find(|o| o.values.path == *path);
                let holder = self.get_by_path(path).map(|video| video.id);
                let path_is_taken =
                    holder.or_else(|| Some(refused_at_path()?.id)).is_some_and(|id| id != new.id);
                let id_taken = id_is_taken.then_some(Taken::Id(new.id));
                id_taken.into_iter().chain(path_is_taken.then(path_taken)).collect()
            }
        }
    }

    fn insert_one(
        &mut self,
        new: NewVideo,
        on_conflict: OnConflict,
        by: &ChangeContext,
    ) -> Written {
        let standing = self.get(new.id).or_else(|| self.get_by_path(&new.values.path)).cloned();
        match standing {
            Some(standing) if on_conflict == OnConflict::Update => {
                self.change(standing, VideoPatch::replacing(new.values), by)
            }
            Some(standing) => Written { video: standing, entry: None },
            None => {
                let created_at = new.created_at.unwrap_or(self.time_of(by));
                let video = Video {
                    id: new.id,
                    values: new.values,
                    created_at,
                    updated_at: new.updated_at.unwrap_or(created_at),
                    version: self.next_version(new.id),
                };
                let entry = self.record(None, Some(&video), by);
                self.videos.push(video.clone());
                Written { video, entry: Some(entry) }
            }
        }
    }

    fn change(&mut self, before: Video, patch: VideoPatch, by: &ChangeContext) -> Written {
        let values = patch.apply_to(&before.values);
        if values == before.values {
            return Written { video: before, entry: None };
        }
        let version = self.next_version(before.id);
        let updated_at = self.time_of(by).max(before.created_at);
        let video = Video { values, updated_at, version, ..before };
        let entry = self.record(self.get(video.id).cloned().as_ref(), Some(&video), by);
        self.videos.retain(|other| other.id != video.id);
        self.videos.push(video.clone());
        Written { video, entry: Some(entry) }
    }

    fn put_back(
        &mut self,
        before: Video,
        values: VideoValues,
        created_at: Timestamp,
        by: &ChangeContext,
    ) -> Written {
        if (&before.values, before.created_at) == (&values, created_at) {
            return Written { video: before, entry: None };
        }
        let version = self.next_version(before.id);
        let updated_at = self.time_of(by).max(created_at);
        let video = Video { id: before.id, values, created_at, updated_at, version };
        let entry = self.record(Some(&before), Some(&video), by);
        self.videos.retain(|other| other.id != video.id);
        self.videos.push(video.clone());
        Written { video, entry: Some(entry) }
    }

    fn standing(
        &self,
        id: VideoId,
        path: Option<&Text>,
        version: Option<i32>,
    ) -> Result<Video, RepositoryError> {
        let video = self.get(id).cloned().ok_or(RepositoryError::NotFound(id))?;
        self.agree(id, path, version)?;
        Ok(video)
    }

    fn agree(
        &self,
        id: VideoId,
        path: Option<&Text>,
        expected: Option<i32>,
    ) -> Result<(), RepositoryError> {
        let version = self.next_version(id) - 1;
        let is_at_other_version = expected.is_some_and(|expected| expected != version);
        let taken_path = path.filter(|path| self.is_taken(path, id)).cloned();
        if !is_at_other_version && taken_path.is_none() {
            return Ok(());
        }
        let video = self.get(id).cloned();
        let conflict = UpdateConflict { id, version, video, is_at_other_version, taken_path };
        Err(RepositoryError::UpdateConflict(Box::new(conflict)))
    }

    fn restore(
        &mut self,
        past: Video,
        expected: Option<i32>,
        by: &ChangeContext,
    ) -> Result<Written, RepositoryError> {
        if self.next_version(past.id) == 1 {
            return Err(RepositoryError::NotFound(past.id));
        }
        self.agree(past.id, Some(&past.values.path), expected)?;
        if let Some(video) = self.get(past.id).cloned() {
            let file = Some(past.values.file.clone());
            let patch = VideoPatch { file, ..VideoPatch::replacing(past.values) };
            return Ok(self.change(video, patch, by));
        }
        Ok(self.add_again(past.id, past.values, past.created_at, by))
    }

    fn add_again(
        &mut self,
        id: VideoId,
        values: VideoValues,
        created_at: Timestamp,
        by: &ChangeContext,
    ) -> Written {
        let updated_at = self.time_of(by);
        let version = self.next_version(id);
        let video = Video { id, values, created_at, updated_at, version };
        let entry = self.record(None, Some(&video), by);
        self.videos.push(video.clone());
        Written { video, entry: Some(entry) }
    }

    /// The conflicts of what is claimed, with the library and with what is claimed before it.
    fn check_insert(&self, claims: &[Claim]) -> Result<(), RepositoryError> {
        let mut conflicts = vec![];
        for (index, claim) in claims.iter().enumerate() {
            let is_same = |other: &Claim| match (claim, other) {
                (Claim::Valid(video), Claim::Valid(other)) => video == other,
                _ => false,
            };
            let earlier = || claims[..index].iter();
            let id_is_taken = claim.id().is_some_and(|id| match (self.get(id), claim) {
                (Some(video), Claim::Valid(new)) => !new.is_already(video),
                (Some(_), Claim::Invalid { .. }) => true,
                (None, _) => {
                    let first = earlier().find(|other| other.id() == Some(id));
                    first.is_some_and(|first| !is_same(first))
                }
            });
            let path_is_taken = claim.path().is_some_and(|path| match self.get_by_path(path) {
                Some(holder) => claim.id() != Some(holder.id),
                None => {
                    let first = earlier().find(|other| other.path() == Some(path));
                    first.is_some_and(|first| first.id().is_none() || first.id() != claim.id())
                }
            });
            let id_taken = claim.id().filter(|_| id_is_taken).map(Taken::Id);
            let path_taken = claim.path().filter(|_| path_is_taken).cloned().map(Taken::Path);
            let taken = id_taken.into_iter().chain(path_taken);
            conflicts.extend(taken.map(|taken| Conflict { index, taken }));
        }
        if conflicts.is_empty() { Ok(()) } else { Err(RepositoryError::Conflicts(conflicts)) }
    }

    fn is_taken(&self, path: &Text, by_other_than: VideoId) -> bool {
        self.get_by_path(path).is_some_and(|video| video.id != by_other_than)
    }

    /// The time of a change: the present, or where the log says that it was later, that time.
    fn time_of(&self, by: &ChangeContext) -> Timestamp {
        self.log.iter().map(|entry| entry.timestamp).fold(by.at, Timestamp::max)
    }

    fn next_version(&self, id: VideoId) -> i32 {
        let history = self.log.iter().filter(|entry| entry.entity_id == id);
        history.map(|entry| entry.version).max().unwrap_or(0) + 1
    }

    fn record(
        &mut self,
        before: Option<&Video>,
        after: Option<&Video>,
        by: &ChangeContext,
    ) -> AuditEntry {
        let operation = match (before, after) {
            (None, _) => AuditOperation::Insert,
            (_, None) => AuditOperation::Delete,
            _ => AuditOperation::Update,
        };
        let id = before.or(after).expect("a change has a side").id;
        let entry = AuditEntry {
            // A store may choose its numbers as long as they grow, so that they are not compared.
            sequence: 0,
            entity_id: id,
            version: self.next_version(id),
            operation,
            timestamp: self.time_of(by),
            changes: FieldChange::between(before, after),
            actor: by.actor.clone(),
            request_id: by.request_id.clone(),
            // How far away it is, which is known when the write has ended.
            write_end: 0,
        };
        self.log.push(entry.clone());
        self.states.push(after.cloned());
        entry
    }
}
