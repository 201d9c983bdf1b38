//! Writes that share a transaction.

use std::time::Duration;

use futures_util::future::join_all;
use tokio::task::unconstrained;

use super::{Library, by, damage, id, path, video};
use crate::domain::{VideoFilter, VideoId, VideoPatch};
use crate::repository::sqlite::{SqliteRepository, SqliteSettings};
use crate::repository::{OnConflict, RepositoryError, VideoReader, VideoRepository, Write};

/// Has all writes handed over before any of them can be carried out, for which the library is locked
/// until then.
async fn together(library: &Library, writes: Vec<Write>) -> Vec<Result<(), RepositoryError>> {
    let other = damage::raw(&library.directory);
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let writes = writes.into_iter().map(|write| library.store.write(write, by()));
    let mut answers = Box::pin(unconstrained(join_all(writes)));
    assert!(futures_util::poll!(&mut answers).is_pending());
    other.execute_batch("ROLLBACK").unwrap();
    answers.await.into_iter().map(|answer| answer.map(drop)).collect()
}

fn insert(number: u8) -> Write {
    insert_at(number, &format!("/media/{number}.mkv"))
}

fn insert_at(number: u8, at: &str) -> Write {
    let mut video = video(number);
    video.values.path = path(at);
    Write::Insert { videos: vec![video], on_conflict: OnConflict::Fail }
}

fn move_to(number: u8, to: &str) -> Write {
    let patch = VideoPatch { path: Some(path(to)), ..VideoPatch::default() };
    Write::Update { id: id(number), patch, expected_version: None }
}

#[tokio::test]
async fn writes_at_the_same_time_share_a_commit() {
    let library = Library::new().await;
    let answers = together(&library, (0..32).map(insert).collect()).await;
    assert!(answers.iter().all(Result::is_ok));
    assert_eq!(library.store.count(&VideoFilter::everything()).await.unwrap(), 32);
    assert_eq!(library.store.activity().unwrap().commits.total(), 1);
}

#[tokio::test]
async fn a_commit_may_have_more_rows_than_a_statement() {
    let library = Library::new().await;
    let store = &library.store;
    let videos = (0..=255).map(video).collect();
    store.insert_many(videos, OnConflict::Fail, by()).await.unwrap();
    let renames = (0..=200).map(|number| move_to(number, &format!("/moved/{number}.mkv")));
    assert!(together(&library, renames.collect()).await.iter().all(Result::is_ok));
    assert_eq!(store.check().await.unwrap(), Vec::<String>::new());
    let versions = (0..=255).map(|number| if number <= 200 { 2 } else { 1 });
    let ids: Vec<VideoId> = (0..=255).map(id).collect();
    let found = store.get_many(&ids).await.unwrap();
    let found: Vec<i32> = found.iter().map(|video| video.as_ref().unwrap().version).collect();
    assert_eq!(found, versions.collect::<Vec<_>>());
}

#[tokio::test]
async fn a_write_that_fails_leaves_the_others_of_its_commit_alone() {
    let library = Library::new().await;
    let store = &library.store;
    store.insert(video(1), by()).await.unwrap();
    let writes = vec![insert(2), move_to(2, "/media/1.mkv"), move_to(9, "/x"), insert(3)];
    let answers = together(&library, writes).await;
    assert!(matches!(answers[0], Ok(())));
    let taken = Some(path("/media/1.mkv"));
    assert!(matches!(&answers[1], Err(RepositoryError::UpdateConflict(conflict))
        if conflict.taken_path == taken));
    assert!(matches!(answers[2], Err(RepositoryError::NotFound(_))));
    assert!(matches!(answers[3], Ok(())));
    assert_eq!(store.count(&VideoFilter::everything()).await.unwrap(), 3);
    assert_eq!(store.check().await.unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn a_row_that_cannot_be_read_fails_only_the_write_that_touches_it() {
    let library = Library::new().await;
    library.store.insert(video(1), by()).await.unwrap();
    let sql = "PRAGMA ignore_check_constraints = ON; UPDATE videos SET path = ''";
    damage::raw(&library.directory).execute_batch(sql).unwrap();
    let answers = together(&library, vec![insert(2), move_to(1, "/x"), insert(3)]).await;
    assert!(matches!(answers[0], Ok(())));
    assert!(matches!(answers[1], Err(RepositoryError::Store { .. })));
    assert!(matches!(answers[2], Ok(())));
}

#[tokio::test]
async fn paths_can_go_round_within_a_commit() {
    let library = Library::new().await;
    let store = &library.store;
    assert!(together(&library, (1..=3).map(insert).collect()).await.iter().all(Result::is_ok));
    let positions = "SELECT group_concat(position) FROM (SELECT position FROM videos ORDER BY id)";
    let raw = damage::raw(&library.directory);
    let positions = || raw.query_row(positions, (), |row| row.get::<_, String>(0)).unwrap();
    let before = positions();

    let commits = store.activity().unwrap().commits.total();
    let writes = vec![
        move_to(1, "/aside"),
        move_to(2, "/media/1.mkv"),
        move_to(1, "/media/2.mkv"),
        Write::Delete { id: id(3), expected_version: None },
        move_to(2, "/media/3.mkv"),
        insert(3),
        insert_at(3, "/media/1.mkv"),
    ];
    let answers = together(&library, writes).await;
    assert!(matches!(answers[5], Err(RepositoryError::Conflicts(_))));
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 6);
    assert_eq!(store.activity().unwrap().commits.total(), commits + 1);

    assert_eq!(before, positions());
    for (number, at) in [(1, "/media/2.mkv"), (2, "/media/3.mkv"), (3, "/media/1.mkv")] {
        let found = store.get_by_path(at).await.unwrap().unwrap();
        assert_eq!(found.id, id(number));
    }
    assert_eq!(store.check().await.unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn a_write_whose_caller_has_gone_is_carried_out() {
    let Library { store, .. } = &Library::new().await;
    let mut write = Box::pin(store.insert(video(1), by()));
    assert!(futures_util::poll!(&mut write).is_pending());
    drop(write);
    store.insert(video(2), by()).await.unwrap();
    assert_eq!(store.count(&VideoFilter::everything()).await.unwrap(), 2);
}

#[tokio::test]
async fn what_was_accepted_is_carried_out_before_the_store_is_closed() {
    let library = Library::new().await;
    let Library { store, directory } = &library;
    // Without this connection, SQLite would clear the write-ahead log unasked.
    let other = damage::raw(directory);
    other.execute_batch("SELECT 1 FROM videos").unwrap();
    let writes = together(&library, (0..10).map(insert).collect());
    let (answers, closed) = tokio::join!(writes, store.close());
    closed.unwrap();
    assert!(answers.iter().all(Result::is_ok));
    assert!(store.insert(video(11), by()).await.is_err());
    assert!(store.get(id(1)).await.is_err());
    assert!(store.check().await.is_err());

    let log = std::fs::metadata(directory.path().join("library.db-wal")).unwrap();
    assert_eq!(log.len(), 0);
    other.close().unwrap();
    let store = SqliteRepository::open(&directory.path().join("library.db")).await.unwrap();
    assert_eq!(store.count(&VideoFilter::everything()).await.unwrap(), 10);
}

#[tokio::test]
async fn a_lock_of_another_process_is_waited_for() {
    let Library { store, directory } = &Library::new().await;
    let other = damage::raw(directory);
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut write = Box::pin(store.insert(video(1), by()));
    let waited = tokio::time::timeout(Duration::from_millis(50), &mut write).await;
    assert!(waited.is_err(), "{waited:?}");
    other.execute_batch("COMMIT").unwrap();
    write.await.unwrap();
}

#[tokio::test]
async fn a_store_that_is_closed_does_not_wait_for_a_lock_of_another_process() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("library.db");
    let (settings, patience) = (SqliteSettings::default(), Duration::from_secs(3600));
    let store = SqliteRepository::open_waiting(&file, settings, patience).await.unwrap();
    let other = damage::raw(&directory);
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut write = Box::pin(store.insert(video(1), by()));
    assert!(futures_util::poll!(&mut write).is_pending());
    store.close().await.unwrap();
    let answer = write.await;
    assert!(matches!(answer, Err(RepositoryError::Unavailable { .. })), "{answer:?}");
}

#[tokio::test]
async fn a_lock_that_another_process_keeps_fails_the_write_and_not_the_store() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("library.db");
    let (settings, patience) = (SqliteSettings::default(), Duration::from_millis(50));
    let store = SqliteRepository::open_waiting(&file, settings, patience).await.unwrap();
    let other = damage::raw(&directory);
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let writes = [insert(1), insert(2)].map(|write| store.write(write, by()));
    let answers = join_all(writes).await;
    for answer in answers {
        assert!(matches!(answer, Err(RepositoryError::Unavailable { .. })), "{answer:?}");
    }
    assert_eq!(store.get(id(1)).await.unwrap(), None);
    other.execute_batch("ROLLBACK").unwrap();
    store.insert(video(1), by()).await.unwrap();
}
