//! Results of mutations about scans and missing videos.

use async_graphql::{Description, ID, Object, SimpleObject};

use super::bulk_payloads::{BulkOutcome, PlanState};
use super::{AuditEntry, ScanJob, UserError, Video};
use crate::domain;
use crate::graphql::error::ApiError;
use crate::graphql::execution::direct::{Direct, LazyScalar, direct};
use crate::graphql::schema::list_size::{ListSize, list_sizes};

list_sizes!(ScanLibraryPayload {
    // Each of the folders can be wrong.
    USER_ERRORS: userErrors = ListSize::AtMost(domain::catalogue::ScanOrder::MAX_PATHS);
});

direct!(
    /// Result of `scanLibrary`.
    #[derive(Default, SimpleObject)]
    pub struct ScanLibraryPayload {
        /// The scan, which is queued; null if there are errors.
        pub job: Option<ScanJob>,
        /// Errors that the caller can fix; empty on success.
        pub user_errors: Vec<UserError>,
    }
);

list_sizes!(CancelScanPayload {
    USER_ERRORS: userErrors = ListSize::AtMost(1);
});

direct!(
    /// Result of `cancelScan`.
    #[derive(Default, SimpleObject)]
    pub struct CancelScanPayload {
        /// The scan; a running one ends a little later. Where there are errors, the scan as it stands, null where there
        /// is none.
        pub job: Option<ScanJob>,
        /// Errors that the caller can fix; empty on success.
        pub user_errors: Vec<UserError>,
    }
);

list_sizes!(ConfirmScanPayload {
    USER_ERRORS: userErrors = ListSize::AtMost(1);
});

direct!(
    /// Result of `confirmScan`.
    #[derive(Default, SimpleObject)]
    pub struct ConfirmScanPayload {
        /// The new scan, which is queued; null if there are errors.
        pub job: Option<ScanJob>,
        /// Errors that the caller can fix; empty on success.
        pub user_errors: Vec<UserError>,
    }
);

/// Result of `deleteMissingVideos`.
#[derive(Default, Description)]
pub struct DeleteMissingVideosPayload {
    /// What was deleted, or would be.
    pub outcome: Option<DeletionOutcome>,
    /// Why nothing was.
    pub user_errors: Vec<UserError>,
}

/// Missing videos that were deleted, or would be.
pub struct DeletionOutcome {
    /// The videos, as they were.
    pub deletion: BulkOutcome<Video>,
    /// Whether more are left.
    pub has_more: bool,
}

list_sizes!(DeleteMissingVideosPayload {
    VIDEOS: videos = ListSize::First(100);
    DELETED_VIDEO_IDS: deletedVideoIds = ListSize::AtMost(100_000);
    USER_ERRORS: userErrors = ListSize::AtMost(1);
});

direct!(
    #[Object(use_type_description)]
    impl DeleteMissingVideosPayload {
        /// Whether it was carried out.
        fn applied(&self) -> bool {
            self.state().is_some_and(PlanState::is_carried_out)
        }

        /// Number of videos that were deleted, or would be; null if there are errors.
        fn count(&self) -> Option<i32> {
            self.outcome.as_ref().and_then(|outcome| outcome.deletion.count())
        }

        /// What a dry run would delete; empty otherwise.
        async fn videos(
            &self,
            #[graphql(default = 100, desc = "0 to 100.")] first: i32,
        ) -> Result<Direct<Vec<&Video>>, ApiError> {
            let limit = Self::VIDEOS.limit("first", first)?;
            let planned = self.outcome.iter().flat_map(|it| it.deletion.shown_if(false));
            Ok(Direct(planned.take(limit).collect()))
        }

        /// Empty for a dry run.
        fn deleted_video_ids(&self) -> Vec<LazyScalar<domain::VideoId>> {
            let deleted = self.outcome.iter().flat_map(|it| it.deletion.shown_if(true));
            deleted.map(|video| LazyScalar(video.0.id)).collect()
        }

        /// Whether more are left: at most --max-missing-deletions (10,000) go at once, the longest missing first, ties by ID.
        fn has_more(&self) -> bool {
            self.outcome.as_ref().is_some_and(|outcome| outcome.has_more)
        }

        /// What carries out this dry run; null if it was carried out, or if there are errors.
        fn plan(&self) -> Option<&str> {
            self.state()?.plan()
        }

        /// The `requestId` of the audit entries; null for a dry run.
        fn request_id(&self) -> Option<&str> {
            self.state()?.request_id()
        }

        /// Errors that the caller can fix; empty on success.
        fn user_errors(&self) -> Vec<&UserError> {
            self.user_errors.iter().collect()
        }
    }
);

impl DeleteMissingVideosPayload {
    fn state(&self) -> Option<&PlanState> {
        self.outcome.as_ref().map(|outcome| &outcome.deletion.state)
    }
}

list_sizes!(MergeMovedVideoPayload {
    USER_ERRORS: userErrors = ListSize::AtMost(2);
});

direct!(
    /// Result of `mergeMovedVideo`.
    #[derive(Default, SimpleObject)]
    pub struct MergeMovedVideoPayload {
        /// The video, which is not missing any more; null if there are errors.
        pub video: Option<Video>,
        /// The audit entry of its change; null if there are errors.
        pub audit_entry: Option<AuditEntry>,
        /// The ID of the video that was deleted; null if there are errors.
        pub deleted_video_id: Option<ID>,
        /// Errors that the caller can fix; empty on success.
        pub user_errors: Vec<UserError>,
    }
);
