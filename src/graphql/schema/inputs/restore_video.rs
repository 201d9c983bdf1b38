//! The input of `restoreVideo`.

use async_graphql::{ID, InputObject, MaybeUndefined};

use super::faults::ValidationErrors;
use crate::domain::AuditEntryId;
use crate::graphql::schema::types::UserError;

/// A version of a video to go back to.
#[derive(InputObject)]
pub struct RestoreVideoInput {
    /// ID of the video.
    pub id: ID,
    /// A version that is not a deletion.
    pub version: i32,
    /// Change nothing unless the video is still at this version; for a deleted one, that of its deletion.
    pub expected_version: MaybeUndefined<i32>,
}

impl RestoreVideoInput {
    /// The version, and the one that the video must still be at.
    ///
    /// # Errors
    /// Everything that is wrong with the input.
    pub fn parse(self) -> Result<(AuditEntryId, Option<i32>), Vec<UserError>> {
        let mut faults = ValidationErrors::in_input(vec!["input".to_owned()]);
        let id = faults.keep(&["id"], self.id.parse());
        let expected_version = faults.keep_given("expectedVersion", self.expected_version, Ok);
        let version = self.version;
        faults.or(id.map(|entity_id| (AuditEntryId { entity_id, version }, expected_version)))
    }
}
