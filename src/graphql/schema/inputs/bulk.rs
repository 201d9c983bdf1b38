//! The inputs of `updateVideos` and `deleteVideos`.

use async_graphql::{ID, InputObject, OneofObject};

use super::faults::ValidationErrors;
use super::video_filter::VideoFilter;
use super::video_patch::VideoPatch;
use crate::domain::{self, Invalid, VideoId};
use crate::graphql::schema::types::{UserError, UserErrorCode};

/// Exactly one of the two. An empty filter is INVALID: it would be the whole library.
#[derive(OneofObject)]
pub enum VideoSelection {
    /// At most 1,000.
    Ids(Vec<ID>),
    /// Those that match it; at most `maxBulkVideos`.
    Filter(Box<VideoFilter>),
}

/// Which videos to change, and their new values.
#[derive(InputObject)]
pub struct UpdateVideosInput {
    /// Which videos.
    pub select: VideoSelection,
    /// What they get: at least one field.
    pub set: VideoPatch,
    /// Whether nothing is changed yet.
    #[graphql(default = true)]
    pub dry_run: bool,
    /// Required unless `dryRun`: what a dry run returned. EXPECTATION_FAILED where something else would be done by now.
    pub plan: Option<String>,
}

/// Which videos to delete.
#[derive(InputObject)]
pub struct DeleteVideosInput {
    /// Which videos.
    pub select: VideoSelection,
    /// Whether nothing is deleted yet.
    #[graphql(default = true)]
    pub dry_run: bool,
    /// Required unless `dryRun`: what a dry run returned. EXPECTATION_FAILED where something else would be done by now.
    pub plan: Option<String>,
}

impl VideoSelection {
    /// The maximum number of IDs.
    pub const MAX_IDS: usize = 1000;

    /// The IDs.
    ///
    /// # Errors
    /// Everything that is wrong with them.
    pub fn read_ids(ids: Vec<ID>) -> Result<Vec<VideoId>, Vec<UserError>> {
        if ids.len() > Self::MAX_IDS {
            return Err(vec![UserError::invalid(Self::path_to("ids"), &too_many(ids.len()))]);
        }
        let mut faults = Vec::new();
        let mut read = Vec::with_capacity(ids.len());
        for (index, id) in ids.into_iter().enumerate() {
            match id.parse() {
                Ok(id) => read.push(id),
                Err(why) => faults.push(Self::malformed(index, &why)),
            }
        }
        if faults.is_empty() { Ok(read) } else { Err(faults) }
    }

    fn malformed(index: usize, why: &Invalid) -> UserError {
        UserError {
            code: UserErrorCode::Invalid,
            message: format!("ids.{index} {why}"),
            field: Some(Self::path_to_id(index)),
        }
    }

    /// The path to one of the IDs.
    pub fn path_to_id(index: usize) -> Vec<String> {
        let mut path = Self::path_to("ids");
        path.push(index.to_string());
        path
    }

    /// The path to one of its fields.
    pub fn path_to(name: &str) -> Vec<String> {
        ["input", "select", name].map(str::to_owned).to_vec()
    }
}

fn too_many(count: usize) -> Invalid {
    Invalid::new(format!(
        "must have at most {} items, not {count}: split them into several requests, or use a filter",
        VideoSelection::MAX_IDS
    ))
}

/// The new values for videos.
///
/// # Errors
/// Everything that is wrong with them.
pub fn values_to_set(set: VideoPatch) -> Result<domain::VideoPatch, Vec<UserError>> {
    let path = || ["input", "set"].map(str::to_owned).to_vec();
    let mut faults = ValidationErrors::in_input(path());
    let patch = set.parse(&mut faults);
    let patch = faults.or(Some(patch))?;
    match patch == domain::VideoPatch::default() {
        true => {
            Err(vec![UserError::invalid(path(), &Invalid::new("must have at least one field"))])
        }
        false => Ok(patch),
    }
}
