//! The fields of a video, and their values.

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error};
use serde_json::Value;

use super::file::FileFact;
use super::frame_rate::FrameRate;
use super::scalars::{Dimension, Quantity, Text};
use super::timestamp::Timestamp;

/// The fields of a video that the audit log records, in the order of the public `Video` type.
///
/// The ID, the version and the time of an update are not among them: the entry itself has those.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum VideoField {
    /// [`VideoValues::path`](super::VideoValues::path)
    Path,
    /// [`VideoValues::filename`](super::VideoValues::filename)
    Filename,
    /// [`VideoValues::duration_frames`](super::VideoValues::duration_frames)
    DurationFrames,
    /// [`VideoValues::frame_rate`](super::VideoValues::frame_rate)
    FrameRate,
    /// [`VideoValues::width`](super::VideoValues::width)
    Width,
    /// [`VideoValues::height`](super::VideoValues::height)
    Height,
    /// [`VideoValues::video_codec`](super::VideoValues::video_codec)
    VideoCodec,
    /// [`VideoValues::audio_codec`](super::VideoValues::audio_codec)
    AudioCodec,
    /// [`VideoValues::file_size`](super::VideoValues::file_size)
    FileSize,
    /// [`VideoValues::thumbnail_path`](super::VideoValues::thumbnail_path)
    ThumbnailPath,
    /// [`Video::created_at`](super::Video::created_at)
    CreatedAt,
    /// [`Video::updated_at`](super::Video::updated_at)
    UpdatedAt,
    /// [`FileFacts::missing_since`](super::FileFacts::missing_since)
    MissingSince,
    /// [`FileFacts::file_modified_at`](super::FileFacts::file_modified_at)
    FileModifiedAt,
    /// [`FileFacts::fingerprint`](super::FileFacts::fingerprint)
    Fingerprint,
    /// [`FileFacts::container`](super::FileFacts::container)
    Container,
    /// [`FileFacts::bit_rate`](super::FileFacts::bit_rate)
    BitRate,
    /// [`FileFacts::rotation`](super::FileFacts::rotation)
    Rotation,
    /// [`FileFacts::pixel_aspect_ratio`](super::FileFacts::pixel_aspect_ratio)
    PixelAspectRatio,
    /// [`FileFacts::has_variable_frame_rate`](super::FileFacts::has_variable_frame_rate)
    HasVariableFrameRate,
    /// [`FileFacts::streams`](super::FileFacts::streams)
    Streams,
    /// [`FileFacts::chapters`](super::FileFacts::chapters)
    Chapters,
}

impl VideoField {
    /// Every field, in the order of the public `Video` type.
    pub const ALL: [Self; 22] = [
        Self::Path,
        Self::Filename,
        Self::DurationFrames,
        Self::FrameRate,
        Self::Width,
        Self::Height,
        Self::VideoCodec,
        Self::AudioCodec,
        Self::FileSize,
        Self::ThumbnailPath,
        Self::CreatedAt,
        Self::UpdatedAt,
        Self::MissingSince,
        Self::FileModifiedAt,
        Self::Fingerprint,
        Self::Container,
        Self::BitRate,
        Self::Rotation,
        Self::PixelAspectRatio,
        Self::HasVariableFrameRate,
        Self::Streams,
        Self::Chapters,
    ];

    /// Those of [`FileFacts`](super::FileFacts).
    pub const OF_FILE: [Self; 10] = [
        Self::MissingSince,
        Self::FileModifiedAt,
        Self::Fingerprint,
        Self::Container,
        Self::BitRate,
        Self::Rotation,
        Self::PixelAspectRatio,
        Self::HasVariableFrameRate,
        Self::Streams,
        Self::Chapters,
    ];

    /// Its name in the public `Video` type, e.g. `videoCodec`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Filename => "filename",
            Self::DurationFrames => "durationFrames",
            Self::FrameRate => "frameRate",
            Self::Width => "width",
            Self::Height => "height",
            Self::VideoCodec => "videoCodec",
            Self::AudioCodec => "audioCodec",
            Self::FileSize => "fileSize",
            Self::ThumbnailPath => "thumbnailPath",
            Self::CreatedAt => "createdAt",
            Self::UpdatedAt => "updatedAt",
            Self::MissingSince => "missingSince",
            Self::FileModifiedAt => "fileModifiedAt",
            Self::Fingerprint => "fingerprint",
            Self::Container => "container",
            Self::BitRate => "bitRate",
            Self::Rotation => "rotation",
            Self::PixelAspectRatio => "pixelAspectRatio",
            Self::HasVariableFrameRate => "hasVariableFrameRate",
            Self::Streams => "streams",
            Self::Chapters => "chapters",
        }
    }

    /// The field with this name in the public `Video` type.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.name() == name)
    }
}

/// The value of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldValue {
    /// A path, a name or a codec.
    Text(Text),
    /// Pixels, frames or bytes.
    Integer(i64),
    /// A frame rate.
    FrameRate(FrameRate),
    /// A time.
    Timestamp(Timestamp),
    /// One of [`FileFacts`](super::FileFacts).
    Fact(FileFact),
}

impl From<Text> for FieldValue {
    fn from(text: Text) -> Self {
        Self::Text(text)
    }
}

impl From<Quantity> for FieldValue {
    fn from(amount: Quantity) -> Self {
        Self::Integer(amount.get())
    }
}

impl From<Dimension> for FieldValue {
    fn from(pixels: Dimension) -> Self {
        Self::Integer(pixels.get().into())
    }
}

impl From<FrameRate> for FieldValue {
    fn from(rate: FrameRate) -> Self {
        Self::FrameRate(rate)
    }
}

impl From<Timestamp> for FieldValue {
    fn from(at: Timestamp) -> Self {
        Self::Timestamp(at)
    }
}

impl From<FileFact> for FieldValue {
    fn from(fact: FileFact) -> Self {
        Self::Fact(fact)
    }
}

impl FieldValue {
    /// The value in the form in which the public `Video` type shows it.
    pub fn to_json(&self) -> Value {
        match self {
            Self::Text(text) => text.as_str().into(),
            Self::Integer(number) => (*number).into(),
            Self::FrameRate(rate) => serde_json::json!({
                "numerator": rate.numerator(),
                "denominator": rate.denominator(),
            }),
            Self::Timestamp(at) => at.to_string().into(),
            Self::Fact(fact) => fact.as_json().clone(),
        }
    }
}

/// Reads back what [`FieldValue::to_json`] wrote for this field.
impl<'de> DeserializeSeed<'de> for VideoField {
    type Value = FieldValue;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<FieldValue, D::Error> {
        let read = match self {
            Self::Path
            | Self::Filename
            | Self::VideoCodec
            | Self::AudioCodec
            | Self::ThumbnailPath => Text::new(&String::deserialize(json)?).map(Into::into),
            Self::DurationFrames | Self::FileSize => {
                Quantity::new(i64::deserialize(json)?).map(Into::into)
            }
            Self::Width | Self::Height => Dimension::new(i32::deserialize(json)?).map(Into::into),
            Self::FrameRate => Ok(FrameRate::deserialize(json)?.into()),
            Self::CreatedAt | Self::UpdatedAt => {
                String::deserialize(json)?.parse::<Timestamp>().map(Into::into)
            }
            Self::MissingSince
            | Self::FileModifiedAt
            | Self::Fingerprint
            | Self::Container
            | Self::BitRate
            | Self::Rotation
            | Self::PixelAspectRatio
            | Self::HasVariableFrameRate
            | Self::Streams
            | Self::Chapters => {
                FileFact::new(self.name(), Value::deserialize(json)?).map(Into::into)
            }
        };
        read.map_err(|invalid| D::Error::custom(format_args!("{} {invalid}", self.name())))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::samples;

    #[test]
    fn fields_are_found_by_their_names() {
        for field in VideoField::ALL {
            assert_eq!(VideoField::from_name(field.name()), Some(field));
        }
        assert_eq!(VideoField::from_name("version"), None);
    }

    #[test]
    fn values_come_back_from_json() {
        let mut video = samples::video();
        video.values.thumbnail_path = Some(Text::new("/é.jpg").unwrap());
        video.values.file = samples::facts().pack().unwrap();
        for field in VideoField::ALL {
            let value = video.get(field).unwrap();
            assert_eq!(field.deserialize(&value.to_json()).unwrap(), value);
        }
        let rate = video.get(VideoField::FrameRate).unwrap().to_json();
        assert_eq!(rate, json!({"numerator": 30000, "denominator": 1001}));
    }

    #[test]
    fn json_of_another_type_is_refused() {
        for (field, json) in [
            (VideoField::Path, json!(5)),
            (VideoField::Path, json!("")),
            (VideoField::AudioCodec, json!(null)),
            (VideoField::Width, json!("5")),
            (VideoField::Width, json!(0)),
            (VideoField::Height, json!(1_i64 << 31)),
            (VideoField::FileSize, json!(-1)),
            (VideoField::FileSize, json!(1.5)),
            (VideoField::FrameRate, json!("30000/1001")),
            (VideoField::FrameRate, json!({"numerator": 0, "denominator": 1})),
            (VideoField::CreatedAt, json!("yesterday")),
            (VideoField::UpdatedAt, json!(0)),
        ] {
            assert!(field.deserialize(&json).is_err(), "{field:?} from {json}");
        }
    }
}
