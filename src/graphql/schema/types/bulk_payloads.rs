//! Results of mutations that change many videos.

use async_graphql::{Description, Object};

use super::audit_entry::FieldChange;
use super::{UserError, Video};
use crate::domain::{self, VideoId};
use crate::graphql::error::ApiError;
use crate::graphql::execution::direct::{Direct, LazyScalar, direct};
use crate::graphql::schema::list_size::{ListSize, list_sizes};

/// How far a plan has come.
pub enum PlanState {
    /// A dry run has planned it, and returns what stands for it.
    Planned(String),
    /// It was carried out.
    CarriedOut {
        /// The request that carried it out, if it changed anything.
        request_id: Option<String>,
    },
}

impl PlanState {
    /// It was carried out by this request, on so many videos.
    pub fn carried_out(request_id: &str, count: usize) -> Self {
        Self::CarriedOut { request_id: (count > 0).then(|| request_id.to_owned()) }
    }

    /// Whether it was carried out.
    pub fn is_carried_out(&self) -> bool {
        matches!(self, Self::CarriedOut { .. })
    }

    /// What carries it out, if it is not yet.
    pub fn plan(&self) -> Option<&str> {
        match self {
            Self::Planned(plan) => Some(plan),
            Self::CarriedOut { .. } => None,
        }
    }

    /// The request that carried it out, if it changed anything.
    pub fn request_id(&self) -> Option<&str> {
        match self {
            Self::Planned(_) => None,
            Self::CarriedOut { request_id } => request_id.as_deref(),
        }
    }
}

/// What was done with many videos, or would be.
pub struct BulkOutcome<T> {
    /// How many videos change.
    pub count: usize,
    /// What is shown of them.
    pub shown: Vec<T>,
    /// Whether it was carried out.
    pub state: PlanState,
}

impl<T> BulkOutcome<T> {
    /// What is shown if it was carried out, or if it was not.
    pub fn shown_if(&self, is_carried_out: bool) -> impl Iterator<Item = &T> {
        let is_shown = self.state.is_carried_out() == is_carried_out;
        self.shown.iter().filter(move |_| is_shown)
    }

    /// The number of videos, as the API has it.
    pub fn count(&self) -> Option<i32> {
        i32::try_from(self.count).ok()
    }
}

/// What would change in one video.
#[derive(Description)]
pub struct PlannedChange {
    /// The video as it is now.
    pub video: Video,
    /// What would change, or has changed.
    pub changes: Vec<domain::FieldChange>,
}

list_sizes!(PlannedChange {
    // As many fields as a patch has.
    CHANGES: changes = ListSize::AtMost(9);
});

direct!(
    #[Object(use_type_description)]
    impl PlannedChange {
        /// ID of the video.
        fn video_id(&self) -> LazyScalar<VideoId> {
            LazyScalar(self.video.0.id)
        }

        /// As it is now.
        fn current_video(&self) -> Option<&Video> {
            Some(&self.video)
        }

        /// What would change, in the order of the Video type; once it was carried out, what has changed.
        fn changes(&self) -> Vec<FieldChange<'_>> {
            self.changes.iter().map(Into::into).collect()
        }
    }
);

/// Result of `updateVideos`.
#[derive(Description)]
pub struct UpdateVideosPayload {
    /// What has changed, or would; not all of it is shown.
    pub outcome: Option<BulkOutcome<PlannedChange>>,
    /// Why nothing has.
    pub user_errors: Vec<UserError>,
}

list_sizes!(UpdateVideosPayload {
    ITEMS: items = ListSize::First(1000);
    VIDEOS: videos = ListSize::First(1000);
    USER_ERRORS: userErrors = ListSize::AsRequested;
});

direct!(
    #[Object(use_type_description)]
    impl UpdateVideosPayload {
        /// Whether it was carried out.
        fn applied(&self) -> bool {
            self.state().is_some_and(PlanState::is_carried_out)
        }

        /// How many videos change; those that have the values already do not count. Null if there are errors.
        fn count(&self) -> Option<i32> {
            self.outcome.as_ref().and_then(BulkOutcome::count)
        }

        /// 1,000 at most.
        async fn items(
            &self,
            #[graphql(default = 100, desc = "0 to 1,000.")] first: i32,
        ) -> Result<Direct<Vec<&PlannedChange>>, ApiError> {
            let limit = Self::ITEMS.limit("first", first)?;
            let items = self.outcome.iter().flat_map(|outcome| &outcome.shown);
            Ok(Direct(items.take(limit).collect()))
        }

        /// After the change, 1,000 at most; empty for a dry run.
        async fn videos(
            &self,
            #[graphql(default = 100, desc = "0 to 1,000.")] first: i32,
        ) -> Result<Direct<Vec<&Video>>, ApiError> {
            let limit = Self::VIDEOS.limit("first", first)?;
            let changed = self.outcome.iter().flat_map(|outcome| outcome.shown_if(true));
            Ok(Direct(changed.take(limit).map(|item| &item.video).collect()))
        }

        /// What carries out this dry run; null if it was carried out, or if there are errors.
        fn plan(&self) -> Option<&str> {
            self.state()?.plan()
        }

        /// The `requestId` of the audit entries; null for a dry run, and if nothing changed.
        fn request_id(&self) -> Option<&str> {
            self.state()?.request_id()
        }

        /// Errors that the caller can fix; empty on success.
        fn user_errors(&self) -> Vec<&UserError> {
            self.user_errors.iter().collect()
        }
    }
);

impl UpdateVideosPayload {
    /// The most changes that are shown.
    pub const MAX_SHOWN: usize = 1000;

    fn state(&self) -> Option<&PlanState> {
        self.outcome.as_ref().map(|outcome| &outcome.state)
    }
}

/// Result of `deleteVideos`.
#[derive(Description)]
pub struct DeleteVideosPayload {
    /// The videos that were deleted, or would be, as they were.
    pub outcome: Option<BulkOutcome<Video>>,
    /// Why none was.
    pub user_errors: Vec<UserError>,
}

list_sizes!(DeleteVideosPayload {
    VIDEOS: videos = ListSize::First(1000);
    DELETED_VIDEO_IDS: deletedVideoIds = ListSize::AtMost(100_000);
    USER_ERRORS: userErrors = ListSize::AsRequested;
});

direct!(
    #[Object(use_type_description)]
    impl DeleteVideosPayload {
        /// Whether it was carried out.
        fn applied(&self) -> bool {
            self.state().is_some_and(PlanState::is_carried_out)
        }

        /// Number of videos that were deleted, or would be; null if there are errors.
        fn count(&self) -> Option<i32> {
            self.outcome.as_ref().and_then(BulkOutcome::count)
        }

        /// What a dry run would delete, 1,000 at most; empty otherwise.
        async fn videos(
            &self,
            #[graphql(default = 100, desc = "0 to 1,000.")] first: i32,
        ) -> Result<Direct<Vec<&Video>>, ApiError> {
            let limit = Self::VIDEOS.limit("first", first)?;
            let planned = self.outcome.iter().flat_map(|outcome| outcome.shown_if(false));
            Ok(Direct(planned.take(limit).collect()))
        }

        /// Empty for a dry run.
        fn deleted_video_ids(&self) -> Vec<LazyScalar<VideoId>> {
            let deleted = self.outcome.iter().flat_map(|outcome| outcome.shown_if(true));
            deleted.map(|video| LazyScalar(video.0.id)).collect()
        }

        /// What carries out this dry run; null if it was carried out, or if there are errors.
        fn plan(&self) -> Option<&str> {
            self.state()?.plan()
        }

        /// The `requestId` of the audit entries; null for a dry run, and if nothing changed.
        fn request_id(&self) -> Option<&str> {
            self.state()?.request_id()
        }

        /// Errors that the caller can fix; empty on success.
        fn user_errors(&self) -> Vec<&UserError> {
            self.user_errors.iter().collect()
        }
    }
);

impl DeleteVideosPayload {
    fn state(&self) -> Option<&PlanState> {
        self.outcome.as_ref().map(|outcome| &outcome.state)
    }
}
