//! How wide thumbnails are.

use std::str::FromStr;

use crate::domain::scalars::Invalid;

/// A width of thumbnails. There are few, so that a picture is made once for all who show it in about that size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ThumbnailWidth {
    /// 160 pixels.
    W160,
    /// 320 pixels.
    W320,
    /// 640 pixels.
    W640,
    /// 1280 pixels.
    W1280,
}

impl ThumbnailWidth {
    /// Every width, the smallest first.
    pub const ALL: [Self; 4] = [Self::W160, Self::W320, Self::W640, Self::W1280];

    /// The smallest width that is not below this many pixels, or else the largest.
    pub fn at_least(pixels: u32) -> Self {
        Self::ALL.into_iter().find(|width| width.pixels() >= pixels).unwrap_or(Self::W1280)
    }

    /// In pixels.
    pub fn pixels(self) -> u32 {
        match self {
            Self::W160 => 160,
            Self::W320 => 320,
            Self::W640 => 640,
            Self::W1280 => 1280,
        }
    }
}

impl FromStr for ThumbnailWidth {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let named = Self::ALL.into_iter().find(|width| width.pixels().to_string() == text);
        named.ok_or_else(|| Invalid::new("must be 160, 320, 640 or 1280"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_width_is_the_next_one_up() {
        for (pixels, expected) in [
            (0, 160),
            (160, 160),
            (161, 320),
            (320, 320),
            (321, 640),
            (1279, 1280),
            (1281, 1280),
            (u32::MAX, 1280),
        ] {
            assert_eq!(ThumbnailWidth::at_least(pixels).pixels(), expected, "{pixels}");
        }
    }

    #[test]
    fn a_width_has_one_spelling() {
        for width in ThumbnailWidth::ALL {
            assert_eq!(width.pixels().to_string().parse(), Ok(width));
        }
        for wrong in ["", "0320", "+320", "100", "320.0"] {
            assert!(wrong.parse::<ThumbnailWidth>().is_err(), "{wrong}");
        }
    }
}
