//! The streams of a file.

use serde::{Deserialize, Serialize};

/// The kinds of streams that are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum MediaStreamKind {
    /// Pictures.
    Video,
    /// Sound.
    Audio,
    /// Subtitles, as text or as pictures.
    Subtitle,
}

/// How bright a picture can be, and by which standard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DynamicRange {
    /// Standard.
    Sdr,
    /// SMPTE ST 2084.
    Hdr10,
    /// ARIB STD-B67.
    Hlg,
    /// Dolby Vision.
    DolbyVision,
    /// The file does not state it.
    Unknown,
}

/// A stream of a file.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MediaStream {
    /// Its number in the file, from 0.
    pub index: u16,
    /// Its kind.
    pub kind: MediaStreamKind,
    /// E.g. `aac`.
    pub codec: String,
    /// E.g. `High`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// As the file states it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// As the file states it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Whether players choose it by default.
    #[serde(default, skip_serializing_if = "is_false")]
    pub is_default: bool,
    /// Whether players show it even if nobody asked for it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub is_forced: bool,
    /// Whether it also describes sounds.
    #[serde(default, skip_serializing_if = "is_false")]
    pub is_for_hearing_impaired: bool,
    /// Whether it is a commentary.
    #[serde(default, skip_serializing_if = "is_false")]
    pub is_commentary: bool,
    /// Of sound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channels: Option<i32>,
    /// Of sound, in Hz.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sample_rate: Option<i32>,
    /// Of pictures, in pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<i32>,
    /// Of pictures, in pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<i32>,
    /// Of pictures, in bits for each component of a colour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bit_depth: Option<i32>,
    /// Of pictures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dynamic_range: Option<DynamicRange>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_false(flag: &bool) -> bool {
    !flag
}
