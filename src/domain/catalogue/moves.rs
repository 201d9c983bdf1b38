//! Which files of a look are known ones that were moved or renamed.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

use crate::domain::file::Fingerprint;

/// What tells a file apart from others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Below the root, as the disk has it.
    pub path: Vec<u8>,
    /// What stands for its content.
    pub fingerprint: Fingerprint,
    /// The device and the inode, which a rename keeps.
    pub inode: (u64, u64),
}

/// What became of the files of a root that are not as they were: those that were not found at their
/// paths, those that have another content there, and those that were found at new paths.
#[derive(Debug, Default)]
pub struct Moves {
    /// Each as the places of a known file among the old ones and of its new path among the new ones.
    pub moved: Vec<(usize, usize)>,
    /// New files that may be one of several old ones: their places, and those of the old ones, of which
    /// not all are named if there are many.
    pub ambiguous: Vec<(usize, Vec<usize>)>,
}

impl Moves {
    /// The most old files that a new one is said to be one of.
    pub const MAX_CANDIDATES: usize = 20;

    /// Finds the new paths of `old` files among the `new` ones.
    ///
    /// `old` has the files that are gone from their paths and, as they were, those whose content changed;
    /// `new` has the files at unknown paths and, as they are, those whose content changed. `present` has
    /// the devices and inodes of the files that are where they were.
    ///
    /// A file that was moved over another one is no move: the other one has a new content, as when a copy
    /// of better quality replaces it.
    pub fn find(old: &[Seen], new: &[Seen], present: &HashSet<(u64, u64)>) -> Self {
        let mut search = Search::new(old, new, present);
        search.pair_by(|file| file.inode);
        search.pair_by(|file| name_of(&file.path));
        search.pair_the_last();
        search.pair_in_moved_folders();
        search.pair_the_last();
        search.drop_moves_over_others();
        search.finish()
    }
}

fn name_of(path: &[u8]) -> &[u8] {
    path.rsplit(|byte| *byte == b'/').next().unwrap_or(path)
}

/// The files that are left, by content.
#[derive(Default)]
struct Group {
    old: Vec<usize>,
    new: Vec<usize>,
}

impl Group {
    /// Takes pairs out, which are returned.
    fn take(&mut self, pairs: Vec<(usize, usize)>) -> Vec<(usize, usize)> {
        let (old, new): (HashSet<usize>, HashSet<usize>) = pairs.iter().copied().unzip();
        self.old.retain(|place| !old.contains(place));
        self.new.retain(|place| !new.contains(place));
        pairs
    }
}

struct Search<'s> {
    old: &'s [Seen],
    new: &'s [Seen],
    groups: Vec<Group>,
    moved: Vec<(usize, usize)>,
}

impl<'s> Search<'s> {
    fn new(old: &'s [Seen], new: &'s [Seen], present: &HashSet<(u64, u64)>) -> Self {
        let gone: HashSet<_> = old.iter().map(|file| file.inode).collect();
        // Another link to a file that is still there did not come from elsewhere.
        let is_link = |file: &Seen| present.contains(&file.inode) && !gone.contains(&file.inode);
        let mut groups: HashMap<Fingerprint, Group> = HashMap::new();
        for (place, file) in old.iter().enumerate() {
            groups.entry(file.fingerprint).or_default().old.push(place);
        }
        for (place, file) in new.iter().enumerate().filter(|(_, file)| !is_link(file)) {
            if let Some(group) = groups.get_mut(&file.fingerprint) {
                group.new.push(place);
            }
        }
        let mut groups: Vec<_> = groups.into_values().filter(|it| !it.new.is_empty()).collect();
        groups.sort_by_key(|group| group.old[0]);
        Self { old, new, groups, moved: Vec::new() }
    }

    /// Pairs those that have something in common which no other one has.
    fn pair_by<K: Eq + Hash>(&mut self, key: impl Fn(&'s Seen) -> K) {
        for group in &mut self.groups {
            let of = |places: &[usize], files: &'s [Seen]| {
                let mut only: HashMap<K, Option<usize>> = HashMap::new();
                for place in places {
                    let first = only.entry(key(&files[*place]));
                    first.and_modify(|only| *only = None).or_insert(Some(*place));
                }
                only
            };
            let (old, new) = (of(&group.old, self.old), of(&group.new, self.new));
            let pair = |(key, old): (&K, &Option<usize>)| Some(((*old)?, (*new.get(key)?)?));
            self.moved.extend(group.take(old.iter().filter_map(pair).collect()));
        }
    }

    /// Pairs the only old file of a content with the only new one.
    fn pair_the_last(&mut self) {
        for group in &mut self.groups {
            if let ([old], [new]) = (&group.old[..], &group.new[..]) {
                self.moved.push((*old, *new));
                *group = Group::default();
            }
        }
    }

    /// Pairs those that went from one folder to another as files did that are already paired.
    fn pair_in_moved_folders(&mut self) {
        let folders = MovedFolders::of(
            self.moved.iter().map(|(old, new)| (&*self.old[*old].path, &*self.new[*new].path)),
        );
        for group in &mut self.groups {
            let places = group.new.iter().map(|new| (&*self.new[*new].path, *new));
            let places: HashMap<&[u8], usize> = places.collect();
            let mut pairs = Vec::new();
            for old in &group.old {
                let paths = folders.new_paths(&self.old[*old].path);
                pairs.extend(paths.filter_map(|path| Some((*old, *places.get(&*path)?))));
            }
            let (mut of_old, mut of_new) = (HashMap::new(), HashMap::new());
            for (old, new) in &pairs {
                *of_old.entry(*old).or_insert(0) += 1;
                *of_new.entry(*new).or_insert(0) += 1;
            }
            pairs.retain(|(old, new)| of_old[old] == 1 && of_new[new] == 1);
            self.moved.extend(group.take(pairs));
        }
    }

    /// Leaves a file in its place that was moved to the path of another one which stays.
    fn drop_moves_over_others(&mut self) {
        let place_by_path: HashMap<&[u8], usize> = self
            .old
            .iter()
            .enumerate()
            .map(|(place, file)| (file.path.as_slice(), place))
            .collect();
        loop {
            let leaving: HashSet<usize> = self.moved.iter().map(|(old, _)| *old).collect();
            let before = self.moved.len();
            self.moved.retain(|(_, new)| {
                let holder = place_by_path.get(self.new[*new].path.as_slice());
                holder.is_none_or(|holder| leaving.contains(holder))
            });
            if self.moved.len() == before {
                return;
            }
        }
    }

    fn finish(mut self) -> Moves {
        self.moved.sort_unstable();
        // Where a file stays, a new content replaces its own. Where one left, another one came.
        let left: HashSet<usize> = self.moved.iter().map(|(old, _)| *old).collect();
        let stays = self.old.iter().enumerate().filter(|(place, _)| !left.contains(place));
        let known: HashSet<&[u8]> = stays.map(|(_, file)| file.path.as_slice()).collect();
        let mut ambiguous = Vec::new();
        for Group { old, new } in self.groups.into_iter().filter(|group| !group.old.is_empty()) {
            let at_new_paths = new.into_iter().filter(|new| !known.contains(&*self.new[*new].path));
            let candidates = &old[..old.len().min(Moves::MAX_CANDIDATES)];
            ambiguous.extend(at_new_paths.map(|new| (new, candidates.to_vec())));
        }
        Moves { moved: self.moved, ambiguous }
    }
}

/// The folders that files were moved from, and to.
struct MovedFolders(HashMap<Vec<u8>, HashSet<Vec<u8>>>);

impl MovedFolders {
    /// A folder whose files went to more folders was not moved itself.
    const MOST: usize = 16;

    fn of<'p>(moves: impl Iterator<Item = (&'p [u8], &'p [u8])>) -> Self {
        let mut folders: HashMap<_, HashSet<_>> = HashMap::new();
        for (old, new) in moves {
            let (from, to) = folders_of_move(old, new);
            folders.entry(from).or_default().insert(to);
        }
        folders.retain(|_, to| to.len() <= Self::MOST);
        Self(folders)
    }

    /// Where a file is now if it went with one of them.
    fn new_paths<'p>(&'p self, old: &'p [u8]) -> impl Iterator<Item = Vec<u8>> + 'p {
        let slashes = old.iter().enumerate().filter(|(_, byte)| **byte == b'/');
        let below = slashes.map(|(slash, _)| (&old[..slash], &old[slash + 1..]));
        [(&b""[..], old)].into_iter().chain(below).flat_map(|(from, rest)| {
            let folders = self.0.get(from).into_iter().flatten();
            folders.map(move |to| match to.is_empty() {
                true => rest.to_vec(),
                false => [to, rest].join(&b'/'),
            })
        })
    }
}

/// The folders that a move leads from and to: both paths without what they end with in common.
fn folders_of_move(old: &[u8], new: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let parts = |path: &[u8]| -> Vec<Vec<u8>> {
        path.split(|byte| *byte == b'/').map(<[u8]>::to_vec).collect()
    };
    let (old, new) = (parts(old), parts(new));
    let common = old.iter().rev().zip(new.iter().rev()).take_while(|(a, b)| a == b).count();
    let folder = |parts: &[Vec<u8>]| parts[..parts.len() - common].join(&b'/');
    (folder(&old), folder(&new))
}

#[cfg(test)]
mod tests;
