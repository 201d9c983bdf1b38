//! Looks whether there is anything to scan.

use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::{Found, Walk, WalkSettings};
use crate::catalogue::Disk;

/// Whether a scan would find something to catalogue or to report in a folder. It looks no further than the first
/// such thing, and stops early once `stop` is set.
///
/// # Errors
/// When the folder itself cannot be read.
pub fn has_anything(
    disk: &dyn Disk,
    settings: WalkSettings,
    stop: Arc<AtomicBool>,
) -> io::Result<bool> {
    let tree = disk.open()?;
    tree.open_folder(b"")?.names()?;
    let mut walk = Walk::new(tree, &[], settings, stop);
    Ok(walk.any(|found| match found {
        Found::File { .. } | Found::Refused { .. } | Found::Unreachable { .. } => true,
        Found::Folder { .. } | Found::Excluded { .. } | Found::Gone { .. } => false,
    }))
}
