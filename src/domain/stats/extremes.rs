//! The smallest and the largest of videos.

use crate::domain::scalars::Quantity;
use crate::domain::video::Video;

/// The smallest and the largest numbers of some videos.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Extremes {
    /// The smallest size.
    pub min_file_size: Quantity,
    /// The largest size.
    pub max_file_size: Quantity,
    /// The shortest duration.
    pub min_duration_seconds: f64,
    /// The longest duration.
    pub max_duration_seconds: f64,
}

impl Extremes {
    /// Those of all these videos; none if there is none.
    pub fn of<'a>(videos: impl IntoIterator<Item = &'a Video>) -> Option<Self> {
        videos.into_iter().map(Self::of_one).reduce(Self::or)
    }

    fn of_one(video: &Video) -> Self {
        let (file_size, duration) = (video.values.file_size, video.values.duration_seconds());
        Self {
            min_file_size: file_size,
            max_file_size: file_size,
            min_duration_seconds: duration,
            max_duration_seconds: duration,
        }
    }

    fn or(self, other: Self) -> Self {
        Self {
            min_file_size: self.min_file_size.min(other.min_file_size),
            max_file_size: self.max_file_size.max(other.max_file_size),
            min_duration_seconds: self.min_duration_seconds.min(other.min_duration_seconds),
            max_duration_seconds: self.max_duration_seconds.max(other.max_duration_seconds),
        }
    }
}
