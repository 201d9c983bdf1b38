//! Libraries that are read, or about to be replaced, while other processes come and go.

use std::time::Duration;

use futures_util::TryStreamExt;

use super::{Library, by, video};
use crate::domain::Video;
use crate::repository::VideoRepository;
use crate::repository::sqlite::read_only::OpenMode;
use crate::repository::sqlite::{
    OpenError, ReadOnlyLibrary, SqliteRepository, SqliteSettings, settle,
};

/// A library with one video.
async fn library() -> Library {
    let library = Library::new().await;
    library.store.insert(video(1), by()).await.unwrap();
    library
}

#[tokio::test]
async fn a_process_that_ends_takes_nothing_from_one_that_reads() {
    let Library { directory, store } = library().await;
    let file = directory.path().join("library.db");
    let reading = ReadOnlyLibrary::open(&file).await.unwrap();
    store.close().await.unwrap();
    drop(store);
    // Where nothing can be written, SQLite could not make them again.
    assert!(matches!(OpenMode::at(&file), OpenMode::WithFilesBeside));
    assert_eq!(reading.check().await.unwrap(), [""; 0]);
    let videos: Vec<Video> = reading.scan().try_collect().await.unwrap();
    assert_eq!(videos.len(), 1);
    assert!(reading.close().await);
}

#[tokio::test]
async fn a_library_that_is_closed_before_it_is_opened_to_be_read_is_looked_at_again() {
    let Library { directory, store } = library().await;
    let file = directory.path().join("library.db");
    store.close().await.unwrap();
    drop(store);
    assert!(matches!(OpenMode::at(&file), OpenMode::AtFileAlone));
    // As it is found for a moment while it is closed.
    let reading = ReadOnlyLibrary::open_after(OpenMode::AtCopy, file).await.unwrap();
    assert_eq!(reading.check().await.unwrap(), [""; 0]);
    assert!(reading.close().await);
}

#[tokio::test]
async fn a_library_that_is_to_be_replaced_cannot_be_opened() {
    let Library { directory, store } = library().await;
    let file = directory.path().join("library.db");
    assert!(matches!(settle(&file).await, Err(OpenError::Locked(_))));
    store.close().await.unwrap();
    drop(store);

    let settled = settle(&file).await.unwrap();
    let (settings, patience) = (SqliteSettings::default(), Duration::from_millis(10));
    let opened = SqliteRepository::open_waiting(&file, settings, patience).await;
    assert!(matches!(opened.map(drop), Err(OpenError::Locked(_))));
    drop(settled);
    SqliteRepository::open_waiting(&file, settings, patience).await.unwrap();
}
