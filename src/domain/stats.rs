//! The numbers behind a library's overview.

use std::collections::BTreeMap;

use super::frame_rate::FrameRate;
use super::scalars::{Dimension, Text};
use super::video::Video;

/// What many videos come to together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VideoTotals {
    /// How many there are.
    pub count: u64,
    /// Bytes of all of them.
    pub file_size: u128,
    /// Frames of all of them, at each frame rate as it was given.
    pub frames: BTreeMap<FrameRate, u128>,
}

impl VideoTotals {
    /// Counts one video more.
    pub fn add(&mut self, video: &Video) {
        let values = &video.values;
        self.count += 1;
        self.file_size += u128::from(values.file_size.get().unsigned_abs());
        let frames = u128::from(values.duration_frames.get().unsigned_abs());
        *self.frames.entry(values.frame_rate).or_default() += frames;
    }

    /// How long all of them last, in seconds.
    ///
    /// Frames are summed exactly and divided last; the quotients are added in the order of the
    /// frame rates, so that every store gets the same double.
    pub fn duration_seconds(&self) -> f64 {
        // Not `sum()`: that of no numbers is −0.
        self.frames.iter().fold(0.0, |sum, (rate, frames)| sum + rate.seconds_of_sum(*frames))
    }
}

/// What videos can be counted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Facet {
    /// The video codec.
    VideoCodec,
    /// The audio codec, or that there is none.
    AudioCodec,
    /// Width and height.
    Resolution,
}

impl Facet {
    /// Every facet.
    pub const ALL: [Self; 3] = [Self::VideoCodec, Self::AudioCodec, Self::Resolution];

    /// What a video is counted under.
    pub fn of(self, video: &Video) -> FacetValue {
        let values = &video.values;
        match self {
            Self::VideoCodec => FacetValue::Codec(Some(values.video_codec.clone())),
            Self::AudioCodec => FacetValue::Codec(values.audio_codec.clone()),
            Self::Resolution => FacetValue::Resolution(values.width, values.height),
        }
    }
}

/// What some videos have in common. None comes before any text, and texts go byte by byte.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FacetValue {
    /// A codec, or that there is none.
    Codec(Option<Text>),
    /// Width and height in pixels.
    Resolution(Dimension, Dimension),
}

/// How many videos have something in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FacetCount {
    /// What they have in common.
    pub value: FacetValue,
    /// How many they are; 1 or more.
    pub count: u64,
}

impl FacetCount {
    /// The `limit` most frequent of these, the most frequent first, ties by value.
    pub fn most_frequent(
        counts: impl IntoIterator<Item = (FacetValue, u64)>,
        limit: usize,
    ) -> Vec<Self> {
        let mut counts: Vec<Self> =
            counts.into_iter().map(|(value, count)| Self { value, count }).collect();
        counts.sort_unstable_by(|a, b| b.count.cmp(&a.count).then_with(|| a.value.cmp(&b.value)));
        counts.truncate(limit);
        counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn totals(frames: &[(i32, i32, u128)]) -> VideoTotals {
        let rate = |numerator, denominator| FrameRate::new(numerator, denominator).unwrap();
        let frames = frames.iter().map(|(n, d, frames)| (rate(*n, *d), *frames)).collect();
        VideoTotals { frames, ..VideoTotals::default() }
    }

    #[test]
    fn frames_are_summed_before_they_are_divided() {
        // A third of a second three thousand times is a thousand seconds, and not 999.99….
        assert_eq!(totals(&[(3, 1, 3000)]).duration_seconds(), 1000.0);
        assert_eq!(totals(&[(25, 1, 50), (30_000, 1001, 30_000)]).duration_seconds(), 1003.0);
    }

    #[test]
    fn no_videos_last_no_time() {
        let seconds = VideoTotals::default().duration_seconds();
        assert!(seconds == 0.0 && seconds.is_sign_positive(), "{seconds}");
    }

    #[test]
    fn the_most_frequent_come_first_and_ties_by_value() {
        let codec = |name: &str| FacetValue::Codec(Text::new(name).ok());
        let size = |width, height| {
            FacetValue::Resolution(Dimension::new(width).unwrap(), Dimension::new(height).unwrap())
        };
        for (counts, order) in [
            (
                vec![(codec("b"), 1), (codec("B"), 1), (codec(""), 1), (codec("c"), 2)],
                vec![codec("c"), codec(""), codec("B"), codec("b")],
            ),
            (
                vec![(size(640, 480), 1), (size(640, 272), 1), (size(320, 999), 1)],
                vec![size(320, 999), size(640, 272), size(640, 480)],
            ),
        ] {
            let values = |counts: Vec<FacetCount>| -> Vec<FacetValue> {
                counts.into_iter().map(|count| count.value).collect()
            };
            assert_eq!(values(FacetCount::most_frequent(counts.clone(), 10)), order);
            assert_eq!(values(FacetCount::most_frequent(counts, 2)), order[..2]);
        }
    }
}
