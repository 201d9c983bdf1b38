//! Folders that are something else.

use std::fs;
use std::os::unix::fs::symlink;

use super::scene::{BYTES, Scene, key, names, some_picture};
use crate::media::thumbnails::cache::CacheFolder;

#[test]
fn a_folder_with_other_files_is_refused_and_left_as_it_is() {
    let scene = Scene::new();
    fs::create_dir(scene.path()).unwrap();
    fs::write(scene.path().join("letter.odt"), "Dear").unwrap();
    let refused = CacheFolder::open(&scene.path(), 1 << 30).unwrap_err().to_string();
    let expected = format!(
        "{} contains files that are not thumbnails of Reelgraph: set --cache-dir to a new or an empty folder",
        scene.path().display()
    );
    assert_eq!(refused, expected);
    let verified = CacheFolder::verify(&scene.path(), 1 << 30).unwrap_err().to_string();
    assert_eq!(verified, expected);
    // It is not used.
    assert!(CacheFolder::verify(&scene.path(), 0).is_ok());
    assert_eq!(names(&scene.path()), ["letter.odt"]);
    // A tag that is none changes nothing.
    fs::write(scene.path().join("CACHEDIR.TAG"), "Signature: 0").unwrap();
    assert!(CacheFolder::open(&scene.path(), 1 << 30).is_err());
    assert_eq!(fs::read(scene.path().join("CACHEDIR.TAG")).unwrap(), b"Signature: 0");
}

#[test]
fn an_empty_folder_and_a_new_disk_are_taken() {
    for has_lost_and_found in [false, true] {
        let scene = Scene::new();
        fs::create_dir(scene.path()).unwrap();
        if has_lost_and_found {
            fs::create_dir(scene.path().join("lost+found")).unwrap();
        }
        // Another server that starts at the same moment.
        fs::write(scene.path().join("CACHEDIR.TAG.00000000000000fe.part"), "Sig").unwrap();
        assert!(CacheFolder::verify(&scene.path(), 1 << 30).is_ok());
        assert!(CacheFolder::open(&scene.path(), 1 << 30).is_ok());
        assert!(CacheFolder::open(&scene.path(), 1 << 30).is_ok());
    }
}

#[test]
fn a_folder_that_cannot_be_made_is_an_error_with_its_cause() {
    let scene = Scene::new();
    fs::write(scene.path(), "a file").unwrap();
    symlink(scene.beside("nowhere"), scene.beside("link")).unwrap();
    let paths = ["nowhere/cache", "link", "link/cache"].map(|name| scene.beside(name));
    for path in paths.into_iter().chain([scene.path(), scene.path().join("below")]) {
        let opened = CacheFolder::open(&path, 1 << 30).map(drop);
        let text = crate::causes::with_causes(&opened.unwrap_err());
        assert!(text.starts_with("could not use /") && text.contains("(os error"), "{text}");
        let verified = CacheFolder::verify(&path, 1 << 30);
        assert_eq!(crate::causes::with_causes(&verified.unwrap_err()), text);
    }
    assert!(!scene.beside("nowhere").exists());
}

#[test]
fn a_folder_that_could_be_made_is_verified_and_not_made() {
    let scene = Scene::new();
    assert!(CacheFolder::verify(&scene.path(), 1 << 30).is_ok());
    assert!(!scene.path().exists());
    fs::create_dir(scene.path()).unwrap();
    assert!(CacheFolder::verify(&scene.path(), 1 << 30).is_ok());
    assert!(names(&scene.path()).is_empty());
    CacheFolder::open(&scene.path(), 1 << 30).unwrap();
    assert!(CacheFolder::verify(&scene.path(), 1 << 30).is_ok());
}

#[tokio::test]
async fn files_of_others_are_neither_counted_nor_deleted() {
    let scene = Scene::new();
    let cache = scene.cache(2);
    fs::create_dir(scene.path().join("00")).unwrap();
    let others = ["holiday.jpg", "00112233445566778899aabbccddeeff-100.jpg", ".part"];
    for name in others {
        fs::write(scene.path().join("00").join(name), vec![0; 10 * BYTES]).unwrap();
        fs::write(scene.path().join(name), vec![0; 10 * BYTES]).unwrap();
    }
    assert!(cache.count_now().await);
    assert_eq!(cache.bytes(), 0);
    for number in 1..=5 {
        scene.clock.advance(std::time::Duration::from_secs(1));
        cache.keep(key(number), some_picture()).await;
    }
    assert_eq!(scene.files(), [5]);
    assert_eq!(names(&scene.path()).len(), 2 * others.len() + 2);
}
