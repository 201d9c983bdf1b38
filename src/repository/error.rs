//! Why a store failed.

use std::sync::Arc;
use std::time::Duration;

use crate::domain::{Text, Video, VideoId};

/// Why a store failed. Nothing has changed, unless the error says otherwise.
#[derive(Clone, Debug, thiserror::Error)]
pub enum RepositoryError {
    /// There is no video with this ID.
    #[error("there is no video {0}")]
    NotFound(VideoId),
    /// The new values conflict with existing videos.
    #[error("{} of the videos conflict with existing ones", .0.len())]
    Conflicts(Vec<Conflict>),
    /// The video is not at the expected version, or its new path is taken.
    #[error("the video {} is at version {}, or its new path is taken", .0.id, .0.version)]
    UpdateConflict(Box<UpdateConflict>),
    /// Something that planned changes depend on has changed since.
    #[error("something has changed since the changes were planned")]
    PlanOutdated,
    /// It timed out.
    #[error("could not {attempted} within {} ms", .limit.as_millis())]
    TimedOut {
        /// What was attempted, e.g. "list videos".
        attempted: &'static str,
        /// The time limit.
        limit: Duration,
    },
    /// Other scans took too long, and it timed out before it started.
    #[error("could not begin to {attempted} within {} ms", .limit.as_millis())]
    Busy {
        /// What was attempted, e.g. "count videos".
        attempted: &'static str,
        /// The time limit.
        limit: Duration,
    },
    /// The store is temporarily unavailable, and neither the request nor the library is at fault:
    /// for example, another process has locked it, or its disk is full.
    #[error("could not {attempted} at the moment")]
    Unavailable {
        /// What was attempted, e.g. "list videos".
        attempted: &'static str,
        /// The cause, and what to do about it.
        source: Arc<dyn std::error::Error + Send + Sync>,
    },
    /// The store went away while a change was committed. Whether the change was made is not known.
    #[error("could not find out whether a change was made")]
    OutcomeUnknown,
    /// The store itself failed.
    #[error("could not {attempted}")]
    Store {
        /// What was attempted, e.g. "list videos".
        attempted: &'static str,
        /// Why it failed.
        source: Arc<dyn std::error::Error + Send + Sync>,
    },
}

impl RepositoryError {
    /// Converts a cause to a [`RepositoryError::Unavailable`], e.g. in `map_err`.
    pub fn unavailable<E>(attempted: &'static str) -> impl FnOnce(E) -> Self
    where
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        move |source| Self::Unavailable { attempted, source: Arc::from(source.into()) }
    }

    /// Turns an error from below into a [`RepositoryError::Store`], e.g. in `map_err`.
    pub fn store<E>(attempted: &'static str) -> impl FnOnce(E) -> Self
    where
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        move |source| Self::Store { attempted, source: Arc::from(source.into()) }
    }
}

/// One conflict of a video with another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The video's position in the input; 0 if there is only one.
    pub index: usize,
    /// The taken value.
    pub taken: Taken,
}

/// Why a video cannot be changed, deleted or restored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpdateConflict {
    /// The video.
    pub id: VideoId,
    /// Its version: that of its deletion if it is deleted.
    pub version: i32,
    /// The video as it stands; none if it is deleted.
    pub video: Option<Video>,
    /// Whether it is at another version than expected.
    pub is_at_other_version: bool,
    /// The new path, if another video has it.
    pub taken_path: Option<Text>,
}

/// Values that must be unique.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Taken {
    /// The ID, by a video with other values.
    Id(VideoId),
    /// The path, by a video with another ID.
    Path(Text),
}
