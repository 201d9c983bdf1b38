//! Past versions of videos as the API shows them.

use async_graphql::{Context, ID};

use super::entities::{AuditEntry, Video, VideoSnapshot};
use super::video_record::{self, video_record};
use crate::domain::{AuditEntryId, VideoId};
use crate::graphql::error::ApiError;
use crate::graphql::execution::direct::{Direct, LazyScalar};
use crate::graphql::schema::entity_id::{EntityId, SnapshotId};
use crate::graphql::schema::list_size::list_sizes;
use crate::graphql::schema::scope::Scope;

video_record!(
    impl VideoSnapshot {
        /// The video's ID, an at sign and the version, e.g. `c78bce5b-65ee-4465-bf77-675b13c4be39@3`.
        fn id(&self) -> ID {
            SnapshotId(self.state()).to_public()
        }

        /// The video's ID.
        fn video_id(&self) -> LazyScalar<VideoId> {
            LazyScalar(self.0.id)
        }
    },
    impl VideoSnapshot {
        /// The change that led to this version.
        async fn audit_entry(&self, ctx: &Context<'_>) -> Result<Direct<AuditEntry>, ApiError> {
            let entry = Scope::of(ctx).loaders.entry(self.state()).await?;
            let entry = entry.ok_or_else(|| ApiError::internal("a version has no entry in the log"));
            entry.map(AuditEntry).map(Direct)
        }

        /// The video as it is now; null once it is deleted.
        async fn current_video(
            &self,
            ctx: &Context<'_>,
        ) -> Option<Result<Direct<Video>, ApiError>> {
            let found = Scope::of(ctx).loaders.video(self.0.id).await;
            found.transpose().map(|found| found.map(Video).map(Direct))
        }
    }
);

list_sizes!(VideoSnapshot {
    STREAMS: streams = video_record::STREAMS;
    CHAPTERS: chapters = video_record::CHAPTERS;
});

impl VideoSnapshot {
    /// The change after which the video was in this state.
    fn state(&self) -> AuditEntryId {
        AuditEntryId { entity_id: self.0.id, version: self.0.version }
    }

    /// `id`, in the form that an interface requires.
    pub(super) async fn node_id(&self, _: &Context<'_>) -> Result<ID, ApiError> {
        Ok(SnapshotId(self.state()).to_public())
    }
}
