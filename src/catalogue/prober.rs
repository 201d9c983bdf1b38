//! What finds out what a file says about itself.

use async_trait::async_trait;

use super::disk::MediaFile;
use crate::domain::catalogue::{Probed, Problem};

/// Reads what a media file says about itself.
#[async_trait]
pub trait Prober: Send + Sync {
    /// What a file says about itself. Its name is only for what the content leaves open.
    ///
    /// # Errors
    /// When it is no video, or nobody can find out.
    async fn probe(&self, file: &dyn MediaFile, name: &[u8]) -> Result<Probed, NotProbed>;
}

/// Why a file was not probed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotProbed {
    /// It is no video, or is damaged.
    #[error("{}", .0.message)]
    Problem(Problem),
    /// There was less to read than the file needs: it is cut off, or its disk failed. To a prober both may be the
    /// same.
    #[error("reading ended early")]
    EndedEarly,
    /// No file can be probed. The text says what to do.
    #[error("{0}")]
    Unavailable(String),
}

impl From<Problem> for NotProbed {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}
