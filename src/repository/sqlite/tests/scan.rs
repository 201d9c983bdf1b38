//! Scans, which take long enough for the library to change in the meantime.

use futures_util::TryStreamExt;

use super::{Library, by, path, video};
use crate::domain::{NewVideo, Video, VideoId};
use crate::repository::{OnConflict, VideoRepository};

fn numbered(number: u16) -> NewVideo {
    let mut new = video(0);
    let mut bytes = [0; 16];
    bytes[..2].copy_from_slice(&number.to_be_bytes());
    new.id = VideoId::from_bytes(bytes);
    new.values.path = path(&number.to_string());
    new
}

#[tokio::test]
async fn a_scan_goes_on_from_chunk_to_chunk_and_sees_no_change() {
    let Library { store, .. } = &Library::new().await;
    let videos: Vec<NewVideo> = (0..2500).map(numbered).collect();
    let ids: Vec<VideoId> = videos.iter().map(|video| video.id).collect();
    store.insert_many(videos, OnConflict::Fail, by()).await.unwrap();

    let mut scan = store.scan();
    let first = scan.try_next().await.unwrap().unwrap();
    store.delete(ids[2000], None, by()).await.unwrap();
    store.insert(numbered(3000), by()).await.unwrap();
    let rest: Vec<Video> = scan.try_collect().await.unwrap();
    let scanned: Vec<VideoId> = [first].iter().chain(&rest).map(|video| video.id).collect();
    assert_eq!(scanned, ids);
}
