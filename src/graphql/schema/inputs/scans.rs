//! The inputs of mutations about scans and missing videos.

use async_graphql::{ID, InputObject};

use super::time_bound::TimeBound;
use crate::domain::catalogue::{RootId, ScanId};
use crate::domain::{Timestamp, VideoId};
use crate::graphql::error::ApiError;
use crate::graphql::schema::entity_id::EntityId;
use crate::graphql::schema::types::{UserError, UserErrorCode};

/// What to scan.
#[derive(InputObject)]
pub struct ScanLibraryInput {
    /// ID of the library root.
    pub root_id: ID,
    /// Folders relative to the root, 100 at most; the whole root where left out.
    pub paths: Option<Vec<String>>,
    /// Also probe files that have not changed, and add again what a person deleted.
    #[graphql(default = false)]
    pub rescan: bool,
}

/// A scan to stop.
#[derive(InputObject)]
pub struct CancelScanInput {
    /// ID of the scan.
    pub job_id: ID,
}

/// A scan that held videos back.
#[derive(InputObject)]
pub struct ConfirmScanInput {
    /// ID of the scan.
    pub job_id: ID,
    /// `counts.heldBack` of the job; another number is EXPECTATION_FAILED. The new job marks no more than that: where more
    /// would become MISSING, it marks none and ends in NEEDS_CONFIRMATION again. NOT_POSSIBLE_NOW where a later job of the
    /// root has ended.
    pub expected_held_back: i32,
}

/// Which missing videos to delete.
#[derive(InputObject)]
pub struct DeleteMissingVideosInput {
    /// ID of the library root.
    pub root_id: ID,
    /// Only those missing since before this moment.
    pub missing_since_before: TimeBound,
    /// Whether nothing is deleted yet.
    #[graphql(default = true)]
    pub dry_run: bool,
    /// Required unless `dryRun`: what a dry run returned. EXPECTATION_FAILED where something else would be done by now.
    pub plan: Option<String>,
}

/// Two videos of one file.
#[derive(InputObject)]
pub struct MergeMovedVideoInput {
    /// ID of the missing video.
    pub missing_video_id: ID,
    /// ID of the video that was added when the file turned up.
    pub new_video_id: ID,
}

impl DeleteMissingVideosInput {
    /// The moment since before which the videos have been missing.
    ///
    /// # Errors
    /// `BadUserInput` for a date alone, which a variable can have.
    pub fn before(&self) -> Result<Timestamp, ApiError> {
        self.missing_since_before.only_instant("input.missingSinceBefore")
    }
}

/// The root with this public ID.
///
/// # Errors
/// When it is malformed.
pub fn root_id(id: &ID) -> Result<RootId, UserError> {
    RootId::from_public(id).ok_or_else(|| malformed("rootId", "root:"))
}

/// The scan with this public ID.
///
/// # Errors
/// When it is malformed.
pub fn job_id(id: &ID) -> Result<ScanId, UserError> {
    ScanId::from_public(id).ok_or_else(|| malformed("jobId", "scan:"))
}

fn malformed(name: &str, kind: &str) -> UserError {
    UserError::at(UserErrorCode::Invalid, name, format!("{name} must be `{kind}` and a UUID"))
}

/// The video with this ID.
///
/// # Errors
/// When it is malformed.
pub fn video_id(name: &str, id: &ID) -> Result<VideoId, UserError> {
    id.parse().map_err(|why| UserError::invalid(vec!["input".to_owned(), name.to_owned()], &why))
}
