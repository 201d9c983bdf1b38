//! What a walk found out about folders.

use std::collections::{HashMap, HashSet};

use crate::catalogue::Found;
use crate::domain::catalogue::root::below;

/// Why nothing is known of what is at a path and below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gap {
    /// It could not be looked at.
    Unreachable,
    /// It is not looked at.
    Excluded,
}

/// The folders that a scan is about, and what is known of them once it has walked through them.
#[derive(Debug, Default)]
pub(super) struct Areas {
    /// Empty for the whole root.
    scope: Vec<Vec<u8>>,
    gaps: HashMap<Vec<u8>, Gap>,
    /// The devices of the folders that are on another one than the folder that they are in.
    devices: HashMap<Vec<u8>, u64>,
    /// The devices that files were on, and those that they are on now, in each of these folders.
    shifts: HashSet<(Vec<u8>, u64, u64)>,
}

impl Areas {
    /// Those of a scan of these folders; of the whole root if there are none.
    pub(super) fn new(folders: &[String]) -> Self {
        let clean = |folder: &String| {
            let parts = folder.split('/').filter(|part| !part.is_empty());
            parts.collect::<Vec<_>>().join("/").into_bytes()
        };
        let scope: Vec<Vec<u8>> = folders.iter().map(clean).collect();
        let is_whole = scope.iter().any(Vec::is_empty);
        Self { scope: if is_whole { Vec::new() } else { scope }, ..Self::default() }
    }

    /// The folders to walk through; none for the whole root.
    pub(super) fn scope(&self) -> &[Vec<u8>] {
        &self.scope
    }

    /// Whether the scan is about the whole root.
    pub(super) fn is_whole(&self) -> bool {
        self.scope.is_empty()
    }

    /// Whether the scan is about what is at this path.
    pub(super) fn include(&self, path: &[u8]) -> bool {
        self.is_whole() || self.scope.iter().any(|folder| below(path, folder).is_some())
    }

    /// Notes what was found out about a folder. Files are no matter of it, but those that the walk began with.
    pub(super) fn note(&mut self, found: &Found) {
        match found {
            Found::Folder { path, device } | Found::Gone { path, device } => {
                if self.folder_of(path).is_none_or(|(_, known)| known != *device) {
                    self.devices.insert(path.clone(), *device);
                }
            }
            Found::Refused { path, .. } | Found::Unreachable { path, .. } => {
                self.gaps.insert(path.clone(), Gap::Unreachable);
            }
            Found::Excluded { path } => drop(self.gaps.insert(path.clone(), Gap::Excluded)),
            Found::File { path, stat } => {
                if self.folder_of(path).is_none() {
                    self.devices.insert(path.clone(), stat.device);
                }
            }
        }
    }

    /// Why nothing is known of what is at a path; none if it was looked at.
    pub(super) fn gap(&self, path: &[u8]) -> Option<Gap> {
        with_folders(path).find_map(|path| self.gaps.get(path).copied())
    }

    /// Notes that a file that was on a device is on another one now.
    pub(super) fn note_shift(&mut self, path: &[u8], before: u64, now: u64) {
        if before != now
            && let Some((folder, _)) = self.folder_of(path)
        {
            self.shifts.insert((folder.to_vec(), before, now));
        }
    }

    /// Whether what was on a device is on the one that is there now: other files around it are as well.
    pub(super) fn is_shifted(&self, path: &[u8], before: u64) -> bool {
        self.folder_of(path).is_some_and(|(folder, now)| {
            before == now || self.shifts.contains(&(folder.to_vec(), before, now))
        })
    }

    /// The device of the nearest folder that is there.
    pub(super) fn device_at(&self, path: &[u8]) -> Option<u64> {
        self.folder_of(path).map(|(_, device)| device)
    }

    /// The nearest folder that is on another device than the one that it is in.
    fn folder_of<'p>(&self, path: &'p [u8]) -> Option<(&'p [u8], u64)> {
        with_folders(path).find_map(|path| Some((path, *self.devices.get(path)?)))
    }
}

/// A path and the folders that it is in, the innermost first and the root last.
pub(super) fn with_folders(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::successors(Some(path), |path| (!path.is_empty()).then(|| folder_of(path)))
}

/// The folder that a path is in.
pub(super) fn folder_of(path: &[u8]) -> &[u8] {
    path.iter().rposition(|byte| *byte == b'/').map_or(b"", |slash| &path[..slash])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(path: &str, device: u64) -> Found {
        Found::Folder { path: path.into(), device }
    }

    #[test]
    fn a_scan_is_about_its_folders() {
        let areas = Areas::new(&["a/b/".to_owned(), "/c".to_owned()]);
        for (path, is_in) in
            [("a/b", true), ("a/b/c.mkv", true), ("a/bc.mkv", false), ("a", false), ("c/d", true)]
        {
            assert_eq!(areas.include(path.as_bytes()), is_in, "{path}");
        }
        assert!(Areas::new(&[]).is_whole() && Areas::new(&["a".into(), "/".into()]).is_whole());
    }

    #[test]
    fn gaps_cover_what_is_below_them() {
        let mut areas = Areas::default();
        areas.note(&Found::Excluded { path: b"a/b".to_vec() });
        assert_eq!(areas.gap(b"a/b/c/d.mkv"), Some(Gap::Excluded));
        assert_eq!(areas.gap(b"a/b"), Some(Gap::Excluded));
        assert_eq!(areas.gap(b"a/bc.mkv"), None);
    }

    #[test]
    fn only_changes_of_devices_are_kept() {
        let mut areas = Areas::default();
        for (path, device) in [("", 1), ("a", 1), ("a/b", 2), ("a/b/c", 2), ("a/b/c/d", 1)] {
            areas.note(&folder(path, device));
        }
        assert_eq!(areas.devices.len(), 3);
        for (path, device) in [("x", 1), ("a/x", 1), ("a/b/c/x", 2), ("a/b/c/d/e/x", 1)] {
            assert_eq!(areas.device_at(path.as_bytes()), Some(device), "{path}");
        }
        areas.note_shift(b"a/b/x", 7, 2);
        assert!(areas.is_shifted(b"a/b/y", 7) && areas.is_shifted(b"a/b/y", 2));
        assert!(!areas.is_shifted(b"a/y", 7));
    }
}
