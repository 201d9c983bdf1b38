//! Exact frame rates, and the seconds that follow from them.

use serde::{Deserialize, Serialize};

use super::scalars::{Dimension, Invalid, Quantity, expect_ratio};

/// An exact frame rate such as 30000/1001, kept as it is given: 60/2 is not 30/1.
///
/// Both parts are 1 or more. The order is that of the numerators and then of the denominators: one
/// to sort by, not that of speed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "RawFrameRate")]
pub struct FrameRate {
    numerator: i32,
    denominator: i32,
}

#[derive(Deserialize)]
struct RawFrameRate {
    numerator: i32,
    denominator: i32,
}

impl TryFrom<RawFrameRate> for FrameRate {
    type Error = Invalid;

    fn try_from(raw: RawFrameRate) -> Result<Self, Invalid> {
        Self::new(raw.numerator, raw.denominator)
    }
}

impl FrameRate {
    /// The rate of these parts, which have a dimension's range.
    pub fn of(numerator: Dimension, denominator: Dimension) -> Self {
        Self { numerator: numerator.get(), denominator: denominator.get() }
    }

    /// # Errors
    /// When a part is zero or negative.
    pub fn new(numerator: i32, denominator: i32) -> Result<Self, Invalid> {
        expect_ratio(numerator, denominator)?;
        Ok(Self { numerator, denominator })
    }

    /// Frames in [`denominator`](Self::denominator) seconds.
    pub fn numerator(self) -> i32 {
        self.numerator
    }

    /// Seconds in which [`numerator`](Self::numerator) frames are shown.
    pub fn denominator(self) -> i32 {
        self.denominator
    }

    /// Frames per second.
    pub fn fps(self) -> f64 {
        f64::from(self.numerator) / f64::from(self.denominator)
    }

    /// The duration of this many frames, in seconds.
    ///
    /// The operations and their order are part of the definition, so that a store which computes
    /// the same in SQL gets the same double.
    pub fn seconds(self, frames: Quantity) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a quantity has 53 bits at most")]
        let frames = frames.get() as f64;
        frames * f64::from(self.denominator) / f64::from(self.numerator)
    }

    /// The total duration of the frames of many videos, in seconds.
    pub fn seconds_of_sum(self, frames: u128) -> f64 {
        #[expect(
            clippy::cast_precision_loss,
            reason = "the sum is exact, and its double the nearest"
        )]
        let frames = frames as f64;
        frames * f64::from(self.denominator) / f64::from(self.numerator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_rate_is_kept_as_given() {
        let doubled = FrameRate::new(60, 2).unwrap();
        assert_eq!((doubled.numerator(), doubled.denominator()), (60, 2));
        assert_ne!(doubled, FrameRate::new(30, 1).unwrap());
        assert_eq!(doubled.fps(), 30.0);
    }

    #[test]
    fn seconds_are_frames_divided_by_the_rate() {
        let ntsc = FrameRate::new(30000, 1001).unwrap();
        assert_eq!(ntsc.seconds(Quantity::new(30000).unwrap()), 1001.0);
        assert_eq!(ntsc.seconds(Quantity::new(0).unwrap()), 0.0);
    }

    #[test]
    fn parts_below_one_are_refused_also_from_json() {
        assert!(FrameRate::new(0, 1).is_err());
        assert!(FrameRate::new(25, 0).is_err());
        let read = serde_json::from_str::<FrameRate>(r#"{"numerator":-25,"denominator":1}"#);
        assert!(read.unwrap_err().to_string().contains("-25/1"));
    }
}
