//! Why a store did not do what it was asked to.

use std::sync::Arc;
use std::time::Duration;

use crate::domain::{Text, Video, VideoId};

/// Why a store did not do what it was asked to. Nothing has changed when there is one.
#[derive(Clone, Debug, thiserror::Error)]
pub enum RepositoryError {
    /// There is no video with this ID.
    #[error("there is no video {0}")]
    NotFound(VideoId),
    /// What is to be added or changed stands in the way of what is there.
    #[error("{} of the videos conflict with others", .0.len())]
    Conflicts(Vec<Conflict>),
    /// The video is not at the version that was expected; here it is as it stands.
    #[error("the video {} is at version {}", .0.id, .0.version)]
    VersionConflict(Box<Video>),
    /// The answer would have taken too long, and was given up.
    #[error("could not {attempted} within {} ms", .limit.as_millis())]
    TimedOut {
        /// What was attempted, e.g. "list videos".
        attempted: &'static str,
        /// How long it may take.
        limit: Duration,
    },
    /// Others that may look at every row were ahead for too long, and it was given up before it began.
    #[error("could not begin to {attempted} within {} ms", .limit.as_millis())]
    Busy {
        /// What was attempted, e.g. "count videos".
        attempted: &'static str,
        /// How long it may wait.
        limit: Duration,
    },
    /// The store cannot do it at the moment, through no fault of what was asked or of the library:
    /// another process keeps it locked, its disk is full, or the like.
    #[error("could not {attempted} at the moment")]
    Unavailable {
        /// What was attempted, e.g. "list videos".
        attempted: &'static str,
        /// What is in the way, and what to do about it.
        source: Arc<dyn std::error::Error + Send + Sync>,
    },
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
    /// Turns what is in the way into a [`RepositoryError::Unavailable`], e.g. in `map_err`.
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
    /// The video's position in the input; 0 where there is only one.
    pub index: usize,
    /// What is taken.
    pub taken: Taken,
}

/// What two videos cannot both have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Taken {
    /// The ID, by a video with other values.
    Id(VideoId),
    /// The path, by a video with another ID.
    Path(Text),
}
