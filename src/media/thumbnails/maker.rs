//! What makes pictures.

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
    /// Whether it is the file that is wrong, which will be so again.
    pub(super) fn is_of_file(&self) -> bool {
        match self {
            Self::NotInFile | Self::TimedOut => true,
            Self::Unavailable(_) => false,
        }
    }
}
