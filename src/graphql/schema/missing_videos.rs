//! What becomes of missing videos: their records are deleted, or joined with those of files that turned up.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use super::inputs::scans::{root_id, video_id};
use super::inputs::{DeleteMissingVideosInput, MergeMovedVideoInput};
use super::scan_mutations::unknown_root;
use super::scope::Scope;
use super::types::scan_payloads::{
    DeleteMissingVideosPayload, Deletion, DeletionOutcome, MergeMovedVideoPayload,
};
use super::types::{AuditEntry, UserError, UserErrorCode, Video};
use crate::domain::catalogue::{FileRow, Root, RootId};
use crate::domain::{self, Timestamp, VideoId};
use crate::graphql::error::ApiError;
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
    match deleted(scope, input).await? {
        Ok(outcome) => {
            Ok(DeleteMissingVideosPayload { outcome: Some(outcome), user_errors: Vec::new() })
        }
        Err(fault) => Ok(DeleteMissingVideosPayload { outcome: None, user_errors: vec![fault] }),
    }
}

async fn deleted(
    scope: &Scope,
    input: DeleteMissingVideosInput,
) -> Result<Result<DeletionOutcome, UserError>, ApiError> {
    let before = input.before()?;
    let DeleteMissingVideosInput { root_id: id, dry_run, plan, .. } = input;
    let root = match root_id(&id) {
        Ok(root) => root,
        Err(fault) => return Ok(Err(fault)),
    };
    if root_with(scope, root).await?.is_none() {
        return Ok(Err(unknown_root(root)));
    }
    let missing = Missing::find(scope, root, before).await?;
    let now = missing.plan(root, before);
    let Missing { videos, has_more } = missing;
    let count = videos.len();
    if dry_run {
        let shown = videos.into_iter().take(DeleteMissingVideosPayload::MAX_SHOWN).map(Video);
        let deletion = Deletion::Planned(shown.collect());
        return Ok(Ok(DeletionOutcome { count, has_more, plan: now, deletion }));
    }
    let Some(plan) = plan else {
        return Ok(Err(UserError::missing_plan()));
    };
    if plan != now {
        return Ok(Err(UserError::outdated_plan()));
    }
    Ok(carry_out(scope, videos).await?.map(|ids| {
        let request_id = scope.caller.request_id.clone();
        let deletion = Deletion::CarriedOut { ids, request_id };
        DeletionOutcome { count, has_more, plan, deletion }
    }))
}

/// Deletes these videos as they are, or none.
async fn carry_out(
    scope: &Scope,
    videos: Vec<domain::Video>,
) -> Result<Result<Vec<VideoId>, UserError>, ApiError> {
    let deletions = videos.iter().map(|video| PlannedChange::deletion(video.id, video.version));
    let plan = PlannedChanges::by_versions(deletions.collect());
    match write(scope, Write::Planned(plan)).await {
        Ok(written) => Ok(Ok(written.into_iter().map(|written| written.video.id).collect())),
        Err(RepositoryError::PlanOutdated) => Ok(Err(UserError::outdated_plan())),
        Err(error) => Err(error.into()),
    }
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

    /// Stands for what is deleted: these videos at these versions.
    fn plan(&self, root: RootId, before: Timestamp) -> String {
        let mut hash = Sha256::new();
        hash.update(b"deleteMissingVideos");
        hash.update(root.as_bytes());
        hash.update(before.as_micros().to_be_bytes());
        for video in &self.videos {
            hash.update(video.id.as_bytes());
            hash.update(video.version.to_be_bytes());
        }
        URL_SAFE_NO_PAD.encode(hash.finalize())
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
    let (Ok(missing), Ok(new)) = (missing, new) else { return Ok(refused(faults)) };
    let (missing, found) = match files(scope, missing, new).await? {
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
    Ok(match written.into_iter().next() {
        Some(Written { video, entry: Some(entry) }) => MergeMovedVideoPayload {
            video: Some(Video(video)),
            audit_entry: Some(AuditEntry(entry)),
            deleted_video_id: Some(new.into()),
            user_errors: Vec::new(),
        },
        _ => refused(vec![not_possible(MISSING, "the files have changed: look again")]),
    })
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
