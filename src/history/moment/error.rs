//! Why there is no moment.

use crate::repository::RepositoryError;

/// Why the library cannot be shown as it was.
#[derive(Clone, Debug, thiserror::Error)]
pub enum MomentError {
    /// The place is not in the log of this library.
    #[error("the place is not in the log")]
    UnknownPlace,
    /// The moment up to which differences are asked for is an earlier one.
    #[error("the second moment is earlier than the first")]
    NotLater,
    /// Too much has changed since.
    #[error("{changes} changes have been made since, more than {limit}")]
    TooFar {
        /// The number of changes since.
        changes: u64,
        /// Their maximum number.
        limit: usize,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] RepositoryError),
}
