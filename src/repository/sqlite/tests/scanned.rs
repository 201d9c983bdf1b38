//! A library with roots, files and scans, as an earlier version left it.

use std::fs;

use tempfile::TempDir;

use super::{by, video};
use crate::domain::catalogue::{ProblemCode, RootState, ScanCounts, ScanState};
use crate::domain::{AuditFilter, PageRequest, Timestamp, VideoFilter};
use crate::repository::catalogue::{FileCounts, ScanFilter};
use crate::repository::sqlite::{ReadOnlyLibrary, SqliteRepository};
use crate::repository::{VideoReader, VideoRepository};

/// A folder with a library that `tests/data/make-library.sh` made once there were scans.
fn folder_with_a_library_of_scans() -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    let library = include_bytes!("../../../../tests/data/library-20261129200000.sqlite");
    fs::write(directory.path().join("library.db"), library).unwrap();
    directory
}

#[tokio::test]
async fn a_library_of_scans_is_taken_over() {
    let directory = folder_with_a_library_of_scans();
    let store = SqliteRepository::open(&directory.path().join("library.db")).await.unwrap();
    assert_eq!(store.check().await.unwrap(), Vec::<String>::new());
    assert_eq!(store.count(&VideoFilter::everything()).await.unwrap(), 37);
    let catalogue = store.catalogue();
    let roots = catalogue.roots().await.unwrap();
    let [root] = &roots[..] else { panic!("{roots:?}") };
    assert_eq!(root.name.as_str(), "reelgraph-films");
    assert_eq!(root.path_prefix.as_str(), "/tmp/reelgraph-films");
    assert_eq!(root.state(Timestamp::MAX), RootState::Online);
    let counts = catalogue.count_files(root.id).await.unwrap();
    assert_eq!(counts, FileCounts { videos: 3, missing: 1 });
    let rows = catalogue.files_after(root.id, None, 10).await.unwrap();
    let mut paths: Vec<_> = rows.iter().map(|row| row.file.path.as_slice()).collect();
    paths.sort_unstable();
    assert_eq!(paths, [&b"new/one.mkv"[..], b"three.mkv", b"two.mkv"]);
    let moved = rows.iter().find(|row| row.file.path == b"new/one.mkv").unwrap();
    let video = store.get(moved.file.video.unwrap()).await.unwrap().unwrap();
    assert_eq!(video.values.path.as_str(), "/tmp/reelgraph-films/new/one.mkv");
    assert_eq!(video.values.facts().fingerprint, Some(moved.file.fingerprint));
    assert_eq!(video.values.facts().chapters.len(), 1);
}

#[tokio::test]
async fn its_scans_and_problems_are_listed_and_its_history_goes_on() {
    let directory = folder_with_a_library_of_scans();
    let store = SqliteRepository::open(&directory.path().join("library.db")).await.unwrap();
    let catalogue = store.catalogue();
    let scans = catalogue.scans(&ScanFilter::default(), &PageRequest::first(10)).await.unwrap();
    let scans = scans.items;
    assert!(scans.iter().all(|scan| scan.state == ScanState::Succeeded), "{scans:?}");
    let counts = ScanCounts { seen: 4, problems: 1, ..ScanCounts::default() };
    let first = ScanCounts { added: 3, ..counts };
    let second = ScanCounts { seen: 3, moved: 1, unchanged: 1, missing: 1, ..counts };
    assert_eq!(scans.iter().map(|scan| scan.counts).collect::<Vec<_>>(), [second, first]);
    let problems = catalogue.all_problems(scans[0].order.root).await.unwrap();
    let problems = problems.iter().map(|noted| (&*noted.path, noted.problem.code));
    let expected = (&b"four.mkv"[..], ProblemCode::NotReadableAsMedia);
    assert_eq!(problems.collect::<Vec<_>>(), [expected]);
    let of_scan = |scan: usize| AuditFilter {
        request_id: Some(scans[scan].id.request_id()),
        ..AuditFilter::default()
    };
    for (scan, entries) in [(1, 3), (0, 2)] {
        assert_eq!(store.count_entries(&of_scan(scan)).await.unwrap(), entries);
    }
    store.insert(video(1), by()).await.unwrap();
    assert_eq!(store.check().await.unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn it_is_read_without_being_changed() {
    let directory = folder_with_a_library_of_scans();
    let file = directory.path().join("library.db");
    let before = fs::read(&file).unwrap();
    let library = ReadOnlyLibrary::open(&file).await.unwrap();
    assert_eq!(library.check().await.unwrap(), Vec::<String>::new());
    assert!(library.close().await);
    assert!(fs::read(&file).unwrap() == before);
}
