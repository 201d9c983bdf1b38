//! What can be fetched again by its ID alone.

use async_graphql::{ID, Interface};

use super::{AuditEntry, Video};
use crate::domain::{AuditEntryId, VideoId};
use crate::graphql::Scope;
use crate::graphql::error::ApiError;

/// An object with a globally unique ID, re-fetchable through `Query.node`.
#[derive(Interface)]
#[graphql(field(
    name = "id",
    ty = "ID",
    desc = "Unique among all objects, and the same for ever."
))]
pub enum Node {
    /// A video.
    Video(Video),
    /// A recorded change.
    AuditEntry(AuditEntry),
}

impl Node {
    /// The object with this ID; none where there is none or the ID is malformed.
    ///
    /// # Errors
    /// `Internal` when the store cannot be read.
    pub async fn find(scope: &Scope, id: &str) -> Result<Option<Self>, ApiError> {
        if let Ok(id) = id.parse::<VideoId>() {
            return Ok(scope.loaders.video(id).await?.map(|video| Self::Video(Video(video))));
        }
        if let Ok(id) = id.parse::<AuditEntryId>() {
            let entry = scope.loaders.entry(id).await?;
            return Ok(entry.map(|entry| Self::AuditEntry(AuditEntry(entry))));
        }
        Ok(None)
    }
}
