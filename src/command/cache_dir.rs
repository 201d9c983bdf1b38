//! Checks the folder for thumbnails before it is used.

use std::path::Path;

use super::overlap::Overlap;
use crate::causes::with_causes;
use crate::config::ServeSettings;
use crate::domain::catalogue::RootName;
use crate::domain::printable;
use crate::media::thumbnails::CacheFolder;

/// Why a server with these settings could not keep thumbnails in the folder that they name; none if it could, or
/// keeps none. Creates nothing.
pub(super) fn fault(settings: &ServeSettings) -> Option<String> {
    let named = settings.media.cache_dir.as_deref()?;
    let bytes = settings.media.cache_bytes;
    if settings.media.serve_files.is_none() || bytes == 0 {
        return None;
    }
    let roots = settings.roots.roots.iter();
    let overlap = overlap(named, roots.map(|root| (&root.name, &*root.directory)));
    let unusable = || CacheFolder::verify(named, bytes).err().map(|error| with_causes(&error));
    overlap.or_else(unusable).map(|fault| format!("--cache-dir: {fault}"))
}

/// What a folder for thumbnails has in common with the first of these library roots that it has something in common
/// with, as a sentence that says what to do. Scans of the root would walk through all thumbnails.
pub(super) fn overlap<'r>(
    folder: &Path,
    roots: impl IntoIterator<Item = (&'r RootName, &'r Path)>,
) -> Option<String> {
    roots.into_iter().find_map(|(name, directory)| {
        let reason = match Overlap::of(folder, directory)? {
            Overlap::Same => format!("is the library root {name}: name a folder outside of it"),
            Overlap::Inside => {
                format!("is in the library root {name}: name a folder outside of it")
            }
            Overlap::Around => {
                format!("contains the library root {name}: name a folder without library roots")
            }
        };
        Some(format!("{} {reason}", printable(&folder.to_string_lossy())))
    })
}
