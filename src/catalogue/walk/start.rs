//! The folders and files that a walk begins with.

use std::io;

use super::found::Found;
use super::path::joined;
use crate::catalogue::disk::{Folder, Kind, Name, Stat, Tree, is_absence, problem_of};
use crate::domain::catalogue::Problem;
use crate::domain::catalogue::exclusion::{IGNORE, NO_MEDIA, is_disc, is_excluded};

/// The folders that are in no other one, in their order; the root if there are none.
pub(in crate::catalogue) fn outermost(folders: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let parts = |folder: &Vec<u8>| -> Vec<Vec<u8>> {
        let parts = folder.split(|byte| *byte == b'/').filter(|part| !part.is_empty());
        parts.map(<[u8]>::to_vec).collect()
    };
    let mut all: Vec<Vec<Vec<u8>>> = folders.iter().map(parts).collect();
    if all.is_empty() {
        all.push(Vec::new());
    }
    all.sort_unstable();
    // What is in a folder follows it directly.
    all.dedup_by(|inner, outer| inner.starts_with(outer));
    all.into_iter().map(|parts| parts.join(&b'/')).collect()
}

/// Why a folder is not looked at, by the folders that it is in. None if nothing keeps scans out of them.
pub(in crate::catalogue) fn kept_out(tree: &dyn Tree, path: &[u8]) -> Option<Found> {
    let names = || path.split(|byte| *byte == b'/');
    let path = path.to_vec();
    if names().any(is_excluded) {
        return Some(Found::Excluded { path });
    }
    if names().any(is_disc) {
        return Some(Found::Refused { path, problem: Problem::disc() });
    }
    match has_marker_above(tree, &path) {
        Ok(false) => None,
        Ok(true) => Some(Found::Excluded { path }),
        Err(error) => Some(Found::Unreachable { path, problem: problem_of(&error) }),
    }
}

fn has_marker_above(tree: &dyn Tree, path: &[u8]) -> io::Result<bool> {
    for folder in above(path) {
        let marker = |name: &[u8]| match tree.stat(&joined(folder, name)) {
            Ok(stat) => Ok(Some(stat)),
            Err(error) if is_absence(&error) => Ok(None),
            Err(error) => Err(error),
        };
        let is_empty_file = |stat: Stat| stat.kind == Kind::File && stat.size == 0;
        if marker(NO_MEDIA)?.is_some() || marker(IGNORE)?.is_some_and(is_empty_file) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The folders that a path is in, the innermost first and the root last.
fn above(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = path;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        rest = rest.iter().rposition(|byte| *byte == b'/').map_or(b"", |slash| &rest[..slash]);
        Some(rest)
    })
}

/// What a walk begins with that is no folder, such as a file or a link.
pub(super) struct File {
    pub(super) path_of_folder: Vec<u8>,
    /// The folder that it is in.
    pub(super) folder: Box<dyn Folder>,
    /// The device of that folder.
    pub(super) device: u64,
    pub(super) name: Name,
}

/// What is at a path, unless it is a folder or nothing.
pub(super) fn file_at(tree: &dyn Tree, path: &[u8]) -> io::Result<Option<File>> {
    match look_at(tree, path) {
        Err(error) if is_absence(&error) => Ok(None),
        found => found,
    }
}

fn look_at(tree: &dyn Tree, path: &[u8]) -> io::Result<Option<File>> {
    let Some(above) = above(path).next() else { return Ok(None) };
    let name = path[above.len()..].strip_prefix(b"/").unwrap_or(path);
    let mut folder = tree.open_folder(above)?;
    if folder.stat_of(name)?.kind == Kind::Folder {
        return Ok(None);
    }
    let device = folder.stat()?.device;
    // A disk may find it by a name that is spelled in another way, and lists it by its own.
    let name = folder.names()?.into_iter().find(|listed| *listed.name == *name);
    Ok(name.map(|name| File { path_of_folder: above.to_vec(), folder, device, name }))
}

/// What is known of a folder that is not there.
pub(super) fn gone(tree: &dyn Tree, path: Vec<u8>, error: &io::Error) -> Found {
    match nearest_device(tree, &path) {
        Ok(Some(device)) => Found::Gone { path, device },
        // Without its root, nothing is known of a folder.
        Ok(None) => Found::Unreachable { path, problem: problem_of(error) },
        Err(error) => Found::Unreachable { path, problem: problem_of(&error) },
    }
}

/// The device of the nearest folder above a path; none if there is no root.
fn nearest_device(tree: &dyn Tree, path: &[u8]) -> io::Result<Option<u64>> {
    for folder in above(path) {
        match tree.open_folder(folder).and_then(|folder| folder.stat()) {
            Ok(stat) => return Ok(Some(stat.device)),
            Err(error) if is_absence(&error) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}
