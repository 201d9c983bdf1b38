//! Pictures of videos, made by ffmpeg when somebody asks for them.
//!
//! [`Thumbnails`] has a picture in its [`CacheFolder`], or has a [`Maker`] make it: few at once, equal
//! requests together, and not again for a while if that failed. Pictures are found by the fingerprint of the
//! content, so a file that was moved keeps its own.

mod cache;
mod failures;
#[cfg(unix)]
mod ffmpeg;
mod jobs;
mod maker;
mod making;
mod no_picture;
mod patience;
mod picture;
#[cfg(test)]
mod scripted;
mod service;
mod source;
#[cfg(test)]
mod tests;
mod wanted;
mod warnings;

pub use cache::{CacheError, CacheFolder};
#[cfg(unix)]
pub use ffmpeg::Ffmpeg;
pub use maker::{Maker, NotMade};
pub use no_picture::NoPicture;
pub use picture::Picture;
pub use service::{Queue, Thumbnails};
pub use source::{NotOpened, Source};
pub use wanted::Wanted;
