//! The shape of a pixel.

use serde::{Deserialize, Serialize};

use crate::domain::scalars::{Invalid, expect_ratio};

/// The width of a pixel over its height, e.g. 16/11; both parts are 1 or more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Raw")]
pub struct AspectRatio {
    numerator: i32,
    denominator: i32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    numerator: i32,
    denominator: i32,
}

impl TryFrom<Raw> for AspectRatio {
    type Error = Invalid;

    fn try_from(raw: Raw) -> Result<Self, Invalid> {
        Self::new(raw.numerator, raw.denominator)
    }
}

impl AspectRatio {
    /// # Errors
    /// When a part is zero or negative.
    pub fn new(numerator: i32, denominator: i32) -> Result<Self, Invalid> {
        expect_ratio(numerator, denominator)?;
        Ok(Self { numerator, denominator })
    }

    /// The width, in units that the height has as well.
    pub fn numerator(self) -> i32 {
        self.numerator
    }

    /// The height.
    pub fn denominator(self) -> i32 {
        self.denominator
    }
}
