//! Random libraries: groups of videos with equal fingerprints are as the domain defines them.

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
use reelgraph::domain::filter::IdTest;
use reelgraph::domain::{
    Duplicate, DuplicateGroup, DuplicatePlace, Inode, OnConflict, Page, PageRequest, Quantity,
    Video, VideoFilter, VideoId,
};
use reelgraph::repository::{FileChange, FileChanges, RepositoryError, VideoRepository, Write};
use tokio::runtime::Runtime;

use super::contents;
use super::definition::{Defined, walk};
use super::stores::Opened;
use crate::support::catalogue::root;
use crate::support::duplicates::{Copied, fingerprint, imported};
use crate::support::filters::{any_filter, is_match};
use crate::support::properties::check;
use crate::support::videos::{by, text, video};

contract_suite! {
    properties: groups_are_as_defined, lists_of_videos_are_as_defined;
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
