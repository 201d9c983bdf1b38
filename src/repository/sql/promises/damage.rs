//! A library to be damaged, so that `check` finds that.

use super::{by, id};
use crate::domain::{NewVideo, Text, VideoPatch};
use crate::repository::{OnConflict, VideoRepository};

/// Adds the videos 1, changed once, 2, changed once, and 3, deleted.
pub(in crate::repository) async fn fill(
    store: &dyn VideoRepository,
    video: impl Fn(u8) -> NewVideo,
) {
    let videos = (1..=3).map(video).collect();
    store.insert_many(videos, OnConflict::Fail, by()).await.unwrap();
    for number in [1, 2] {
        let filename = Some(Text::new("new").unwrap());
        let patch = VideoPatch { filename, ..VideoPatch::default() };
        store.update(id(number), patch, None, by()).await.unwrap();
    }
    store.delete(id(3), None, by()).await.unwrap();
    assert_eq!(store.check().await.unwrap(), [""; 0]);
}

/// How `check` reports the fault of a video.
pub(in crate::repository) fn named(number: u8, fault: &str) -> String {
    format!("video {}: {fault}", id(number))
}
