//! What the mutations answer.

use async_graphql::{ID, SimpleObject};

use super::{AuditEntry, UserError, Video};
use crate::graphql::direct::direct;
use crate::repository::Written;

direct!(
    /// What became of `addVideo`.
    #[derive(Default, SimpleObject)]
    pub struct AddVideoPayload {
        /// The video that was added, or was there already; null when there are errors.
        pub video: Option<Video>,
        /// The entry that records it; null when nothing was added.
        pub audit_entry: Option<AuditEntry>,
        /// What the caller can mend; empty on success.
        pub user_errors: Vec<UserError>,
    }
);

direct!(
    /// What became of `addVideos`.
    #[derive(Default, SimpleObject)]
    pub struct AddVideosPayload {
        /// In the order of the input; empty when there are errors.
        pub videos: Vec<Video>,
        /// What the caller can mend; empty on success.
        pub user_errors: Vec<UserError>,
    }
);

direct!(
    /// An update that changes nothing succeeds, leaves `version` as it is and has no audit entry.
    #[derive(Default, SimpleObject)]
    pub struct UpdateVideoPayload {
        /// After the update; on VERSION_CONFLICT the video as it stands.
        pub video: Option<Video>,
        /// The entry that records the change; null when nothing changed.
        pub audit_entry: Option<AuditEntry>,
        /// What the caller can mend; empty on success.
        pub user_errors: Vec<UserError>,
    }
);

direct!(
    /// What became of `deleteVideo`.
    #[derive(Default, SimpleObject)]
    pub struct DeleteVideoPayload {
        /// The ID of the video that was deleted; null when there are errors.
        pub deleted_video_id: Option<ID>,
        /// The entry that records the deletion; null when there are errors.
        pub audit_entry: Option<AuditEntry>,
        /// What the caller can mend; empty on success.
        pub user_errors: Vec<UserError>,
    }
);

impl From<Written> for AddVideoPayload {
    fn from(Written { video, entry }: Written) -> Self {
        Self {
            video: Some(Video(video)),
            audit_entry: entry.map(AuditEntry),
            user_errors: Vec::new(),
        }
    }
}

impl From<Written> for UpdateVideoPayload {
    fn from(Written { video, entry }: Written) -> Self {
        Self {
            video: Some(Video(video)),
            audit_entry: entry.map(AuditEntry),
            user_errors: Vec::new(),
        }
    }
}

impl From<Written> for DeleteVideoPayload {
    fn from(Written { video, entry }: Written) -> Self {
        Self {
            deleted_video_id: Some(video.id.into()),
            audit_entry: entry.map(AuditEntry),
            user_errors: Vec::new(),
        }
    }
}
