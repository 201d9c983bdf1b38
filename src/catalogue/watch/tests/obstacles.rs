//! What cannot be watched, and when it can.

use std::time::Duration;

use super::scene::Scene;
use crate::catalogue::scripted_disk::Call;
use crate::catalogue::watch::{Event, Standing, Unwatchable, What};

#[tokio::test]
async fn a_limit_of_the_system_leaves_nothing_watched_until_it_is_raised() {
    let mut scene = Scene::with(&["a/1.mkv", "b/2.mkv", "c/3.mkv"]);
    scene.events.limit(Some(3));
    scene.watch.set(scene.now).await;
    let Standing::Unwatched(Unwatchable::Limit(problem)) = scene.watch.standing() else {
        panic!("{:?}", scene.watch.standing());
    };
    assert!(problem.message.contains("sysctl fs.inotify.max_user_watches="), "{problem:?}");
    assert_eq!((scene.events.watched(), scene.watch.folders()), (0, 0));
    scene.looks();
    scene.watch.check(scene.now).await;
    assert!(!scene.watch.is_unset(), "it is tried again and again");
    scene.events.limit(Some(4));
    scene.watch.check(scene.now).await;
    scene.watch.set(scene.now).await;
    assert!(scene.is_watched());
    // What changed in the meantime was not noticed.
    assert_eq!(scene.looks(), Some(vec![]));
}

#[tokio::test]
async fn a_limit_that_a_new_folder_meets_lets_everything_go() {
    let mut scene = Scene::watched(&["a/1.mkv"]).await;
    scene.events.limit(Some(2));
    scene.disk.write("b/2.mkv", b"2");
    assert_eq!(scene.inside("", "b", What::Appeared, true).await, Some(vec!["b".to_owned()]));
    assert!(matches!(scene.watch.standing(), Standing::Unwatched(Unwatchable::Limit(_))));
    assert_eq!(scene.events.watched(), 0);
}

#[tokio::test]
async fn a_root_of_a_network_is_not_watched() {
    let mut scene = Scene::with(&["a/1.mkv"]);
    scene.events.disown(crate::catalogue::scripted_disk::ScriptedDisk::DEVICE);
    scene.watch.set(scene.now).await;
    assert!(matches!(scene.watch.standing(), Standing::Unwatched(Unwatchable::Foreign)));
    assert_eq!(scene.events.watched(), 0);
    scene.looks();
    scene.watch.check(scene.now).await;
    assert!(!scene.watch.is_unset() && scene.looks().is_none());
}

#[tokio::test]
async fn a_network_below_a_root_is_not_watched_and_the_rest_is() {
    let mut scene = Scene::with(&["share/1.mkv", "a/2.mkv"]);
    scene.disk.set_device("share", 99);
    scene.events.disown(99);
    scene.watch.set(scene.now).await;
    assert!(matches!(scene.watch.standing(), Standing::Unwatched(Unwatchable::Foreign)));
    scene.looks();
    let seen = scene.inside("a", "2.mkv", What::Vanished, false).await;
    assert_eq!(seen, Some(vec!["a/2.mkv".to_owned()]));
}

#[tokio::test]
async fn a_closed_folder_is_no_obstacle_and_a_broken_one_is() {
    for (error, is_watched) in [(libc::EACCES, true), (libc::ENOENT, true), (libc::EIO, false)] {
        let mut scene = Scene::with(&["a/1.mkv", "b/2.mkv"]);
        scene.disk.fail(Call::OpenFolder, "a", error);
        scene.watch.set(scene.now).await;
        assert_eq!(scene.is_watched(), is_watched, "{error}: {:?}", scene.watch.standing());
        assert!(scene.events.watches("b"), "{error}");
        scene.looks();
        // Once it is opened, its marks change.
        scene.disk.heal();
        let seen = scene.inside("", "a", What::Marked, true).await;
        assert_eq!(seen, Some(vec!["a".to_owned()]), "{error}");
        assert!(scene.events.watches("a"), "{error}");
    }
}

#[tokio::test]
async fn another_disk_at_the_root_is_watched_and_looked_at() {
    let mut scene = Scene::watched(&["a/1.mkv"]).await;
    scene.watch.check(scene.now).await;
    assert!(!scene.watch.is_unset() && scene.looks().is_none());
    // Of a disk that is mounted elsewhere, or over this one, nothing is reported.
    for is_there in [false, true] {
        match is_there {
            false => scene.disk.unmount(),
            true => scene.disk.mount(),
        }
        scene.watch.check(scene.now).await;
        scene.watch.set(scene.now).await;
        assert!(scene.is_watched(), "{is_there}: {:?}", scene.watch.standing());
        assert_eq!(scene.looks(), Some(vec![]), "{is_there}");
    }
    assert!(scene.events.watches("a"));
}

#[tokio::test]
async fn a_root_that_is_gone_is_watched_once_it_is_back() {
    let mut scene = Scene::watched(&["a/1.mkv"]).await;
    let root = scene.events.id_of("").unwrap();
    scene.disk.fail(Call::OpenFolder, "", libc::ENOENT);
    assert_eq!(scene.report(&[Event::Left(root), Event::Ended(root)]).await, Some(vec![]));
    assert!(matches!(scene.watch.standing(), Standing::Unwatched(Unwatchable::Disk(_))));
    scene.watch.check(scene.now).await;
    assert!(!scene.watch.is_unset() && scene.looks().is_none());
    scene.disk.heal();
    scene.watch.check(scene.now).await;
    scene.watch.set(scene.now).await;
    assert!(scene.is_watched() && scene.looks() == Some(vec![]));
}

#[tokio::test]
async fn a_disk_that_hangs_is_waited_for_by_one_thread() {
    let patience = Duration::from_millis(50);
    let mut scene = Scene::waiting(&["a/1.mkv", "b/2.mkv"], patience);
    scene.disk.stall(Call::OpenFolder, "b");
    scene.watch.set(scene.now).await;
    assert!(matches!(scene.watch.standing(), Standing::Hung));
    let calls = scene.disk.calls(Call::OpenFolder);
    scene.watch.check(scene.now).await;
    scene.watch.set(scene.now).await;
    assert_eq!(scene.disk.calls(Call::OpenFolder), calls);
    scene.disk.heal();
    while !scene.watch.is_unset() {
        tokio::task::yield_now().await;
    }
    scene.watch.set(scene.now).await;
    assert!(scene.is_watched(), "{:?}", scene.watch.standing());
}
