//! The root of all mutations.
//!
//! A field is an `Option` of a `Result`, in this order, so that a failure makes only the field
//! null; a failed `Result` would make the whole response null.

use std::slice::from_ref;

use async_graphql::{Context, Description, Object};

use super::inputs::{
    AddVideoInput, AddVideosInput, CancelScanInput, ConfirmScanInput, DeleteMissingVideosInput,
    DeleteVideoInput, DeleteVideosInput, InvalidUpdate, InvalidVideos, MergeMovedVideoInput,
    RestoreVideoInput, ScanLibraryInput, UndoRequestInput, UpdateVideoInput, UpdateVideosInput,
};
use super::list_size::{ListSize, list_sizes};
use super::scope::Scope;
use super::types::bulk_payloads::{DeleteVideosPayload, UpdateVideosPayload};
use super::types::payloads::{
    AddVideoPayload, AddVideosPayload, DeleteVideoPayload, RestoreVideoPayload, UpdateVideoPayload,
};
use super::types::scan_payloads::{
    CancelScanPayload, ConfirmScanPayload, DeleteMissingVideosPayload, MergeMovedVideoPayload,
    ScanLibraryPayload,
};
use super::types::undo_payload::UndoRequestPayload;
use super::types::{UserError, Video};
use super::{bulk, missing_videos, restoring, scan_mutations, undoing};
use crate::graphql::error::ApiError;
use crate::graphql::execution::direct::{Direct, direct};
use crate::repository::{Conflict, OnConflict, RepositoryError};

/// Each field is null, beside an entry in `errors`, only where the server itself failed, so that one
/// failure does not hide what the others in the same request did.
#[derive(Description)]
pub struct Mutation;

list_sizes!(Mutation {
    ADD_VIDEOS: addVideos = ListSize::EachOf { argument: &["input", "videos"], more: 0 };
    // Each of the IDs can be wrong, and each value.
    UPDATE_VIDEOS: updateVideos =
        ListSize::EachOf { argument: &["input", "select", "ids"], more: UserError::PER_VIDEO };
    DELETE_VIDEOS: deleteVideos = ListSize::EachOf { argument: &["input", "select", "ids"], more: 0 };
});

direct!(
    #[Object(use_type_description)]
    impl Mutation {
        /// A repeated request with the same ID and the same values succeeds again and adds nothing.
        async fn add_video(
            &self,
            ctx: &Context<'_>,
            #[graphql(desc = "The video to add.")] input: AddVideoInput,
        ) -> Option<Result<Direct<AddVideoPayload>, ApiError>> {
            Some(add_video(Scope::of(ctx), input).await.map(Direct))
        }

        /// All of them or none; at most 1,000 at once.
        async fn add_videos(
            &self,
            ctx: &Context<'_>,
            #[graphql(desc = "The videos to add.")] input: AddVideosInput,
        ) -> Option<Result<Direct<AddVideosPayload>, ApiError>> {
            Some(add_videos(Scope::of(ctx), input).await.map(Direct))
        }

        /// Updates the given fields of a video; all others stay as they are.
        async fn update_video(
            &self,
            ctx: &Context<'_>,
            #[graphql(desc = "The video and its new values.")] input: UpdateVideoInput,
        ) -> Option<Result<Direct<UpdateVideoPayload>, ApiError>> {
            Some(update_video(Scope::of(ctx), input).await.map(Direct))
        }

        /// Deletes the record of a video. Its history and the file itself are kept.
        async fn delete_video(
            &self,
            ctx: &Context<'_>,
            #[graphql(desc = "ID of the video.")] input: DeleteVideoInput,
        ) -> Option<Result<Direct<DeleteVideoPayload>, ApiError>> {
            Some(delete_video(Scope::of(ctx), input).await.map(Direct))
        }

        /// Gives a video the values that it had at a version; brings it back, with its ID, where it was deleted.
        async fn restore_video(
            &self,
            ctx: &Context<'_>,
            #[graphql(desc = "The video and the version.")] input: RestoreVideoInput,
        ) -> Option<Result<Direct<RestoreVideoPayload>, ApiError>> {
            Some(restoring::restore(Scope::of(ctx), input).await.map(Direct))
        }

        /// Changes many videos in the same way, in one transaction. A dry run returns what would change, and the `plan`.
        async fn update_videos(
            &self,
            ctx: &Context<'_>,
            #[graphql(desc = "Which videos, and their new values.")] input: UpdateVideosInput,
        ) -> Option<Result<Direct<UpdateVideosPayload>, ApiError>> {
            Some(bulk::update(Scope::of(ctx), input).await.map(Direct))
        }

        /// Deletes many videos in one transaction. A dry run returns what would go, and the `plan`.
        async fn delete_videos(
            &self,
            ctx: &Context<'_>,
            #[graphql(desc = "Which videos.")] input: DeleteVideosInput,
        ) -> Option<Result<Direct<DeleteVideosPayload>, ApiError>> {
            Some(bulk::delete(Scope::of(ctx), input).await.map(Direct))
        }

        /// Takes back every change that one request made, in one transaction. A field whose value is no longer the one
        /// that the request left is a conflict: it is never overwritten unless asked for. A dry run returns the
        /// `plan`. An undo is a request of its own and can be undone. The request of a scan cannot: the next scan would
        /// repeat it.
        async fn undo_request(
            &self,
            ctx: &Context<'_>,
            #[graphql(desc = "The request, and what is done about conflicts.")]
            input: UndoRequestInput,
        ) -> Option<Result<Direct<UndoRequestPayload>, ApiError>> {
            Some(undoing::undo(Scope::of(ctx), input).await.map(Direct))
        }

        /// Queues a scan; for editors, as the next two. One that is already queued for the same root and paths is
        /// returned instead.
        async fn scan_library(
            &self,
            ctx: &Context<'_>,
            #[graphql(desc = "What to scan.")] input: ScanLibraryInput,
        ) -> Option<Result<Direct<ScanLibraryPayload>, ApiError>> {
            Some(scan_mutations::scan(Scope::of(ctx), input).await.map(Direct))
        }

        /// Stops a scan. What it has done so far stays.
        async fn cancel_scan(
            &self,
            ctx: &Context<'_>,
            #[graphql(desc = "The scan to stop.")] input: CancelScanInput,
        ) -> Option<Result<Direct<CancelScanPayload>, ApiError>> {
            Some(scan_mutations::cancel(Scope::of(ctx), input).await.map(Direct))
        }

        /// Scans again and marks what a job in NEEDS_CONFIRMATION held back.
        async fn confirm_scan(
            &self,
            ctx: &Context<'_>,
            #[graphql(desc = "The scan, and what it held back.")] input: ConfirmScanInput,
        ) -> Option<Result<Direct<ConfirmScanPayload>, ApiError>> {
            Some(scan_mutations::confirm(Scope::of(ctx), input).await.map(Direct))
        }

        /// Deletes the records of missing videos; for admins. It never touches a file. A dry run returns what would go,
        /// and the `plan` that carries it out.
        async fn delete_missing_videos(
            &self,
            ctx: &Context<'_>,
            #[graphql(desc = "Which missing videos.")] input: DeleteMissingVideosInput,
        ) -> Option<Result<Direct<DeleteMissingVideosPayload>, ApiError>> {
            Some(missing_videos::delete(Scope::of(ctx), input).await.map(Direct))
        }

        /// Joins a missing video with the one that was added when its file turned up elsewhere: the first keeps
        /// its ID and history and takes over the path, the second is deleted. For editors.
        async fn merge_moved_video(
            &self,
            ctx: &Context<'_>,
            #[graphql(desc = "The two videos.")] input: MergeMovedVideoInput,
        ) -> Option<Result<Direct<MergeMovedVideoPayload>, ApiError>> {
            Some(missing_videos::merge(Scope::of(ctx), input).await.map(Direct))
        }
    }
);

async fn add_video(scope: &Scope, input: AddVideoInput) -> Result<AddVideoPayload, ApiError> {
    let video = match input.parse(input_path(), scope.ids()) {
        Ok(video) => video,
        Err(invalid) => {
            let invalid = InvalidVideos::one(*invalid);
            let errors = with_conflicts(scope, invalid, |_| input_path()).await?;
            return Ok(AddVideoPayload::refused(errors));
        }
    };
    let written = scope.repository().insert(video, scope.attribution()).await;
    scope.note(written.as_ref().map(from_ref));
    match written {
        Ok(written) => Ok(written.into()),
        Err(error) => Ok(AddVideoPayload::refused(UserError::all_of(error, |_| input_path())?)),
    }
}

async fn add_videos(scope: &Scope, input: AddVideosInput) -> Result<AddVideosPayload, ApiError> {
    let refused = |user_errors| AddVideosPayload { user_errors, ..Default::default() };
    let videos = match input.parse(scope.ids()) {
        Ok(videos) => videos,
        Err(invalid) => {
            return Ok(refused(with_conflicts(scope, invalid, AddVideosInput::path_to).await?));
        }
    };
    let by = scope.attribution();
    let written = scope.repository().insert_many(videos, OnConflict::Fail, by).await;
    scope.note(written.as_deref());
    match written {
        Ok(written) => {
            let videos = written.into_iter().map(|written| Video(written.video)).collect();
            Ok(AddVideosPayload { videos, ..Default::default() })
        }
        Err(error) => Ok(refused(UserError::all_of(error, AddVideosInput::path_to)?)),
    }
}

/// The errors of videos that cannot be added, video by video: what is invalid, then the conflicts of
/// what is valid.
async fn with_conflicts(
    scope: &Scope,
    invalid: InvalidVideos,
    input_of: impl Fn(usize) -> Vec<String>,
) -> Result<Vec<UserError>, ApiError> {
    let InvalidVideos { mut faults, claims } = invalid;
    if claims.iter().any(|claim| claim.id().is_some() || claim.path().is_some()) {
        match scope.repository().check_insert(claims, scope.attribution()).await {
            Ok(()) => {}
            Err(RepositoryError::Conflicts(conflicts)) => {
                for Conflict { index, taken } in conflicts {
                    faults[index].push(UserError::taken(&taken, input_of(index)));
                }
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(faults.into_iter().flatten().collect())
}

async fn update_video(
    scope: &Scope,
    input: UpdateVideoInput,
) -> Result<UpdateVideoPayload, ApiError> {
    let update = match input.parse() {
        Ok(update) => update,
        Err(invalid) => return invalid_update(scope, invalid).await,
    };
    let by = scope.attribution();
    let written =
        scope.repository().update(update.id, update.patch, update.expected_version, by).await;
    scope.note(written.as_ref().map(from_ref));
    match written {
        Ok(written) => Ok(written.into()),
        Err(error) => refused_update(Vec::new(), error),
    }
}

/// The payload of an update that is not valid.
async fn invalid_update(
    scope: &Scope,
    invalid: InvalidUpdate,
) -> Result<UpdateVideoPayload, ApiError> {
    let InvalidUpdate { faults, id, path, expected_version } = invalid;
    let Some(id) = id else {
        return Ok(UpdateVideoPayload { user_errors: faults, ..Default::default() });
    };
    let by = scope.attribution();
    match scope.repository().check_update(id, path, expected_version, by).await {
        Ok(video) => Ok(UpdateVideoPayload {
            video: Some(Video(video)),
            user_errors: faults,
            ..Default::default()
        }),
        Err(error) => refused_update(faults, error),
    }
}

/// The payload of an update that a store has refused, after the faults of its input.
fn refused_update(
    mut user_errors: Vec<UserError>,
    error: RepositoryError,
) -> Result<UpdateVideoPayload, ApiError> {
    let video = match &error {
        RepositoryError::UpdateConflict(conflict) => conflict.video.clone().map(Video),
        _ => None,
    };
    user_errors.extend(UserError::all_of(error, |_| input_path())?);
    Ok(UpdateVideoPayload { video, user_errors, ..Default::default() })
}

async fn delete_video(
    scope: &Scope,
    input: DeleteVideoInput,
) -> Result<DeleteVideoPayload, ApiError> {
    let refused = |user_errors| DeleteVideoPayload { user_errors, ..Default::default() };
    let (id, expected_version) = match input.parse() {
        Ok(deletion) => deletion,
        // It has the same conflicts as an update without a path.
        Err(invalid) => return Ok(refused(invalid_update(scope, invalid).await?.user_errors)),
    };
    let written = scope.repository().delete(id, expected_version, scope.attribution()).await;
    scope.note(written.as_ref().map(from_ref));
    match written {
        Ok(written) => Ok(written.into()),
        Err(error) => Ok(refused(UserError::all_of(error, |_| input_path())?)),
    }
}

fn input_path() -> Vec<String> {
    vec!["input".to_owned()]
}
