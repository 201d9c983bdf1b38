//! What the server serves of the files of videos.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::task::spawn_blocking;

use super::roots::OwnRoots;
use crate::catalogue::runner::OsDisks;
use crate::causes::with_causes;
use crate::command::Failure;
use crate::command::cache_dir::overlap;
use crate::config::{DatabaseUrl, ServeSettings};
use crate::domain::catalogue::Root;
use crate::domain::{RandomIds, SystemClock};
use crate::http::{Backend, Downloads, Media};
use crate::media::files::Opening;
use crate::media::thumbnails::{CacheFolder, Ffmpeg, Maker, Thumbnails};
use crate::media::{Addresses, Files};

/// Adds the files of videos to what is served, as far as the settings allow it.
///
/// # Errors
/// When the folder for thumbnails was named and cannot be used.
pub(super) async fn serve(
    backend: &mut Backend,
    own: &OwnRoots,
    settings: &ServeSettings,
) -> Result<(), Failure> {
    let Some(served) = settings.media.serve_files else { return Ok(()) };
    let authenticator = backend.authenticator.clone();
    let addresses = Addresses::new(served, move || authenticator.address_key());
    let opening = Opening {
        catalogue: backend.repository.catalogue(),
        disks: Arc::new(OsDisks::new(own.clone())),
        own: own.iter().map(|(id, _)| *id).collect(),
        clock: Arc::new(SystemClock),
        ids: Arc::new(RandomIds),
    };
    let roots = backend.repository.catalogue().roots().await?;
    let of_settings = settings.clone();
    // A disk that does not answer holds up a thread that may wait.
    let folder = spawn_blocking(move || cache_folder(&of_settings, &roots)).await??;
    let thumbnails = Thumbnails::new(maker(settings).await, folder, Arc::new(SystemClock));
    backend.api = backend.api.clone().with_addresses(addresses.clone());
    backend.media = Some(Media {
        addresses,
        files: Arc::new(Files::new(opening)),
        thumbnails: Arc::new(thumbnails),
        downloads: Downloads::new(settings.media.max_file_downloads),
        patience: settings.media.file_timeout,
        clock: Arc::new(SystemClock),
    });
    Ok(())
}

/// What makes thumbnails; none if it is not installed. Those that are there are served all the same.
async fn maker(settings: &ServeSettings) -> Option<Arc<dyn Maker>> {
    let path = std::env::var_os("PATH");
    match Ffmpeg::find(settings.media.ffmpeg.as_deref(), path.as_deref()).await {
        Ok(ffmpeg) => {
            tracing::debug!(version = ffmpeg.version(), "found ffmpeg");
            Some(Arc::new(ffmpeg))
        }
        Err(error) => {
            tracing::warn!("{error}");
            None
        }
    }
}

/// The folder for thumbnails, which must be outside of the roots of the library: others than those of the settings may
/// be scanned by hand.
fn cache_folder(settings: &ServeSettings, roots: &[Root]) -> Result<CacheFolder, Failure> {
    let bytes = settings.media.cache_bytes;
    if bytes == 0 {
        return Ok(CacheFolder::none());
    }
    let overlap = |folder| overlap(folder, roots.iter().map(|root| (&root.name, directory(root))));
    if let Some(named) = &settings.media.cache_dir {
        if let Some(overlap) = overlap(named) {
            return Err(format!("--cache-dir: {overlap}").into());
        }
        let opened = CacheFolder::open(named, bytes);
        return opened.map_err(|error| format!("--cache-dir: {}", with_causes(&error)).into());
    }
    let Some(default) = default_folder(settings) else { return Ok(CacheFolder::none()) };
    if let Some(overlap) = overlap(&default) {
        tracing::warn!("scans walk through the folder of thumbnails: {overlap} with --cache-dir");
    }
    Ok(CacheFolder::open(&default, bytes).unwrap_or_else(|error| {
        let error = with_causes(&error);
        tracing::warn!(error, "thumbnails are not kept: name a folder for them with --cache-dir");
        CacheFolder::none()
    }))
}

fn directory(root: &Root) -> &Path {
    Path::new(OsStr::from_bytes(&root.directory))
}

/// The folder for thumbnails unless another one is named; none for a library that ends with the server.
fn default_folder(settings: &ServeSettings) -> Option<PathBuf> {
    match settings.lasting_library()? {
        DatabaseUrl::Sqlite(file) => {
            let mut folder = file.clone().into_os_string();
            folder.push(".cache");
            Some(folder.into())
        }
        _ => Some("reelgraph.cache".into()),
    }
}
