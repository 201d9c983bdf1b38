//! Why there is no picture.

use super::maker::NotMade;
use super::source::NotOpened;

/// Why a request for a picture gets none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoPicture {
    /// The file cannot be opened now.
    #[error(transparent)]
    NotOpened(#[from] NotOpened),
    /// The file has no picture that can be shown. This is remembered for an hour.
    #[error("the file has no picture that can be shown")]
    NotInFile,
    /// The file did not give a picture in time. This is remembered for five minutes.
    #[error("no picture could be made of the file in time")]
    TimedOut,
    /// Too many pictures are waiting to be made: the same request can succeed in a few seconds.
    #[error("too many thumbnails are waiting to be made")]
    Busy,
    /// No picture can be made now, of whatever file. The text is for the operator.
    #[error("{0}")]
    Unavailable(String),
}

impl From<NotMade> for NoPicture {
    fn from(not_made: NotMade) -> Self {
        match not_made {
            NotMade::NotInFile => Self::NotInFile,
            NotMade::TimedOut => Self::TimedOut,
            NotMade::Unavailable(reason) => Self::Unavailable(reason),
        }
    }
}
