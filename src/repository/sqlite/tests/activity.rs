//! What the store tells of what it is doing.

use std::pin::pin;

use futures_util::poll;

use super::{Library, by, video};
use crate::domain::VideoFilter;
use crate::repository::activity::ReaderUse;
use crate::repository::{VideoReader, VideoRepository};

fn readers(library: &Library) -> ReaderUse {
    library.store.activity().unwrap().readers
}

#[tokio::test]
async fn readers_are_busy_while_they_are_held_and_callers_wait_meanwhile() {
    let library = Library::new().await;
    let size = readers(&library).size;
    let mut snapshots = Vec::new();
    for busy in 0..size {
        assert_eq!(readers(&library), ReaderUse { size, busy, waiting: 0 });
        snapshots.push(library.store.snapshot().await.unwrap());
    }
    let everything = VideoFilter::everything();
    {
        let mut given_up = pin!(library.store.count(&everything));
        assert!(poll!(given_up.as_mut()).is_pending());
        assert_eq!(readers(&library), ReaderUse { size, busy: size, waiting: 1 });
    }
    assert_eq!(readers(&library).waiting, 0);
    library.store.insert(video(1), by()).await.unwrap();
    for snapshot in snapshots {
        assert_eq!(snapshot.count(&everything).await.unwrap(), 0);
    }
    // These are the readers that the snapshots had.
    assert_eq!(library.store.count(&everything).await.unwrap(), 1);
    assert_eq!(readers(&library), ReaderUse { size, busy: 0, waiting: 0 });
}

#[tokio::test]
async fn the_file_the_log_and_the_commits_are_told() {
    let library = Library::new().await;
    let before = library.store.activity().unwrap();
    library.store.insert(video(1), by()).await.unwrap();
    let after = library.store.activity().unwrap();
    assert!(after.file_bytes > 0);
    assert!(after.log_bytes > before.log_bytes, "{before:?} {after:?}");
    assert_eq!(after.commits.total(), before.commits.total() + 1);
    assert_eq!(after.commits.writes, before.commits.writes + 1);
    library.store.close().await;
    assert_eq!(library.store.activity().unwrap().log_bytes, 0);
}
