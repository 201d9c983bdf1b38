//! Videos with equal fingerprints, and the groups that they form.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::strategy::ValueTree;
use proptest::test_runner::{TestCaseError, TestRunner};
use reelgraph::domain::catalogue::Root;
use reelgraph::domain::file::Fingerprint;
use reelgraph::domain::filter::{IdTest, IntegerField, IntegerTest, TextField, TextTest};
use reelgraph::domain::{
    Duplicate, DuplicateGroup, DuplicatePlace, Inode, NewVideo, OnConflict, Page, PageRequest,
    Quantity, SearchQuery, Video, VideoFilter, VideoId, VideoPatch,
};
use reelgraph::repository::{
    FileChange, FileChanges, RepositoryError, SnapshotReads, VideoRepository, Write,
};
use tokio::runtime::Runtime;

use super::contents;
use super::definition::{Defined, walk};
use super::stores::Opened;
use crate::support::catalogue::{found, lose_files, root};
use crate::support::clock::counted_id;
use crate::support::duplicates::{Copied, fingerprint, imported};
use crate::support::filters::{any_filter, is_match};
use crate::support::properties::check;
use crate::support::videos::{by, quantity, text, video};

contract_suite! {
    cases:
        nothing_is_in_no_group,
        groups_have_the_most_redundant_bytes_first,
        videos_with_a_fingerprint_come_by_id,
        hard_links_of_one_file_count_once,
        a_missing_file_frees_nothing,
        only_videos_that_match_count,
        the_size_that_a_person_gives_counts,
        sizes_that_no_disk_has_end_at_the_largest_number,
        a_place_outlives_its_group,
        a_snapshot_keeps_its_groups;
    properties: groups_are_as_defined, lists_of_videos_are_as_defined;
}

/// Adds videos without files, one after another.
async fn add(store: &dyn VideoRepository, videos: impl IntoIterator<Item = (u64, u64, i64)>) {
    for ((number, content, size), second) in videos.into_iter().zip(1..) {
        store.insert(imported(number, content, size), by(second)).await.unwrap();
    }
}

/// Has a scan find these files in a root.
async fn scan(store: &dyn VideoRepository, files: &[Copied]) {
    store.catalogue().add_root(&root(1)).await.unwrap();
    found(store, 1, files.iter().map(Copied::found).collect()).await;
}

fn everything() -> VideoFilter {
    VideoFilter::everything()
}

/// The groups of the videos that match, in short: content, videos and redundant bytes. They are as many as the
/// store counts.
async fn groups(store: &dyn VideoRepository, filter: &VideoFilter) -> Vec<(u64, u64, i64)> {
    let page = store.duplicates(filter, &PageRequest::first(100)).await.unwrap();
    let count = store.count_duplicates(filter).await.unwrap();
    assert_eq!((count, page.has_next), (page.items.len() as u64, false));
    page.items.iter().map(in_short).collect()
}

fn in_short(group: &DuplicateGroup) -> (u64, u64, i64) {
    let content = (0..1000).find(|content| fingerprint(*content) == group.fingerprint);
    (content.unwrap(), group.videos, group.redundant_bytes.get())
}

async fn with_content(
    store: &dyn VideoRepository,
    content: u64,
    filter: &VideoFilter,
    limit: usize,
) -> Vec<VideoId> {
    let lists = store.with_fingerprints(&[fingerprint(content)], filter, limit).await.unwrap();
    lists.into_iter().flatten().map(|video| video.id).collect()
}

async fn nothing_is_in_no_group(store: &dyn VideoRepository) {
    assert_eq!(groups(store, &everything()).await, []);
    store.insert(video(1), by(1)).await.unwrap();
    store.insert(video(2), by(1)).await.unwrap();
    add(store, [(3, 3, 5), (4, 4, 5)]).await;
    assert_eq!(groups(store, &everything()).await, []);
    let none: [Vec<Video>; 0] = [];
    assert_eq!(store.with_fingerprints(&[], &everything(), 9).await.unwrap(), none);
    assert_eq!(with_content(store, 7, &everything(), 9).await, []);
}

async fn groups_have_the_most_redundant_bytes_first(store: &dyn VideoRepository) {
    let videos = [(1, 4, 5), (2, 4, 5), (3, 2, 5), (4, 2, 5), (5, 3, 2), (6, 3, 2), (7, 3, 2)];
    add(store, videos).await;
    add(store, [(8, 1, 9), (9, 1, 9), (10, 9, 99)]).await;
    let all = [(1, 2, 9), (2, 2, 5), (4, 2, 5), (3, 3, 4)];
    assert_eq!(groups(store, &everything()).await, all);
    store.delete(counted_id(8), None, by(2)).await.unwrap();
    assert_eq!(groups(store, &everything()).await, all[1..]);
}

async fn videos_with_a_fingerprint_come_by_id(store: &dyn VideoRepository) {
    add(store, [(9, 1, 5), (2, 2, 5), (7, 1, 5), (8, 1, 5), (1, 2, 5), (3, 3, 5)]).await;
    let ids = |numbers: &[u64]| numbers.iter().map(|it| counted_id(*it)).collect::<Vec<_>>();
    assert_eq!(with_content(store, 1, &everything(), 9).await, ids(&[7, 8, 9]));
    assert_eq!(with_content(store, 1, &everything(), 2).await, ids(&[7, 8]));
    assert_eq!(with_content(store, 1, &everything(), 0).await, ids(&[]));
    let others = VideoFilter::Id(IdTest::NotIn(ids(&[7])));
    assert_eq!(with_content(store, 1, &others, 1).await, ids(&[8]));
    let wanted = [2, 7, 1, 3, 2].map(fingerprint);
    let lists = store.with_fingerprints(&wanted, &everything(), 2).await.unwrap();
    let found: Vec<Vec<VideoId>> =
        lists.iter().map(|list| list.iter().map(|video| video.id).collect()).collect();
    let expected = [&[1, 2][..], &[], &[7, 8], &[3], &[1, 2]];
    assert_eq!(found, expected.map(ids));
    assert_eq!(lists[3][0], store.get(counted_id(3)).await.unwrap().unwrap());
}

async fn hard_links_of_one_file_count_once(store: &dyn VideoRepository) {
    let file = |video, inode| Copied { video, content: 1, size: 5, inode };
    scan(store, &[file(1, 7), file(2, 7)]).await;
    assert_eq!(groups(store, &everything()).await, [(1, 2, 0)]);
    scan(store, &[file(3, u64::MAX)]).await;
    assert_eq!(groups(store, &everything()).await, [(1, 3, 5)]);
    // Nobody knows whether it is one of them.
    add(store, [(4, 1, 5)]).await;
    assert_eq!(groups(store, &everything()).await, [(1, 4, 10)]);
    // A video that is given another path leaves its file behind.
    let patch = VideoPatch { path: Some(text("/elsewhere.mkv")), ..VideoPatch::default() };
    store.update(counted_id(2), patch, None, by(3)).await.unwrap();
    assert_eq!(groups(store, &everything()).await, [(1, 4, 15)]);
    // Each device numbers its own files.
    found(store, 1, vec![file(5, 7).found_on(3)]).await;
    assert_eq!(groups(store, &everything()).await, [(1, 5, 20)]);
}

async fn a_missing_file_frees_nothing(store: &dyn VideoRepository) {
    let file = |video, inode| Copied { video, content: 1, size: 5, inode };
    scan(store, &[file(1, 1), file(2, 1), file(3, 2), file(4, 3)]).await;
    assert_eq!(groups(store, &everything()).await, [(1, 4, 10)]);
    // Its other link is still there.
    lose_files(store, 1, &[1]).await;
    assert_eq!(groups(store, &everything()).await, [(1, 4, 10)]);
    lose_files(store, 1, &[2]).await;
    assert_eq!(groups(store, &everything()).await, [(1, 4, 5)]);
    lose_files(store, 1, &[3, 4]).await;
    assert_eq!(groups(store, &everything()).await, [(1, 4, 0)]);
}

async fn only_videos_that_match_count(store: &dyn VideoRepository) {
    let file = |video, inode| Copied { video, content: 1, size: 5, inode };
    scan(store, &[file(1, 1), file(2, 2)]).await;
    add(store, [(3, 1, 5), (4, 2, 8), (5, 2, 8), (6, 2, 8)]).await;
    let path = |test| VideoFilter::Text(TextField::Path, test);
    let added = path(TextTest::StartsWith("/imported/".to_owned()));
    assert_eq!(groups(store, &added).await, [(2, 3, 16)]);
    assert_eq!(groups(store, &VideoFilter::except(added)).await, [(1, 2, 5)]);
    let named = path(TextTest::In(vec!["/imported/4.mkv".into(), "/imported/6.mkv".into()]));
    assert_eq!(groups(store, &named).await, [(2, 2, 8)]);
    let search = VideoFilter::Search(SearchQuery::parse("imported").unwrap());
    assert_eq!(groups(store, &search).await, [(2, 3, 16)]);
    lose_files(store, 1, &[1]).await;
    let is_there = VideoFilter::Integer(IntegerField::MissingSince, IntegerTest::IsNull(true));
    assert_eq!(groups(store, &is_there).await, [(2, 3, 16), (1, 2, 5)]);
    let in_root = VideoFilter::root(IdTest::In(vec![root(1).id]));
    assert_eq!(groups(store, &in_root).await, [(1, 2, 0)]);
    assert_eq!(groups(store, &VideoFilter::Any(Vec::new())).await, []);
}

async fn the_size_that_a_person_gives_counts(store: &dyn VideoRepository) {
    let file = |video, inode| Copied { video, content: 1, size: 5, inode };
    scan(store, &[file(1, 1), file(2, 2), file(3, 2)]).await;
    let resize = async |video, size| {
        let patch = VideoPatch { file_size: Some(quantity(size)), ..VideoPatch::default() };
        store.update(counted_id(video), patch, None, by(3)).await.unwrap();
        groups(store, &everything()).await
    };
    // The largest one stays, and links have the smallest of their sizes.
    assert_eq!(resize(1, 99).await, [(1, 3, 5)]);
    assert_eq!(resize(2, 3).await, [(1, 3, 3)]);
    assert_eq!(resize(3, 98).await, [(1, 3, 3)]);
}

async fn sizes_that_no_disk_has_end_at_the_largest_number(store: &dyn VideoRepository) {
    let videos: Vec<NewVideo> =
        (0..1100).map(|number| imported(number, 2, Quantity::MAX)).collect();
    assert!(Quantity::MAX.checked_mul(1099).is_none(), "their sum has more than 64 bits");
    for videos in videos.chunks(550) {
        store.insert_many(videos.to_vec(), OnConflict::Fail, by(1)).await.unwrap();
    }
    add(store, [(5001, 1, Quantity::MAX), (5002, 1, Quantity::MAX), (5003, 1, 1)]).await;
    let all = [(1, 3, Quantity::MAX), (2, 1100, Quantity::MAX)];
    assert_eq!(groups(store, &everything()).await, all);
}

async fn a_place_outlives_its_group(store: &dyn VideoRepository) {
    add(store, [(1, 1, 9), (2, 1, 9), (3, 2, 7), (4, 2, 7), (5, 3, 5), (6, 3, 5)]).await;
    let page = store.duplicates(&everything(), &PageRequest::first(2)).await.unwrap();
    assert!(page.has_next && !page.has_previous);
    let second = page.items[1].place();
    store.delete(counted_id(3), None, by(2)).await.unwrap();
    let after = PageRequest::Forward { limit: 2, after: Some(second) };
    let page = store.duplicates(&everything(), &after).await.unwrap();
    assert_eq!(page.items.iter().map(in_short).collect::<Vec<_>>(), [(3, 2, 5)]);
    assert!(page.has_previous && !page.has_next);
    let before = PageRequest::Backward { limit: 2, before: Some(second) };
    let page = store.duplicates(&everything(), &before).await.unwrap();
    assert_eq!(page.items.iter().map(in_short).collect::<Vec<_>>(), [(1, 2, 9)]);
    assert!(page.has_next && !page.has_previous);
    // A place that no group ever had, among those with as many bytes.
    let place = DuplicatePlace { redundant_bytes: quantity(5), fingerprint: fingerprint(2) };
    let after = PageRequest::Forward { limit: 0, after: Some(place) };
    let page = store.duplicates(&everything(), &after).await.unwrap();
    assert_eq!(page, Page { items: Vec::new(), has_previous: true, has_next: true });
}

async fn a_snapshot_keeps_its_groups(store: &dyn VideoRepository) {
    let file = |video, inode| Copied { video, content: 1, size: 5, inode };
    scan(store, &[file(1, 1), file(2, 2)]).await;
    let snapshot = store.snapshot(SnapshotReads::All).await.unwrap();
    scan(store, &[file(3, 3)]).await;
    let page = snapshot.duplicates(&everything(), &PageRequest::last(5)).await.unwrap();
    assert_eq!(page.items.iter().map(in_short).collect::<Vec<_>>(), [(1, 2, 5)]);
    assert_eq!(snapshot.count_duplicates(&everything()).await.unwrap(), 1);
    let lists = snapshot.with_fingerprints(&[fingerprint(1)], &everything(), 9).await.unwrap();
    assert_eq!(lists[0].len(), 2);
    assert_eq!(groups(store, &everything()).await, [(1, 3, 10)]);
}

/// The groups of the videos that match, where these have files.
#[derive(Clone, Debug)]
struct Groups {
    filter: VideoFilter,
    inodes: Arc<HashMap<VideoId, Inode>>,
}

impl Defined for Groups {
    type Row = DuplicateGroup;
    type Place = DuplicatePlace;

    fn rows_of(&self, videos: &[Video]) -> Vec<DuplicateGroup> {
        let mut members: BTreeMap<Fingerprint, Vec<Duplicate>> = BTreeMap::new();
        for video in videos.iter().filter(|video| is_match(&self.filter, video)) {
            let facts = video.values.facts();
            let duplicate = Duplicate {
                file_size: video.values.file_size,
                is_missing: facts.missing_since.is_some(),
                inode: self.inodes.get(&video.id).copied(),
            };
            if let Some(fingerprint) = facts.fingerprint {
                members.entry(fingerprint).or_default().push(duplicate);
            }
        }
        let groups = members.into_iter();
        let mut rows: Vec<DuplicateGroup> =
            groups.filter_map(|(it, members)| DuplicateGroup::of(it, &members)).collect();
        rows.sort_by(|a, b| self.compare(&a.place(), &b.place()));
        rows
    }

    fn place_of(&self, row: &DuplicateGroup) -> DuplicatePlace {
        row.place()
    }

    fn compare(&self, a: &DuplicatePlace, b: &DuplicatePlace) -> Ordering {
        let by_bytes = b.redundant_bytes.cmp(&a.redundant_bytes);
        by_bytes.then_with(|| a.fingerprint.to_string().cmp(&b.fingerprint.to_string()))
    }

    async fn list(
        &self,
        store: &dyn VideoRepository,
        page: &PageRequest<DuplicatePlace>,
    ) -> Result<Page<DuplicateGroup>, RepositoryError> {
        store.duplicates(&self.filter, page).await
    }

    async fn start(
        &self,
        _: &dyn VideoRepository,
        _: &PageRequest<DuplicatePlace>,
    ) -> Result<Option<u64>, RepositoryError> {
        Ok(None)
    }

    async fn count(&self, store: &dyn VideoRepository) -> Result<u64, RepositoryError> {
        store.count_duplicates(&self.filter).await
    }

    fn shown(row: &DuplicateGroup) -> String {
        format!("{row:?}")
    }
}

/// A store with files in two roots, many of them copies and links of each other or missing, and videos without
/// files.
struct Copies {
    opened: Opened,
    videos: Arc<[Video]>,
    inodes: Arc<HashMap<VideoId, Inode>>,
}

impl Copies {
    async fn open(opened: impl Future<Output = Opened>) -> Self {
        let opened = opened.await;
        for (number, first) in [(1, 100), (2, 200)] {
            Self::fill_root(&*opened.store, number, first).await;
        }
        // They were added later than those with higher IDs.
        let files = any_files(30, 60).into_iter();
        let without_file = files.map(|file| imported(file.video, file.content, file.size));
        let videos = without_file.chain((1..10).map(video)).collect();
        opened.store.insert_many(videos, OnConflict::Fail, by(2)).await.unwrap();
        let (videos, _) = contents(&*opened.store).await;
        let ids: Vec<VideoId> = videos.iter().map(|video| video.id).collect();
        let rows = opened.store.catalogue().files_of(&ids).await.unwrap().into_iter().flatten();
        let inodes = rows.map(|row| {
            let mark = row.file.mark;
            (row.file.video.unwrap(), Inode { device: mark.device, number: mark.inode })
        });
        let inodes = Arc::new(inodes.collect());
        Self { opened, videos: videos.into(), inodes }
    }

    /// Has a scan find files where [`is_match`] looks for them, and miss some after that.
    async fn fill_root(store: &dyn VideoRepository, number: u8, first: u64) {
        let path_prefix = text(&format!("/placed/{number}"));
        let root = Root { path_prefix: path_prefix.clone(), ..root(number) };
        store.catalogue().add_root(&root).await.unwrap();
        let write = async |changes| {
            let changes = FileChanges { root: root.id, path_prefix: path_prefix.clone(), changes };
            store.write(Write::Files(changes), by(1)).await.unwrap();
        };
        let files = any_files(first, 60).into_iter();
        let found = files.map(|file| file.found_on(u64::from(file.video % 7 == 0)));
        write(found.collect()).await;
        let rows = store.catalogue().files_after(root.id, None, 100).await.unwrap();
        let missing = rows.iter().filter(|row| row.number.0 % 5 == 0);
        write(missing.map(|row| FileChange::Missing { number: row.number }).collect()).await;
    }

    fn any_filter(&self) -> impl Strategy<Value = VideoFilter> + use<> {
        let ids: Vec<VideoId> = self.videos.iter().map(|video| video.id).collect();
        // Some of the videos are a library of their own.
        let any_ids = || {
            let ids = ids.clone();
            (0..=ids.len()).prop_flat_map(move |count| subsequence(ids.clone(), count))
        };
        prop_oneof![
            1 => Just(VideoFilter::everything()),
            3 => any_ids().prop_map(|ids| VideoFilter::Id(IdTest::In(ids))),
            3 => any_ids().prop_map(|ids| VideoFilter::Id(IdTest::NotIn(ids))),
            3 => any_filter(Arc::clone(&self.videos)),
        ]
    }
}

/// Files of few contents, sizes and inodes, whose videos have numbers from the first one on.
fn any_files(first: u64, count: u64) -> Vec<Copied> {
    let mut runner = TestRunner::deterministic();
    let any_file = (1..25_u64, select(vec![0, 3, 3, 3, 4, Quantity::MAX]), 1..15_u64);
    let mut file = |video| {
        let (content, size, inode) = any_file.new_tree(&mut runner).unwrap().current();
        Copied { video, content, size, inode }
    };
    (first..first + count).map(&mut file).collect()
}

fn groups_are_as_defined<F: Future<Output = Opened>>(open: fn() -> F) {
    let runtime = Runtime::new().unwrap();
    let copies = runtime.block_on(Copies::open(open()));
    let inputs = (copies.any_filter(), vec(1..9_usize, 1..4));
    check(&runtime, inputs, async |(filter, limits)| {
        let groups = Groups { filter, inodes: Arc::clone(&copies.inodes) };
        let walked = walk(&*copies.opened.store, &groups, &limits, &copies.videos).await;
        walked.map_err(TestCaseError::fail)
    });
}

fn lists_of_videos_are_as_defined<F: Future<Output = Opened>>(open: fn() -> F) {
    let runtime = Runtime::new().unwrap();
    let copies = runtime.block_on(Copies::open(open()));
    let inputs = (copies.any_filter(), vec(0..30_u64, 0..6), 0..9_usize);
    check(&runtime, inputs, async |(filter, contents, limit)| {
        let with = |content: &u64| {
            let has_it = |video: &&Video| {
                let found = video.values.facts().fingerprint;
                found == Some(fingerprint(*content)) && is_match(&filter, video)
            };
            let mut found: Vec<Video> = copies.videos.iter().filter(has_it).cloned().collect();
            found.sort_by_key(|video| video.id);
            found.truncate(limit);
            found
        };
        let expected: Vec<Vec<Video>> = contents.iter().map(with).collect();
        let wanted: Vec<Fingerprint> = contents.iter().copied().map(fingerprint).collect();
        let lists = copies.opened.store.with_fingerprints(&wanted, &filter, limit).await;
        let lists = lists.map_err(|error| TestCaseError::fail(format!("{error:?}")))?;
        prop_assert_eq!(lists, expected);
        Ok(())
    });
}
