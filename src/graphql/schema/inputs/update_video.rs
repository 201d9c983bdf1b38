//! The input of `updateVideo` and `deleteVideo`.

use async_graphql::{ID, InputObject, MaybeUndefined};

use super::faults::ValidationErrors;
use super::video_patch::VideoPatch;
use crate::domain::{self, Text, VideoId};
use crate::graphql::schema::types::UserError;

/// A field left out stays as it is; null clears `audioCodec` or `thumbnailPath`, and is INVALID for any
/// other.
#[derive(InputObject)]
pub struct UpdateVideoInput {
    /// ID of the video.
    pub id: ID,
    /// Change nothing unless the video is still at this version.
    pub expected_version: MaybeUndefined<i32>,
    /// Path of the file: not empty, no NUL, 4,096 bytes at most, unique in the library.
    pub path: MaybeUndefined<String>,
    /// The other values.
    #[graphql(flatten)]
    pub values: VideoPatch,
}

/// A change of one video.
pub struct VideoUpdate {
    /// ID of the video.
    pub id: VideoId,
    /// The changes.
    pub patch: domain::VideoPatch,
    /// Change nothing unless the video is still at this version.
    pub expected_version: Option<i32>,
}

impl UpdateVideoInput {
    /// The change.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn parse(self) -> Result<VideoUpdate, InvalidUpdate> {
        let text = |text: String| Text::new(&text);
        let mut faults = ValidationErrors::in_input(vec!["input".to_owned()]);
        let id = faults.keep(&["id"], self.id.parse());
        let expected_version = faults.keep_given("expectedVersion", self.expected_version, Ok);
        let path = faults.keep_given("path", self.path, text);
        let patch = domain::VideoPatch { path, ..self.values.parse(&mut faults) };
        let path = patch.path.clone();
        let update = id.map(|id| VideoUpdate { id, patch, expected_version });
        faults.or(update).map_err(|faults| InvalidUpdate { faults, id, path, expected_version })
    }
}

/// A change or a deletion that is not valid.
pub struct InvalidUpdate {
    /// What is wrong with it.
    pub faults: Vec<UserError>,
    /// The video, if its ID is valid.
    pub id: Option<VideoId>,
    /// The new path, if it is given and valid.
    pub path: Option<Text>,
    /// The version that the video must still be at, if it is given and valid.
    pub expected_version: Option<i32>,
}

/// A video to delete.
#[derive(InputObject)]
pub struct DeleteVideoInput {
    /// ID of the video.
    pub id: ID,
    /// Delete nothing unless the video is still at this version.
    pub expected_version: MaybeUndefined<i32>,
}

impl DeleteVideoInput {
    /// The video, and the version that it must still be at.
    ///
    /// # Errors
    /// Everything that is wrong with the input.
    pub fn parse(self) -> Result<(VideoId, Option<i32>), InvalidUpdate> {
        let mut faults = ValidationErrors::in_input(vec!["input".to_owned()]);
        let id = faults.keep(&["id"], self.id.parse());
        // A null would silently drop the check.
        let expected_version = faults.keep_given("expectedVersion", self.expected_version, Ok);
        let deletion = id.map(|id| (id, expected_version));
        faults.or(deletion).map_err(|faults| InvalidUpdate {
            faults,
            id,
            path: None,
            expected_version,
        })
    }
}
