//! Groups of videos with equal fingerprints. What is here defines them for every store.

use std::cmp::Reverse;
use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::file::Fingerprint;
use super::page::{Page, PageRequest};
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

/// A page of groups under construction, from videos in the order of their fingerprints. Of the groups, it keeps
/// little more than those of the page.
#[derive(Debug)]
pub struct DuplicateGroups {
    request: PageRequest<DuplicatePlace>,
    /// Groups beyond the place that the page starts from. Those that are missing cannot be on the page.
    groups: Vec<DuplicateGroup>,
    /// Whether there is a group at that place, or on its other side.
    has_near_side: bool,
    count: u64,
    fingerprint: Option<Fingerprint>,
    /// The videos with this fingerprint.
    videos: Vec<Duplicate>,
}

impl DuplicateGroups {
    /// The number of groups beyond those of a page that are kept, so that they are seldom sorted.
    const SPARE: usize = 1000;

    /// For this page, without videos yet.
    pub fn new(request: &PageRequest<DuplicatePlace>) -> Self {
        Self {
            request: request.clone(),
            groups: Vec::new(),
            has_near_side: false,
            count: 0,
            fingerprint: None,
            videos: Vec::new(),
        }
    }

    /// Adds a video, whose fingerprint is not below the one before.
    pub fn add(&mut self, fingerprint: Fingerprint, video: Duplicate) {
        if self.fingerprint != Some(fingerprint) {
            self.complete_group();
            self.fingerprint = Some(fingerprint);
        }
        self.videos.push(video);
    }

    /// The number of all groups of the videos that were added.
    pub fn into_count(mut self) -> u64 {
        self.complete_group();
        self.count
    }

    /// The page of the groups of the videos that were added, in the order of their places.
    pub fn into_page(mut self) -> Page<DuplicateGroup> {
        self.complete_group();
        self.sort_and_drop();
        let compare = |group: &DuplicateGroup, place: &DuplicatePlace| group.place().cmp(place);
        let mut page = Page::cut(&self.groups, &self.request, compare);
        if self.request.is_backward() {
            page.has_next |= self.has_near_side;
        } else {
            page.has_previous |= self.has_near_side;
        }
        page
    }

    fn complete_group(&mut self) {
        let group = self.fingerprint.and_then(|it| DuplicateGroup::of(it, &self.videos));
        self.videos.clear();
        let Some(group) = group else { return };
        self.count += 1;
        if self.is_near(&group) {
            self.has_near_side = true;
            return;
        }
        self.groups.push(group);
        if self.groups.len() > self.wanted().saturating_add(Self::SPARE) {
            self.sort_and_drop();
        }
    }

    /// Whether a group is not beyond the place that the page starts from.
    fn is_near(&self, group: &DuplicateGroup) -> bool {
        self.request.place().is_some_and(|place| {
            if self.request.is_backward() {
                group.place() >= *place
            } else {
                group.place() <= *place
            }
        })
    }

    /// The number of groups that decide what the page is: one more shows that there are others.
    fn wanted(&self) -> usize {
        self.request.limit().saturating_add(self.request.offset()).saturating_add(1)
    }

    fn sort_and_drop(&mut self) {
        self.groups.sort_unstable_by_key(DuplicateGroup::place);
        let wanted = self.wanted();
        if self.request.is_backward() {
            self.groups.drain(..self.groups.len().saturating_sub(wanted));
        } else {
            self.groups.truncate(wanted);
        }
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
        let mut groups = DuplicateGroups::new(&PageRequest::first(9));
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
        assert_eq!(groups.into_page().items, [group(3, 8), group(5, 8), group(2, 0)]);
    }

    #[test]
    fn a_page_of_many_groups_is_cut_out_of_all_of_them() {
        let count = 3 * DuplicateGroups::SPARE as u128;
        // Sizes that repeat, in another order than the fingerprints.
        let size = |hash: u128| i64::try_from(hash * 7919 % 1009).unwrap();
        let members =
            || (0..count).flat_map(|hash| [hash; 2]).map(|hash| (hash, added(size(hash))));
        let mut all: Vec<DuplicateGroup> = (0..count)
            .filter_map(|hash| DuplicateGroup::of(fingerprint(hash), &[added(size(hash)); 2]))
            .collect();
        all.sort_by_key(DuplicateGroup::place);
        let mut places = vec![None];
        places.extend([0, 1, 1500, 2990, 2999].map(|number: usize| Some(all[number].place())));
        // One that no group has.
        let place = all[700].place();
        places.push(Some(DuplicatePlace { fingerprint: fingerprint(u128::MAX), ..place }));
        for place in places {
            for limit in [0, 1, 20, 1600, usize::MAX] {
                for request in [
                    PageRequest::Forward { limit, after: place },
                    PageRequest::Offset { limit, after: place, offset: 1495 },
                    PageRequest::Offset { limit, after: place, offset: usize::MAX },
                    PageRequest::Backward { limit, before: place },
                ] {
                    let mut groups = DuplicateGroups::new(&request);
                    for (hash, video) in members() {
                        groups.add(fingerprint(hash), video);
                        let most = groups.wanted().saturating_add(DuplicateGroups::SPARE);
                        assert!(groups.groups.len() <= most);
                    }
                    let expected =
                        Page::cut(&all, &request, |group, place| group.place().cmp(place));
                    assert_eq!(groups.into_page(), expected, "{request:?}");
                }
            }
        }
    }
}
