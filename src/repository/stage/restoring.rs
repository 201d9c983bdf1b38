//! Giving videos the values that they had.

use super::Stage;
use crate::domain::{AuditEntry, NewVideo, Timestamp, Video, VideoId, VideoValues};
use crate::repository::{ChangeContext, RepositoryError, Written};

impl Stage {
    /// Gives a video the values of a past state, or adds it with them again.
    pub(super) fn restore(
        &mut self,
        past: Video,
        expected_version: Option<i32>,
        by: &ChangeContext,
    ) -> Result<Written, RepositoryError> {
        let Video { id, values, created_at, .. } = past;
        if !self.last_versions.contains_key(&id) {
            return Err(RepositoryError::NotFound(id));
        }
        self.expect_agreement(id, Some(&values.path), expected_version)?;
        match self.videos.get(&id).cloned() {
            Some(video) if video.values == values => Ok(Written { video, entry: None }),
            Some(video) => self.replace_values(video, values, by),
            None => self.bring_back(id, values, created_at, by),
        }
    }

    /// Adds a deleted video again, as if it had been added at this time, whoever has the path.
    pub(super) fn bring_back(
        &mut self,
        id: VideoId,
        values: VideoValues,
        created_at: Timestamp,
        by: &ChangeContext,
    ) -> Result<Written, RepositoryError> {
        let (created_at, updated_at) = (Some(created_at), Some(self.time_of(by)));
        let is_known_by_path = false;
        self.add(NewVideo { id, values, created_at, updated_at, is_known_by_path }, by)
    }

    /// Gives a video that was deleted and added again the values and the time of its addition that it had before,
    /// whoever has the path.
    pub(super) fn put_back(
        &mut self,
        before: Video,
        values: VideoValues,
        created_at: Timestamp,
        by: &ChangeContext,
    ) -> Result<Written, RepositoryError> {
        if before.values == values && before.created_at == created_at {
            return Ok(Written { video: before, entry: None });
        }
        let version = self.next_version(before.id)?;
        let updated_at = AuditEntry::time_of_update(self.time_of(by), created_at);
        let video = Video { id: before.id, values, created_at, updated_at, version };
        let entry = self.record(Some(before), Some(video.clone()), by)?;
        Ok(Written { video, entry: Some(entry) })
    }
}
