//! Which folders are watched, wherever they go.

use super::scene::Scene;
use crate::catalogue::watch::{Event, What};

/// What a scan is asked to look at.
fn paths(paths: &[&str]) -> Option<Vec<String>> {
    Some(paths.iter().map(|path| (*path).to_owned()).collect())
}

#[tokio::test]
async fn folders_are_watched_as_far_as_scans_look() {
    let files = [
        "a/b/1.mkv",
        ".hidden/a/1.mkv",
        "@eaDir/1.mkv",
        "c/VIDEO_TS/1.vob",
        "kept/.nomedia",
        "kept/d/1.mkv",
        "full/.ignore",
        "full/d/1.mkv",
    ];
    let scene = Scene::watched(&files).await;
    for folder in ["", "a", "a/b", "c", "kept", "full", "full/d"] {
        assert!(scene.events.watches(folder), "{folder}");
    }
    assert_eq!((scene.events.watched(), scene.watch.folders()), (7, 7));
}

#[tokio::test]
async fn a_change_is_where_its_folder_is() {
    let mut scene = Scene::watched(&["a/b/1.mkv"]).await;
    assert_eq!(scene.inside("a/b", "1.mkv", What::Written, false).await, paths(&["a/b/1.mkv"]));
    assert_eq!(scene.inside("", "2.mkv", What::Appeared, false).await, paths(&["2.mkv"]));
    assert_eq!(scene.inside("a", "poster.jpg", What::Appeared, false).await, None);
    assert_eq!(scene.inside("a", ".git", What::Appeared, true).await, None);
}

#[tokio::test]
async fn a_new_folder_is_watched_with_all_that_is_in_it() {
    let mut scene = Scene::watched(&["a/1.mkv"]).await;
    scene.disk.write("a/new/deep/2.mkv", b"2");
    assert_eq!(scene.inside("a", "new", What::Appeared, true).await, paths(&["a/new"]));
    assert!(scene.events.watches("a/new") && scene.events.watches("a/new/deep"));
    let seen = scene.inside("a/new/deep", "3.mkv", What::Appeared, false).await;
    assert_eq!(seen, paths(&["a/new/deep/3.mkv"]));
}

#[tokio::test]
async fn a_folder_that_was_moved_is_watched_where_it_is() {
    let mut scene = Scene::watched(&["a/b/c/1.mkv", "d/2.mkv"]).await;
    let from = scene.events.inside("a", "b", What::Vanished, true);
    scene.disk.rename("a/b", "d/e");
    let to = scene.events.inside("d", "e", What::Appeared, true);
    // Both are looked at together, so that nothing is missing in between.
    assert_eq!(scene.report(&[from, to].concat()).await, paths(&["a/b", "d/e"]));
    let seen = scene.inside("d/e/c", "1.mkv", What::Vanished, false).await;
    assert_eq!(seen, paths(&["d/e/c/1.mkv"]));
    assert_eq!((scene.watch.folders(), scene.events.watched()), (5, 5));
}

#[tokio::test]
async fn a_folder_that_left_the_root_is_not_watched() {
    let mut scene = Scene::watched(&["a/b/c/1.mkv"]).await;
    let (gone, inside) = (
        scene.events.inside("a", "b", What::Vanished, true),
        scene.events.inside("a/b/c", "1.mkv", What::Vanished, false),
    );
    scene.disk.remove("a/b");
    assert_eq!(scene.report(&gone).await, paths(&["a/b"]));
    assert_eq!((scene.watch.folders(), scene.events.watched()), (2, 2));
    // Whatever happens to it elsewhere.
    assert_eq!(scene.report(&inside).await, None);
}

#[tokio::test]
async fn a_folder_that_closes_and_opens_again_is_watched_again() {
    let mut scene = Scene::watched(&["a/b/1.mkv", "a/c/2.mkv"]).await;
    scene.disk.write("a/.nomedia", b"");
    assert_eq!(scene.inside("a", ".nomedia", What::Appeared, false).await, paths(&["a"]));
    assert!(scene.events.watches("a") && !scene.events.watches("a/b"));
    assert_eq!((scene.watch.folders(), scene.events.watched()), (2, 2));
    scene.disk.remove("a/.nomedia");
    assert_eq!(scene.inside("a", ".nomedia", What::Vanished, false).await, paths(&["a"]));
    assert!(scene.events.watches("a/b") && scene.events.watches("a/c"));
}

#[tokio::test]
async fn events_that_were_lost_cost_a_look_at_everything() {
    let mut scene = Scene::watched(&["a/1.mkv", "b/2.mkv"]).await;
    scene.disk.write("a/new/3.mkv", b"3");
    scene.disk.rename("b", "c");
    assert_eq!(scene.report(&[Event::Lost]).await, paths(&[]));
    assert!(scene.events.watches("a/new") && scene.is_watched());
    assert_eq!(scene.inside("c", "2.mkv", What::Vanished, false).await, paths(&["c/2.mkv"]));
}

#[tokio::test]
async fn a_disk_that_is_unmounted_leaves_the_folder_that_it_was_on() {
    let mut scene = Scene::watched(&["a/disk/1.mkv", "b/2.mkv"]).await;
    let ended = Event::Ended(scene.events.id_of("a/disk").unwrap());
    scene.disk.remove("a/disk");
    scene.disk.make_folders("a/disk");
    assert_eq!(scene.report(&[ended]).await, paths(&["a/disk"]));
    assert!(scene.events.watches("a/disk"));
    assert_eq!(
        scene.inside("a/disk", "3.mkv", What::Appeared, false).await,
        paths(&["a/disk/3.mkv"])
    );
}

#[tokio::test]
async fn what_was_being_written_is_looked_at_again() {
    let mut scene = Scene::watched(&["a/1.mkv"]).await;
    scene.watch.look_again(&["a/1.mkv".to_owned()], scene.now);
    assert_eq!(scene.watch.due_at(), Some(scene.now + std::time::Duration::from_secs(11)));
    assert_eq!(scene.looks(), paths(&["a/1.mkv"]));
    scene.watch.look_again(&[], scene.now);
    assert_eq!(scene.looks(), paths(&[]));
}
