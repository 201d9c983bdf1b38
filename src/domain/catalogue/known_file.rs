//! The files that a library knows, and what is kept of each.

use serde::{Deserialize, Serialize};

use super::probe::Probed;
use super::root::RootId;
use crate::domain::file::{Fingerprint, PackedFacts};
use crate::domain::frame_rate::FrameRate;
use crate::domain::scalars::{Dimension, Invalid, Quantity, Text};
use crate::domain::timestamp::Timestamp;
use crate::domain::video::{VideoId, VideoPatch, VideoValues};

/// What a disk said about a file: if none of it changes, nor did its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FileMark {
    /// In bytes.
    pub size: u64,
    /// When its content was modified, in nanoseconds since 1970.
    pub modified: i64,
    /// When it was changed in any way, in nanoseconds since 1970.
    pub changed: i64,
    /// The device that it is on.
    pub device: u64,
    /// Its number on this device.
    pub inode: u64,
}

impl FileMark {
    /// When the content was modified, to the microsecond.
    pub fn modified_at(&self) -> Timestamp {
        // Nanoseconds reach from 1677 to 2262, which are years that timestamps have.
        Timestamp::from_micros(self.modified.div_euclid(1_000)).unwrap_or(Timestamp::MIN)
    }

    /// Whether both say the same time of modification, but for what file systems do to it: FAT counts
    /// two seconds, and in local time, so that it is an hour off for half of the year.
    pub fn is_same_time(&self, other: &Self) -> bool {
        const SECOND: u64 = 1_000_000_000;
        let apart = self.modified.abs_diff(other.modified);
        apart < 2 * SECOND || apart.abs_diff(3600 * SECOND) <= 2 * SECOND
    }
}

/// The number of a known file in its library.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileNumber(pub i64);

/// A file that the library knows.
///
/// If it has a video, that has the path of the file, and no other file has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileRow {
    /// Its number.
    pub number: FileNumber,
    /// What is known of it.
    pub file: KnownFile,
    /// Since when its video has been missing; none if it is not, or has none.
    pub missing_since: Option<Timestamp>,
}

/// What a library knows of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownFile {
    /// The root that it is in.
    pub root: RootId,
    /// Below the root, as the disk has it.
    pub path: Vec<u8>,
    /// Its video. None if a person deleted it or gave it another path: then it is not added again.
    pub video: Option<VideoId>,
    /// What the disk said about it.
    pub mark: FileMark,
    /// What stands for its content.
    pub fingerprint: Fingerprint,
    /// What it said about itself when it was probed last.
    pub probed: ProbedValues,
    /// Whether the disk that it is on could not be reached at the last scan.
    pub is_unreachable: bool,
}

/// Where the file of a video is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placement {
    /// The root that it is in.
    pub root: RootId,
    /// Whether the disk that it is on could not be reached at the last scan.
    pub is_unreachable: bool,
}

impl KnownFile {
    /// Where it is.
    pub fn placement(&self) -> Placement {
        Placement { root: self.root, is_unreachable: self.is_unreachable }
    }
}

/// What the last probe said of what people may change: where the video has another value, somebody
/// changed it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProbedValues {
    /// In frames.
    pub duration_frames: Quantity,
    /// Frames per second.
    pub frame_rate: FrameRate,
    /// In pixels.
    pub width: Dimension,
    /// In pixels.
    pub height: Dimension,
    /// E.g. `h264`.
    pub video_codec: Text,
    /// None if the file has no audio stream.
    pub audio_codec: Option<Text>,
    /// In bytes.
    pub file_size: Quantity,
}

impl ProbedValues {
    /// The text that libraries keep.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn to_json(&self) -> Result<String, Invalid> {
        serde_json::to_string(self).map_err(|error| Invalid::new(error.to_string()))
    }

    /// Reads what [`to_json`](Self::to_json) writes.
    ///
    /// # Errors
    /// When a value is out of range.
    pub fn from_json(text: &str) -> Result<Self, Invalid> {
        serde_json::from_str(text).map_err(|error| Invalid::new(error.to_string()))
    }
}

/// What was read of a file, for its video.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileReading {
    /// What the disk said about it.
    pub mark: FileMark,
    /// What stands for its content.
    pub fingerprint: Fingerprint,
    /// What it says about itself.
    pub probed: ProbedValues,
    /// What only scans know.
    pub facts: Option<PackedFacts>,
}

impl FileReading {
    /// What a probe of a file found.
    ///
    /// # Errors
    /// When the file is larger than a video can be, or has facts that cannot be kept.
    pub fn of(mark: FileMark, fingerprint: Fingerprint, probed: Probed) -> Result<Self, Invalid> {
        let size = i64::try_from(mark.size).map_err(|_| Invalid::new("is too large"))?;
        let values = ProbedValues {
            duration_frames: probed.duration_frames,
            frame_rate: probed.frame_rate,
            width: probed.width,
            height: probed.height,
            video_codec: probed.video_codec,
            audio_codec: probed.audio_codec,
            file_size: Quantity::new(size)?,
        };
        Ok(Self { mark, fingerprint, probed: values, facts: probed.facts.pack()? })
    }

    /// The values of a new video with this path.
    ///
    /// # Errors
    /// When the path has no last part.
    pub fn values_at(&self, path: Text) -> Result<VideoValues, Invalid> {
        let probed = self.probed.clone();
        Ok(VideoValues {
            filename: VideoValues::last_part(&path)?,
            path,
            duration_frames: probed.duration_frames,
            frame_rate: probed.frame_rate,
            width: probed.width,
            height: probed.height,
            video_codec: probed.video_codec,
            audio_codec: probed.audio_codec,
            file_size: probed.file_size,
            thumbnail_path: None,
            file: self.facts.clone(),
        })
    }

    /// What it changes of a video. `before` is what the last probe of its file said; none if the video
    /// was not made by a scan.
    ///
    /// People win: a value that is not the one of the last probe stays. Facts are never given by people,
    /// so they are always taken over.
    pub fn merge(&self, video: &VideoValues, before: Option<&ProbedValues>) -> VideoPatch {
        let now = &self.probed;
        // Without an earlier probe, only what is empty is filled.
        fn taken_over<T: Clone + PartialEq>(
            standing: &T,
            before: Option<&T>,
            now: &T,
        ) -> Option<T> {
            (before == Some(standing)).then(|| now.clone())
        }
        let audio_codec = match before {
            Some(before) => {
                taken_over(&video.audio_codec, Some(&before.audio_codec), &now.audio_codec)
            }
            None => video.audio_codec.is_none().then(|| now.audio_codec.clone()),
        };
        VideoPatch {
            duration_frames: taken_over(
                &video.duration_frames,
                before.map(|it| &it.duration_frames),
                &now.duration_frames,
            ),
            frame_rate: taken_over(
                &video.frame_rate,
                before.map(|it| &it.frame_rate),
                &now.frame_rate,
            ),
            width: taken_over(&video.width, before.map(|it| &it.width), &now.width),
            height: taken_over(&video.height, before.map(|it| &it.height), &now.height),
            video_codec: taken_over(
                &video.video_codec,
                before.map(|it| &it.video_codec),
                &now.video_codec,
            ),
            audio_codec,
            file_size: taken_over(&video.file_size, before.map(|it| &it.file_size), &now.file_size),
            file: Some(self.facts.clone()),
            ..VideoPatch::default()
        }
    }
}
