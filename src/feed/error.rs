//! Why subscriptions end.

use crate::repository::RepositoryError;

/// Why a subscription ends.
#[derive(Clone, Debug, thiserror::Error)]
pub enum FeedError {
    /// The position to start from is not in this log.
    #[error("the position is not in this log")]
    UnknownPlace,
    /// The subscriber fell too far behind.
    #[error("the subscriber reads too slowly")]
    Lagging,
    /// The feed was closed.
    #[error("the feed is closed")]
    Closed,
    /// The log could not be read.
    #[error(transparent)]
    Store(#[from] RepositoryError),
}
