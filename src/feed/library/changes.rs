//! What changed in the library, in a bounded form.

use crate::domain::VideoId;

/// The maximum number of videos that are listed.
pub const MAX_VIDEOS: usize = 100;

/// What changed from one place in the log to another. However much it was, it takes little memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LibraryChanges {
    /// The videos that changed, each once; none where there are too many, or where it is not known.
    pub videos: Option<Vec<VideoId>>,
    /// Whether a video entered or left the selection, or may have.
    pub membership_changed: bool,
}

impl LibraryChanges {
    /// Nothing changed.
    pub const NONE: Self = Self { videos: Some(Vec::new()), membership_changed: false };

    /// Anything may have changed.
    pub const UNKNOWN: Self = Self { videos: None, membership_changed: true };

    /// Whether nothing changed.
    pub fn is_none(&self) -> bool {
        *self == Self::NONE
    }

    /// Whether further changes make no difference.
    pub fn is_settled(&self) -> bool {
        *self == Self::UNKNOWN
    }

    /// Adds a change of a video.
    pub fn add(&mut self, video: VideoId, membership_changed: bool) {
        self.membership_changed |= membership_changed;
        let Some(videos) = &mut self.videos else { return };
        if videos.contains(&video) {
            return;
        }
        if videos.len() < MAX_VIDEOS {
            videos.push(video);
        } else {
            self.videos = None;
        }
    }

    /// Adds what changed later.
    pub fn merge(&mut self, later: &Self) {
        self.membership_changed |= later.membership_changed;
        match &later.videos {
            Some(videos) => videos.iter().for_each(|video| self.add(*video, false)),
            None => self.videos = None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u8) -> VideoId {
        VideoId::from_bytes([number; 16])
    }

    #[test]
    fn a_hundred_videos_are_listed_and_no_more() {
        let mut changes = LibraryChanges::NONE;
        for _ in 0..2 {
            (0..100).for_each(|number| changes.add(id(number), false));
        }
        assert_eq!(changes.videos, Some((0..100).map(id).collect()));
        changes.add(id(100), false);
        assert_eq!(changes, LibraryChanges { videos: None, membership_changed: false });
        assert!(!changes.is_settled());
        changes.add(id(0), true);
        assert_eq!(changes, LibraryChanges::UNKNOWN);
        assert!(changes.is_settled());
    }

    #[test]
    fn what_is_merged_is_as_if_it_had_been_added() {
        for (first, second) in [(60, 60), (100, 1), (0, 100), (101, 0), (0, 101), (0, 0)] {
            let of = |numbers: std::ops::Range<u8>, membership_changed| {
                let mut changes = LibraryChanges::NONE;
                numbers.for_each(|number| changes.add(id(number), membership_changed));
                changes
            };
            for membership_changed in [false, true] {
                let mut merged = of(0..first, false);
                merged.merge(&of(first..first + second, membership_changed));
                let mut added = of(0..first, false);
                (first..first + second).for_each(|it| added.add(id(it), membership_changed));
                assert_eq!(merged, added, "{first} and {second}");
            }
        }
    }
}
