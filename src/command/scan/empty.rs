//! Folders that have nothing to scan: they become no library roots, which are there to stay.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::task::spawn_blocking;

use super::folder::bytes_of;
use crate::catalogue::OsDisk;
use crate::catalogue::walk::{WalkSettings, has_anything};
use crate::command::Failure;
use crate::command::signals::StopSignals;
use crate::domain::catalogue::{Extensions, Root, RootOf};
use crate::domain::printable;

/// Why a folder is not scanned that is in none of these roots; none if it is to be scanned.
///
/// # Errors
/// When it cannot be read, or a signal came meanwhile.
pub(super) async fn reason(
    folder: &Path,
    roots: &[Root],
    extensions: &Extensions,
    signals: &mut StopSignals,
) -> Result<Option<String>, Failure> {
    if !matches!(RootOf::directory(bytes_of(folder), roots), Ok(RootOf::New(_))) {
        return Ok(None);
    }
    let shown = printable(&folder.to_string_lossy());
    let stop = Arc::new(AtomicBool::new(false));
    let disk = OsDisk::new(folder, Arc::new([folder.to_owned()]));
    let settings = WalkSettings { extensions: extensions.clone(), ..WalkSettings::default() };
    let is_stopped = Arc::clone(&stop);
    let mut looking = spawn_blocking(move || has_anything(&disk, settings, is_stopped));
    let has_anything = tokio::select! {
        looked = &mut looking => looked?.map_err(|error| format!("cannot scan {shown}: {error}"))?,
        signal = signals.next() => {
            stop.store(true, Ordering::Relaxed);
            return Err(format!("{signal}: {shown} was not scanned").into());
        }
    };
    Ok((!has_anything).then(|| {
        format!(
            "{shown} was not scanned, and is no library root: it has no file with the extension of a video \
             (--scan-extensions). If a disk is missing, mount it."
        )
    }))
}
