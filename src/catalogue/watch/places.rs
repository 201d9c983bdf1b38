//! Where the watched folders of a root are.

use std::collections::{BTreeMap, HashMap};

use super::event::WatchId;

/// Where the watched folders of a root are, below it.
///
/// A folder keeps what it is named by when it is moved, and can be at several paths where it is mounted twice.
/// At a path there is one folder.
#[derive(Debug, Default)]
pub(super) struct Places {
    by_path: BTreeMap<Vec<u8>, WatchId>,
    by_id: HashMap<WatchId, Vec<Vec<u8>>>,
}

impl Places {
    /// How many folders are watched.
    pub(super) fn len(&self) -> usize {
        self.by_path.len()
    }

    /// The paths of a folder.
    pub(super) fn of(&self, id: WatchId) -> &[Vec<u8>] {
        self.by_id.get(&id).map_or(&[], Vec::as_slice)
    }

    /// Notes where a folder is. Returns the one that was there before, if it is nowhere now.
    pub(super) fn insert(&mut self, path: &[u8], id: WatchId) -> Option<WatchId> {
        let before = self.by_path.insert(path.to_vec(), id);
        if before == Some(id) {
            return None;
        }
        self.by_id.entry(id).or_default().push(path.to_vec());
        before.and_then(|before| self.leave(before, path))
    }

    /// Forgets what is at a path and below it. Returns the folders that are nowhere now.
    pub(super) fn remove_below(&mut self, path: &[u8]) -> Vec<WatchId> {
        let is_inside = |other: &[u8]| {
            let rest = other.strip_prefix(path);
            path.is_empty() || rest.is_some_and(|rest| matches!(rest, [] | [b'/', ..]))
        };
        // What begins alike comes in a row, with what only has such a name in between.
        let alike = self.by_path.range(path.to_vec()..).take_while(|(it, _)| it.starts_with(path));
        let inside = alike.filter(|(it, _)| is_inside(it));
        let gone: Vec<_> = inside.map(|(path, id)| (path.clone(), *id)).collect();
        for (path, _) in &gone {
            self.by_path.remove(path);
        }
        gone.into_iter().filter_map(|(path, id)| self.leave(id, &path)).collect()
    }

    /// Forgets a folder. Returns where it was.
    pub(super) fn remove(&mut self, id: WatchId) -> Vec<Vec<u8>> {
        let paths = self.by_id.remove(&id).unwrap_or_default();
        for path in &paths {
            self.by_path.remove(path);
        }
        paths
    }

    /// Notes all folders there are. Returns those that are nowhere now.
    pub(super) fn replace(&mut self, all: Vec<(Vec<u8>, WatchId)>) -> Vec<WatchId> {
        let before = std::mem::take(self);
        for (path, id) in all {
            self.insert(&path, id);
        }
        before.by_id.into_keys().filter(|id| !self.by_id.contains_key(id)).collect()
    }

    /// A folder is not at a path any more. Returns it if it is nowhere now.
    fn leave(&mut self, id: WatchId, path: &[u8]) -> Option<WatchId> {
        let paths = self.by_id.get_mut(&id)?;
        paths.retain(|other| *other != path);
        if paths.is_empty() {
            self.by_id.remove(&id);
            return Some(id);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(all: &[(&str, i32)]) -> Places {
        let mut places = Places::default();
        places.replace(
            all.iter().map(|(path, id)| (path.as_bytes().to_vec(), WatchId(*id))).collect(),
        );
        places
    }

    #[test]
    fn a_folder_that_goes_takes_those_in_it_along() {
        let all = [("", 1), ("a", 2), ("a b", 3), ("a/b", 4), ("a/b/c", 5), ("ab", 6)];
        let mut some = places(&all);
        assert_eq!(some.remove_below(b"a"), [2, 4, 5].map(WatchId));
        assert_eq!((some.len(), some.of(WatchId(3))), (3, &[b"a b".to_vec()][..]));
        assert_eq!(some.of(WatchId(4)), &[] as &[Vec<u8>]);
        assert_eq!(places(&all).remove_below(b"").len(), 6);
    }

    #[test]
    fn a_folder_can_be_at_two_paths() {
        let mut places = places(&[("a", 1), ("b", 1)]);
        assert_eq!(places.of(WatchId(1)).len(), 2);
        assert_eq!(places.remove_below(b"a"), []);
        assert_eq!(places.insert(b"b", WatchId(1)), None);
        assert_eq!(places.of(WatchId(1)), [b"b".to_vec()]);
        assert_eq!(places.insert(b"b", WatchId(2)), Some(WatchId(1)));
        assert_eq!(places.remove(WatchId(2)), [b"b".to_vec()]);
        assert_eq!(places.len(), 0);
    }

    #[test]
    fn what_is_not_among_all_folders_is_nowhere() {
        let mut places = places(&[("a", 1), ("b", 2), ("c", 3)]);
        let all = vec![(b"a".to_vec(), WatchId(2)), (b"d".to_vec(), WatchId(4))];
        let mut gone = places.replace(all);
        gone.sort_unstable();
        assert_eq!(gone, [1, 3].map(WatchId));
        assert_eq!(places.of(WatchId(2)), [b"a".to_vec()]);
    }
}
