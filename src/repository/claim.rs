//! What an input claims that is not valid as a whole, so that its conflicts can be reported with
//! its errors.

use crate::domain::{NewVideo, Text, Video, VideoId};

/// What an input claims that cannot be carried out.
#[derive(Clone, Debug)]
pub enum Claims {
    /// What the videos of an addition claim, some of which are not valid.
    Insert(Vec<Claim>),
    /// What the change or the deletion of a video claims.
    Update {
        /// The video.
        id: VideoId,
        /// Its new path, if it gets one that is valid.
        path: Option<Text>,
        /// The version that the video must still be at.
        expected_version: Option<i32>,
    },
}

/// What a new video claims.
#[derive(Clone, Debug)]
pub enum Claim {
    /// All that a valid video has.
    Valid(NewVideo),
    /// What is valid in a video that is not.
    Invalid {
        /// Its ID, if the client chose one.
        id: Option<VideoId>,
        /// Its path.
        path: Option<Text>,
    },
}

impl Claim {
    /// The claimed ID.
    pub fn id(&self) -> Option<VideoId> {
        match self {
            Self::Valid(video) => Some(video.id),
            Self::Invalid { id, .. } => *id,
        }
    }

    /// The claimed path.
    pub fn path(&self) -> Option<&Text> {
        match self {
            Self::Valid(video) => Some(&video.values.path),
            Self::Invalid { path, .. } => path.as_ref(),
        }
    }

    /// Whether adding it would yield the existing video.
    pub(super) fn is_already(&self, video: &Video) -> bool {
        matches!(self, Self::Valid(new) if new.is_already(video))
    }

    /// Whether it is equal to another one in the same input.
    pub(super) fn repeats(&self, other: &Self) -> bool {
        matches!((self, other), (Self::Valid(new), Self::Valid(other)) if new.repeats(other))
    }
}
