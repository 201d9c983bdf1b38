//! Which changes are asked for, in pages and in the stream of changes.

use async_graphql::ID;

use crate::domain::{self, VideoId};
use crate::feed::ChangeFilter;
use crate::graphql::error::ApiError;
use crate::graphql::schema::types::AuditOperation;

/// Changes of this video, or of all, of these kinds, or of all.
///
/// # Errors
/// `BadUserInput` when the ID is malformed.
pub fn change_filter(
    video_id: Option<ID>,
    operations: Option<Vec<AuditOperation>>,
) -> Result<ChangeFilter, ApiError> {
    let video = video_id.map(|id| id.parse::<VideoId>()).transpose();
    let video = video.map_err(|why| ApiError::BadUserInput(format!("videoId {why}")))?;
    let operations = operations
        .map(|some| some.into_iter().map(Into::into).collect::<Vec<domain::AuditOperation>>());
    Ok(ChangeFilter::new(video, operations.as_deref()))
}
