//! How SQLite finds videos with equal fingerprints, and what it makes of damage.

use super::plans::plan;
use super::{Library, by, damage, id, video};
use crate::domain::file::Fingerprint;
use crate::domain::filter::{Comparison, IdTest, IntegerField, IntegerTest};
use crate::domain::{PageRequest, VideoFilter};
use crate::repository::sqlite::duplicates;
use crate::repository::sqlite::matching::Matching;
use crate::repository::{DuplicateReader, OnConflict, VideoRepository};

/// How the fingerprints that several videos have are found: no row of the table is read for that, and nothing
/// is sorted.
const REPEATED: &str = "SEARCH videos USING COVERING INDEX videos_fingerprint (fingerprint>?)";

/// How the places of the videos with these are found, and put in the order of the table.
const PLACES: [&str; 4] = [
    REPEATED,
    "SCAN repeated",
    "SEARCH videos USING COVERING INDEX videos_fingerprint (fingerprint=?)",
    SORT,
];

/// How these videos are read, in that order.
const IN_ORDER: [&str; 2] = ["SCAN placed", "SEARCH videos USING INTEGER PRIMARY KEY (rowid=?)"];

const SORT: &str = "USE TEMP B-TREE FOR ORDER BY";

fn is_large() -> VideoFilter {
    VideoFilter::Integer(IntegerField::FileSize, IntegerTest::Is(Comparison::Gt, 1))
}

#[tokio::test]
async fn only_videos_with_a_repeated_fingerprint_are_read() {
    let library = Library::new().await;
    let file = "SEARCH files USING INDEX sqlite_autoindex_files_1 (video=?) LEFT-JOIN";
    let members = [&PLACES[..], &IN_ORDER, &[file, SORT]].concat();
    let groups = [&PLACES[..], &IN_ORDER].concat();
    for filter in [VideoFilter::everything(), is_large(), VideoFilter::except(is_large())] {
        let steps = plan(&library, duplicates::members(&Matching::Table(filter))).await;
        assert_eq!(steps, members);
    }
    let steps =
        plan(&library, duplicates::count(&Matching::Table(VideoFilter::everything()))).await;
    assert_eq!(steps, [REPEATED]);
    let steps = plan(&library, duplicates::count(&Matching::Table(is_large()))).await;
    assert_eq!(steps[..groups.len()], groups, "{steps:?}");
}

#[tokio::test]
async fn few_videos_are_found_by_their_names() {
    let library = Library::new().await;
    let named = VideoFilter::Id(IdTest::In(vec![id(1), id(2)]));
    let both = VideoFilter::All(vec![is_large(), named]);
    let steps = plan(&library, duplicates::members(&Matching::Table(both))).await;
    let by_id = "SEARCH videos USING INDEX sqlite_autoindex_videos_1 (id=?)";
    assert_eq!(steps[0], by_id, "{steps:?}");
    assert!(!steps.iter().any(|step| step.contains("SCAN videos")), "{steps:?}");
}

#[tokio::test]
async fn the_videos_with_a_fingerprint_are_found_by_it() {
    let library = Library::new().await;
    for filter in [VideoFilter::everything(), is_large()] {
        let sql = duplicates::with_fingerprint(Fingerprint::from_hash(1), &filter, 20);
        let steps = plan(&library, sql).await;
        assert_eq!(steps, ["SEARCH videos USING INDEX videos_fingerprint (fingerprint=?)", SORT]);
    }
}

#[tokio::test]
async fn what_is_no_fingerprint_is_an_error_and_no_panic() {
    let Library { store, directory } = &Library::new().await;
    store.insert_many(vec![video(1), video(2)], OnConflict::Fail, by()).await.unwrap();
    damage::raw(directory).execute_batch("UPDATE videos SET fingerprint = 'x3p2:0'").unwrap();
    let everything = VideoFilter::everything();
    assert!(store.duplicates(&everything, &PageRequest::first(1)).await.is_err());
}
