//! The widths that thumbnails are made in.

/// How wide a thumbnail is at most. There are few, so that pictures of about the same size are made once.
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
    /// All of them, the smallest first.
    pub const ALL: [Self; 4] = [Self::W160, Self::W320, Self::W640, Self::W1280];

    /// The smallest that is not below this width; the largest if all are.
    pub fn at_least(pixels: u32) -> Self {
        Self::ALL.into_iter().find(|width| width.pixels() >= pixels).unwrap_or(Self::W1280)
    }

    /// The one that is exactly this wide; none if there is none.
    pub fn of(pixels: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|width| width.pixels() == pixels)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_at_least_as_wide_as_wanted_while_there_are_wider_ones() {
        for (wanted, pixels) in [
            (0, 160),
            (1, 160),
            (160, 160),
            (161, 320),
            (320, 320),
            (640, 640),
            (641, 1280),
            (1280, 1280),
            (1281, 1280),
            (u32::MAX, 1280),
        ] {
            assert_eq!(ThumbnailWidth::at_least(wanted).pixels(), pixels, "{wanted}");
        }
    }

    #[test]
    fn only_the_widths_themselves_are_read() {
        for width in ThumbnailWidth::ALL {
            assert_eq!(ThumbnailWidth::of(width.pixels()), Some(width));
        }
        for other in [0, 159, 161, 321, 12800] {
            assert_eq!(ThumbnailWidth::of(other), None, "{other}");
        }
    }
}
