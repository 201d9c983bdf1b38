//! What videos and their past versions have in common.

use super::entities::{Video, VideoSnapshot};
use crate::domain::FileFacts;
use crate::graphql::execution::internals::common_interface;
use crate::graphql::schema::list_size::{ListSize, ListSizes};

/// What a video and a past version of one have in common. `Video` implements it.
///
/// No field returns it: fragments select by it.
pub enum VideoRecord {}

common_interface! {
    /// What a video and a past version of one have in common. `Video` implements it.
    VideoRecord: Video, VideoSnapshot
}

/// The streams of a file.
pub const STREAMS: ListSize = ListSize::AtMost(FileFacts::MAX_STREAMS);
/// The chapters of a file.
pub const CHAPTERS: ListSize = ListSize::First(500);

impl VideoRecord {
    /// The sizes of its lists.
    pub const LIST_SIZES: ListSizes = ListSizes {
        type_name: "VideoRecord",
        sizes: &[("streams", STREAMS), ("chapters", CHAPTERS)],
    };
}

/// Declares an object over a `domain::Video` that has the fields of [`VideoRecord`], between fields of its own.
macro_rules! video_record {
    (impl $Type:ident { $($first:tt)* }, impl $Same:ident { $($last:tt)* }) => {
        const _: () = {
            use $crate::graphql::schema::types::frame_rate::FrameRate;
            use $crate::graphql::schema::types::media::{AspectRatio, Chapter, MediaStream};
            use $crate::graphql::schema::types::video_record::CHAPTERS;
            use $crate::graphql::schema::scalars::{DateTime, SafeInt};

            $crate::graphql::execution::direct::direct!(
                #[async_graphql::Object(use_type_description)]
                impl $Type {
                    $($first)*

                    /// Where the file is, as the one who added it wrote it: compared byte by byte, never normalised.
                    /// Not empty, no NUL, 4,096 bytes at most, unique in the library.
                    fn path(&self) -> &str {
                        self.0.values.path.as_str()
                    }

                    /// Filename: the last part of `path` unless another was given.
                    fn filename(&self) -> &str {
                        self.0.values.filename.as_str()
                    }

                    /// Duration in frames.
                    fn duration_frames(&self) -> SafeInt {
                        self.0.values.duration_frames.into()
                    }

                    /// Duration in seconds: frames divided by the frame rate.
                    fn duration_seconds(&self) -> f64 {
                        self.0.values.duration_seconds()
                    }

                    /// The exact frame rate.
                    fn frame_rate(&self) -> FrameRate {
                        FrameRate(self.0.values.frame_rate)
                    }

                    /// Pixels.
                    fn width(&self) -> i32 {
                        self.0.values.width.get()
                    }

                    /// Pixels.
                    fn height(&self) -> i32 {
                        self.0.values.height.get()
                    }

                    /// Video codec, e.g. `h264`.
                    fn video_codec(&self) -> &str {
                        self.0.values.video_codec.as_str()
                    }

                    /// Null when the file has no audio stream.
                    fn audio_codec(&self) -> Option<&str> {
                        self.0.values.audio_codec.as_ref().map($crate::domain::Text::as_str)
                    }

                    /// Bytes.
                    fn file_size(&self) -> SafeInt {
                        self.0.values.file_size.into()
                    }

                    /// Path of a thumbnail; null if there is none.
                    fn thumbnail_path(&self) -> Option<&str> {
                        self.0.values.thumbnail_path.as_ref().map($crate::domain::Text::as_str)
                    }

                    /// When the record was added, not the file.
                    fn created_at(&self) -> DateTime {
                        DateTime(self.0.created_at)
                    }

                    /// When the record last changed, not the file. Never before `createdAt`.
                    fn updated_at(&self) -> DateTime {
                        DateTime(self.0.updated_at)
                    }

                    /// 1 when first added, one higher with every change, deletion included: an ID that is added again
                    /// goes on from its last version, so that an ID and a version name one state for ever.
                    fn version(&self) -> i32 {
                        self.0.version
                    }

                    /// Since when the file has been missing; null while it is not.
                    fn missing_since(&self) -> Option<DateTime> {
                        self.0.values.facts().missing_since.map(DateTime)
                    }

                    /// When the file was last modified, by its file system. `updatedAt` is the record's own time.
                    fn file_modified_at(&self) -> Option<DateTime> {
                        self.0.values.facts().file_modified_at.map(DateTime)
                    }

                    /// Stands for the file's content, its size and samples of it, e.g. `x3p1:9f0c…`; null where the file was never read.
                    /// Equal ones are almost certainly the same file: compare the files before deleting one.
                    fn fingerprint(&self) -> Option<String> {
                        self.0.values.facts().fingerprint.map(Into::into)
                    }

                    /// The container format, e.g. `matroska`; null where the file was never probed.
                    fn container(&self) -> Option<&str> {
                        self.0.values.facts().container.as_ref().map($crate::domain::Text::as_str)
                    }

                    /// Bits per second over all streams; null where unknown.
                    fn bit_rate(&self) -> Option<SafeInt> {
                        self.0.values.facts().bit_rate.map(Into::into)
                    }

                    /// Degrees by which players turn the picture clockwise: 0, 90, 180 or 270. `width` and `height` are before that.
                    fn rotation(&self) -> Option<i32> {
                        self.0.values.facts().rotation.map(Into::into)
                    }

                    /// Width of a pixel over its height; null where unknown.
                    fn pixel_aspect_ratio(&self) -> Option<AspectRatio> {
                        self.0.values.facts().pixel_aspect_ratio.map(Into::into)
                    }

                    /// Whether the time between frames varies; null where unknown.
                    fn has_variable_frame_rate(&self) -> Option<bool> {
                        self.0.values.facts().has_variable_frame_rate
                    }

                    /// In the order of the file; 64 at most. Empty where the file was never probed.
                    fn streams(&self) -> Vec<MediaStream<'_>> {
                        self.0.values.facts().streams.iter().map(MediaStream).collect()
                    }

                    /// In order of time; 500 at most.
                    async fn chapters(
                        &self,
                        #[graphql(default = 50, desc = "0 to 500.")] first: i32,
                    ) -> Result<Direct<Vec<Chapter<'_>>>, ApiError> {
                        let limit = CHAPTERS.limit("first", first)?;
                        let chapters = self.0.values.facts().chapters.iter().take(limit);
                        Ok(Direct(chapters.map(Chapter::from).collect()))
                    }

                    $($last)*
                }
            );
        };
    };
}

pub(super) use video_record;
