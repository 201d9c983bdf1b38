//! Adding videos, all of a write or none.

use super::Stage;
use super::refused::Refused;
use crate::domain::{NewVideo, OnConflict, Text, VideoId, VideoPatch};
use crate::repository::{ChangeContext, Claim, Conflict, RepositoryError, Taken, Written};

impl Stage {
    pub(super) fn insert(
        &mut self,
        videos: Vec<NewVideo>,
        on_conflict: OnConflict,
        by: &ChangeContext,
    ) -> Result<Vec<Written>, RepositoryError> {
        let mark = self.mark();
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
                    self.undo_to(mark);
                    return Err(error);
                }
            }
        }
        if conflicts.is_empty() {
            return Ok(written);
        }
        self.undo_to(mark);
        Err(RepositoryError::Conflicts(conflicts))
    }

    /// The conflicts of videos of which not all are valid, as if one was added after another.
    pub(super) fn check_insert(&self, claims: Vec<Claim>) -> Result<Vec<Written>, RepositoryError> {
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
}
