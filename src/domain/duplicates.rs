//! Groups of videos with equal fingerprints. What is here defines them for every store.

use std::cmp::Reverse;
use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::file::Fingerprint;
use super::scalars::Quantity;

/// Two or more videos with equal fingerprints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DuplicateGroup {
    /// What they have in common.
    pub fingerprint: Fingerprint,
    /// The number of videos.
    pub videos: u64,
    /// The bytes that would be freed if one of them stayed: see [`redundant_bytes`].
    pub redundant_bytes: Quantity,
}

impl DuplicateGroup {
    /// The group of these videos; none if they are fewer than two.
    pub fn of(fingerprint: Fingerprint, videos: &[Duplicate]) -> Option<Self> {
        let group = || Self {
            fingerprint,
            videos: videos.len() as u64,
            redundant_bytes: redundant_bytes(videos),
        };
        (videos.len() > 1).then(group)
    }

    /// Where it is in the list of groups.
    pub fn place(&self) -> DuplicatePlace {
        let Self { fingerprint, redundant_bytes, .. } = *self;
        DuplicatePlace { redundant_bytes, fingerprint }
    }
}

/// Where a group is in the list: the one with the most redundant bytes first, and then by fingerprint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DuplicatePlace {
    /// The redundant bytes of the group.
    pub redundant_bytes: Quantity,
    /// Its fingerprint.
    pub fingerprint: Fingerprint,
}

impl DuplicatePlace {
    fn key(&self) -> (Reverse<Quantity>, Fingerprint) {
        (Reverse(self.redundant_bytes), self.fingerprint)
    }
}

impl Ord for DuplicatePlace {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}

impl PartialOrd for DuplicatePlace {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// What counts of a video in a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Duplicate {
    /// In bytes.
    pub file_size: Quantity,
    /// Whether its file was gone at the last scan.
    pub is_missing: bool,
    /// The file that a scan found; none if no scan found one.
    pub inode: Option<Inode>,
}

/// A file on a disk, whatever its paths are: hard links have one in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Inode {
    /// The device that it is on.
    pub device: u64,
    /// Its number on this device.
    pub number: u64,
}

/// The bytes that would be freed if one of these files stayed.
///
/// Missing files free nothing. Hard links of one file count once, and a video whose file no scan has found
/// counts as a file of its own.
///
/// Scanned files with equal fingerprints have equal sizes, but people can give a video another one, and
/// imported videos have any. So this is the lowest figure that the sizes allow: the largest file is the one
/// that stays, and hard links have the smallest size that is recorded for any of them.
///
/// A sum that exceeds the largest [`Quantity`] ends there. Only sizes that no disk has add up to that, and
/// they should not keep anybody from seeing the other groups.
pub fn redundant_bytes(videos: &[Duplicate]) -> Quantity {
    let mut linked: HashMap<Inode, Quantity> = HashMap::new();
    let mut sizes = Vec::with_capacity(videos.len());
    for video in videos.iter().filter(|video| !video.is_missing) {
        match video.inode {
            None => sizes.push(video.file_size),
            Some(inode) => {
                let size = linked.entry(inode).or_insert(video.file_size);
                *size = video.file_size.min(*size);
            }
        }
    }
    sizes.extend(linked.into_values());
    let staying = sizes.iter().max().map_or(0, |size| i128::from(size.get()));
    let sum: i128 = sizes.iter().map(|size| i128::from(size.get())).sum();
    let redundant = i64::try_from(sum - staying).unwrap_or(i64::MAX).min(Quantity::MAX);
    Quantity::new(redundant).expect("it is neither negative nor above the largest quantity")
}

/// Groups under construction, from videos in the order of their fingerprints.
#[derive(Debug, Default)]
pub struct DuplicateGroups {
    groups: Vec<DuplicateGroup>,
    fingerprint: Option<Fingerprint>,
    /// The videos with this fingerprint.
    videos: Vec<Duplicate>,
}

impl DuplicateGroups {
    /// Adds a video, whose fingerprint is not below the one before.
    pub fn add(&mut self, fingerprint: Fingerprint, video: Duplicate) {
        if self.fingerprint != Some(fingerprint) {
            self.complete_group();
            self.fingerprint = Some(fingerprint);
        }
        self.videos.push(video);
    }

    /// The groups of the videos that were added, in the order of their places.
    pub fn into_sorted(mut self) -> Vec<DuplicateGroup> {
        self.complete_group();
        self.groups.sort_unstable_by_key(DuplicateGroup::place);
        self.groups
    }

    fn complete_group(&mut self) {
        let group = self.fingerprint.and_then(|it| DuplicateGroup::of(it, &self.videos));
        self.groups.extend(group);
        self.videos.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fingerprint(hash: u128) -> Fingerprint {
        Fingerprint::from_hash(hash)
    }

    fn bytes(size: i64) -> Quantity {
        Quantity::new(size).unwrap()
    }

    /// A video that was added without a scan.
    fn added(size: i64) -> Duplicate {
        Duplicate { file_size: bytes(size), is_missing: false, inode: None }
    }

    fn scanned(size: i64, device: u64, number: u64) -> Duplicate {
        Duplicate { inode: Some(Inode { device, number }), ..added(size) }
    }

    fn missing(video: Duplicate) -> Duplicate {
        Duplicate { is_missing: true, ..video }
    }

    #[test]
    fn all_files_but_the_largest_would_be_freed() {
        for (videos, expected) in [
            (&[][..], 0),
            (&[added(5)], 0),
            (&[added(5), added(5)], 5),
            (&[added(5), added(7), added(6)], 11),
            // Hard links count once, whatever their names.
            (&[scanned(5, 1, 1), scanned(5, 1, 1)], 0),
            (&[scanned(5, 1, 1), scanned(5, 1, 1), scanned(5, 1, 2)], 5),
            // Devices count their files separately.
            (&[scanned(5, 1, 1), scanned(5, 2, 1)], 5),
            (&[scanned(5, 1, 1), added(5)], 5),
            // The smallest size of hard links.
            (&[scanned(9, 1, 1), scanned(4, 1, 1), scanned(5, 1, 2)], 4),
            // What is missing neither stays nor frees anything.
            (&[missing(added(9)), added(5)], 0),
            (&[missing(added(9)), added(5), added(6)], 5),
            (&[missing(added(9)), missing(added(9))], 0),
            (&[missing(scanned(3, 1, 1)), scanned(5, 1, 1), added(5)], 5),
            // Beyond the largest number.
            (&[added(Quantity::MAX), added(Quantity::MAX)], Quantity::MAX),
            (&[added(Quantity::MAX), added(Quantity::MAX), added(1)], Quantity::MAX),
        ] {
            assert_eq!(redundant_bytes(videos).get(), expected, "{videos:?}");
        }
        let many = vec![added(Quantity::MAX); 3000];
        assert_eq!(redundant_bytes(&many).get(), Quantity::MAX);
    }

    #[test]
    fn two_videos_are_a_group_even_if_both_are_missing() {
        let mut groups = DuplicateGroups::default();
        for (hash, video) in [
            (1, added(1)),
            (2, missing(added(1))),
            (2, missing(added(1))),
            (3, added(8)),
            (3, added(8)),
            (4, added(1)),
            (5, added(8)),
            (5, added(8)),
        ] {
            groups.add(fingerprint(hash), video);
        }
        let group = |hash, redundant_bytes| {
            let (fingerprint, redundant_bytes) = (fingerprint(hash), bytes(redundant_bytes));
            DuplicateGroup { fingerprint, videos: 2, redundant_bytes }
        };
        assert_eq!(groups.into_sorted(), [group(3, 8), group(5, 8), group(2, 0)]);
    }
}
