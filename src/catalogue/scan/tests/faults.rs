//! Disks that fail: an error is never an absence.

use std::time::Duration;

use super::scene::Scene;
use crate::catalogue::scripted_disk::{Call, Event, ScriptedDisk};
use crate::domain::catalogue::ScanState;

/// Scans a root that cannot be reached, and returns the reason.
async fn offline(scene: &Scene) -> String {
    let before = (scene.changes().await, scene.revision().await);
    let outcome = scene.scan().await;
    assert_eq!(outcome.end.state, ScanState::Failed);
    let reason = outcome.look.unwrap().fault.unwrap();
    let message = outcome.end.message.unwrap();
    assert!(message.starts_with(&reason) && message.len() > reason.len(), "{message}");
    assert!(reason.contains("films") && !message.contains("/mnt"), "{message}");
    assert_eq!((scene.changes().await, scene.revision().await), before);
    reason
}

#[tokio::test]
async fn a_root_that_cannot_be_read_is_offline_and_nothing_is_missing() {
    for (call, error, expected) in [
        (Call::OpenFolder, libc::EACCES, "cannot be read: that is not allowed."),
        (Call::OpenFolder, libc::ENOENT, "does not exist."),
        (Call::OpenFolder, libc::ENOTDIR, "is not a folder."),
        (Call::List, libc::EIO, "cannot be opened (Input/output error (os error 5))."),
        (Call::Stat, libc::ESTALE, "cannot be opened (Stale file handle (os error 116))."),
    ] {
        let scene = Scene::scanned(&["a.mkv", "b/c.mkv"]).await;
        scene.disk.fail(call, "", error);
        let reason = offline(&scene).await;
        assert_eq!(reason, format!("The folder of the library root films {expected}"));
        scene.disk.heal();
        let end = scene.scan().await.end;
        assert_eq!((end.state, end.counts.unchanged), (ScanState::Succeeded, 2));
    }
}

#[tokio::test]
async fn an_empty_root_is_offline_if_videos_are_known_in_it() {
    let scene = Scene::scanned(&["a.mkv", "b/c.mkv"]).await;
    scene.disk.unmount();
    let reason = offline(&scene).await;
    assert!(reason.contains("is empty; 2 videos are known"), "{reason}");
    scene.disk.mount();
    assert_eq!(scene.scan().await.end.counts.unchanged, 2);
    scene.disk.remove("a.mkv");
    scene.disk.remove("b");
    offline(&scene).await;
    let empty = Scene::with(&[]).await;
    assert_eq!(empty.scan().await.end.state, ScanState::Succeeded);
}

#[tokio::test]
async fn another_disk_in_the_place_of_a_root_is_offline() {
    let scene = Scene::scanned(&["a.mkv", "b/c.mkv"]).await;
    scene.disk.remove("a.mkv");
    scene.disk.remove("b");
    scene.disk.write("other.mkv", b"other");
    scene.disk.set_device("", 9);
    let reason = offline(&scene).await;
    assert!(reason.contains("another disk"), "{reason}");
    assert!(scene.video("other.mkv").await.is_none());
}

#[tokio::test]
async fn a_disk_that_has_another_number_is_the_same_if_known_files_are_there() {
    let scene = Scene::scanned(&["a.mkv", "b/c.mkv", "b/d.mkv"]).await;
    scene.disk.set_device("", 9);
    scene.disk.remove("b");
    let end = scene.scan().await.end;
    assert_eq!((end.state, end.counts.unchanged), (ScanState::Succeeded, 1));
    // What is gone from it is missing, although no folder beside it is left.
    assert_eq!((end.counts.missing, end.counts.unreachable), (2, 0));
    assert_eq!(scene.prober.probed().len(), 3);
}

#[tokio::test]
async fn a_disk_that_hangs_is_offline() {
    for (call, path) in [(Call::OpenFolder, ""), (Call::List, "b"), (Call::Read, "b/new.mkv")] {
        let mut scene = Scene::scanned(&["a.mkv", "b/c.mkv"]).await;
        scene.disk.write("b/new.mkv", b"new");
        scene.scanner.settings.patience = Duration::from_millis(100);
        scene.disk.stall(call, path);
        let outcome = scene.scan().await;
        assert_eq!(outcome.end.state, ScanState::Failed, "{call:?}");
        let reason = outcome.look.unwrap().fault.unwrap();
        assert!(reason.contains("did not answer"), "{reason}");
        assert!(scene.missing().await.is_empty());
        scene.disk.heal();
    }
}

#[tokio::test]
async fn files_in_a_folder_that_cannot_be_read_are_not_missing() {
    let scene = Scene::scanned(&["a/x.mkv", "a/b/y.mkv", "c.mkv"]).await;
    for (call, error) in [(Call::OpenFolder, libc::EACCES), (Call::List, libc::EIO)] {
        scene.disk.fail(call, "a", error);
        for _ in 0..2 {
            let end = scene.scan().await.end;
            assert_eq!((end.state, end.counts.unchanged), (ScanState::Succeeded, 1));
            assert_eq!((end.counts.unreachable, end.counts.missing), (2, 0));
            assert_eq!(scene.unreachable().await, ["a/b/y.mkv", "a/x.mkv"]);
            assert_eq!(end.counts.problems, 1);
        }
        scene.disk.heal();
        assert_eq!(scene.scan().await.end.counts.unchanged, 3);
        assert!(scene.unreachable().await.is_empty() && scene.problems().await.is_empty());
    }
    assert_eq!(scene.changes().await, 3);
}

#[tokio::test]
async fn a_file_that_cannot_be_read_is_a_problem_and_not_missing() {
    let scene = Scene::scanned(&["a.mkv", "b.mkv"]).await;
    scene.disk.write("a.mkv", b"another");
    scene.disk.write("c.mkv", b"new");
    scene.disk.fail(Call::OpenFile, "a.mkv", libc::EACCES);
    scene.disk.fail(Call::Read, "c.mkv", libc::EIO);
    let end = scene.scan().await.end;
    assert_eq!((end.counts.missing, end.counts.updated, end.counts.added), (0, 0, 0));
    let expected = ["a.mkv: PERMISSION_DENIED", "c.mkv: READ_FAILED"];
    assert_eq!(scene.problem_lines().await, expected);
    // They are read as soon as they can be.
    scene.disk.heal();
    let end = scene.scan().await.end;
    assert_eq!((end.counts.updated, end.counts.added, end.counts.problems), (1, 1, 0));
}

#[tokio::test]
async fn files_on_a_disk_that_is_not_mounted_below_the_root_are_not_missing() {
    for keeps_folder in [true, false] {
        let scene = Scene::with(&["a/x.mkv", "disk/y.mkv", "disk/b/z.mkv"]).await;
        scene.disk.set_device("disk", 9);
        scene.scan().await;
        let ids = [scene.id("disk/y.mkv").await, scene.id("disk/b/z.mkv").await];
        let disk = scene.disk.detach("disk");
        if keeps_folder {
            scene.disk.make_folders("disk");
            scene.disk.set_device("disk", ScriptedDisk::DEVICE);
        }
        for _ in 0..2 {
            let end = scene.scan().await.end;
            assert_eq!((end.counts.missing, end.counts.unreachable), (0, 2));
        }
        assert_eq!(scene.unreachable().await, ["disk/b/z.mkv", "disk/y.mkv"]);
        // A file that is written into the folder of the disk does not change that.
        if keeps_folder {
            scene.disk.write("disk/w.mkv", b"w");
            for _ in 0..2 {
                assert_eq!(scene.scan().await.end.counts.missing, 0);
            }
            scene.disk.remove("disk");
        }
        scene.disk.attach(disk);
        let end = scene.scan().await.end;
        assert_eq!(end.counts.unreachable, 0);
        assert_eq!([scene.id("disk/y.mkv").await, scene.id("disk/b/z.mkv").await], ids);
        assert!(scene.unreachable().await.is_empty());
    }
}

#[tokio::test]
async fn a_disk_that_is_mounted_elsewhere_below_the_root_takes_its_videos_along() {
    let scene = Scene::with(&["x.mkv", "disk/y.mkv", "disk/b/z.mkv"]).await;
    scene.disk.set_device("disk", 9);
    scene.scan().await;
    let ids = [scene.id("disk/y.mkv").await, scene.id("disk/b/z.mkv").await];
    scene.disk.rename("disk", "other");
    let end = scene.scan().await.end;
    assert_eq!((end.counts.moved, end.counts.unreachable), (2, 0));
    assert_eq!([scene.id("other/y.mkv").await, scene.id("other/b/z.mkv").await], ids);
}

#[tokio::test]
async fn a_copy_of_a_file_on_a_disk_that_is_not_mounted_is_no_move() {
    let scene = Scene::with(&["x.mkv", "disk/y.mkv"]).await;
    scene.disk.set_device("disk", 9);
    scene.scan().await;
    let id = scene.id("disk/y.mkv").await;
    scene.disk.remove("disk");
    scene.disk.write("copy/y.mkv", b"disk/y.mkv");
    let end = scene.scan().await.end;
    assert_eq!((end.counts.moved, end.counts.added, end.counts.unreachable), (0, 1, 1));
    assert_eq!(scene.id("disk/y.mkv").await, id);
}

#[tokio::test]
async fn files_that_were_deleted_beside_others_on_a_disk_are_missing() {
    let scene = Scene::with(&["a/x.mkv", "a/y.mkv"]).await;
    scene.scan().await;
    // All were copied to a larger disk, which is mounted in the place of the folder.
    scene.disk.set_device("a", 9);
    scene.disk.remove("a/y.mkv");
    let end = scene.scan().await.end;
    assert_eq!((end.counts.missing, end.counts.unreachable), (1, 0));
}

#[tokio::test]
async fn a_disk_that_is_unmounted_during_a_scan_loses_nothing() {
    let scene = Scene::scanned(&["a/x.mkv", "b/y.mkv", "c/z.mkv"]).await;
    scene.disk.let_happen(Event::Unmounted, Call::List, "b", 0);
    let outcome = scene.scan().await;
    assert_eq!(outcome.end.state, ScanState::Failed);
    assert!(outcome.look.unwrap().fault.unwrap().contains("was replaced"));
    assert!(scene.unreachable().await.is_empty() && scene.missing().await.is_empty());
    scene.disk.mount();
    let end = scene.scan().await.end;
    assert_eq!((end.counts.unchanged, end.counts.problems), (3, 0));
}

#[tokio::test]
async fn a_root_that_is_unmounted_after_the_first_look_is_offline() {
    let scene = Scene::scanned(&["a/x.mkv", "b/y.mkv"]).await;
    // The first look at the root and the walk list it.
    scene.disk.let_happen(Event::Unmounted, Call::List, "", 1);
    let outcome = scene.scan().await;
    assert_eq!(outcome.end.state, ScanState::Failed);
    assert!(outcome.look.unwrap().fault.is_some());
    assert!(scene.unreachable().await.is_empty() && scene.missing().await.is_empty());
    assert!(scene.problems().await.is_empty());
}

#[tokio::test]
async fn a_root_that_goes_away_during_a_scan_is_offline_and_nothing_is_missing() {
    for (event, reason) in [
        (Event::Removed, "cannot be opened"),
        (Event::Replaced, "was replaced"),
        (Event::Unmounted, "was replaced"),
    ] {
        let scene = Scene::scanned(&["a.mkv", "b.mkv", "c.mkv", "d.mkv", "e.mkv", "f.mkv"]).await;
        scene.delete("f.mkv").await;
        let before = scene.changes().await;
        // Two are gone, and one is read, during which the root goes.
        scene.disk.remove("a.mkv");
        scene.disk.remove("f.mkv");
        scene.disk.set_stat("b.mkv", |stat| stat.modified += 1);
        scene.disk.let_happen(event, Call::Read, "b.mkv", 0);
        let outcome = scene.scan().await;
        assert_eq!(outcome.end.state, ScanState::Failed, "{event:?}: {:?}", outcome.end);
        let fault = outcome.look.unwrap().fault.unwrap();
        assert!(fault.contains(reason), "{fault}");
        assert!(scene.missing().await.is_empty() && scene.unreachable().await.is_empty());
        // The one that was deleted is known as well, so that it stays away if its disk comes back.
        assert_eq!(scene.rows().await.len(), 6);
        assert!(scene.changes().await <= before + 1);
    }
}

#[tokio::test]
async fn a_root_that_goes_away_at_the_end_of_a_scan_is_offline_and_nothing_is_missing() {
    let scene = Scene::scanned(&["a.mkv", "b.mkv", "c.mkv", "d.mkv", "e.mkv", "f.mkv"]).await;
    scene.disk.remove("a.mkv");
    // It is opened at the beginning, walked through, and opened before and after moves are looked for.
    scene.disk.let_happen(Event::Removed, Call::OpenFolder, "", 5);
    let outcome = scene.scan().await;
    assert_eq!(outcome.end.state, ScanState::Failed, "{:?}", outcome.end);
    assert!(outcome.look.unwrap().fault.is_some() && scene.missing().await.is_empty());
}

#[tokio::test]
async fn new_files_that_are_gone_before_they_are_read_are_left_to_the_next_scan() {
    let scene = Scene::with(&["a.mkv", "b.mkv", "c.mkv"]).await;
    scene.disk.fail(Call::OpenFile, "a.mkv", libc::ENOENT);
    scene.disk.fail(Call::OpenFile, "c.mkv", libc::ENOENT);
    let end = scene.scan().await.end;
    assert_eq!((end.counts.seen, end.counts.added, end.counts.unsettled), (3, 1, 2));
    scene.disk.heal();
    assert_eq!(scene.scan().await.end.counts.added, 2);
}

#[tokio::test]
async fn a_file_in_the_folder_of_a_disk_that_is_not_mounted_does_not_make_it_seem_there() {
    let scene = Scene::with(&["x.mkv", "disk/y.mkv"]).await;
    scene.disk.set_device("disk", 9);
    scene.scan().await;
    scene.disk.remove("disk");
    scene.disk.write("disk/new.mkv", b"new");
    for number in 0..60 {
        // So many that they are written during the walk.
        scene.disk.write(format!("disk/{number}.mkv"), format!("content {number}").as_bytes());
    }
    let end = scene.scan().await.end;
    assert_eq!((end.counts.missing, end.counts.unreachable, end.counts.added), (0, 1, 61));
}

#[tokio::test]
async fn a_missing_video_stays_missing_in_a_folder_that_cannot_be_read() {
    let scene = Scene::scanned(&["a/x.mkv", "a/y.mkv", "b.mkv"]).await;
    scene.disk.remove("a/x.mkv");
    scene.scan().await;
    scene.disk.fail(Call::OpenFolder, "a", libc::EACCES);
    let end = scene.scan().await.end;
    assert_eq!((end.counts.missing, end.counts.unreachable), (0, 1));
    assert_eq!(scene.missing().await, ["a/x.mkv"]);
    assert_eq!(scene.unreachable().await, ["a/y.mkv"]);
}

#[tokio::test]
async fn a_disk_that_has_another_number_since_an_unfinished_scan_is_the_same() {
    let scene = Scene::scanned(&["a/x.mkv", "b/y.mkv", "b/z.mkv"]).await;
    scene.disk.set_device("", 9);
    scene.scan_with(|order| order.paths = vec!["a".to_owned()]).await;
    scene.disk.remove("b");
    let end = scene.scan().await.end;
    assert_eq!((end.counts.missing, end.counts.unreachable), (2, 0));
}
