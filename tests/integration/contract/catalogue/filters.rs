//! Filters on where the files of videos are.

use reelgraph::domain::catalogue::{Availability, RootId};
use reelgraph::domain::filter::{FileTest, IdTest, TextField, TextTest};
use reelgraph::domain::{SearchQuery, VideoFilter};
use reelgraph::repository::{OnConflict, VideoRepository};

use super::root_id;
use crate::contract::found::find;
use crate::support::catalogue::add_placed;
use crate::support::clock::counted_id;
use crate::support::videos::{by, video};

contract_suite! {
    cases:
        a_file_is_where_it_was_found,
        a_video_that_is_deleted_leaves_its_root,
        availabilities_follow_roots_disks_and_scans;
}

/// Two videos without files, and those of [`add_placed`].
async fn placed(store: &dyn VideoRepository) {
    let videos = [1, 2].map(video).into();
    store.insert_many(videos, OnConflict::Fail, by(1)).await.unwrap();
    add_placed(store, 11).await;
}

fn file(test: FileTest) -> VideoFilter {
    VideoFilter::File(test)
}

fn roots(numbers: &[u8]) -> Vec<RootId> {
    numbers.iter().map(|number| root_id(*number)).collect()
}

async fn a_file_is_where_it_was_found(store: &dyn VideoRepository) {
    placed(store).await;
    let cases: [(VideoFilter, &[u64]); 10] = [
        (file(FileTest::Exists), &[11, 12, 13, 14, 15, 16, 17, 18, 19, 20]),
        (file(FileTest::In(roots(&[1]))), &[11, 12, 13, 14, 15]),
        (file(FileTest::In(roots(&[2, 9, 1]))), &[11, 12, 13, 14, 15, 16, 17, 18, 19, 20]),
        (file(FileTest::In(roots(&[9]))), &[]),
        (file(FileTest::In(Vec::new())), &[]),
        (VideoFilter::root(IdTest::NotIn(roots(&[1]))), &[1, 2, 16, 17, 18, 19, 20]),
        (VideoFilter::root(IdTest::IsNull(true)), &[1, 2]),
        (file(FileTest::Reachable(Vec::new())), &[11, 12, 13, 16, 17, 18]),
        (file(FileTest::Reachable(roots(&[2, 9]))), &[11, 12, 13]),
        (file(FileTest::Reachable(roots(&[1, 2]))), &[]),
    ];
    find(store, cases).await;
    let search = VideoFilter::Search(SearchQuery::parse("gone").unwrap());
    let name = VideoFilter::Text(TextField::Filename, TextTest::Eq("gone.mkv".to_owned()));
    for other in [search, name] {
        let both = VideoFilter::All(vec![file(FileTest::In(roots(&[1]))), other]);
        find(store, [(both, &[13])]).await;
    }
}

async fn a_video_that_is_deleted_leaves_its_root(store: &dyn VideoRepository) {
    placed(store).await;
    store.delete(counted_id(11), None, by(9)).await.unwrap();
    find(store, [(file(FileTest::In(roots(&[1]))), &[12, 13, 14, 15])]).await;
    // It is another record, which no scan has found so far.
    store.insert(video(11), by(10)).await.unwrap();
    find(store, [(VideoFilter::root(IdTest::IsNull(true)), &[1, 2, 11])]).await;
}

async fn availabilities_follow_roots_disks_and_scans(store: &dyn VideoRepository) {
    placed(store).await;
    let second = roots(&[2]);
    let cases: [(VideoFilter, &[u64]); 6] = [
        (Availability::Available.filter(&[]), &[11, 12, 16, 17]),
        (Availability::Missing.filter(&[]), &[13, 18]),
        (Availability::Offline.filter(&[]), &[14, 15, 19, 20]),
        (Availability::Available.filter(&second), &[11, 12]),
        (Availability::Missing.filter(&second), &[13]),
        (Availability::Offline.filter(&second), &[14, 15, 16, 17, 18, 19, 20]),
    ];
    find(store, cases).await;
}
