//! What scans add and update, and what they leave alone.

use std::sync::atomic::Ordering;

use super::scene::Scene;
use crate::catalogue::scripted_disk::Call;
use crate::domain::catalogue::{ProblemCode, ScanCounts, ScanState};
use crate::domain::{AuditFilter, Timestamp};
use crate::repository::{VideoReader, VideoRepository};

#[tokio::test]
async fn a_first_scan_adds_every_file() {
    let scene = Scene::with(&["a/x.mkv", "b.mp4", "c.txt"]).await;
    let end = scene.scan().await.end;
    assert_eq!((end.counts.seen, end.counts.added, end.counts.problems), (2, 2, 0));
    let video = scene.video("a/x.mkv").await.unwrap();
    assert_eq!(video.values.filename.as_str(), "x.mkv");
    assert_eq!(video.values.path.as_str(), "/films/a/x.mkv");
    let facts = video.values.facts().clone();
    assert!(facts.fingerprint.is_some() && facts.file_modified_at.is_some());
    let entries = scene.store.entries_after(0, &AuditFilter::default(), 10).await.unwrap();
    for entry in entries {
        assert_eq!(entry.actor.as_deref(), Some("scan"));
        assert!(entry.request_id.unwrap().starts_with("scan-"));
    }
}

#[tokio::test]
async fn who_asked_for_a_scan_is_in_the_history() {
    let scene = Scene::with(&["a.mkv"]).await;
    scene.scan_with(|order| order.requested_by = Some("anna".to_owned())).await;
    let entries = scene.store.entries_after(0, &AuditFilter::default(), 10).await.unwrap();
    assert_eq!(entries[0].actor.as_deref(), Some("anna"));
}

#[tokio::test]
async fn a_second_scan_of_an_unchanged_library_changes_and_probes_nothing() {
    let scene = Scene::with(&["a/x.mkv", "b.mkv", "c/no.mkv", "d.mkv"]).await;
    scene.disk.link("e.mkv", None);
    scene.disk.write("cut.mkv", b"\0\0\0\x10ftypisom");
    scene.prober.refuse("no.mkv", ProblemCode::NoVideoStream);
    scene.scan().await;
    scene.delete("d.mkv").await;
    let before = (scene.changes().await, scene.revision().await, scene.prober.probed().len());
    let reads = scene.disk.calls(Call::OpenFile);
    let problems = scene.problems().await;
    assert_eq!(problems.len(), 3, "{problems:?}");
    scene.pass(60);
    let end = scene.scan().await.end;
    assert_eq!(end.state, ScanState::Succeeded);
    let after = (scene.changes().await, scene.revision().await, scene.prober.probed().len());
    assert_eq!(after, before);
    assert_eq!(scene.disk.calls(Call::OpenFile), reads);
    assert_eq!(scene.problems().await, problems);
    let counts = end.counts;
    assert_eq!((counts.seen, counts.unchanged, counts.ignored, counts.problems), (5, 3, 1, 3));
    assert_eq!((counts.added, counts.updated, counts.restored), (0, 0, 0));
}

#[tokio::test]
async fn a_file_that_only_looks_different_is_not_probed() {
    let scene = Scene::scanned(&["a.mkv", "b.mkv"]).await;
    let (probed, before) = (scene.prober.probed().len(), scene.changes().await);
    scene.disk.set_stat("a.mkv", |stat| stat.inode += 100);
    scene.disk.set_stat("b.mkv", |stat| stat.modified += 1_000_000_000);
    let end = scene.scan().await.end;
    assert_eq!((end.counts.unchanged, end.counts.updated), (2, 0));
    assert_eq!((scene.prober.probed().len(), scene.changes().await), (probed, before));
    assert_eq!(scene.rows().await[0].file.mark.inode, scene.disk_inode("a.mkv"));
    // A day later is another time, which the video shows.
    scene.disk.set_stat("b.mkv", |stat| stat.modified += 86_400_000_000_000);
    let end = scene.scan().await.end;
    assert_eq!((end.counts.unchanged, end.counts.updated), (1, 1));
    assert_eq!(scene.prober.probed().len(), probed);
}

#[tokio::test]
async fn a_content_that_is_replaced_at_its_path_updates_the_video() {
    let scene = Scene::scanned(&["a.mkv"]).await;
    let id = scene.id("a.mkv").await;
    scene.disk.write("a.mkv", b"a better copy");
    let end = scene.scan().await.end;
    assert_eq!((end.counts.updated, end.counts.added, end.counts.missing), (1, 0, 0));
    let video = scene.video("a.mkv").await.unwrap();
    assert_eq!((video.id, video.values.duration_frames.get()), (id, 13));
}

#[tokio::test]
async fn a_file_that_is_no_video_is_read_again_once_it_changes() {
    let scene = Scene::with(&["a.mkv"]).await;
    scene.prober.refuse("a.mkv", ProblemCode::NoVideoStream);
    scene.scan().await;
    let since = scene.problems().await[0].since;
    scene.pass(60);
    scene.disk.write("a.mkv", b"other rubbish");
    scene.scan().await;
    assert_eq!(scene.prober.probed().len(), 2);
    assert_eq!(scene.problems().await[0].since, since);
    scene.disk.rename("a.mkv", "b.mkv");
    let end = scene.scan().await.end;
    assert_eq!((end.counts.added, end.counts.problems), (1, 0));
}

#[tokio::test]
async fn a_file_that_is_being_written_is_left_to_a_later_scan() {
    let scene = Scene::with(&["a.mkv", "b.mkv"]).await;
    let now = scene.clock.0.lock().unwrap().as_micros() * 1_000;
    scene.disk.set_stat("a.mkv", |stat| stat.modified = now);
    let end = scene.scan().await.end;
    assert_eq!((end.counts.added, end.counts.unsettled, end.counts.problems), (1, 1, 0));
    // It is tried once more at the end of the scan.
    assert_eq!(scene.disk.calls(Call::OpenFile), 3);
    scene.pass(60);
    assert_eq!(scene.scan().await.end.counts.added, 1);
}

#[tokio::test]
async fn a_known_file_that_is_being_written_is_not_missing() {
    let scene = Scene::scanned(&["a.mkv"]).await;
    scene.disk.write("a.mkv", b"longer than before");
    let now = scene.clock.0.lock().unwrap().as_micros() * 1_000;
    scene.disk.set_stat("a.mkv", |stat| stat.modified = now);
    let end = scene.scan().await.end;
    assert_eq!((end.counts.unsettled, end.counts.missing, end.counts.updated), (1, 0, 0));
}

#[tokio::test]
async fn without_a_prober_a_scan_says_what_to_do_and_marks_nothing() {
    let scene = Scene::scanned(&["a.mkv"]).await;
    scene.disk.remove("a.mkv");
    scene.disk.write("b.mkv", b"new");
    scene.prober.break_at("b.mkv");
    let outcome = scene.scan().await;
    assert_eq!(outcome.end.state, ScanState::Failed);
    assert_eq!(outcome.end.message.as_deref(), Some("reinstall it"));
    assert_eq!(outcome.look.unwrap().fault, None);
    assert!(scene.missing().await.is_empty());
}

#[tokio::test]
async fn a_rescan_probes_everything_and_changes_nothing_that_is_as_it_was() {
    let scene = Scene::scanned(&["a.mkv", "b.mkv"]).await;
    let before = scene.changes().await;
    let end = scene.scan_with(|order| order.rescan = true).await.end;
    assert_eq!((end.counts.unchanged, end.counts.updated), (2, 0));
    assert_eq!(scene.prober.probed().len(), 4);
    assert_eq!(scene.changes().await, before);
}

#[tokio::test]
async fn a_scan_of_a_folder_is_about_that_folder() {
    let scene = Scene::scanned(&["a/x.mkv", "b/y.mkv", "b/z.mkv"]).await;
    scene.disk.remove("a/x.mkv");
    scene.disk.remove("b/y.mkv");
    scene.disk.write("a/new.mkv", b"new in a");
    scene.disk.write("b/new.mkv", b"new in b");
    let end = scene.scan_with(|order| order.paths = vec!["b".to_owned()]).await.end;
    assert_eq!((end.counts.seen, end.counts.added, end.counts.missing), (2, 1, 1));
    assert_eq!(scene.missing().await, ["b/y.mkv"]);
    assert!(scene.video("a/new.mkv").await.is_none());
}

#[tokio::test]
async fn problems_go_with_their_causes() {
    let scene = Scene::with(&["a/x.mkv"]).await;
    scene.disk.make_pipe("a/p.mkv");
    scene.disk.make_pipe("q.mkv");
    scene.scan().await;
    assert_eq!(scene.problem_lines().await, ["a/p.mkv: NOT_A_FILE", "q.mkv: NOT_A_FILE"]);
    scene.disk.remove("a/p.mkv");
    scene.disk.remove("q.mkv");
    scene.scan_with(|order| order.paths = vec!["a".to_owned()]).await;
    assert_eq!(scene.problem_lines().await, ["q.mkv: NOT_A_FILE"]);
    scene.scan().await;
    assert!(scene.problem_lines().await.is_empty());
}

#[tokio::test]
async fn a_scan_that_is_stopped_marks_and_moves_nothing() {
    let scene = Scene::scanned(&["a.mkv", "b.mkv"]).await;
    scene.disk.make_pipe("p.mkv");
    scene.scan().await;
    scene.disk.remove("p.mkv");
    scene.disk.remove("a.mkv");
    scene.disk.rename("b.mkv", "c.mkv");
    scene.stop.store(true, Ordering::Relaxed);
    let outcome = scene.scan().await;
    assert_eq!(outcome.end.state, ScanState::Cancelled);
    assert!(scene.missing().await.is_empty() && scene.video("b.mkv").await.is_some());
    assert_eq!(scene.problem_lines().await, ["p.mkv: NOT_A_FILE"]);
    scene.stop.store(false, Ordering::Relaxed);
    let end = scene.scan().await.end;
    assert_eq!((end.counts.moved, end.counts.missing), (1, 1));
}

#[tokio::test]
async fn progress_is_shown() {
    let scene = Scene::scanned(&["a.mkv", "b.mkv"]).await;
    scene.disk.remove("a.mkv");
    let task = scene.task(scene.order());
    let shown = task.progress.subscribe();
    let outcome = scene.scanner.scan(&task).await;
    let report = shown.borrow().clone();
    assert_eq!(report.counts, outcome.end.counts);
    assert!(report.progress.is_some());
}

#[tokio::test]
async fn a_flaw_of_a_video_stays_while_its_file_does() {
    let scene = Scene::with(&[]).await;
    scene.disk.write("cut.mkv", b"\0\0\0\x10ftypisom");
    let end = scene.scan().await.end;
    assert_eq!((end.counts.added, end.counts.problems), (1, 1));
    scene.disk.rename("cut.mkv", "moved.mkv");
    scene.scan().await;
    assert_eq!(scene.problem_lines().await, ["moved.mkv: TRUNCATED"]);
    scene.scan().await;
    assert_eq!(scene.problem_lines().await, ["moved.mkv: TRUNCATED"]);
    scene.disk.write("moved.mkv", b"whole");
    scene.scan().await;
    assert!(scene.problem_lines().await.is_empty());
}

#[tokio::test]
async fn every_video_has_the_time_of_its_scan() {
    let scene = Scene::scanned(&["a.mkv"]).await;
    let now: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    assert_eq!(scene.video("a.mkv").await.unwrap().created_at, now);
    assert_eq!(scene.store.catalogue().roots().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_scan_of_a_file_is_about_this_file_alone() {
    let scene = Scene::scanned(&["a/x.mkv", "a/y.mkv", "b.mkv", "c.mkv", "d.mkv", "e.mkv"]).await;
    let scan = async |path: &str| {
        let outcome = scene.scan_with(|order| order.paths = vec![path.to_owned()]).await;
        assert_eq!(outcome.end.state, ScanState::Succeeded, "{path}");
        outcome.end.counts
    };
    for gone in ["a/y.mkv", "c.mkv"] {
        scene.disk.remove(gone);
    }
    let before = scene.changes().await;
    for path in ["a/x.mkv", "/b.mkv"] {
        let counts = scan(path).await;
        assert_eq!((counts.seen, counts.unchanged, counts.missing), (1, 1, 0), "{path}");
    }
    assert_eq!(scene.changes().await, before);
    // New, changed and gone.
    scene.disk.write("a/new.mkv", b"new");
    scene.disk.write("a/other.mkv", b"other");
    scene.disk.write("b.mkv", b"a longer content");
    let counts = scan("a/new.mkv").await;
    assert_eq!((counts.seen, counts.added, counts.missing), (1, 1, 0));
    let counts = scan("b.mkv").await;
    assert_eq!((counts.seen, counts.updated, counts.missing), (1, 1, 0));
    assert!(scene.missing().await.is_empty() && scene.video("a/other.mkv").await.is_none());
    for gone in ["a/y.mkv", "c.mkv"] {
        let counts = scan(gone).await;
        assert_eq!((counts.seen, counts.missing, counts.unreachable), (0, 1, 0), "{gone}");
    }
    assert_eq!(scene.missing().await, ["a/y.mkv", "c.mkv"]);
    // Nothing of a library.
    scene.disk.write("notes.txt", b"notes");
    scene.disk.write(".hidden.mkv", b"hidden");
    assert_eq!(scan("notes.txt").await, ScanCounts::default());
    assert_eq!(scan(".hidden.mkv").await, ScanCounts { ignored: 1, ..ScanCounts::default() });
}

#[tokio::test]
async fn a_file_that_goes_while_it_alone_is_scanned_is_missing() {
    let scene = Scene::scanned(&["a/x.mkv", "b.mkv", "c.mkv", "d.mkv", "e.mkv"]).await;
    scene.disk.overwrite("a/x.mkv", b"a longer content");
    scene.disk.fail(Call::OpenFile, "a/x.mkv", libc::ENOENT);
    let end = scene.scan_with(|order| order.paths = vec!["a/x.mkv".to_owned()]).await.end;
    assert_eq!((end.counts.missing, end.counts.unreachable), (1, 0));
}
