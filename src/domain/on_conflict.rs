//! What to do with a new video whose ID or path is taken.

/// What to do with a new video whose ID or path is taken by a different one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnConflict {
    /// Add none of the videos, and report the conflicts.
    Fail,
    /// Leave the video that is there as it is.
    Skip,
    /// Overwrite the existing video; it keeps its ID and the time when it was added.
    ///
    /// The one with the same ID, or else the one at the same path. If the ID exists, a path that
    /// another video holds is still a conflict.
    Update,
}

impl OnConflict {
    /// Every choice.
    pub const ALL: [Self; 3] = [Self::Fail, Self::Skip, Self::Update];

    /// Its name: `fail`, `skip` or `update`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fail => "fail",
            Self::Skip => "skip",
            Self::Update => "update",
        }
    }
}
