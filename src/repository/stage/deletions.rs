//! Deleting many videos with one write.

use super::Stage;
use crate::domain::VideoId;
use crate::repository::{ChangeContext, RepositoryError, Written};

impl Stage {
    /// Deletes all of these videos, each of which must still be at its version, or none.
    pub(super) fn delete_many(
        &mut self,
        videos: Vec<(VideoId, i32)>,
        by: &ChangeContext,
    ) -> Result<Vec<Written>, RepositoryError> {
        let mark = self.mark();
        let mut delete = |(id, version)| {
            let before = self.expect(id, None, Some(version))?;
            let entry = self.record(Some(before.clone()), None, by)?;
            Ok(Written { video: before, entry: Some(entry) })
        };
        let written: Result<_, _> = videos.into_iter().map(&mut delete).collect();
        if written.is_err() {
            self.undo_to(mark);
        }
        written
    }
}
