//! The file: what is opened, what is refused, and what lasts.

use std::fs;
use std::path::Path;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode};
use sqlx::{ConnectOptions, Connection, Executor};

use super::{Library, by, damage, id, video};
use crate::domain::VideoFilter;
use crate::repository::sqlite::{OpenError, SqliteRepository};
use crate::repository::{VideoReader, VideoRepository};

async fn refusal(file: &Path) -> OpenError {
    match SqliteRepository::open(file).await {
        Ok(_) => panic!("{} was opened", file.display()),
        Err(error) => error,
    }
}

#[tokio::test]
async fn what_was_acknowledged_is_there_after_the_store_was_dropped() {
    let Library { store, directory } = Library::new().await;
    for number in 0..10 {
        store.insert(video(number), by()).await.unwrap();
    }
    drop(store);
    let store = SqliteRepository::open(&directory.path().join("library.db")).await.unwrap();
    assert_eq!(store.count(&VideoFilter::everything()).await.unwrap(), 10);
    assert_eq!(store.check().await.unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn a_library_of_a_newer_version_is_refused() {
    let Library { store, directory } = Library::new().await;
    store.close().await;
    let sql = "INSERT INTO _sqlx_migrations
        (version, description, success, checksum, execution_time)
        VALUES (20990101000000, 'add what is to come', TRUE, x'00', 0)";
    damage::raw(&directory).await.execute(sql).await.unwrap();
    let error = refusal(&directory.path().join("library.db")).await;
    assert!(matches!(error, OpenError::Newer { migration: 20_990_101_000_000, .. }), "{error:?}");
}

#[tokio::test]
async fn a_database_of_another_program_is_refused_and_left_as_it_was() {
    let directory = tempfile::tempdir().unwrap();
    for mode in [SqliteJournalMode::Delete, SqliteJournalMode::Wal] {
        let file = directory.path().join(format!("{mode:?}.db"));
        let options = SqliteConnectOptions::new().filename(&file).journal_mode(mode);
        let mut other = options.create_if_missing(true).connect().await.unwrap();
        other.execute("CREATE TABLE albums (id INTEGER)").await.unwrap();
        other.close().await.unwrap();
        let before = fs::read(&file).unwrap();
        assert!(matches!(refusal(&file).await, OpenError::NotALibrary(_)));
        assert!(fs::read(&file).unwrap() == before);
    }
}

#[tokio::test]
async fn what_is_no_database_is_refused_and_left_as_it_was() {
    let directory = tempfile::tempdir().unwrap();
    for text in ["not a database".to_owned(), "not a database".repeat(1000)] {
        let file = directory.path().join("notes.txt");
        fs::write(&file, &text).unwrap();
        assert!(matches!(refusal(&file).await, OpenError::NotADatabase(_)));
        assert_eq!(fs::read_to_string(&file).unwrap(), text);
    }
}

#[tokio::test]
async fn a_place_where_no_file_can_be_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let error = refusal(&directory.path().join("missing/library.db")).await;
    assert!(matches!(error, OpenError::NoDirectory(_)), "{error:?}");
    assert!(!directory.path().join("missing").exists());
    let error = refusal(directory.path()).await;
    assert!(matches!(error, OpenError::NoAccess { .. }), "{error:?}");
}

#[tokio::test]
async fn several_processes_may_open_a_new_library_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("library.db");
    let opened =
        futures_util::future::join_all((0..8).map(|_| SqliteRepository::open(&file))).await;
    for (number, store) in (0..).zip(opened) {
        store.unwrap().insert(video(number), by()).await.unwrap();
    }
    let store = SqliteRepository::open(&file).await.unwrap();
    assert_eq!(store.get(id(7)).await.unwrap().unwrap().id, id(7));
}
