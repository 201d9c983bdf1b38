//! The input of `updateVideo` and `deleteVideo`.

use async_graphql::{ID, InputObject, MaybeUndefined};

use super::add_video::FrameRateInput;
use super::faults::ValidationErrors;
use crate::domain::{Dimension, Invalid, Quantity, Text, VideoId, VideoPatch};
use crate::graphql::schema::scalars::SafeInt;
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
    /// Filename. It does not change with `path`.
    pub filename: MaybeUndefined<String>,
    /// Duration in frames: 0 or more.
    pub duration_frames: MaybeUndefined<SafeInt>,
    /// The exact frame rate.
    pub frame_rate: MaybeUndefined<FrameRateInput>,
    /// Pixels: 1 or more.
    pub width: MaybeUndefined<i32>,
    /// Pixels: 1 or more.
    pub height: MaybeUndefined<i32>,
    /// Video codec, e.g. `h264`; not empty.
    pub video_codec: MaybeUndefined<String>,
    /// Audio codec, e.g. `aac`; null if the file has no audio stream.
    pub audio_codec: MaybeUndefined<String>,
    /// Bytes: 0 or more.
    pub file_size: MaybeUndefined<SafeInt>,
    /// Path of a thumbnail; null for none.
    pub thumbnail_path: MaybeUndefined<String>,
}

/// A change of one video.
pub struct VideoUpdate {
    /// ID of the video.
    pub id: VideoId,
    /// The changes.
    pub patch: VideoPatch,
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
        let quantity = |amount: SafeInt| Quantity::new(amount.0);
        let mut faults = ValidationErrors::in_input(vec!["input".to_owned()]);
        let id = faults.keep(&["id"], self.id.parse());
        let expected_version = faults.keep_given("expectedVersion", self.expected_version, Ok);
        let patch = VideoPatch {
            path: faults.keep_given("path", self.path, text),
            filename: faults.keep_given("filename", self.filename, text),
            duration_frames: faults.keep_given("durationFrames", self.duration_frames, quantity),
            frame_rate: faults
                .keep_given("frameRate", self.frame_rate, Ok)
                .and_then(|rate| rate.parse(&mut faults)),
            width: faults.keep_given("width", self.width, Dimension::new),
            height: faults.keep_given("height", self.height, Dimension::new),
            video_codec: faults.keep_given("videoCodec", self.video_codec, text),
            audio_codec: faults.keep(&["audioCodec"], clearable(self.audio_codec)).flatten(),
            file_size: faults.keep_given("fileSize", self.file_size, quantity),
            thumbnail_path: faults
                .keep(&["thumbnailPath"], clearable(self.thumbnail_path))
                .flatten(),
            file: None,
        };
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

/// None if the text stays as it is, `Some(None)` if it is cleared.
fn clearable(given: MaybeUndefined<String>) -> Result<Option<Option<Text>>, Invalid> {
    match given {
        MaybeUndefined::Undefined => Ok(None),
        MaybeUndefined::Null => Ok(Some(None)),
        MaybeUndefined::Value(text) => Ok(Some(Some(Text::new(&text)?))),
    }
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
