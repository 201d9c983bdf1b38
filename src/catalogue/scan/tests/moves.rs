//! Files that were moved, renamed, swapped and copied.

use std::sync::Arc;

use super::scene::Scene;
use crate::domain::catalogue::{ProblemCode, ScanState};

#[tokio::test]
async fn a_file_that_is_renamed_keeps_its_video() {
    let scene = Scene::scanned(&["a/x.mkv", "b.mkv"]).await;
    let (id, before) = (scene.id("a/x.mkv").await, scene.changes().await);
    scene.disk.rename("a/x.mkv", "c/y.mkv");
    let end = scene.scan().await.end;
    assert_eq!((end.counts.moved, end.counts.added, end.counts.missing), (1, 0, 0));
    let video = scene.video("c/y.mkv").await.unwrap();
    assert_eq!((video.id, video.values.filename.as_str()), (id, "y.mkv"));
    assert_eq!((scene.changes().await, scene.prober.probed().len()), (before + 1, 2));
}

#[tokio::test]
async fn two_files_that_are_swapped_keep_their_videos() {
    let scene = Scene::scanned(&["a.mkv", "b.mkv", "c.mkv"]).await;
    let ids = [scene.id("a.mkv").await, scene.id("b.mkv").await, scene.id("c.mkv").await];
    scene.disk.rename("a.mkv", "t");
    scene.disk.rename("b.mkv", "a.mkv");
    scene.disk.rename("c.mkv", "b.mkv");
    scene.disk.rename("t", "c.mkv");
    let end = scene.scan().await.end;
    assert_eq!((end.counts.moved, end.counts.updated), (3, 0));
    let now = [scene.id("c.mkv").await, scene.id("a.mkv").await, scene.id("b.mkv").await];
    assert_eq!(now, ids);
    assert_eq!(scene.prober.probed().len(), 3);
}

#[tokio::test]
async fn a_file_whose_place_another_one_takes_keeps_its_video() {
    let scene = Scene::scanned(&["a.mkv", "b.mkv"]).await;
    let ids = [scene.id("a.mkv").await, scene.id("b.mkv").await];
    scene.disk.rename("b.mkv", "c.mkv");
    scene.disk.rename("a.mkv", "b.mkv");
    scene.disk.write("a.mkv", b"something new");
    let end = scene.scan().await.end;
    assert_eq!((end.counts.moved, end.counts.added, end.counts.updated), (2, 1, 0));
    assert_eq!([scene.id("b.mkv").await, scene.id("c.mkv").await], ids);
}

#[tokio::test]
async fn a_new_file_at_the_place_of_a_moved_one_is_another_video() {
    let scene = Scene::scanned(&["b.mkv"]).await;
    let id = scene.id("b.mkv").await;
    // The walk meets the old place after the new one, and before it.
    for (from, to) in [("b.mkv", "a.mkv"), ("a.mkv", "c.mkv")] {
        scene.disk.rename(from, to);
        scene.disk.write(from, format!("new at {from}").as_bytes());
        let end = scene.scan().await.end;
        assert_eq!((end.counts.moved, end.counts.added), (1, 1));
        assert_eq!(scene.id(to).await, id);
    }
}

#[tokio::test]
async fn two_thousand_files_of_a_renamed_folder_keep_their_videos() {
    let scene = Scene::with(&[]).await;
    for number in 0..2_000 {
        // Every content is there twice.
        let path = format!("old/{}/{number:04}.mkv", number % 7);
        scene.disk.write(path, format!("content {}", number / 2).as_bytes());
    }
    scene.scan().await;
    let before = scene.rows().await;
    scene.disk.rename("old", "new");
    let end = scene.scan().await.end;
    assert_eq!((end.counts.moved, end.counts.added, end.counts.problems), (2_000, 0, 0));
    let after = scene.rows().await;
    for (old, new) in before.iter().zip(&after) {
        assert_eq!(old.file.video, new.file.video);
        assert_eq!(old.file.path[4..], new.file.path[4..]);
    }
}

#[tokio::test]
async fn a_name_in_another_case_is_a_move_where_the_disk_finds_both() {
    let scene = Scene::scanned(&["Film.mkv", "dir/Other.mkv"]).await;
    let ids = [scene.id("Film.mkv").await, scene.id("dir/Other.mkv").await];
    scene.disk.fold_case();
    scene.disk.rename("Film.mkv", "film.mkv");
    scene.disk.rename("dir/Other.mkv", "new/other.mkv");
    let scope = |order: &mut crate::domain::catalogue::ScanOrder| order.paths = vec!["new".into()];
    assert_eq!(scene.scan_with(scope).await.end.counts.moved, 1);
    assert_eq!(scene.scan().await.end.counts.moved, 1);
    assert_eq!([scene.id("film.mkv").await, scene.id("new/other.mkv").await], ids);
}

#[tokio::test]
async fn a_copy_is_a_video_of_its_own_until_the_first_is_deleted() {
    let scene = Scene::scanned(&["a.mkv"]).await;
    let id = scene.id("a.mkv").await;
    scene.disk.write("b.mkv", b"a.mkv");
    let end = scene.scan().await.end;
    assert_eq!((end.counts.added, end.counts.moved), (1, 0));
    scene.disk.write("c.mkv", b"a.mkv");
    scene.disk.remove("a.mkv");
    let end = scene.scan().await.end;
    assert_eq!((end.counts.added, end.counts.moved, end.counts.missing), (0, 1, 0));
    assert_eq!(scene.id("c.mkv").await, id);
}

#[tokio::test]
async fn a_copy_in_another_folder_that_the_walk_meets_first_is_a_copy() {
    let scene = Scene::scanned(&["m/a.mkv"]).await;
    let id = scene.id("m/a.mkv").await;
    scene.disk.write("b/a.mkv", b"m/a.mkv");
    let end = scene.scan().await.end;
    assert_eq!((end.counts.added, end.counts.moved), (1, 0));
    assert_eq!(scene.id("m/a.mkv").await, id);
}

#[tokio::test]
async fn a_hard_link_is_no_move() {
    let scene = Scene::scanned(&["a.mkv"]).await;
    let id = scene.id("a.mkv").await;
    scene.disk.hard_link("a.mkv", "0.mkv");
    let end = scene.scan().await.end;
    assert_eq!((end.counts.added, end.counts.moved), (1, 0));
    assert_eq!(scene.id("a.mkv").await, id);
}

#[tokio::test]
async fn two_missing_videos_and_one_file_are_not_matched_by_guessing() {
    let scene = Scene::with(&["keep.mkv"]).await;
    scene.disk.write("a/x.mkv", b"same");
    scene.disk.write("b/y.mkv", b"same");
    scene.scan().await;
    let ids = [scene.id("a/x.mkv").await, scene.id("b/y.mkv").await];
    scene.disk.remove("a/x.mkv");
    scene.disk.remove("b/y.mkv");
    scene.disk.write("z.mkv", b"same");
    for turn in 0..2 {
        let end = scene.scan().await.end;
        assert_eq!((end.counts.moved, end.counts.missing), (0, 2 - 2 * turn));
        assert_eq!((end.counts.added, end.counts.problems), (1 - turn, 1));
        let problems = scene.problems().await;
        assert_eq!(problems[0].problem.code, ProblemCode::AmbiguousMove);
        let mut candidates = problems[0].candidates.clone();
        candidates.sort();
        assert_eq!(candidates, ids);
    }
    // One of them comes back, and then the other one.
    scene.disk.write("a/x.mkv", b"same");
    scene.scan().await;
    assert_eq!(scene.problems().await[0].candidates, [ids[1]]);
    scene.disk.write("b/y.mkv", b"same");
    let end = scene.scan().await.end;
    assert_eq!((end.counts.restored, end.counts.problems), (1, 0));
}

#[tokio::test]
async fn a_better_copy_that_is_moved_over_a_file_updates_its_video() {
    let scene = Scene::scanned(&["a.mkv", "b.mkv"]).await;
    let id = scene.id("a.mkv").await;
    scene.disk.rename("b.mkv", "a.mkv");
    let end = scene.scan().await.end;
    assert_eq!((end.counts.updated, end.counts.moved, end.counts.missing), (1, 0, 1));
    assert_eq!(scene.id("a.mkv").await, id);
    assert_eq!(scene.missing().await, ["b.mkv"]);
}

#[tokio::test]
async fn a_missing_video_whose_file_turns_up_elsewhere_is_moved_and_restored() {
    let scene = Scene::scanned(&["a.mkv", "b.mkv"]).await;
    let id = scene.id("a.mkv").await;
    scene.disk.remove("a.mkv");
    scene.scan().await;
    assert_eq!(scene.missing().await, ["a.mkv"]);
    scene.disk.write("c/a.mkv", b"a.mkv");
    let end = scene.scan().await.end;
    assert_eq!((end.counts.moved, end.counts.added), (1, 0));
    assert_eq!(scene.id("c/a.mkv").await, id);
    assert!(scene.missing().await.is_empty());
}

#[tokio::test]
async fn a_missing_video_of_another_root_is_moved_here() {
    let films = Scene::scanned(&["a.mkv", "b.mkv"]).await;
    let clips = Scene::of(Arc::clone(&films.store), 2, "clips").await;
    let id = films.id("a.mkv").await;
    clips.disk.write("a.mkv", b"a.mkv");
    // As long as it is there, the other one is a copy.
    assert_eq!(clips.scan().await.end.counts.added, 1);
    clips.disk.write("new/a.mkv", b"b.mkv");
    films.disk.remove("b.mkv");
    films.scan().await;
    let missing = films.id("b.mkv").await;
    let end = clips.scan().await.end;
    assert_eq!((end.counts.moved, end.counts.added), (1, 0));
    assert_eq!((clips.id("new/a.mkv").await, films.id("a.mkv").await), (missing, id));
    assert_eq!(films.scan().await.end.counts.missing, 0);
}

#[tokio::test]
async fn a_scan_of_a_folder_finds_files_that_came_from_others() {
    let scene = Scene::scanned(&["a/x.mkv", "a/y.mkv", "b/z.mkv"]).await;
    let id = scene.id("a/x.mkv").await;
    scene.disk.rename("a/x.mkv", "b/x.mkv");
    scene.disk.write("b/y.mkv", b"a/y.mkv");
    let end = scene.scan_with(|order| order.paths = vec!["b".to_owned()]).await.end;
    assert_eq!((end.counts.moved, end.counts.added), (1, 1));
    assert_eq!(scene.id("b/x.mkv").await, id);
}

#[tokio::test]
async fn a_path_that_another_video_has_is_a_problem() {
    let scene = Scene::scanned(&["a.mkv", "b.mkv"]).await;
    let id = scene.id("a.mkv").await;
    scene.add_by_hand("c.mkv").await;
    scene.disk.rename("a.mkv", "c.mkv");
    for turn in 0..2 {
        let end = scene.scan().await.end;
        assert_eq!((end.state, end.counts.moved), (ScanState::Succeeded, 0));
        assert_eq!(end.counts.missing, 1 - turn);
        assert_eq!(scene.problem_lines().await, ["c.mkv: PATH_TAKEN"]);
    }
    scene.delete("c.mkv").await;
    assert_eq!(scene.scan().await.end.counts.moved, 1);
    assert_eq!(scene.id("c.mkv").await, id);
    assert!(scene.problem_lines().await.is_empty());
}

#[tokio::test]
async fn a_large_circle_of_renamed_files_keeps_its_videos() {
    let scene = Scene::with(&[]).await;
    let path = |number: u32| format!("{number:03}.mkv");
    for number in 0..200 {
        scene.disk.write(path(number), format!("content {number}").as_bytes());
    }
    scene.scan().await;
    let before = scene.rows().await;
    scene.disk.rename(path(199), "t");
    (0..199).rev().for_each(|number| scene.disk.rename(path(number), path(number + 1)));
    scene.disk.rename("t", path(0));
    let end = scene.scan().await.end;
    assert_eq!((end.counts.moved, end.counts.problems), (200, 0));
    let after = scene.rows().await;
    for (place, row) in before.iter().enumerate() {
        assert_eq!(after[(place + 1) % 200].file.video, row.file.video);
    }
}

#[tokio::test]
async fn a_link_to_a_file_that_is_there_is_not_a_missing_one_with_its_content() {
    let scene = Scene::with(&["x.mkv"]).await;
    scene.disk.write("a.mkv", b"same");
    scene.disk.write("b.mkv", b"same");
    scene.scan().await;
    let id = scene.id("b.mkv").await;
    scene.disk.remove("b.mkv");
    scene.disk.hard_link("a.mkv", "c.mkv");
    let end = scene.scan().await.end;
    assert_eq!((end.counts.moved, end.counts.added, end.counts.missing), (0, 1, 1));
    assert_eq!(scene.id("b.mkv").await, id);
}

#[tokio::test]
async fn a_video_whose_file_became_rubbish_is_found_where_its_content_turns_up() {
    let scene = Scene::scanned(&["a.mkv", "x.mkv"]).await;
    let id = scene.id("a.mkv").await;
    scene.prober.refuse("a.mkv", ProblemCode::NotReadableAsMedia);
    scene.disk.write("a.mkv", b"rubbish");
    scene.scan().await;
    scene.disk.write("b.mkv", b"a.mkv");
    let end = scene.scan().await.end;
    assert_eq!((end.counts.moved, end.counts.added, end.counts.problems), (1, 0, 1));
    assert_eq!(scene.id("b.mkv").await, id);
    assert_eq!(scene.scan().await.end.counts.unchanged, 2);
}
