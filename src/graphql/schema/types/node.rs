//! Objects that can be fetched again by ID.

use async_graphql::{Context, ID, Interface, ServerResult};

use super::{AuditEntry, LibraryRoot, ScanJob, Video, VideoSnapshot};
use crate::domain::catalogue::{RootId, ScanId};
use crate::domain::{AuditEntryId, VideoId};
use crate::graphql::error::ApiError;
use crate::graphql::execution::direct::{JsonText, Plan, Resolved, Selected, WriteJson};
use crate::graphql::schema::entity_id::{EntityId, SnapshotId};
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
    /// A library root.
    LibraryRoot(LibraryRoot),
    /// A scan.
    ScanJob(ScanJob),
    /// A past version of a video.
    VideoSnapshot(VideoSnapshot),
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
        if let Some(SnapshotId(id)) = SnapshotId::from_public(id) {
            let video = scope.loaders.past_video(id).await?;
            return Ok(video.map(|video| Self::VideoSnapshot(VideoSnapshot(video))));
        }
        if let Some(id) = RootId::from_public(id) {
            let root = scope.catalogue_loaders().roots.get(id).await?;
            return Ok(root.map(|root| Self::LibraryRoot(LibraryRoot::seen(scope, root))));
        }
        if let Some(id) = ScanId::from_public(id) {
            let scan = scope.catalogue_loaders().scans.get(id).await?;
            return Ok(scan.map(|scan| Self::ScanJob(ScanJob(scan))));
        }
        Ok(None)
    }
}

impl WriteJson for Node {
    fn plan(selected: Selected<'_>) -> Plan {
        Plan::OneOf(vec![
            Video::plan(selected),
            AuditEntry::plan(selected),
            LibraryRoot::plan(selected),
            ScanJob::plan(selected),
            VideoSnapshot::plan(selected),
        ])
    }

    async fn wait(&self, plan: &Plan, ctx: &Context<'_>) -> ServerResult<Resolved> {
        match self {
            Self::Video(video) => video.wait(plan.of_type(0), ctx).await,
            Self::AuditEntry(entry) => entry.wait(plan.of_type(1), ctx).await,
            Self::LibraryRoot(root) => root.wait(plan.of_type(2), ctx).await,
            Self::ScanJob(scan) => scan.wait(plan.of_type(3), ctx).await,
            Self::VideoSnapshot(video) => video.wait(plan.of_type(4), ctx).await,
        }
    }

    fn write(&self, plan: &Plan, waited: &Resolved, text: &mut JsonText<'_>) {
        match self {
            Self::Video(video) => video.write(plan.of_type(0), waited, text),
            Self::AuditEntry(entry) => entry.write(plan.of_type(1), waited, text),
            Self::LibraryRoot(root) => root.write(plan.of_type(2), waited, text),
            Self::ScanJob(scan) => scan.write(plan.of_type(3), waited, text),
            Self::VideoSnapshot(video) => video.write(plan.of_type(4), waited, text),
        }
    }
}
