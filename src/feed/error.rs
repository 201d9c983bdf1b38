//! Why subscriptions end.

use crate::repository::RepositoryError;

/// Why a subscription ends.
#[derive(Clone, Debug, thiserror::Error)]
pub enum FeedError {
    /// The place to begin at is none of this log.
    #[error("the position is not in this log")]
    UnknownPlace,
    /// The subscriber fell behind further than it may.
    #[error("the subscriber reads too slowly")]
    Lagging,
    /// The feed was closed.
    #[error("the feed is closed")]
    Closed,
    /// The log could not be read.
    #[error(transparent)]
    Store(#[from] RepositoryError),
}
