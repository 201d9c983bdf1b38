//! Commits that SQLite calls failed.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use rusqlite::{Connection, Error, ffi};
use tokio::task::unconstrained;

use super::{by, damage, id, path, video};
use crate::domain::{AuditFilter, VideoPatch};
use crate::repository::sqlite::guard::Guard;
use crate::repository::sqlite::writer::Writer;
use crate::repository::sqlite::{SqliteRepository, WriteLoad, open};
use crate::repository::{OnConflict, VideoReader, VideoRepository, Write};

/// Makes the next commit of a connection report a failure after it has been made. SQLite itself
/// does so if it fails after the last sync.
fn fail_after_commit(connection: &Connection) {
    connection
        .wal_hook(Some(|_, _| Err(Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_IOERR), None))));
}

fn insert(number: u8) -> Write {
    Write::Insert { videos: vec![video(number)], on_conflict: OnConflict::Fail }
}

#[tokio::test]
async fn what_was_committed_all_the_same_is_not_written_again() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("library.db");
    let opened = open::open(&file, WriteLoad::Changes, Duration::from_secs(60)).unwrap();
    fail_after_commit(&opened.connection);
    let guard = Arc::new(Guard::new(&file, opened.id));
    let writer = Writer::start(opened, guard).unwrap();

    // Each of them would fail if it came again.
    let patch = VideoPatch { path: Some(path("/moved")), ..VideoPatch::default() };
    let writes = [
        insert(1),
        Write::Update { id: id(1), patch, expected_version: Some(1) },
        insert(2),
        Write::Delete { id: id(2), expected_version: None },
    ];
    // So that they share a commit.
    let other = damage::raw(&directory);
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let writes = writes.map(|write| writer.write(write, by()));
    let mut answers = Box::pin(unconstrained(join_all(writes)));
    assert!(futures_util::poll!(&mut answers).is_pending());
    other.execute_batch("ROLLBACK").unwrap();
    for answer in answers.await {
        let [written] = &answer.unwrap()[..] else { panic!("one video was written") };
        assert!(written.entry.is_some());
    }
    assert_eq!(writer.group_sizes().total(), 1);
    assert_eq!(*writer.newest().borrow(), 4);
    writer.close().await.unwrap();

    let store = SqliteRepository::open(&file).await.unwrap();
    assert_eq!(store.count_entries(&AuditFilter::default()).await.unwrap(), 4);
    assert_eq!(store.check().await.unwrap(), [""; 0]);
}
