//! Results of mutations about scans and missing videos.

use async_graphql::{Description, ID, Object, SimpleObject};

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
    /// Their number.
    pub count: usize,
    /// Whether more are left.
    pub has_more: bool,
    /// What carries it out.
    pub plan: String,
    /// Whether it was carried out, and of which videos.
    pub deletion: Deletion,
}

/// Whether a deletion was carried out.
pub enum Deletion {
    /// It would delete these videos; no more than can be asked for.
    Planned(Vec<Video>),
    /// These were deleted, by this request.
    CarriedOut {
        /// The videos.
        ids: Vec<domain::VideoId>,
        /// The request.
        request_id: String,
    },
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
            matches!(self.deletion(), Some(Deletion::CarriedOut { .. }))
        }

        /// Number of videos that were deleted, or would be; null if there are errors.
        fn count(&self) -> Option<i32> {
            self.outcome.as_ref().and_then(|outcome| i32::try_from(outcome.count).ok())
        }

        /// What a dry run would delete; empty otherwise.
        async fn videos(
            &self,
            #[graphql(default = 100, desc = "0 to 100.")] first: i32,
        ) -> Result<Direct<Vec<&Video>>, ApiError> {
            let limit = Self::VIDEOS.limit("first", first)?;
            Ok(Direct(match self.deletion() {
                Some(Deletion::Planned(videos)) => videos.iter().take(limit).collect(),
                _ => Vec::new(),
            }))
        }

        /// Empty for a dry run.
        fn deleted_video_ids(&self) -> Vec<LazyScalar<domain::VideoId>> {
            match self.deletion() {
                Some(Deletion::CarriedOut { ids, .. }) => {
                    ids.iter().copied().map(LazyScalar).collect()
                }
                _ => Vec::new(),
            }
        }

        /// Whether more are left: at most --max-missing-deletions (10,000) go at once, the longest missing first, ties by ID.
        fn has_more(&self) -> bool {
            self.outcome.as_ref().is_some_and(|outcome| outcome.has_more)
        }

        /// What carries out this dry run; null if it was carried out, or if there are errors.
        fn plan(&self) -> Option<&str> {
            let outcome = self.outcome.as_ref()?;
            matches!(outcome.deletion, Deletion::Planned(_)).then_some(outcome.plan.as_str())
        }

        /// The `requestId` of the audit entries; null for a dry run.
        fn request_id(&self) -> Option<&str> {
            match self.deletion()? {
                Deletion::CarriedOut { request_id, .. } => Some(request_id),
                Deletion::Planned(_) => None,
            }
        }

        /// Errors that the caller can fix; empty on success.
        fn user_errors(&self) -> Vec<&UserError> {
            self.user_errors.iter().collect()
        }
    }
);

impl DeleteMissingVideosPayload {
    /// The most videos that are shown.
    pub const MAX_SHOWN: usize = 100;

    fn deletion(&self) -> Option<&Deletion> {
        self.outcome.as_ref().map(|outcome| &outcome.deletion)
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
