//! Looks for single files outside of the folders that a scan walks through.

use std::io;

use super::areas::{folder_of, with_folders};
use crate::catalogue::Tree;
use crate::catalogue::disk::is_absence;

/// Where a file is that was on this device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whereabouts {
    /// At its place.
    There,
    /// It is not there, and its disk is.
    Gone,
    /// Nobody knows.
    Unknown,
}

/// Looks for a file in the listing of its folder, since some disks find files by other spellings of their
/// names.
pub(super) fn look_for(tree: &dyn Tree, path: &[u8], device: u64) -> Whereabouts {
    for folder in with_folders(path).skip(1) {
        match is_listed(tree, folder, path, device) {
            Ok(Some(true)) => return Whereabouts::There,
            Ok(Some(false)) => return Whereabouts::Gone,
            Err(error) if is_absence(&error) && !folder.is_empty() => {}
            Ok(None) | Err(_) => return Whereabouts::Unknown,
        }
    }
    Whereabouts::Unknown
}

/// Whether a folder has the file itself in it; none if it is on another device than the file was.
fn is_listed(tree: &dyn Tree, folder: &[u8], path: &[u8], device: u64) -> io::Result<Option<bool>> {
    let mut open = tree.open_folder(folder)?;
    if open.stat()?.device != device {
        return Ok(None);
    }
    if folder != folder_of(path) {
        return Ok(Some(false));
    }
    let name =
        &path[path.len() - path.rsplit(|byte| *byte == b'/').next().map_or(0, <[u8]>::len)..];
    Ok(Some(open.names()?.iter().any(|listed| *listed.name == *name)))
}
