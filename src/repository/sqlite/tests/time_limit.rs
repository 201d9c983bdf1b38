//! Statements that take too long, or that nobody waits for any longer.

use std::time::{Duration, Instant};

use futures_util::future::{join_all, pending};
use futures_util::poll;
use rusqlite::Connection;

use super::{Library, by, damage, id, path, video};
use crate::domain::filter::{TextField, TextTest};
use crate::domain::{NewVideo, VideoFilter};
use crate::repository::sql::Sql;
use crate::repository::sqlite::reader::Reader;
use crate::repository::sqlite::rows::BoxError;
use crate::repository::sqlite::{SqliteRepository, SqliteSettings};
use crate::repository::{OnConflict, RepositoryError, SnapshotReads, VideoReader, VideoRepository};

/// A library with one video, whose readers have this time limit.
async fn library(read_limit: Duration) -> Library {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("library.db");
    let settings = SqliteSettings { read_limit, ..SqliteSettings::default() };
    let store = SqliteRepository::open_with(&file, settings).await.unwrap();
    store.insert(video(1), by()).await.unwrap();
    Library { directory, store }
}

/// Too long for any test.
const FOR_EVER: Duration = Duration::from_secs(3600);

/// Counts something that has no end.
fn count_for_ever(reader: &Reader) -> Result<u64, BoxError> {
    reader.number(&Sql::new(
        "WITH RECURSIVE numbers (number) AS (
            SELECT 1 FROM videos UNION ALL SELECT number FROM numbers
        )
        SELECT count(*) FROM numbers",
    ))
}

/// The number of readers.
fn size(store: &SqliteRepository) -> usize {
    store.activity().unwrap().readers.size
}

/// Waits until some reader is executing a statement, or none is.
async fn wait_until_read(library: &Library, wanted: bool) {
    let other = damage::raw(&library.directory);
    other.busy_timeout(Duration::ZERO).unwrap();
    let begin = Instant::now();
    while is_read(&other) != wanted {
        assert!(begin.elapsed() < Duration::from_secs(60), "not so: is read = {wanted}");
        tokio::task::yield_now().await;
    }
}

/// What is written after a statement started cannot leave the write-ahead log before it has ended.
fn is_read(connection: &Connection) -> bool {
    connection.pragma_update(None, "user_version", 7).unwrap();
    let checkpoint = "PRAGMA wal_checkpoint(TRUNCATE)";
    connection.query_row(checkpoint, (), |row| Ok(row.get::<_, i64>(0)? == 1)).unwrap()
}

#[tokio::test]
async fn what_takes_too_long_is_interrupted_and_the_store_reads_on() {
    let mut library = library(Duration::from_millis(50)).await;
    for _ in 0..20 {
        let store = &library.store;
        let error = store.readers.read("count for ever", count_for_ever).await.unwrap_err();
        assert!(matches!(error, RepositoryError::TimedOut { attempted: "count for ever", .. }));
        assert_eq!(error.to_string(), "could not count for ever within 50 ms");
    }
    wait_until_read(&library, false).await;
    library.store.readers.limit = FOR_EVER;
    assert_eq!(library.store.count(&VideoFilter::everything()).await.unwrap(), 1);
}

#[tokio::test]
async fn what_is_not_found_at_once_is_found_nevertheless() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("library.db");
    let settings = SqliteSettings { at_once_limit: Duration::ZERO, ..SqliteSettings::default() };
    let store = SqliteRepository::open_with(&file, settings).await.unwrap();
    for number in 1..=20 {
        store.insert(video(number), by()).await.unwrap();
    }
    let ids: Vec<_> = (1..=20).map(id).collect();
    // Once to connect, and once at once.
    for statements in 1..=2 {
        let found = store.get_many(&ids).await.unwrap();
        assert!(found.iter().all(Option::is_some));
        assert_eq!(store.activity().unwrap().statements, statements);
    }
}

#[tokio::test]
async fn what_nobody_waits_for_is_interrupted() {
    let library = library(FOR_EVER).await;
    let mut reading = Box::pin(library.store.readers.visit(count_for_ever));
    tokio::select! {
        biased;
        ended = &mut reading => panic!("{ended:?}"),
        () = wait_until_read(&library, true) => {}
    }
    drop(reading);
    wait_until_read(&library, false).await;
    assert!(library.store.get(id(1)).await.unwrap().is_some());
}

#[tokio::test]
async fn a_snapshot_outlives_a_statement_that_was_given_up() {
    let library = library(FOR_EVER).await;
    let snapshot = library.store.readers.snapshot(SnapshotReads::All).await.unwrap();
    library.store.insert(video(2), by()).await.unwrap();
    let mut reading = Box::pin(snapshot.visit(count_for_ever));
    assert!(poll!(&mut reading).is_pending());
    drop(reading);
    assert_eq!(snapshot.count(&VideoFilter::everything()).await.unwrap(), 1);
}

#[tokio::test]
async fn a_free_reader_does_not_wait_for_the_others() {
    let library = library(FOR_EVER).await;
    let store = &library.store;
    let others = join_all((1..size(store)).map(|_| store.readers.visit(count_for_ever)));
    let reading = async {
        wait_until_read(&library, true).await;
        for _ in 0..100 {
            assert!(store.get(id(1)).await.unwrap().is_some());
        }
    };
    tokio::select! {
        biased;
        ended = others => panic!("{ended:?}"),
        () = reading => {}
    }
}

#[tokio::test]
async fn the_wait_for_a_free_reader_counts_and_ends_with_the_others() {
    let mut library = library(Duration::from_millis(50)).await;
    let store = &library.store;
    let all_busy = async {
        join_all((0..size(store)).map(|_| store.readers.visit(count_for_ever))).await;
        pending::<()>().await;
    };
    let refused = async {
        wait_until_read(&library, true).await;
        store.get(id(1)).await.unwrap_err()
    };
    tokio::select! {
        biased;
        () = all_busy => unreachable!("it is pending"),
        error = refused => assert!(matches!(error, RepositoryError::TimedOut { .. }), "{error:?}"),
    }
    library.store.readers.limit = FOR_EVER;
    assert!(library.store.get(id(1)).await.unwrap().is_some());
}

#[tokio::test]
async fn what_takes_as_long_as_it_needs_has_no_limit() {
    let library = library(Duration::ZERO).await;
    let reading = library.store.readers.read("count for ever", count_for_ever);
    let error = reading.await.unwrap_err();
    assert!(matches!(error, RepositoryError::TimedOut { .. }), "{error:?}");
    library.store.insert(video(2), by()).await.unwrap();
    assert_eq!(library.store.check().await.unwrap(), Vec::<String>::new());
    let videos = futures_util::TryStreamExt::try_collect::<Vec<_>>(library.store.scan()).await;
    assert_eq!(videos.unwrap().len(), 2);
}

#[tokio::test]
async fn a_store_that_is_closed_ends_what_is_read_of_it() {
    let library = library(FOR_EVER).await;
    let store = &library.store;
    let snapshot = store.readers.snapshot(SnapshotReads::All).await.unwrap();
    let scan = store.readers.look_through("scan for ever", count_for_ever);
    let visit = store.readers.read("visit for ever", count_for_ever);
    let of_snapshot = async {
        let read = snapshot.read("read a snapshot for ever", count_for_ever).await;
        drop(snapshot);
        read
    };
    let close = async {
        wait_until_read(&library, true).await;
        store.close().await
    };
    let (scanned, visited, read, closed) = tokio::join!(scan, visit, of_snapshot, close);
    for ended in [scanned, visited, read] {
        assert!(matches!(ended, Err(RepositoryError::Unavailable { .. })), "{ended:?}");
    }
    closed.unwrap();
}

/// A statement looks only between rows whether it is to end, so that one row must not take long.
#[tokio::test]
async fn long_parts_that_paths_nearly_have_are_looked_for_in_little_time() {
    let library = library(Duration::from_secs(60)).await;
    let monotonous = |number: u8| {
        let mut new = video(number);
        new.values.path = path(&format!("{}/{number}", "a".repeat(4000)));
        new
    };
    let videos: Vec<NewVideo> = (2..42).map(monotonous).collect();
    library.store.insert_many(videos, OnConflict::Fail, by()).await.unwrap();
    let part = |at: usize| {
        let part = format!("{}b{at}", "a".repeat(2000));
        VideoFilter::Text(TextField::Path, TextTest::Contains(part))
    };
    let any = VideoFilter::Any((0..199).map(part).collect());
    assert_eq!(library.store.count(&any).await.unwrap(), 0);
    let end =
        VideoFilter::Text(TextField::Path, TextTest::Contains(format!("{}/41", "a".repeat(100))));
    assert_eq!(library.store.count(&end).await.unwrap(), 1);
}
