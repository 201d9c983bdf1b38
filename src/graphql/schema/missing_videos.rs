//! What becomes of missing videos: their records are deleted, or joined with those of files that turned up.

use super::inputs::scans::{root_id, video_id};
use super::inputs::{DeleteMissingVideosInput, MergeMovedVideoInput};
use super::plans::{Refusal, carry_out, is_to_be_carried_out, payload};
use super::scan_mutations::unknown_root;
use super::scope::Scope;
use super::types::bulk_payloads::{BulkOutcome, PlanState};
use super::types::scan_payloads::{
    DeleteMissingVideosPayload, DeletionOutcome, MergeMovedVideoPayload,
};
use super::types::{AuditEntry, UserError, UserErrorCode, Video};
use crate::domain::catalogue::{FileRow, Root, RootId};
use crate::domain::{self, Timestamp, VideoId};
use crate::graphql::error::ApiError;
use crate::history::plan::PlanDigest;
use crate::repository::{
    FileChange, FileChanges, PlannedChange, PlannedChanges, RepositoryError, Write, Written,
};

/// How many videos are looked up at once.
const BATCH: usize = 500;

/// Deletes the records of missing videos, or says which it would delete.
///
/// # Errors
/// When the store fails.
pub async fn delete(
    scope: &Scope,
    input: DeleteMissingVideosInput,
) -> Result<DeleteMissingVideosPayload, ApiError> {
    payload(deleted(scope, input).await, |outcome, user_errors| DeleteMissingVideosPayload {
        outcome,
        user_errors,
    })
}

async fn deleted(
    scope: &Scope,
    input: DeleteMissingVideosInput,
) -> Result<DeletionOutcome, Refusal> {
    let before = input.before()?;
    let DeleteMissingVideosInput { root_id: id, dry_run, plan: expected, .. } = input;
    let root = root_id(&id)?;
    if root_with(scope, root).await?.is_none() {
        return Err(unknown_root(root).into());
    }
    let Missing { videos, has_more } = Missing::find(scope, root, before).await?;
    let deletions = videos.iter().map(|video| PlannedChange::deletion(video.id, video.version));
    let deletions: Vec<_> = deletions.collect();
    let now = PlanDigest::of("deleteMissingVideos")
        .with(root.as_bytes())
        .with(&before.as_micros().to_be_bytes())
        .with_changes(&deletions)
        .into_text();
    let state = match is_to_be_carried_out(dry_run, expected.as_deref(), &now)? {
        false => PlanState::Planned(now),
        true => {
            carry_out(scope, PlannedChanges::by_versions(deletions), scope.attribution()).await?;
            PlanState::carried_out(&scope.caller.request_id, videos.len())
        }
    };
    let (count, shown) = (videos.len(), videos.into_iter().map(Video).collect());
    Ok(DeletionOutcome { deletion: BulkOutcome { count, shown, state }, has_more })
}

async fn write(scope: &Scope, write: Write) -> Result<Vec<Written>, RepositoryError> {
    let written = scope.repository().write(write, scope.attribution()).await;
    scope.note(written.as_deref());
    written
}

async fn root_with(scope: &Scope, id: RootId) -> Result<Option<Root>, ApiError> {
    let roots = scope.repository().catalogue().roots().await?;
    Ok(roots.into_iter().find(|root| root.id == id))
}

/// Videos that have been missing for long enough.
struct Missing {
    videos: Vec<domain::Video>,
    has_more: bool,
}

impl Missing {
    async fn find(scope: &Scope, root: RootId, before: Timestamp) -> Result<Self, ApiError> {
        let limit = scope.max_missing_deletions;
        let catalogue = scope.repository().catalogue();
        let mut ids = catalogue.missing(root, before, limit.saturating_add(1)).await?;
        let has_more = ids.len() > limit;
        ids.truncate(limit);
        let mut videos = Vec::with_capacity(ids.len());
        for ids in ids.chunks(BATCH) {
            videos.extend(scope.repository().get_many(ids).await?.into_iter().flatten());
        }
        // One that is there again by now stays.
        let is_missing = |video: &domain::Video| {
            video.values.facts().missing_since.is_some_and(|since| since < before)
        };
        videos.retain(is_missing);
        Ok(Self { videos, has_more })
    }
}

/// Joins a missing video with the one that its file has now.
///
/// # Errors
/// When the store fails.
pub async fn merge(
    scope: &Scope,
    input: MergeMovedVideoInput,
) -> Result<MergeMovedVideoPayload, ApiError> {
    let refused = |user_errors| MergeMovedVideoPayload { user_errors, ..Default::default() };
    let mut faults = Vec::new();
    let mut read = |name, id| video_id(name, id).map_err(|fault| faults.push(fault));
    let missing = read(MISSING, &input.missing_video_id);
    let new = read(NEW, &input.new_video_id);
    let (Ok(missing_id), Ok(new)) = (missing, new) else { return Ok(refused(faults)) };
    let (missing, found) = match files(scope, missing_id, new).await? {
        Ok(files) => files,
        Err(faults) => return Ok(refused(faults)),
    };
    let Some(root) = root_with(scope, found.file.root).await? else {
        return Err(ApiError::internal("a file is in a library root that is not there"));
    };
    let changes = vec![FileChange::Merged { missing: missing.number, found: found.number }];
    let changes = FileChanges { root: root.id, path_prefix: root.path_prefix, changes };
    let written = write(scope, Write::Files(changes)).await?;
    // Without an entry, one of the files has changed in the meantime.
    let Some(Written { video, entry: Some(entry) }) = written.into_iter().next() else {
        return Ok(refused(vec![not_possible(MISSING, "the files have changed: look again")]));
    };
    // The videos are joined, whatever becomes of this. What it leaves, the next scan removes.
    if let Err(error) = settle(scope, root.id, missing_id, &found.file.path).await {
        tracing::warn!(%error, root = %root.name, "a problem that was solved is still listed");
    }
    Ok(MergeMovedVideoPayload {
        video: Some(Video(video)),
        audit_entry: Some(AuditEntry(entry)),
        deleted_video_id: Some(new.into()),
        user_errors: Vec::new(),
    })
}

/// Removes the problem of the file that turned out to be this missing video, which no other file can be any
/// more.
async fn settle(
    scope: &Scope,
    root: RootId,
    missing: VideoId,
    path: &[u8],
) -> Result<(), RepositoryError> {
    let catalogue = scope.repository().catalogue();
    let (mut narrowed, mut removed) = (Vec::new(), Vec::new());
    for mut noted in catalogue.all_problems(root).await? {
        let count = noted.candidates.len();
        noted.candidates.retain(|candidate| *candidate != missing);
        if count > 0 && (noted.candidates.is_empty() || noted.path == path) {
            removed.push(noted.path);
        } else if noted.candidates.len() < count {
            narrowed.push(noted);
        }
    }
    catalogue.change_problems(root, &narrowed, &removed).await
}

const MISSING: &str = "missingVideoId";
const NEW: &str = "newVideoId";

fn not_possible(name: &str, why: &str) -> UserError {
    UserError::at(UserErrorCode::NotPossibleNow, name, why)
}

/// The file of a missing video, and that of one whose file is there.
async fn files(
    scope: &Scope,
    missing: VideoId,
    new: VideoId,
) -> Result<Result<(FileRow, FileRow), Vec<UserError>>, ApiError> {
    let ids = [missing, new];
    let videos = scope.repository().get_many(&ids).await?;
    let unknown = |(name, (id, video)): (&str, (&VideoId, &Option<domain::Video>))| {
        let error =
            || UserError::at(UserErrorCode::NotFound, name, format!("there is no video {id}"));
        video.is_none().then(error)
    };
    let faults: Vec<_> =
        [MISSING, NEW].into_iter().zip(ids.iter().zip(&videos)).filter_map(unknown).collect();
    if !faults.is_empty() {
        return Ok(Err(faults));
    }
    let mut files = scope.repository().catalogue().files_of(&ids).await?;
    let (new, missing) = (files.pop().flatten(), files.pop().flatten());
    let missing = missing
        .filter(|row| row.missing_since.is_some())
        .ok_or_else(|| not_possible(MISSING, "the video is not missing"));
    let new = new.filter(|row| row.missing_since.is_none()).ok_or_else(|| {
        not_possible(NEW, "no scan has found the file of the video, or it is missing")
    });
    Ok(match (missing, new) {
        (Ok(missing), Ok(new)) if missing.file.fingerprint == new.file.fingerprint => {
            Ok((missing, new))
        }
        (Ok(_), Ok(_)) => Err(vec![not_possible(
            NEW,
            "its file has another content than the file of the missing video had, so it is another \
             video",
        )]),
        (missing, new) => Err([missing.err(), new.err()].into_iter().flatten().collect()),
    })
}
