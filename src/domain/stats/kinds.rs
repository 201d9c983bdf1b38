//! Sums over videos, by what they have in common.

use std::collections::{BTreeMap, HashMap};

use crate::domain::frame_rate::FrameRate;
use crate::domain::scalars::{Dimension, Text};
use crate::domain::video::Video;

/// The statistics of a set of videos.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VideoTotals {
    /// The number of videos.
    pub count: u64,
    /// Bytes of all of them.
    pub file_size: u128,
    /// Frames of all videos, by exact frame rate.
    pub frames: BTreeMap<FrameRate, u128>,
}

impl VideoTotals {
    /// The total duration, in seconds.
    ///
    /// Frames are summed exactly and divided last; the quotients are added in the order of the
    /// frame rates, so that every store gets the same double.
    pub fn duration_seconds(&self) -> f64 {
        // Not `sum()`: that of no numbers is −0.
        self.frames.iter().fold(0.0, |sum, (rate, frames)| sum + rate.seconds_of_sum(*frames))
    }

    /// Adds the sums of videos with this frame rate.
    fn add(&mut self, rate: FrameRate, added: KindTotals) {
        self.count += added.count;
        self.file_size += added.file_size;
        *self.frames.entry(rate).or_default() += added.frames;
    }

    /// Removes what was added.
    fn remove(&mut self, rate: FrameRate, removed: KindTotals) {
        self.count = self.count.saturating_sub(removed.count);
        self.file_size = self.file_size.saturating_sub(removed.file_size);
        if let Some(frames) = self.frames.get_mut(&rate) {
            *frames = frames.saturating_sub(removed.frames);
        }
    }
}

/// The properties that distinguish kinds of video.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct VideoKind {
    /// The video codec.
    pub video_codec: Text,
    /// The audio codec; `None` if there is no audio.
    pub audio_codec: Option<Text>,
    /// In pixels.
    pub width: Dimension,
    /// In pixels.
    pub height: Dimension,
    /// As it was given.
    pub frame_rate: FrameRate,
}

impl VideoKind {
    /// The kind of this video.
    pub fn of(video: &Video) -> Self {
        let values = &video.values;
        Self {
            video_codec: values.video_codec.clone(),
            audio_codec: values.audio_codec.clone(),
            width: values.width,
            height: values.height,
            frame_rate: values.frame_rate,
        }
    }
}

/// The sums over videos of one kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KindTotals {
    /// The number of videos.
    pub count: u64,
    /// Frames of all of them.
    pub frames: u128,
    /// Bytes of all of them.
    pub file_size: u128,
}

impl KindTotals {
    /// Those of one video.
    fn of(video: &Video) -> Self {
        let values = &video.values;
        Self {
            count: 1,
            frames: values.duration_frames.get().unsigned_abs().into(),
            file_size: values.file_size.get().unsigned_abs().into(),
        }
    }
}

/// The sums of some videos, in total and by what they have in common.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VideoStats {
    /// The sums.
    pub totals: VideoTotals,
    /// The sums of each kind that occurs.
    kinds: HashMap<VideoKind, KindTotals>,
}

impl VideoStats {
    /// Counts one video more.
    pub fn add(&mut self, video: &Video) {
        self.add_kind(VideoKind::of(video), KindTotals::of(video));
    }

    /// Counts more videos of one kind, one at least.
    pub fn add_kind(&mut self, kind: VideoKind, added: KindTotals) {
        self.totals.add(kind.frame_rate, added);
        let totals = self.kinds.entry(kind).or_default();
        totals.count += added.count;
        totals.frames += added.frames;
        totals.file_size += added.file_size;
    }

    /// Counts more videos, by their sums.
    pub fn add_all(&mut self, others: &Self) {
        others.kinds.iter().for_each(|(kind, added)| self.add_kind(kind.clone(), *added));
    }

    /// Counts videos no longer that were counted, by their sums.
    pub fn remove_all(&mut self, others: &Self) {
        others.kinds.iter().for_each(|(kind, removed)| self.remove_kind(kind, *removed));
    }

    fn remove_kind(&mut self, kind: &VideoKind, removed: KindTotals) {
        let Some(totals) = self.kinds.get_mut(kind) else { return };
        totals.count = totals.count.saturating_sub(removed.count);
        totals.frames = totals.frames.saturating_sub(removed.frames);
        totals.file_size = totals.file_size.saturating_sub(removed.file_size);
        if totals.count == 0 {
            self.kinds.remove(kind);
        }
        let rate = kind.frame_rate;
        self.totals.remove(rate, removed);
        if !self.kinds.keys().any(|kind| kind.frame_rate == rate) {
            self.totals.frames.remove(&rate);
        }
    }

    /// The `limit` most frequent values of a facet, the most frequent first, ties by value.
    pub fn most_frequent(&self, facet: Facet, limit: usize) -> Vec<FacetCount> {
        let mut totals: HashMap<FacetValue, VideoTotals> = HashMap::new();
        for (kind, added) in &self.kinds {
            totals.entry(facet.of(kind)).or_default().add(kind.frame_rate, *added);
        }
        let counts = totals.into_iter().map(|(value, totals)| FacetCount { value, totals });
        let mut counts: Vec<FacetCount> = counts.collect();
        let by_count = |one: &FacetCount, other: &FacetCount| {
            other.totals.count.cmp(&one.totals.count).then_with(|| one.value.cmp(&other.value))
        };
        counts.sort_unstable_by(by_count);
        counts.truncate(limit);
        counts
    }
}

/// The properties that videos can be counted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Facet {
    /// The video codec.
    VideoCodec,
    /// The audio codec, or none.
    AudioCodec,
    /// Width and height.
    Resolution,
}

impl Facet {
    /// Every facet.
    pub const ALL: [Self; 3] = [Self::VideoCodec, Self::AudioCodec, Self::Resolution];

    /// The value by which videos of a kind are counted.
    pub fn of(self, kind: &VideoKind) -> FacetValue {
        match self {
            Self::VideoCodec => FacetValue::Codec(Some(kind.video_codec.clone())),
            Self::AudioCodec => FacetValue::Codec(kind.audio_codec.clone()),
            Self::Resolution => FacetValue::Resolution(kind.width, kind.height),
        }
    }
}

/// A value that videos have in common. None comes before any text, and text is compared byte by
/// byte.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FacetValue {
    /// A codec, or none.
    Codec(Option<Text>),
    /// Width and height in pixels.
    Resolution(Dimension, Dimension),
}

/// The videos with a common value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FacetCount {
    /// The value.
    pub value: FacetValue,
    /// Their sums. There is at least one video.
    pub totals: VideoTotals,
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
        let kind = |(codec, width, height)| VideoKind {
            video_codec: Text::new("h264").unwrap(),
            audio_codec: Text::new(codec).ok(),
            width: Dimension::new(width).unwrap(),
            height: Dimension::new(height).unwrap(),
            frame_rate: FrameRate::new(24, 1).unwrap(),
        };
        let mut stats = VideoStats::default();
        for (of, count) in [(("b", 640, 480), 1), (("B", 640, 272), 1), (("", 320, 999), 1)] {
            stats.add_kind(kind(of), KindTotals { count, frames: 0, file_size: 0 });
        }
        stats.add_kind(kind(("c", 9, 9)), KindTotals { count: 2, frames: 0, file_size: 0 });
        let codec = |name: &str| FacetValue::Codec(Text::new(name).ok());
        let size = |width, height| {
            FacetValue::Resolution(Dimension::new(width).unwrap(), Dimension::new(height).unwrap())
        };
        for (facet, order) in [
            (Facet::VideoCodec, vec![codec("h264")]),
            (Facet::AudioCodec, vec![codec("c"), codec(""), codec("B"), codec("b")]),
            (Facet::Resolution, vec![size(9, 9), size(320, 999), size(640, 272), size(640, 480)]),
        ] {
            let values = |limit| {
                let counts = stats.most_frequent(facet, limit).into_iter();
                counts.map(|count| count.value).collect::<Vec<_>>()
            };
            assert_eq!(values(10), order);
            assert_eq!(values(2), order[..order.len().min(2)]);
        }
        assert_eq!(stats.totals.count, 5);
    }
}
