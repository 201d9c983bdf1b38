//! Files that are no pictures, or not where they were.

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::time::Duration;

use super::scene::{Scene, key, names, some_picture};
use crate::domain::file::ThumbnailWidth;
use crate::media::thumbnails::scripted::picture;

#[tokio::test]
async fn a_damaged_file_is_not_served_and_is_replaced() {
    let scene = Scene::new();
    let cache = scene.cache(9);
    cache.keep(key(1), some_picture()).await;
    let whole = some_picture().bytes().to_vec();
    let other_width = picture(ThumbnailWidth::W640, 1_000).bytes().to_vec();
    for damaged in [&[][..], &whole[..500], b"<html>", &other_width] {
        fs::write(scene.file(1), damaged).unwrap();
        assert_eq!(cache.get(key(1)).await, None);
        cache.keep(key(1), some_picture()).await;
        assert_eq!(cache.get(key(1)).await, Some(some_picture()));
    }
}

#[tokio::test]
async fn a_link_is_neither_read_nor_written_through() {
    let scene = Scene::new();
    let cache = scene.cache(9);
    let outside = scene.beside("outside");
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("a.jpg"), &some_picture().bytes()[..]).unwrap();
    // A link in place of a file is replaced.
    fs::create_dir(scene.path().join("00")).unwrap();
    symlink(outside.join("a.jpg"), scene.file(1)).unwrap();
    assert_eq!(cache.get(key(1)).await, None);
    cache.keep(key(1), picture(ThumbnailWidth::W320, 500)).await;
    assert_eq!(fs::read(outside.join("a.jpg")).unwrap(), some_picture().bytes()[..]);
    assert_eq!(cache.get(key(1)).await, Some(picture(ThumbnailWidth::W320, 500)));
    // Nothing is done behind one in place of a folder.
    scene.clock.advance(Duration::from_secs(1));
    fs::remove_dir_all(scene.path().join("00")).unwrap();
    symlink(&outside, scene.path().join("00")).unwrap();
    let name = scene.file(2).file_name().unwrap().to_owned();
    fs::rename(outside.join("a.jpg"), outside.join(&name)).unwrap();
    assert_eq!(cache.get(key(2)).await, None);
    cache.keep(key(3), some_picture()).await;
    assert!(cache.count_now().await);
    assert_eq!(cache.bytes(), 0);
    assert_eq!(names(&outside), [name.into_string().unwrap()]);
}

#[tokio::test]
async fn other_things_in_place_of_a_picture_are_no_picture() {
    let scene = Scene::new();
    let cache = scene.cache(9);
    fs::create_dir_all(scene.file(1)).unwrap();
    let made = std::process::Command::new("mkfifo").arg(scene.file(2)).status().unwrap();
    assert!(made.success());
    for number in [1, 2] {
        assert_eq!(cache.get(key(number)).await, None);
    }
    // Files of this name are never counted or deleted.
    assert!(cache.count_now().await);
    assert_eq!(cache.bytes(), 0);
    cache.keep(key(1), some_picture()).await;
    assert!(scene.file(1).is_dir());
    assert_eq!(cache.bytes(), 0);
}

#[tokio::test]
async fn a_folder_that_was_deleted_is_made_again() {
    let scene = Scene::new();
    let cache = scene.cache(9);
    cache.keep(key(1), some_picture()).await;
    fs::remove_dir_all(scene.path()).unwrap();
    assert_eq!(cache.get(key(1)).await, None);
    cache.keep(key(2), some_picture()).await;
    assert_eq!(cache.get(key(2)).await, Some(some_picture()));
    assert!(scene.path().join("CACHEDIR.TAG").exists());
}

#[tokio::test]
async fn a_folder_that_becomes_another_one_is_left_alone() {
    let scene = Scene::new();
    let cache = scene.cache(1);
    cache.keep(key(1), some_picture()).await;
    let picture = scene.file(1).file_name().unwrap().to_str().unwrap().to_owned();
    // As when a disk is mounted over it, which even has a file with the name of a picture.
    fs::remove_file(scene.path().join("CACHEDIR.TAG")).unwrap();
    File::create(scene.path().join("letter.odt")).unwrap();
    scene.clock.advance(Duration::from_secs(1));
    cache.keep(key(2), some_picture()).await;
    assert!(cache.count_now().await);
    assert_eq!(names(&scene.path()), [&*picture, "letter.odt"]);
}
