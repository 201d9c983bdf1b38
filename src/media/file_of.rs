//! The files that thumbnails are made of.

use std::sync::Arc;

use async_trait::async_trait;

use super::addresses::Address;
use super::files::{Files, NotServed};
use super::thumbnails::{NotOpened, Source};
use crate::catalogue::disk::MediaFile;
use crate::causes::with_causes;
use crate::domain::VideoId;
use crate::domain::file::Fingerprint;

/// The file of a video, to make a thumbnail of.
pub struct FileOf {
    files: Arc<Files>,
    video: VideoId,
    fingerprint: Fingerprint,
}

impl FileOf {
    /// The file that an address was given for.
    pub fn new(files: &Arc<Files>, address: &Address) -> Self {
        let Address { video, fingerprint, .. } = *address;
        Self { files: Arc::clone(files), video, fingerprint }
    }
}

#[async_trait]
impl Source for FileOf {
    async fn open(&self) -> Result<Arc<dyn MediaFile>, NotOpened> {
        match self.files.open(self.video, self.fingerprint).await {
            Ok(served) => Ok(Arc::clone(served.file())),
            Err(NotServed::Unknown | NotServed::Gone) => Err(NotOpened::Gone),
            Err(NotServed::Changed) => Err(NotOpened::Changed),
            Err(NotServed::Unreachable | NotServed::Elsewhere) => Err(NotOpened::Offline),
            Err(NotServed::Store(error)) => Err(NotOpened::Unreadable(with_causes(&error))),
        }
    }
}
