//! Videos: what a client provides, and what the library stores.

use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::field::{FieldValue, VideoField};
use super::file::{FileFacts, PackedFacts};
use super::frame_rate::FrameRate;
use super::scalars::{Dimension, Invalid, Quantity, Text};
use super::timestamp::Timestamp;

/// A video's ID: a UUID, shown hyphenated in lower case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct VideoId(Uuid);

impl VideoId {
    /// The UUID's 16 bytes. IDs are ordered as these are.
    pub fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }

    /// The text, as ASCII.
    pub fn to_ascii(&self) -> [u8; 36] {
        let mut text = [0; 36];
        self.0.as_hyphenated().encode_lower(&mut text);
        text
    }

    /// The ID with these bytes.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(Uuid::from_bytes(bytes))
    }
}

impl From<Uuid> for VideoId {
    fn from(uuid: Uuid) -> Self {
        Self(uuid)
    }
}

impl fmt::Display for VideoId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_hyphenated().fmt(f)
    }
}

impl FromStr for VideoId {
    type Err = Invalid;

    /// Reads a hyphenated UUID in either case; the other spellings of UUIDs are no IDs.
    fn from_str(text: &str) -> Result<Self, Invalid> {
        const HYPHENATED: usize = 36;
        match Uuid::try_parse(text) {
            Ok(uuid) if text.len() == HYPHENATED => Ok(Self(uuid)),
            _ => Err(Invalid::new(
                "must be a hyphenated UUID such as 0193f0a0-7c1e-7d7b-8f25-3c1de1a5e4b2",
            )),
        }
    }
}

/// The values of a video: everything but its ID, its times and its version.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct VideoValues {
    /// The path of the file; unique in a library.
    pub path: Text,
    /// Its name, by default the last part of the path.
    pub filename: Text,
    /// In frames.
    pub duration_frames: Quantity,
    /// Frames per second; the average if it varies.
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
    /// The path of a thumbnail.
    pub thumbnail_path: Option<Text>,
    /// What scans found out about the file; none if they found nothing.
    pub file: Option<PackedFacts>,
}

impl VideoValues {
    /// The duration in seconds.
    pub fn duration_seconds(&self) -> f64 {
        self.frame_rate.seconds(self.duration_frames)
    }

    /// What scans found out about the file. Facts that a damaged library has are none here; a check
    /// reports them.
    pub fn facts(&self) -> &FileFacts {
        static NONE: LazyLock<FileFacts> = LazyLock::new(FileFacts::default);
        self.file.as_ref().and_then(|facts| facts.read().ok()).unwrap_or(&NONE)
    }

    fn fact(&self, field: VideoField) -> Option<FieldValue> {
        self.file.as_ref()?;
        self.facts().get(field.name()).map(Into::into)
    }

    /// Whether a video that has `standing` has all of these: facts of its file need not be given.
    fn are_those_of(&self, standing: &Self) -> bool {
        let file = self.file.clone().or_else(|| standing.file.clone());
        Self { file, ..self.clone() } == *standing
    }

    /// The last part of a path: what follows its last slash, without trailing slashes. In a Windows
    /// path, `\` is a separator as well.
    ///
    /// # Errors
    /// When the path is nothing but separators.
    pub fn last_part(path: &Text) -> Result<Text, Invalid> {
        let separators = if is_of_windows(path.as_str()) { &['/', '\\'][..] } else { &['/'] };
        let trimmed = path.as_str().trim_end_matches(separators);
        let name = trimmed.rsplit(separators).next().unwrap_or_default();
        Text::new(name).map_err(|_| Invalid::new("is required because the path has no last part"))
    }
}

/// Whether a path starts with a drive or a server, as Windows paths do: there, `\` is a separator.
pub(super) fn is_of_windows(path: &str) -> bool {
    let mut characters = path.chars();
    let drive = characters.next().is_some_and(|c| c.is_ascii_alphabetic());
    path.starts_with("\\\\") || drive && characters.as_str().starts_with(":\\")
}

/// A video in the library, as it is now or was at some version.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Video {
    /// Its permanent ID.
    pub id: VideoId,
    /// Its values.
    pub values: VideoValues,
    /// When the record was added, not the file.
    pub created_at: Timestamp,
    /// When the record last changed, not the file. Not before it was added, unless an older version
    /// changed it by a clock that was behind.
    pub updated_at: Timestamp,
    /// 1 when first added, one higher with every change.
    pub version: i32,
}

impl Video {
    /// The value of a field; none if there is none.
    pub fn get(&self, field: VideoField) -> Option<FieldValue> {
        let values = &self.values;
        match field {
            VideoField::Path => Some(values.path.clone().into()),
            VideoField::Filename => Some(values.filename.clone().into()),
            VideoField::DurationFrames => Some(values.duration_frames.into()),
            VideoField::FrameRate => Some(values.frame_rate.into()),
            VideoField::Width => Some(values.width.into()),
            VideoField::Height => Some(values.height.into()),
            VideoField::VideoCodec => Some(values.video_codec.clone().into()),
            VideoField::AudioCodec => values.audio_codec.clone().map(Into::into),
            VideoField::FileSize => Some(values.file_size.into()),
            VideoField::ThumbnailPath => values.thumbnail_path.clone().map(Into::into),
            VideoField::CreatedAt => Some(self.created_at.into()),
            VideoField::UpdatedAt => Some(self.updated_at.into()),
            VideoField::MissingSince
            | VideoField::FileModifiedAt
            | VideoField::Fingerprint
            | VideoField::Container
            | VideoField::BitRate
            | VideoField::Rotation
            | VideoField::PixelAspectRatio
            | VideoField::HasVariableFrameRate
            | VideoField::Streams
            | VideoField::Chapters => values.fact(field),
        }
    }
}

/// A video to be added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewVideo {
    /// The client's own ID, or a fresh one.
    pub id: VideoId,
    /// Its values.
    pub values: VideoValues,
    /// When the record was added, if an import keeps that; by default the time of the change.
    pub created_at: Option<Timestamp>,
    /// When the record last changed, if an import keeps that; by default `created_at`.
    pub updated_at: Option<Timestamp>,
    /// Whether the path identifies the video, and the ID is only for a new video: an import has
    /// many records without an ID, and can encounter them again.
    pub is_known_by_path: bool,
}

impl NewVideo {
    /// Whether adding this again would yield the existing video.
    pub fn is_already(&self, video: &Video) -> bool {
        (self.is_known_by_path || self.id == video.id)
            && self.values.are_those_of(&video.values)
            && self.created_at.is_none_or(|at| at == video.created_at)
            && self.updated_at.is_none_or(|at| at == video.updated_at)
    }

    /// Whether another one in the same input is equal.
    pub fn repeats(&self, other: &Self) -> bool {
        (self.is_known_by_path || self.id == other.id)
            && self.values == other.values
            && self.created_at == other.created_at
            && self.updated_at == other.updated_at
    }
}

/// The changes of an update: a field that is `None` stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VideoPatch {
    /// The new path.
    pub path: Option<Text>,
    /// The new name.
    pub filename: Option<Text>,
    /// The new duration.
    pub duration_frames: Option<Quantity>,
    /// The new frame rate.
    pub frame_rate: Option<FrameRate>,
    /// The new width.
    pub width: Option<Dimension>,
    /// The new height.
    pub height: Option<Dimension>,
    /// The new video codec.
    pub video_codec: Option<Text>,
    /// The new audio codec; `Some(None)` clears it.
    pub audio_codec: Option<Option<Text>>,
    /// The new size.
    pub file_size: Option<Quantity>,
    /// The new picture; `Some(None)` clears it.
    pub thumbnail_path: Option<Option<Text>>,
    /// The new facts of the file; `Some(None)` clears them.
    pub file: Option<Option<PackedFacts>>,
}

impl VideoPatch {
    /// The patch after which a video has just these values; facts of its file stay if none are given.
    pub fn replacing(values: VideoValues) -> Self {
        Self {
            path: Some(values.path),
            filename: Some(values.filename),
            duration_frames: Some(values.duration_frames),
            frame_rate: Some(values.frame_rate),
            width: Some(values.width),
            height: Some(values.height),
            video_codec: Some(values.video_codec),
            audio_codec: Some(values.audio_codec),
            file_size: Some(values.file_size),
            thumbnail_path: Some(values.thumbnail_path),
            file: values.file.map(Some),
        }
    }

    /// The values after the update.
    pub fn apply_to(self, old: &VideoValues) -> VideoValues {
        let old = old.clone();
        VideoValues {
            path: self.path.unwrap_or(old.path),
            filename: self.filename.unwrap_or(old.filename),
            duration_frames: self.duration_frames.unwrap_or(old.duration_frames),
            frame_rate: self.frame_rate.unwrap_or(old.frame_rate),
            width: self.width.unwrap_or(old.width),
            height: self.height.unwrap_or(old.height),
            video_codec: self.video_codec.unwrap_or(old.video_codec),
            audio_codec: self.audio_codec.unwrap_or(old.audio_codec),
            file_size: self.file_size.unwrap_or(old.file_size),
            thumbnail_path: self.thumbnail_path.unwrap_or(old.thumbnail_path),
            file: self.file.unwrap_or(old.file),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_hyphenated_uuid_shown_in_lower_case() {
        let id: VideoId = "C78BCE5B-65EE-4465-BF77-675B13C4BE39".parse().unwrap();
        assert_eq!(id.to_string(), "c78bce5b-65ee-4465-bf77-675b13c4be39");
        for text in [
            "",
            "7",
            "c78bce5b65ee4465bf77675b13c4be39",
            "{c78bce5b-65ee-4465-bf77-675b13c4be39}",
            "urn:uuid:c78bce5b-65ee-4465-bf77-675b13c4be39",
            "c78bce5b-65ee-4465-bf77-675b13c4be3g",
        ] {
            assert!(text.parse::<VideoId>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_filename_is_the_last_part_of_the_path() {
        for (path, name) in [
            ("/media/a/b.mkv", "b.mkv"),
            ("b.mkv", "b.mkv"),
            ("/media/folder/", "folder"),
            ("C:\\media\\b.mkv", "b.mkv"),
            ("c:\\media/a\\b/", "b"),
            ("\\\\nas\\media\\b.mkv", "b.mkv"),
            ("media\\b.mkv", "media\\b.mkv"),
            ("/media/C:\\b.mkv", "C:\\b.mkv"),
        ] {
            let path = Text::new(path).unwrap();
            assert_eq!(VideoValues::last_part(&path).unwrap().as_str(), name);
        }
        assert!(VideoValues::last_part(&Text::new("//").unwrap()).is_err());
    }
}
