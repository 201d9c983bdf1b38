//! What the server serves of the files of videos.

use std::sync::Arc;

use super::roots::OwnRoots;
use crate::catalogue::runner::OsDisks;
use crate::config::ServeSettings;
use crate::domain::{RandomIds, SystemClock};
use crate::http::{Backend, Downloads, Media};
use crate::media::files::Opening;
use crate::media::{Addresses, Files};

/// Adds the files of videos to what is served, as far as the settings allow it.
pub(super) fn serve(backend: &mut Backend, own: &OwnRoots, settings: &ServeSettings) {
    let Some(served) = settings.media.serve_files else { return };
    let authenticator = backend.authenticator.clone();
    let addresses = Addresses::new(served, move || authenticator.address_key());
    let opening = Opening {
        catalogue: backend.repository.catalogue(),
        disks: Arc::new(OsDisks::new(own.clone())),
        clock: Arc::new(SystemClock),
        ids: Arc::new(RandomIds),
    };
    backend.api = backend.api.clone().with_addresses(addresses.clone());
    backend.media = Some(Media {
        addresses,
        files: Arc::new(Files::new(opening)),
        downloads: Downloads::new(settings.media.max_file_downloads),
        patience: settings.media.file_timeout,
        clock: Arc::new(SystemClock),
    });
}
