//! Changing and deleting many videos at once.

use super::inputs::bulk::values_to_set;
use super::inputs::{DeleteVideosInput, UpdateVideosInput, VideoSelection};
use super::plans::{Refusal, carry_out, is_to_be_carried_out, payload};
use super::scope::Scope;
use super::types::bulk_payloads::{
    BulkOutcome, DeleteVideosPayload, PlanState, PlannedChange, UpdateVideosPayload,
};
use super::types::{UserError, UserErrorCode, Video};
use crate::domain::{self, FieldChange};
use crate::graphql::error::ApiError;
use crate::graphql::execution::scans::{Looks, of_videos};
use crate::history::bulk::{BulkChange, BulkPlan, NotPlanned, Selection, plan};
use crate::history::plan::PlanDigest;
use crate::repository::{Becomes, SnapshotReads, Written};

/// Changes videos in the same way, or says what would change.
///
/// # Errors
/// When the store fails, or the filter is not valid.
pub async fn update(
    scope: &Scope,
    input: UpdateVideosInput,
) -> Result<UpdateVideosPayload, ApiError> {
    payload(updated(scope, input).await, |outcome, user_errors| UpdateVideosPayload {
        outcome,
        user_errors,
    })
}

async fn updated(
    scope: &Scope,
    input: UpdateVideosInput,
) -> Result<BulkOutcome<PlannedChange>, Refusal> {
    let UpdateVideosInput { select, set, dry_run, plan: expected } = input;
    let (selection, patch) = match (selection(scope, select).await, values_to_set(set)) {
        (Ok(selection), Ok(patch)) => (selection, patch),
        (Err(Refusal::User(mut faults)), Err(more)) => {
            faults.extend(more);
            return Err(Refusal::User(faults));
        }
        (Err(refusal), _) => return Err(refusal),
        (Ok(_), Err(faults)) => return Err(Refusal::User(faults)),
    };
    let BulkPlan { videos, changes } = planned(scope, selection, BulkChange::Update(patch)).await?;
    let now = PlanDigest::of("updateVideos").with_changes(&changes.changes).into_text();
    let count = videos.len();
    if !is_to_be_carried_out(dry_run, expected.as_deref(), &now)? {
        let planned = videos.into_iter().zip(changes.changes).take(UpdateVideosPayload::MAX_SHOWN);
        let shown = planned.map(|(video, change)| would_change(video, change.becomes)).collect();
        return Ok(BulkOutcome { count, shown, state: PlanState::Planned(now) });
    }
    let written = carry_out(scope, changes, scope.attribution()).await?.into_iter();
    let shown = written.take(UpdateVideosPayload::MAX_SHOWN).map(has_changed).collect();
    let state = PlanState::carried_out(&scope.caller.request_id, count);
    Ok(BulkOutcome { count, shown, state })
}

fn would_change(video: domain::Video, becomes: Becomes) -> PlannedChange {
    let after = becomes.into_values().map(|values| domain::Video { values, ..video.clone() });
    let changes = FieldChange::between(Some(&video), after.as_ref());
    PlannedChange { video: Video(video), changes }
}

fn has_changed(Written { video, entry }: Written) -> PlannedChange {
    let changes = entry.map(|entry| entry.changes).unwrap_or_default();
    PlannedChange { video: Video(video), changes }
}

/// Deletes videos, or says which would go.
///
/// # Errors
/// When the store fails, or the filter is not valid.
pub async fn delete(
    scope: &Scope,
    input: DeleteVideosInput,
) -> Result<DeleteVideosPayload, ApiError> {
    payload(deleted(scope, input).await, |outcome, user_errors| DeleteVideosPayload {
        outcome,
        user_errors,
    })
}

async fn deleted(scope: &Scope, input: DeleteVideosInput) -> Result<BulkOutcome<Video>, Refusal> {
    let DeleteVideosInput { select, dry_run, plan: expected } = input;
    let selection = selection(scope, select).await?;
    let BulkPlan { videos, changes } = planned(scope, selection, BulkChange::Delete).await?;
    let now = PlanDigest::of("deleteVideos").with_changes(&changes.changes).into_text();
    let count = videos.len();
    let state = match is_to_be_carried_out(dry_run, expected.as_deref(), &now)? {
        false => PlanState::Planned(now),
        true => {
            carry_out(scope, changes, scope.attribution()).await?;
            PlanState::carried_out(&scope.caller.request_id, count)
        }
    };
    Ok(BulkOutcome { count, shown: videos.into_iter().map(Video).collect(), state })
}

/// The selection in the form of the history.
async fn selection(scope: &Scope, select: VideoSelection) -> Result<Selection, Refusal> {
    match select {
        VideoSelection::Ids(ids) => {
            VideoSelection::read_ids(ids).map(Selection::Ids).map_err(Refusal::User)
        }
        VideoSelection::Filter(filter) => {
            let filter = scope.video_filter(Some(*filter)).await?;
            if filter.is_everything() {
                return Err(everything().into());
            }
            Ok(Selection::Filter(filter))
        }
    }
}

fn everything() -> UserError {
    UserError {
        code: UserErrorCode::Invalid,
        message: "filter must have a condition: an empty one would be the whole library".to_owned(),
        field: Some(VideoSelection::path_to("filter")),
    }
}

/// What would be done now.
async fn planned(
    scope: &Scope,
    selection: Selection,
    change: BulkChange,
) -> Result<BulkPlan, Refusal> {
    let limit = scope.max_bulk;
    let may_scan = matches!(selection, Selection::Filter(_));
    if let Selection::Filter(filter) = &selection {
        // It is counted if it matches too many.
        let looks = Looks { page: true, count: true, ..Looks::default() };
        scope.scans.allow(scope.reader(), of_videos(filter, looks)).await?;
    }
    let _place = scope.scans.place(may_scan).await;
    let snapshot = scope.repository().snapshot(SnapshotReads::All).await?;
    let plan = plan(&*snapshot, selection, &change, limit).await?;
    plan.map_err(|why| Refusal::User(not_planned(why, limit)))
}

fn not_planned(why: NotPlanned, limit: usize) -> Vec<UserError> {
    match why {
        NotPlanned::Unknown(ids) => {
            let unknown = ids.into_iter().map(|(index, id)| UserError {
                code: UserErrorCode::NotFound,
                message: format!("there is no video {id}"),
                field: Some(VideoSelection::path_to_id(index)),
            });
            unknown.collect()
        }
        NotPlanned::TooMany { count } => {
            let message = format!(
                "{count} videos are selected, more than the maximum of {limit} (max-bulk): select fewer at a \
                 time"
            );
            vec![UserError::at(UserErrorCode::TooMany, "select", message)]
        }
    }
}
