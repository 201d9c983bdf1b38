//! The result of `undoRequest`.

use async_graphql::{Description, Enum, Object};

use super::audit_entry::FieldChange;
use super::bulk_payloads::PlanState;
use super::{AuditEntry, UserError, Video};
use crate::domain::{self, VideoField, VideoId};
use crate::graphql::error::ApiError;
use crate::graphql::execution::direct::{Direct, LazyScalar, direct};
use crate::graphql::schema::list_size::{ListSize, list_sizes};

/// Result of `undoRequest`. UNDO_CONFLICT has `items` as well, which show what would be undone with KEEP_LATER.
#[derive(Default, Description)]
pub struct UndoRequestPayload {
    /// How many videos change; none if nothing can be undone.
    pub count: Option<usize>,
    /// How many videos have conflicts; none if no undo could be planned.
    pub conflict_count: Option<usize>,
    /// What is done to each video; no more than can be asked for.
    pub items: Vec<UndoItem>,
    /// Whether it was carried out; none if no undo could be planned.
    pub state: Option<PlanState>,
    /// Why nothing was undone.
    pub user_errors: Vec<UserError>,
}

list_sizes!(UndoRequestPayload {
    ITEMS: items = ListSize::First(1000);
    USER_ERRORS: userErrors = ListSize::AtMost(1);
});

direct!(
    #[Object(use_type_description)]
    impl UndoRequestPayload {
        /// Whether it was carried out.
        fn applied(&self) -> bool {
            self.state.as_ref().is_some_and(PlanState::is_carried_out)
        }

        /// How many videos change; null if there are errors.
        fn count(&self) -> Option<i32> {
            self.count.and_then(|count| i32::try_from(count).ok())
        }

        /// How many videos have conflicts, whatever is done about them; null if nothing could be planned.
        fn conflict_count(&self) -> Option<i32> {
            self.conflict_count.and_then(|count| i32::try_from(count).ok())
        }

        /// Those with conflicts first; 1,000 at most.
        async fn items(
            &self,
            #[graphql(default = 100, desc = "0 to 1,000.")] first: i32,
        ) -> Result<Direct<Vec<&UndoItem>>, ApiError> {
            let limit = Self::ITEMS.limit("first", first)?;
            Ok(Direct(self.items.iter().take(limit).collect()))
        }

        /// What carries out this dry run; null if it was carried out, or if there are errors.
        fn plan(&self) -> Option<&str> {
            self.state.as_ref()?.plan()
        }

        /// The `requestId` of the undo itself, by which it can be undone; null for a dry run, and if nothing changed.
        /// It is not the `X-Request-Id` of the request but an ID of its own.
        fn request_id(&self) -> Option<&str> {
            self.state.as_ref()?.request_id()
        }

        /// Errors that the caller can fix; empty on success.
        fn user_errors(&self) -> Vec<&UserError> {
            self.user_errors.iter().collect()
        }
    }
);

impl UndoRequestPayload {
    /// The most items that are shown.
    pub const MAX_SHOWN: usize = 1000;
}

/// What an undo does to one video.
#[derive(Description)]
pub struct UndoItem {
    id: VideoId,
    current_video: Option<Video>,
    action: UndoAction,
    changes: Vec<domain::FieldChange>,
    conflicts: Vec<UndoConflict>,
}

list_sizes!(UndoItem {
    CHANGES: changes = ListSize::AtMost(VideoField::ALL.len());
    CONFLICTS: conflicts = ListSize::AtMost(UndoItem::MAX_CONFLICTS);
});

direct!(
    #[Object(use_type_description)]
    impl UndoItem {
        /// ID of the video.
        fn video_id(&self) -> LazyScalar<VideoId> {
            LazyScalar(self.id)
        }

        /// The video as it is now: before a dry run's changes, or after those that were carried out. Null where it is
        /// deleted.
        fn current_video(&self) -> Option<&Video> {
            self.current_video.as_ref()
        }

        /// What is done to the video.
        fn action(&self) -> UndoAction {
            self.action
        }

        /// What the undo changes, from the present values; without `updatedAt`.
        fn changes(&self) -> Vec<FieldChange<'_>> {
            self.changes.iter().map(Into::into).collect()
        }

        /// 20 at most.
        fn conflicts(&self) -> Vec<&UndoConflict> {
            self.conflicts.iter().collect()
        }
    }
);

impl UndoItem {
    /// The most conflicts that are shown.
    const MAX_CONFLICTS: usize = 20;

    /// An item that is planned.
    pub fn planned(item: &domain::UndoItem) -> Self {
        let conflicts = item.conflicts.iter().take(Self::MAX_CONFLICTS).cloned();
        Self {
            id: item.id,
            current_video: item.present.clone().map(Video),
            action: item.action().into(),
            changes: item.changes(),
            conflicts: conflicts.map(Into::into).collect(),
        }
    }

    /// The same when it is carried out, and the video is this; none if it is deleted.
    pub fn carried_out(&mut self, video: Option<domain::Video>) {
        self.current_video = video.map(Video);
    }

    /// The video.
    pub fn id(&self) -> VideoId {
        self.id
    }
}

direct!(
    /// What an undo does to a video. More values may come.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
    #[graphql(remote = "domain::UndoAction")]
    pub enum UndoAction {
        /// It gets the values that it had.
        Update,
        /// It is deleted.
        Delete,
        /// It is added again, with its ID and its `createdAt`.
        Restore,
        /// It stays as it is.
        Nothing,
    }
);

/// What is in the way of undoing a change.
#[derive(Description)]
pub struct UndoConflict {
    field: Option<&'static str>,
    entry: AuditEntry,
}

direct!(
    #[Object(use_type_description)]
    impl UndoConflict {
        /// Null where the video was deleted or added since.
        fn field(&self) -> Option<&str> {
            self.field
        }

        /// The later change that is in the way: where another video has the path, the one that gave it to that video.
        fn audit_entry(&self) -> &AuditEntry {
            &self.entry
        }
    }
);

impl From<domain::UndoConflict> for UndoConflict {
    fn from(conflict: domain::UndoConflict) -> Self {
        let field = conflict.field.map(VideoField::name);
        Self { field, entry: AuditEntry(conflict.entry) }
    }
}
