//! What people did to videos stands.

use super::scene::Scene;
use crate::domain::{Dimension, Text, VideoPatch};

#[tokio::test]
async fn what_a_person_corrected_stays_when_a_file_changes() {
    let scene = Scene::scanned(&["a.mkv"]).await;
    let patch = VideoPatch {
        width: Dimension::new(7).ok(),
        filename: Text::new("Title").ok(),
        ..VideoPatch::default()
    };
    scene.edit("a.mkv", patch).await;
    scene.disk.write("a.mkv", b"a longer content");
    scene.scan().await;
    let values = scene.video("a.mkv").await.unwrap().values;
    assert_eq!((values.width.get(), values.filename.as_str()), (7, "Title"));
    assert_eq!(values.duration_frames.get(), 16);
    scene.disk.rename("a.mkv", "b.mkv");
    scene.scan().await;
    let values = scene.video("b.mkv").await.unwrap().values;
    assert_eq!((values.width.get(), values.filename.as_str()), (7, "Title"));
}

#[tokio::test]
async fn a_video_that_a_person_added_by_hand_is_adopted() {
    let scene = Scene::with(&["a.mkv"]).await;
    scene.add_by_hand("a.mkv").await;
    let before = scene.video("a.mkv").await.unwrap();
    let end = scene.scan().await.end;
    assert_eq!((end.counts.added, end.counts.updated), (0, 1));
    let after = scene.video("a.mkv").await.unwrap();
    assert_eq!((after.id, after.values.width), (before.id, before.values.width));
    assert!(after.values.facts().fingerprint.is_some());
    assert_eq!(scene.rows().await[0].file.video, Some(after.id));
}

#[tokio::test]
async fn a_video_that_a_person_deleted_stays_away_until_a_rescan() {
    let scene = Scene::scanned(&["a.mkv", "b.mkv"]).await;
    scene.delete("a.mkv").await;
    scene.disk.set_stat("a.mkv", |stat| stat.inode += 100);
    for path in ["a.mkv", "moved/c.mkv", "moved/c.mkv"] {
        let end = scene.scan().await.end;
        assert_eq!((end.counts.added, end.counts.ignored, end.counts.missing), (0, 1, 0));
        assert!(scene.video(path).await.is_none());
        if path == "a.mkv" {
            // It is known wherever it goes.
            scene.disk.rename("a.mkv", "moved/c.mkv");
        }
    }
    let end = scene.scan_with(|order| order.rescan = true).await.end;
    assert_eq!((end.counts.added, end.counts.ignored), (1, 0));
    assert!(scene.video("moved/c.mkv").await.is_some());
}

#[tokio::test]
async fn another_content_at_the_place_of_a_deleted_video_is_a_new_video() {
    let scene = Scene::scanned(&["a.mkv", "b.mkv"]).await;
    scene.delete("a.mkv").await;
    scene.disk.write("a.mkv", b"something else");
    let end = scene.scan().await.end;
    assert_eq!((end.counts.added, end.counts.ignored), (1, 0));
    assert_eq!(scene.scan().await.end.counts.unchanged, 2);
}

#[tokio::test]
async fn a_file_that_is_moved_to_the_place_of_a_deleted_video_keeps_its_own() {
    let scene = Scene::scanned(&["a.mkv", "b.mkv"]).await;
    let id = scene.id("b.mkv").await;
    scene.delete("a.mkv").await;
    scene.disk.rename("b.mkv", "a.mkv");
    let end = scene.scan().await.end;
    assert_eq!((end.counts.moved, end.counts.added, end.counts.missing), (1, 0, 0));
    assert_eq!(scene.id("a.mkv").await, id);
    assert_eq!(scene.rows().await.len(), 1);
}

#[tokio::test]
async fn a_deleted_video_and_another_one_can_swap_their_places() {
    let scene = Scene::scanned(&["a.mkv", "b.mkv"]).await;
    let id = scene.id("b.mkv").await;
    scene.delete("a.mkv").await;
    scene.disk.rename("a.mkv", "t");
    scene.disk.rename("b.mkv", "a.mkv");
    scene.disk.rename("t", "b.mkv");
    let end = scene.scan().await.end;
    assert_eq!((end.counts.moved, end.counts.ignored, end.counts.added), (1, 1, 0));
    assert_eq!(scene.id("a.mkv").await, id);
    assert!(scene.video("b.mkv").await.is_none());
}

#[tokio::test]
async fn a_deleted_video_whose_file_is_gone_is_forgotten() {
    let scene = Scene::scanned(&["a.mkv", "b.mkv"]).await;
    scene.delete("a.mkv").await;
    scene.disk.remove("a.mkv");
    let end = scene.scan().await.end;
    assert_eq!((end.counts.missing, scene.rows().await.len()), (0, 1));
    scene.disk.write("a.mkv", b"a.mkv");
    assert_eq!(scene.scan().await.end.counts.added, 1);
}

#[tokio::test]
async fn a_missing_video_that_was_deleted_is_a_new_one_once_its_file_is_back() {
    let scene = Scene::scanned(&["a.mkv", "b.mkv", "c.mkv", "d.mkv"]).await;
    scene.disk.rename("a.mkv", "away/a");
    scene.scan().await;
    assert_eq!(scene.missing().await, ["a.mkv"]);
    scene.delete("a.mkv").await;
    scene.disk.rename("away/a", "a.mkv");
    let end = scene.scan().await.end;
    assert_eq!((end.counts.added, end.counts.ignored), (1, 0));
    assert!(scene.video("a.mkv").await.is_some());
}

#[tokio::test]
async fn a_missing_video_that_a_person_moved_leaves_its_place_to_its_file() {
    let scene = Scene::scanned(&["a.mkv", "b.mkv", "c.mkv", "d.mkv"]).await;
    let id = scene.id("a.mkv").await;
    scene.disk.rename("a.mkv", "away/a");
    scene.scan().await;
    let patch = VideoPatch { path: Text::new("/films/e.mkv").ok(), ..VideoPatch::default() };
    scene.edit("a.mkv", patch).await;
    scene.disk.rename("away/a", "a.mkv");
    let end = scene.scan().await.end;
    assert_eq!((end.counts.added, end.counts.ignored), (1, 0));
    assert_eq!(scene.id("e.mkv").await, id);
}

#[tokio::test]
async fn a_video_whose_path_a_person_corrected_finds_its_file_there() {
    let scene = Scene::scanned(&["a.mkv", "b.mkv"]).await;
    let id = scene.id("a.mkv").await;
    let patch = VideoPatch { path: Text::new("/films/c.mkv").ok(), ..VideoPatch::default() };
    scene.edit("a.mkv", patch).await;
    let end = scene.scan().await.end;
    assert_eq!((end.counts.added, end.counts.ignored), (0, 1));
    scene.disk.rename("a.mkv", "c.mkv");
    let end = scene.scan().await.end;
    assert_eq!((end.counts.added, end.counts.problems), (0, 0));
    assert_eq!(scene.id("c.mkv").await, id);
    let rows = scene.rows().await;
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[1].file.video, Some(id));
}
