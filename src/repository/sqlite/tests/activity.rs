//! The reported activity of the store.

use futures_util::poll;

use super::scanning::taken_at_once;
use super::{Library, by, video};
use crate::domain::VideoFilter;
use crate::repository::activity::ReaderUse;
use crate::repository::{SnapshotReads, VideoRepository};

fn snapshots(library: &Library) -> ReaderUse {
    library.store.activity().unwrap().snapshots
}

#[tokio::test]
async fn snapshots_are_busy_while_they_are_held_and_callers_wait_meanwhile() {
    let library = Library::new().await;
    let ReaderUse { size, .. } = snapshots(&library);
    let mut held = Vec::new();
    for reads in [SnapshotReads::LookUps, SnapshotReads::All] {
        while let Some(snapshot) = taken_at_once(&library, reads).await {
            held.push(snapshot);
            assert_eq!(snapshots(&library), ReaderUse { size, busy: held.len(), waiting: 0 });
        }
        let mut waiting = library.store.snapshot(reads);
        assert!(poll!(&mut waiting).is_pending());
        assert_eq!(snapshots(&library).waiting, 1);
    }
    assert_eq!(snapshots(&library).waiting, 0);
    assert_eq!(held.len(), size);
    let everything = VideoFilter::everything();
    library.store.insert(video(1), by()).await.unwrap();
    for snapshot in held {
        assert_eq!(snapshot.count(&everything).await.unwrap(), 0);
    }
    // These are the connections that the snapshots had.
    let snapshot = library.store.snapshot(SnapshotReads::LookUps).await.unwrap();
    assert_eq!(snapshot.count(&everything).await.unwrap(), 1);
    drop(snapshot);
    assert_eq!(snapshots(&library), ReaderUse { size, busy: 0, waiting: 0 });
}

#[tokio::test]
async fn the_file_the_log_and_the_commits_are_told() {
    let library = Library::new().await;
    let before = library.store.activity().unwrap();
    library.store.insert(video(1), by()).await.unwrap();
    let after = library.store.activity().unwrap();
    let (files, files_before) = (after.files.unwrap(), before.files.unwrap());
    assert!(files.library > 0);
    assert!(files.log > files_before.log, "{before:?} {after:?}");
    assert_eq!(after.commits.total(), before.commits.total() + 1);
    assert_eq!(after.commits.writes, before.commits.writes + 1);
    library.store.close().await.unwrap();
    assert_eq!(library.store.activity().unwrap().files.unwrap().log, 0);
}
