//! Objects that can be fetched again by ID.

use async_graphql::{Context, ID, Interface, ServerResult};

use super::{AuditEntry, Video};
use crate::domain::{AuditEntryId, VideoId};
use crate::graphql::error::ApiError;
use crate::graphql::execution::direct::{JsonText, Plan, Resolved, Selected, WriteJson};
use crate::graphql::schema::scope::Scope;

/// An object with a globally unique ID, re-fetchable through `Query.node`.
#[derive(Interface)]
#[graphql(field(
    name = "id",
    method = "node_id",
    ty = "ID",
    desc = "Globally unique and permanent ID."
))]
pub enum Node {
    /// A video.
    Video(Video),
    /// A recorded change.
    AuditEntry(AuditEntry),
}

impl Node {
    /// The object with this ID; none if there is none or the ID is malformed.
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

impl WriteJson for Node {
    fn plan(selected: Selected<'_>) -> Plan {
        Plan::OneOf(vec![Video::plan(selected), AuditEntry::plan(selected)])
    }

    async fn wait(&self, plan: &Plan, ctx: &Context<'_>) -> ServerResult<Resolved> {
        match self {
            Self::Video(video) => video.wait(plan.of_type(0), ctx).await,
            Self::AuditEntry(entry) => entry.wait(plan.of_type(1), ctx).await,
        }
    }

    fn write(&self, plan: &Plan, waited: &Resolved, text: &mut JsonText<'_>) {
        match self {
            Self::Video(video) => video.write(plan.of_type(0), waited, text),
            Self::AuditEntry(entry) => entry.write(plan.of_type(1), waited, text),
        }
    }
}
