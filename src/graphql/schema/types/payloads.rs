//! Results of mutations.

use async_graphql::{Description, ID, Object, SimpleObject};

use super::{AuditEntry, UserError, Video, VideoListing};
use crate::domain::VideoFilter;
use crate::graphql::error::ApiError;
use crate::graphql::execution::direct::{Direct, direct};
use crate::graphql::schema::connection::{Edge, Listing};
use crate::graphql::schema::inputs::VideoOrder;
use crate::graphql::schema::list_size::{ListSize, list_sizes};
use crate::repository::Written;

/// Result of `addVideo`.
#[derive(Default, Description)]
pub struct AddVideoPayload {
    video: Option<Video>,
    audit_entry: Option<AuditEntry>,
    user_errors: Vec<UserError>,
}

list_sizes!(AddVideoPayload {
    USER_ERRORS: userErrors = ListSize::AtMost(UserError::PER_VIDEO);
});

direct!(
    #[Object(use_type_description)]
    impl AddVideoPayload {
        /// The video that was added or already existed; null if there are errors.
        fn video(&self) -> Option<&Video> {
            self.video.as_ref()
        }

        /// The new video's edge in a list of this order, for clients that keep lists by edges.
        async fn video_edge(
            &self,
            #[graphql(desc = "Sort keys; newest first if omitted or empty.")] order_by: Option<
                Vec<VideoOrder>,
            >,
        ) -> Option<Result<Direct<Edge<'_, Video>>, ApiError>> {
            let row = self.video.as_ref()?;
            Some(VideoOrder::parse(order_by.unwrap_or_default()).map(|order| {
                let listing = VideoListing { filter: VideoFilter::everything(), order };
                Direct(Edge { row, listing: Listing::Own(Box::new(listing)) })
            }))
        }

        /// The audit entry of the addition; null if nothing was added.
        fn audit_entry(&self) -> Option<&AuditEntry> {
            self.audit_entry.as_ref()
        }

        /// Errors that the caller can fix; empty on success.
        fn user_errors(&self) -> Vec<&UserError> {
            self.user_errors.iter().collect()
        }
    }
);

impl AddVideoPayload {
    /// That nothing was added, for these reasons.
    pub fn refused(user_errors: Vec<UserError>) -> Self {
        Self { user_errors, ..Self::default() }
    }
}

list_sizes!(AddVideosPayload {
    VIDEOS: videos = ListSize::AsRequested;
    USER_ERRORS: userErrors = ListSize::AsRequested;
});

direct!(
    /// Result of `addVideos`.
    #[derive(Default, SimpleObject)]
    pub struct AddVideosPayload {
        /// In the order of the input; empty when there are errors.
        pub videos: Vec<Video>,
        /// Errors that the caller can fix; empty on success.
        pub user_errors: Vec<UserError>,
    }
);

list_sizes!(UpdateVideoPayload {
    USER_ERRORS: userErrors = ListSize::AtMost(UserError::PER_VIDEO);
});

direct!(
    /// An update that changes nothing succeeds, leaves `version` as it is and has no audit entry.
    #[derive(Default, SimpleObject)]
    pub struct UpdateVideoPayload {
        /// After the update; where there are errors, the video as it stands, null where there is none.
        pub video: Option<Video>,
        /// The audit entry of the change; null if nothing changed.
        pub audit_entry: Option<AuditEntry>,
        /// Errors that the caller can fix; empty on success.
        pub user_errors: Vec<UserError>,
    }
);

list_sizes!(RestoreVideoPayload {
    USER_ERRORS: userErrors = ListSize::AtMost(UserError::PER_VIDEO);
});

direct!(
    /// Result of `restoreVideo`. Where the video has the values already, nothing changes, as in an update.
    #[derive(Default, SimpleObject)]
    pub struct RestoreVideoPayload {
        /// After the restoration; where there are errors, the video as it stands, null where there is none.
        pub video: Option<Video>,
        /// The audit entry of the change; null if nothing changed.
        pub audit_entry: Option<AuditEntry>,
        /// Errors that the caller can fix; empty on success.
        pub user_errors: Vec<UserError>,
    }
);

list_sizes!(DeleteVideoPayload {
    USER_ERRORS: userErrors = ListSize::AtMost(UserError::PER_VIDEO);
});

direct!(
    /// Result of `deleteVideo`.
    #[derive(Default, SimpleObject)]
    pub struct DeleteVideoPayload {
        /// The ID of the deleted video; null if there are errors.
        pub deleted_video_id: Option<ID>,
        /// The audit entry of the deletion; null if there are errors.
        pub audit_entry: Option<AuditEntry>,
        /// Errors that the caller can fix; empty on success.
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

impl From<Written> for RestoreVideoPayload {
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
