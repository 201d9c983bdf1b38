//! New values for a video, or for many.

use async_graphql::{InputObject, MaybeUndefined};

use super::add_video::FrameRateInput;
use super::faults::ValidationErrors;
use crate::domain::{self, Dimension, Invalid, Quantity, Text};
use crate::graphql::schema::scalars::SafeInt;

/// A field left out stays as it is; null clears `audioCodec` or `thumbnailPath`, and is INVALID for any
/// other.
#[derive(InputObject)]
pub struct VideoPatch {
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

impl VideoPatch {
    /// The changes that are valid. What is wrong with the others is added to the faults.
    pub fn parse(self, faults: &mut ValidationErrors) -> domain::VideoPatch {
        let text = |text: String| Text::new(&text);
        let quantity = |amount: SafeInt| Quantity::new(amount.0);
        domain::VideoPatch {
            path: None,
            filename: faults.keep_given("filename", self.filename, text),
            duration_frames: faults.keep_given("durationFrames", self.duration_frames, quantity),
            frame_rate: faults
                .keep_given("frameRate", self.frame_rate, Ok)
                .and_then(|rate| rate.parse(faults)),
            width: faults.keep_given("width", self.width, Dimension::new),
            height: faults.keep_given("height", self.height, Dimension::new),
            video_codec: faults.keep_given("videoCodec", self.video_codec, text),
            audio_codec: faults.keep(&["audioCodec"], clearable(self.audio_codec)).flatten(),
            file_size: faults.keep_given("fileSize", self.file_size, quantity),
            thumbnail_path: faults
                .keep(&["thumbnailPath"], clearable(self.thumbnail_path))
                .flatten(),
            file: None,
        }
    }
}

/// None if the text stays as it is, `Some(None)` if it is cleared.
fn clearable(given: MaybeUndefined<String>) -> Result<Option<Option<Text>>, Invalid> {
    match given {
        MaybeUndefined::Undefined => Ok(None),
        MaybeUndefined::Null => Ok(Some(None)),
        MaybeUndefined::Value(text) => Ok(Some(Some(Text::new(&text)?))),
    }
}
