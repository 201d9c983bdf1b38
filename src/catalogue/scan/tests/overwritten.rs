//! Files of videos that are overwritten with what is no video.

use super::scene::Scene;
use crate::domain::catalogue::{ProblemCode, ScanState};

const NO_VIDEO: ProblemCode = ProblemCode::NotReadableAsMedia;

/// A library with the videos `a.mkv` and `b.mkv`. The file of the first is no video any more.
async fn overwritten() -> Scene {
    let scene = Scene::scanned(&["a.mkv", "b.mkv"]).await;
    scene.prober.refuse("a.mkv", NO_VIDEO);
    scene.disk.write("a.mkv", b"rubbish");
    scene
}

#[tokio::test]
async fn a_video_whose_file_is_no_video_any_more_is_missing_until_the_file_is_back() {
    let scene = overwritten().await;
    let id = scene.id("a.mkv").await;
    for missing in [1, 0] {
        let end = scene.scan().await.end;
        assert_eq!((end.counts.problems, end.counts.missing, end.counts.updated), (1, missing, 0));
        assert_eq!(scene.problem_lines().await, ["a.mkv: NOT_READABLE_AS_MEDIA"]);
        assert_eq!(scene.missing().await, ["a.mkv"]);
    }
    // What is there was probed once.
    assert_eq!(scene.prober.probed().len(), 3);
    scene.disk.write("a.mkv", b"a.mkv");
    let end = scene.scan().await.end;
    assert_eq!((end.counts.restored, end.counts.problems), (1, 0));
    assert!(scene.missing().await.is_empty());
    assert_eq!(scene.id("a.mkv").await, id);
    assert_eq!(scene.prober.probed().len(), 3);
}

#[tokio::test]
async fn another_video_in_the_place_of_rubbish_updates_the_missing_one() {
    let scene = overwritten().await;
    let id = scene.id("a.mkv").await;
    scene.scan().await;
    scene.prober.accept("a.mkv");
    scene.disk.write("a.mkv", b"a better copy");
    let end = scene.scan().await.end;
    assert_eq!((end.counts.restored, end.counts.added, end.counts.problems), (1, 0, 0));
    let video = scene.video("a.mkv").await.unwrap();
    assert_eq!((video.id, video.values.duration_frames.get()), (id, 13));
    assert!(scene.missing().await.is_empty());
}

#[tokio::test]
async fn a_file_of_which_nobody_knows_what_it_is_leaves_its_video_as_it_was() {
    for code in [ProblemCode::TimedOut, ProblemCode::ReadFailed, ProblemCode::PermissionDenied] {
        let scene = overwritten().await;
        let before = scene.video("a.mkv").await;
        scene.prober.refuse("a.mkv", code);
        for _ in 0..2 {
            let end = scene.scan().await.end;
            assert_eq!((end.counts.problems, end.counts.missing), (1, 0), "{code:?}");
            assert_eq!(scene.video("a.mkv").await, before, "{code:?}");
        }
    }
}

/// Its content is that of the video, and another ffprobe may read it.
#[tokio::test]
async fn a_file_that_is_as_it_was_is_not_missing_if_a_rescan_cannot_read_it() {
    let scene = Scene::scanned(&["a.mkv", "b.mkv"]).await;
    scene.prober.refuse("a.mkv", NO_VIDEO);
    scene.disk.set_stat("a.mkv", |stat| stat.modified += 5_000_000_000);
    let end = scene.scan_with(|order| order.rescan = true).await.end;
    assert_eq!((end.counts.problems, end.counts.missing), (1, 0));
    let end = scene.scan().await.end;
    assert_eq!((end.counts.problems, end.counts.missing, end.counts.unchanged), (1, 0, 2));
    assert!(scene.missing().await.is_empty());
}

#[tokio::test]
async fn the_guard_holds_videos_back_whose_files_were_overwritten() {
    let scene = Scene::with(&[]).await;
    for number in 0..30 {
        scene.disk.write(format!("{number}.mkv"), format!("content {number}").as_bytes());
    }
    scene.scan().await;
    for number in 0..30 {
        scene.prober.refuse(&format!("{number}.mkv"), NO_VIDEO);
        scene.disk.write(format!("{number}.mkv"), format!("encrypted {number}").as_bytes());
    }
    for _ in 0..2 {
        let end = scene.scan().await.end;
        assert_eq!((end.state, end.counts.held_back), (ScanState::NeedsConfirmation, 30));
        assert_eq!((end.counts.problems, end.counts.missing), (30, 0));
    }
    let end = scene.scan_with(|order| order.confirmed_missing = Some(30)).await.end;
    assert_eq!((end.state, end.counts.missing), (ScanState::Succeeded, 30));
}

#[tokio::test]
async fn rubbish_where_a_disk_was_mounted_makes_no_video_missing() {
    let scene = Scene::with(&["x.mkv", "disk/a.mkv"]).await;
    scene.disk.set_device("disk", 9);
    scene.scan().await;
    scene.disk.remove("disk");
    scene.prober.refuse("a.mkv", NO_VIDEO);
    scene.disk.write("disk/a.mkv", b"rubbish");
    for _ in 0..2 {
        let end = scene.scan().await.end;
        assert_eq!((end.counts.missing, end.counts.problems), (0, 1));
    }
}
