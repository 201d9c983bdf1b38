//! Values of a video from outside, before validation.

use super::file::PackedFacts;
use super::frame_rate::FrameRate;
use super::scalars::{Dimension, Invalid, Quantity, Text};
use super::video::VideoValues;

/// The values of a video as given in a request or a file.
#[derive(Clone, Debug)]
pub struct VideoDraft {
    /// See [`VideoValues::path`].
    pub path: String,
    /// See [`VideoValues::filename`]; the last part of the path if omitted.
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
    /// See [`VideoValues::file`].
    pub file: Option<PackedFacts>,
}

/// A value that a video cannot have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The path to the value: the names from the video down to it, e.g. `frameRate`, `numerator`.
    pub path: &'static [&'static str],
    /// What is wrong with it.
    pub invalid: Invalid,
}

impl VideoDraft {
    /// The values that the draft states.
    ///
    /// # Errors
    /// Every value that a video cannot have, in the order of the fields.
    pub fn check(&self) -> Result<VideoValues, Vec<Fault>> {
        let mut faults = ValidationErrors::default();
        let path = faults.sift(&["path"], Text::new(&self.path));
        let filename = match (&self.filename, &path) {
            (Some(name), _) => faults.sift(&["filename"], Text::new(name)),
            (None, Some(path)) => faults.sift(&["filename"], VideoValues::last_part(path)),
            (None, None) => None,
        };
        let duration_frames = faults.sift(&["durationFrames"], Quantity::new(self.duration_frames));
        let frame_rate = faults.sift_frame_rate(self.frame_rate);
        let width = faults.sift(&["width"], Dimension::new(self.width));
        let height = faults.sift(&["height"], Dimension::new(self.height));
        let video_codec = faults.sift(&["videoCodec"], Text::new(&self.video_codec));
        let audio_codec = faults.sift(&["audioCodec"], optional_text(self.audio_codec.as_deref()));
        let file_size = faults.sift(&["fileSize"], Quantity::new(self.file_size));
        let thumbnail_path =
            faults.sift(&["thumbnailPath"], optional_text(self.thumbnail_path.as_deref()));

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
                file: self.file.clone(),
            })
        };
        values().ok_or(faults.0)
    }
}

fn optional_text(text: Option<&str>) -> Result<Option<Text>, Invalid> {
    text.map(Text::new).transpose()
}

#[derive(Default)]
struct ValidationErrors(Vec<Fault>);

impl ValidationErrors {
    /// Records errors, and passes on valid values.
    fn sift<T>(&mut self, path: &'static [&'static str], value: Result<T, Invalid>) -> Option<T> {
        value.map_err(|invalid| self.0.push(Fault { path, invalid })).ok()
    }

    /// Validates both parts separately, so that an error names the right one.
    fn sift_frame_rate(&mut self, (numerator, denominator): (i32, i32)) -> Option<FrameRate> {
        let numerator = self.sift(&["frameRate", "numerator"], Dimension::new(numerator));
        let denominator = self.sift(&["frameRate", "denominator"], Dimension::new(denominator));
        Some(FrameRate::of(numerator?, denominator?))
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
            file: None,
        }
    }

    #[track_caller]
    fn faults_in(draft: &VideoDraft, paths: &[&str]) {
        let found: Vec<String> = match draft.check() {
            Ok(_) => Vec::new(),
            Err(faults) => faults.into_iter().map(|fault| fault.path.join(".")).collect(),
        };
        assert_eq!(found, paths);
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
            file: None,
        };
        let paths = [
            "path",
            "filename",
            "durationFrames",
            "frameRate.numerator",
            "frameRate.denominator",
            "width",
            "height",
            "videoCodec",
            "audioCodec",
            "fileSize",
            "thumbnailPath",
        ];
        faults_in(&wrong, &paths);
    }

    #[test]
    fn a_path_that_is_wrong_is_one_fault_though_no_name_follows_from_it() {
        faults_in(&VideoDraft { path: String::new(), ..draft() }, &["path"]);
        faults_in(&VideoDraft { path: "///".to_owned(), ..draft() }, &["filename"]);
    }
}
