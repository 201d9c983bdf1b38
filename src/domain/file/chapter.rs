//! The chapters of a file.

use serde::{Deserialize, Serialize};

use crate::domain::scalars::Invalid;

/// A place in a video, in microseconds from its beginning: what files state, exactly.
///
/// In JSON it is a number of seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct MediaTime(u64);

impl MediaTime {
    /// 31 years: up to there, and further, seconds in a double name one microsecond.
    const MAX: u64 = 1_000_000_000_000_000;

    /// # Errors
    /// When it is later than any video is long.
    pub fn from_micros(micros: u64) -> Result<Self, Invalid> {
        if micros > Self::MAX {
            return Err(Invalid::new("must be in the first 31 years of a video"));
        }
        Ok(Self(micros))
    }

    /// In seconds.
    pub fn seconds(self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "it has 53 bits at most")]
        let micros = self.0 as f64;
        micros / 1e6
    }
}

impl TryFrom<f64> for MediaTime {
    type Error = Invalid;

    /// The time nearest to it.
    fn try_from(seconds: f64) -> Result<Self, Invalid> {
        let micros = (seconds * 1e6).round();
        if !(0.0..=1e15).contains(&micros) {
            return Err(Invalid::new(format!("must be in the first 31 years, not {seconds}")));
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "in range")]
        Self::from_micros(micros as u64)
    }
}

impl From<MediaTime> for f64 {
    fn from(time: MediaTime) -> Self {
        time.seconds()
    }
}

/// A part of a video that has a beginning, an end, and usually a name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chapter {
    /// When it starts.
    #[serde(rename = "startSeconds")]
    pub start: MediaTime,
    /// When it ends.
    #[serde(rename = "endSeconds")]
    pub end: MediaTime,
    /// What it is called, if it has a name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
}
