//! Which folders and files a scan is asked to look at.

use std::collections::BTreeSet;

use crate::catalogue::walk::outermost;
use crate::domain::Text;
use crate::domain::catalogue::ScanOrder;

/// The paths of one scan that looks at all of these and at not much else; empty for the whole root.
///
/// A scan has a limited number of paths, so where there are more, those that are the furthest down are joined to
/// the folders that they are in.
pub(super) fn joined(paths: &BTreeSet<Vec<u8>>) -> Vec<String> {
    let mut paths: Vec<Vec<u8>> = paths.iter().map(|path| nameable(path).to_vec()).collect();
    loop {
        paths = outermost(&paths);
        if paths.iter().any(Vec::is_empty) {
            return Vec::new();
        }
        if paths.len() <= ScanOrder::MAX_PATHS {
            let text = |path: Vec<u8>| String::from_utf8(path).ok();
            return paths.into_iter().filter_map(text).collect();
        }
        let deepest = paths.iter().map(|path| depth(path)).max().unwrap_or_default();
        for path in &mut paths {
            if depth(path) == deepest {
                *path = folder_of(path).to_vec();
            }
        }
    }
}

/// A path, or the nearest folder above it that a scan can be asked for.
fn nameable(path: &[u8]) -> &[u8] {
    let is_nameable = |path: &[u8]| str::from_utf8(path).is_ok_and(|text| Text::new(text).is_ok());
    let mut path = path;
    while !path.is_empty() && !is_nameable(path) {
        path = folder_of(path);
    }
    path
}

fn depth(path: &[u8]) -> usize {
    path.iter().filter(|byte| **byte == b'/').count()
}

/// The folder that a path is in.
fn folder_of(path: &[u8]) -> &[u8] {
    path.iter().rposition(|byte| *byte == b'/').map_or(b"", |slash| &path[..slash])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(paths: &[&[u8]], expected: &[&str]) {
        let paths = paths.iter().map(|path| path.to_vec()).collect();
        assert_eq!(joined(&paths), expected);
    }

    fn numbered(folders: usize, files: usize) -> BTreeSet<Vec<u8>> {
        let path = |number: usize| format!("f/{}/{number}.mkv", number % folders).into_bytes();
        (0..files).map(path).collect()
    }

    #[test]
    fn few_paths_stay_as_they_are_and_none_is_in_another() {
        check(&[b"a/b.mkv", b"a", b"c/d.mkv", b"a b"], &["a", "a b", "c/d.mkv"]);
        check(&[b"a", b""], &[]);
    }

    #[test]
    fn what_is_no_text_or_too_long_is_looked_for_in_its_folder() {
        check(&[b"a/\xff.mkv", b"b/c.mkv"], &["a", "b/c.mkv"]);
        check(&[b"\xff/a.mkv"], &[]);
        let long = [b"a/".as_slice(), &[b'x'; 5_000]].concat();
        check(&[&long], &["a"]);
    }

    #[test]
    fn too_many_paths_are_joined_to_their_folders() {
        assert_eq!(joined(&numbered(1, 100)).len(), 100);
        assert_eq!(joined(&numbered(1, 101)), ["f/0"]);
        assert_eq!(joined(&numbered(3, 5_000)), ["f/0", "f/1", "f/2"]);
        assert_eq!(joined(&numbered(101, 5_000)), ["f"]);
        let mut some = numbered(1, 101);
        some.insert(b"other.mkv".to_vec());
        assert_eq!(joined(&some), ["f/0", "other.mkv"]);
        let top: BTreeSet<Vec<u8>> = (0..101).map(|it| format!("{it}").into_bytes()).collect();
        assert_eq!(joined(&top), [""; 0]);
    }
}
