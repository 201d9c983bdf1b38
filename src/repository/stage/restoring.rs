//! Giving videos the values that they had.

use super::Stage;
use crate::domain::{NewVideo, Timestamp, Video, VideoId, VideoValues};
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
}
