//! How past states are stored, so that none needs the whole history.

use super::damage::raw;
use super::{Library, by, id, path, video};
use crate::domain::{AuditEntryId, Dimension, NewVideo};
use crate::repository::{OnConflict, VideoReader, VideoRepository};

/// A library with one video, which has this version.
async fn library(version: i32) -> Library {
    let library = Library::new().await;
    let wide = |width| {
        let mut video = video(1);
        video.values.width = Dimension::new(width).unwrap();
        video
    };
    let videos: Vec<NewVideo> = (1..=version).map(wide).collect();
    library.store.insert_many(videos, OnConflict::Update, by()).await.unwrap();
    library
}

/// The widths of the video at these versions.
async fn widths(library: &Library, versions: &[i32]) -> Vec<i32> {
    let at = |version: &i32| AuditEntryId { entity_id: id(1), version: *version };
    let ids: Vec<_> = versions.iter().map(at).collect();
    let videos = library.store.videos_at(&ids).await.unwrap();
    videos.into_iter().map(|video| video.unwrap().values.width.get()).collect()
}

#[tokio::test]
async fn a_state_is_found_without_most_of_the_history() {
    let library = library(10_000).await;
    let sql = "DELETE FROM audit_log WHERE version <= 9984";
    raw(&library.directory).execute_batch(sql).unwrap();
    assert_eq!(widths(&library, &[9_984, 9_990, 10_000]).await, [9_984, 9_990, 10_000]);
}

#[tokio::test]
async fn a_library_from_before_there_were_checkpoints_has_its_states() {
    let library = library(100).await;
    raw(&library.directory).execute_batch("DELETE FROM video_checkpoints").unwrap();
    assert_eq!(library.store.check().await.unwrap(), [""; 0]);
    assert_eq!(widths(&library, &[1, 64, 99]).await, [1, 64, 99]);
    let mut wider = video(1);
    wider.values.path = path("/moved.mkv");
    let wider = (101..=130).map(|width| {
        let mut video = wider.clone();
        video.values.width = Dimension::new(width).unwrap();
        video
    });
    library.store.insert_many(wider.collect(), OnConflict::Update, by()).await.unwrap();
    assert_eq!(widths(&library, &[90, 127, 128, 129]).await, [90, 127, 128, 129]);
    assert_eq!(library.store.check().await.unwrap(), [""; 0]);
}

#[tokio::test]
async fn a_checkpoint_that_does_not_match_its_history_is_found() {
    let fault = |version: i32| {
        format!("video {}: its checkpoint of version {version} does not match its history", id(1))
    };
    for (sql, expected) in [
        ("UPDATE video_checkpoints SET version = version + 1 WHERE version = 64", 65),
        ("UPDATE video_checkpoints SET version = 1000 WHERE version = 64", 1000),
        ("UPDATE video_checkpoints SET field_values = '{}' WHERE version = 32", 32),
    ] {
        let library = library(100).await;
        raw(&library.directory).execute_batch(sql).unwrap();
        assert_eq!(library.store.check().await.unwrap(), [fault(expected)], "{sql}");
    }
}
