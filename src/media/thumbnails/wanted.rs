//! Which picture of which file.

use std::time::Duration;

use crate::domain::VideoValues;
use crate::domain::file::{Fingerprint, ThumbnailWidth};

/// A picture that somebody asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// What stands for the content of the file.
    pub fingerprint: Fingerprint,
    /// How wide the picture is at most.
    pub width: ThumbnailWidth,
    /// How long the video is.
    pub duration: Duration,
    /// The number of its main video among the streams of the file, if that is known.
    pub stream: Option<u16>,
}

/// What a picture is kept by.
pub(super) type Key = (Fingerprint, ThumbnailWidth);

impl Wanted {
    /// The picture of a video; none if its file was never read.
    pub fn of(video: &VideoValues, width: ThumbnailWidth) -> Option<Self> {
        let facts = video.facts();
        Some(Self {
            fingerprint: facts.fingerprint?,
            width,
            duration: Duration::try_from_secs_f64(video.duration_seconds()).unwrap_or_default(),
            stream: facts.main_video().map(|stream| stream.index),
        })
    }

    /// What the picture is kept by.
    pub(super) fn key(&self) -> Key {
        (self.fingerprint, self.width)
    }
}
