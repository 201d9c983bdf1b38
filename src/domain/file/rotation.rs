//! How players turn a picture.

use serde::{Deserialize, Serialize};

use crate::domain::scalars::Invalid;

/// By how much players turn the picture clockwise: 0, 90, 180 or 270 degrees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "i32", into = "i32")]
pub struct Rotation(i32);

impl Rotation {
    /// # Errors
    /// When the picture would not be upright.
    pub fn new(degrees: i32) -> Result<Self, Invalid> {
        match degrees {
            0 | 90 | 180 | 270 => Ok(Self(degrees)),
            other => Err(Invalid::new(format!("must be 0, 90, 180 or 270, not {other}"))),
        }
    }

    /// In degrees.
    pub fn degrees(self) -> i32 {
        self.0
    }
}

impl TryFrom<i32> for Rotation {
    type Error = Invalid;

    fn try_from(degrees: i32) -> Result<Self, Invalid> {
        Self::new(degrees)
    }
}

impl From<Rotation> for i32 {
    fn from(rotation: Rotation) -> Self {
        rotation.0
    }
}
