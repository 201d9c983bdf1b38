//! The things that have an ID and a history, and the lists of them. They lead to each other, so what each
//! shows has a file of its own.

use async_graphql::Description;

use crate::domain::{self, AuditFilter, VideoFilter, VideoId, VideoOrder};

/// A video file's metadata, as a probe of the file found it: a file that could not be read is no Video.
/// A file with a variable frame rate has its average.
#[derive(Clone, Description)]
pub struct Video(pub domain::Video);

/// A video's record at one version. Its ID differs from the video's own, so that a client that caches objects by
/// ID never takes a past state for the present one.
#[derive(Clone, Description)]
pub struct VideoSnapshot(pub domain::Video);

/// A list of videos.
pub struct VideoListing {
    /// The selected videos.
    pub filter: VideoFilter,
    /// In which order.
    pub order: VideoOrder,
}

/// One recorded change. Written in the same transaction as the change itself.
#[derive(Clone, Description)]
pub struct AuditEntry(pub domain::AuditEntry);

/// A list of audit entries, newest first.
pub enum AuditListing {
    /// Of the whole library.
    Log(AuditFilter),
    /// Of one video.
    History(VideoId),
}
