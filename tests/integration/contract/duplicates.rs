//! Videos with equal fingerprints, and the groups that they form.

use reelgraph::domain::filter::{IdTest, IntegerField, IntegerTest, TextField, TextTest};
use reelgraph::domain::{
    DuplicateGroup, DuplicatePlace, NewVideo, OnConflict, Page, PageRequest, Quantity, SearchQuery,
    Video, VideoFilter, VideoId, VideoPatch,
};
use reelgraph::repository::{SnapshotReads, VideoRepository};

use crate::support::catalogue::{found, lose_files, root};
use crate::support::clock::counted_id;
use crate::support::duplicates::{Copied, fingerprint, imported};
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
