//! What makes pictures.

use std::time::Duration;

use async_trait::async_trait;

use super::picture::Picture;
use super::wanted::Wanted;
use crate::catalogue::disk::MediaFile;

/// Makes pictures of videos.
#[async_trait]
pub trait Maker: Send + Sync {
    /// Makes a picture of a file. It takes a limited time.
    ///
    /// # Errors
    /// When the file has none, or nobody can find out.
    async fn make(&self, file: &dyn MediaFile, wanted: &Wanted) -> Result<Picture, NotMade>;
}

/// Why no picture was made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotMade {
    /// The file has no picture that can be shown.
    #[error("the file has no picture that can be shown")]
    NotInFile,
    /// It took too long.
    #[error("no picture could be made of the file in time")]
    TimedOut,
    /// Something else than the file is wrong. The text says what.
    #[error("{0}")]
    Unavailable(String),
}

impl NotMade {
    /// How long the file is not tried again; none if it is not the file that is wrong. One that took too long
    /// may have been on a disk that had to wake up.
    pub(super) fn remembered(&self) -> Option<Duration> {
        match self {
            Self::NotInFile => Some(Duration::from_secs(60 * 60)),
            Self::TimedOut => Some(Duration::from_secs(5 * 60)),
            Self::Unavailable(_) => None,
        }
    }
}
