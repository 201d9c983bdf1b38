//! What somebody states of a video, before it is known whether that can be.

use super::frame_rate::FrameRate;
use super::scalars::{Dimension, Invalid, Quantity, Text};
use super::video::{VideoField, VideoValues};

/// The values of a video as they were given, in a request or in a file.
#[derive(Clone, Debug)]
pub struct VideoDraft {
    /// See [`VideoValues::path`].
    pub path: String,
    /// See [`VideoValues::filename`]; the last part of the path where it is left out.
    pub filename: Option<String>,
    /// See [`VideoValues::duration_frames`].
    pub duration_frames: i64,
    /// Numerator and denominator; see [`VideoValues::frame_rate`].
    pub frame_rate: (i32, i32),
    /// See [`VideoValues::width`].
    pub width: i32,
    /// See [`VideoValues::height`].
    pub height: i32,
    /// See [`VideoValues::video_codec`].
    pub video_codec: String,
    /// See [`VideoValues::audio_codec`].
    pub audio_codec: Option<String>,
    /// See [`VideoValues::file_size`].
    pub file_size: i64,
    /// See [`VideoValues::thumbnail_path`].
    pub thumbnail_path: Option<String>,
}

/// A value that a video cannot have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where it stands.
    pub field: VideoField,
    /// What is wrong with it.
    pub invalid: Invalid,
}

impl VideoDraft {
    /// The values that the draft states.
    ///
    /// # Errors
    /// Every value that a video cannot have, in the order of [`VideoField`].
    pub fn check(&self) -> Result<VideoValues, Vec<Fault>> {
        let mut faults = Faults::default();
        let path = faults.collect(VideoField::Path, Text::new(&self.path));
        let filename = match (&self.filename, &path) {
            (Some(name), _) => faults.collect(VideoField::Filename, Text::new(name)),
            (None, Some(path)) => {
                faults.collect(VideoField::Filename, VideoValues::last_part(path))
            }
            (None, None) => None,
        };
        let duration_frames =
            faults.collect(VideoField::DurationFrames, Quantity::new(self.duration_frames));
        let (numerator, denominator) = self.frame_rate;
        let frame_rate =
            faults.collect(VideoField::FrameRate, FrameRate::new(numerator, denominator));
        let width = faults.collect(VideoField::Width, Dimension::new(self.width));
        let height = faults.collect(VideoField::Height, Dimension::new(self.height));
        let video_codec = faults.collect(VideoField::VideoCodec, Text::new(&self.video_codec));
        let audio_codec =
            faults.collect(VideoField::AudioCodec, optional_text(self.audio_codec.as_deref()));
        let file_size = faults.collect(VideoField::FileSize, Quantity::new(self.file_size));
        let thumbnail_path = faults
            .collect(VideoField::ThumbnailPath, optional_text(self.thumbnail_path.as_deref()));

        let values = || {
            Some(VideoValues {
                path: path?,
                filename: filename?,
                duration_frames: duration_frames?,
                frame_rate: frame_rate?,
                width: width?,
                height: height?,
                video_codec: video_codec?,
                audio_codec: audio_codec?,
                file_size: file_size?,
                thumbnail_path: thumbnail_path?,
            })
        };
        values().ok_or(faults.0)
    }
}

fn optional_text(text: Option<&str>) -> Result<Option<Text>, Invalid> {
    text.map(Text::new).transpose()
}

#[derive(Default)]
struct Faults(Vec<Fault>);

impl Faults {
    /// Keeps what is wrong, and passes on what is right.
    fn collect<T>(&mut self, field: VideoField, value: Result<T, Invalid>) -> Option<T> {
        value.map_err(|invalid| self.0.push(Fault { field, invalid })).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft() -> VideoDraft {
        VideoDraft {
            path: "/media/a.mkv".to_owned(),
            filename: None,
            duration_frames: 0,
            frame_rate: (25, 1),
            width: 1920,
            height: 1080,
            video_codec: "h264".to_owned(),
            audio_codec: None,
            file_size: 0,
            thumbnail_path: None,
        }
    }

    #[track_caller]
    fn faults_in(draft: &VideoDraft, fields: &[VideoField]) {
        let found: Vec<VideoField> = match draft.check() {
            Ok(_) => Vec::new(),
            Err(faults) => faults.into_iter().map(|fault| fault.field).collect(),
        };
        assert_eq!(found, fields);
    }

    #[test]
    fn a_draft_without_faults_is_a_videos_values() {
        let values = draft().check().unwrap();
        assert_eq!(values.filename.as_str(), "a.mkv");
        assert_eq!(values.audio_codec, None);
    }

    #[test]
    fn every_fault_is_found() {
        let wrong = VideoDraft {
            path: String::new(),
            filename: Some("a\0".to_owned()),
            duration_frames: -1,
            frame_rate: (0, 0),
            width: 0,
            height: -1,
            video_codec: String::new(),
            audio_codec: Some(String::new()),
            file_size: i64::MAX,
            thumbnail_path: Some("x".repeat(4097)),
        };
        let all_but_times = &VideoField::ALL[..10];
        faults_in(&wrong, all_but_times);
    }

    #[test]
    fn a_path_that_is_wrong_is_one_fault_though_no_name_follows_from_it() {
        faults_in(&VideoDraft { path: String::new(), ..draft() }, &[VideoField::Path]);
        faults_in(&VideoDraft { path: "///".to_owned(), ..draft() }, &[VideoField::Filename]);
    }
}
