//! What is kept, for how long, and by whom.

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use super::scene::{Scene, key, names, some_picture};
use crate::domain::Clock;
use crate::media::thumbnails::cache::CacheFolder;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);

#[tokio::test]
async fn a_picture_is_found_by_every_server_and_nobody_else_may_read_it() {
    let scene = Scene::new();
    let cache = scene.cache(9);
    assert_eq!(cache.get(key(1)).await, None);
    cache.keep(key(1), some_picture()).await;
    assert_eq!(cache.get(key(1)).await, Some(some_picture()));
    assert_eq!(scene.cache(9).get(key(1)).await, Some(some_picture()));
    assert_eq!(cache.get(key(2)).await, None);
    let digits = format!("{:032x}", 1);
    assert_eq!(names(&scene.path()), [format!("{digits}-320.jpg"), "CACHEDIR.TAG".to_owned()]);
    for (path, mode) in [
        (scene.path(), 0o700),
        (scene.path().join("00"), 0o700),
        (scene.file(1), 0o600),
        (scene.path().join("CACHEDIR.TAG"), 0o600),
    ] {
        let found = fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        assert_eq!(found, mode, "{}", path.display());
    }
}

#[tokio::test]
async fn the_tag_is_the_one_that_backups_know() {
    let scene = Scene::new();
    scene.cache(9);
    let tag = fs::read(scene.path().join("CACHEDIR.TAG")).unwrap();
    assert!(tag.starts_with(b"Signature: 8a477f597d28d172789f06886806bc55\n"));
}

#[tokio::test]
async fn the_least_recently_used_ones_are_deleted() {
    let scene = Scene::new();
    let cache = scene.cache(4);
    for number in 1..=4 {
        scene.clock.advance(MINUTE);
        cache.keep(key(number), some_picture()).await;
    }
    assert_eq!(scene.files(), [1, 2, 3, 4]);
    scene.clock.advance(MINUTE);
    assert!(cache.get(key(1)).await.is_some());
    scene.clock.advance(MINUTE);
    cache.keep(key(5), some_picture()).await;
    // A tenth more than necessary: that is one picture here.
    assert_eq!(scene.files(), [1, 4, 5]);
    assert_eq!(cache.get(key(2)).await, None);
}

#[tokio::test]
async fn a_server_that_starts_knows_what_was_used() {
    let scene = Scene::new();
    let before = scene.cache(9);
    for number in 1..=5 {
        before.keep(key(number), some_picture()).await;
        scene.clock.advance(MINUTE);
    }
    scene.clock.advance(HOUR);
    assert!(before.get(key(1)).await.is_some());
    let cache = scene.cache(4);
    let counted = cache.count_now().await;
    assert!(counted);
    assert_eq!(scene.files(), [1, 4, 5]);
}

#[tokio::test]
async fn what_was_never_finished_is_deleted_after_an_hour() {
    let scene = Scene::new();
    let cache = scene.cache(9);
    cache.keep(key(1), some_picture()).await;
    let name = scene.file(1).file_name().unwrap().to_str().unwrap().to_owned();
    let unfinished =
        |number: u64| scene.path().join("00").join(format!("{name}.{number:016x}.part"));
    for (number, age) in [(1, HOUR + MINUTE), (2, HOUR - MINUTE)] {
        let file = File::create(unfinished(number)).unwrap();
        let now = u64::try_from(scene.clock.now().as_micros()).unwrap();
        file.set_modified(std::time::UNIX_EPOCH + Duration::from_micros(now) - age).unwrap();
    }
    assert!(cache.count_now().await);
    assert!(!unfinished(1).exists() && unfinished(2).exists());
    assert_eq!(scene.files(), [1]);
}

#[tokio::test]
async fn servers_that_share_a_folder_count_each_others_pictures() {
    let scene = Scene::new();
    let (one, other) = (scene.cache(4), scene.cache(4));
    for number in 1..=3 {
        one.keep(key(number), some_picture()).await;
        scene.clock.advance(MINUTE);
        other.keep(key(number + 10), some_picture()).await;
        scene.clock.advance(MINUTE);
    }
    assert_eq!(scene.files(), [1, 2, 3, 11, 12, 13]);
    assert!(one.count_now().await);
    assert_eq!(scene.files(), [3, 12, 13]);
    // The other one learns that its picture is gone when it looks.
    assert_eq!(other.get(key(11)).await, None);
    assert!(other.count_now().await);
    assert_eq!(scene.files(), [3, 12, 13]);
}

#[tokio::test]
async fn nothing_is_kept_in_no_bytes() {
    let scene = Scene::new();
    let none = CacheFolder::open(&scene.path(), 0).unwrap();
    assert!(none.place().is_none() && !scene.path().exists());
    // Nor a picture that is larger than all that may be kept.
    let folder = CacheFolder::open(&scene.path(), 999).unwrap();
    let cache = super::super::Cache::new(folder, scene.clock.clone());
    cache.keep(key(1), some_picture()).await;
    assert_eq!(scene.files(), []);
}
