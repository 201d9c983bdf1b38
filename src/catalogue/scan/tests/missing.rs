//! Missing files, and when a scan asks first.

use super::scene::Scene;
use crate::domain::catalogue::ScanState;

#[tokio::test]
async fn a_file_that_is_gone_is_missing_until_it_is_back() {
    let scene = Scene::scanned(&["a.mkv", "b.mkv"]).await;
    let id = scene.id("a.mkv").await;
    scene.disk.remove("a.mkv");
    assert_eq!(scene.scan().await.end.counts.missing, 1);
    let since = scene.video("a.mkv").await.unwrap().values.facts().missing_since;
    assert!(since.is_some());
    scene.pass(60);
    assert_eq!(scene.scan().await.end.counts.missing, 0);
    assert_eq!(scene.video("a.mkv").await.unwrap().values.facts().missing_since, since);
    scene.disk.write("a.mkv", b"a.mkv");
    let end = scene.scan().await.end;
    assert_eq!((end.counts.restored, end.counts.added), (1, 0));
    let video = scene.video("a.mkv").await.unwrap();
    assert_eq!((video.id, video.values.facts().missing_since), (id, None));
}

/// A library of as many videos, all of which but these are gone.
async fn without(gone: usize, all: usize) -> Scene {
    let scene = Scene::with(&[]).await;
    for number in 0..all {
        scene.disk.write(format!("{number}.mkv"), format!("content {number}").as_bytes());
    }
    scene.scan().await;
    (0..gone).for_each(|number| scene.disk.remove(format!("{number}.mkv")));
    scene
}

#[tokio::test]
async fn the_guard_allows_as_many_and_not_one_more() {
    let scene = without(21, 105).await;
    let end = scene.scan().await.end;
    assert_eq!((end.state, end.counts.missing), (ScanState::Succeeded, 21));
    let scene = without(22, 105).await;
    scene.disk.write("new.mkv", b"new");
    scene.disk.rename("100.mkv", "moved.mkv");
    let end = scene.scan().await.end;
    assert_eq!((end.state, end.counts.missing), (ScanState::NeedsConfirmation, 0));
    // Everything else is done.
    assert_eq!((end.counts.held_back, end.counts.added, end.counts.moved), (22, 1, 1));
    let message = end.message.unwrap();
    assert!(message.contains("films") && message.contains("expectedHeldBack: 22"), "{message}");
    assert!(scene.missing().await.is_empty());
}

#[tokio::test]
async fn new_files_do_not_make_up_for_missing_ones() {
    let scene = without(30, 30).await;
    for number in 0..200 {
        scene.disk.write(format!("new-{number}.mkv"), format!("new {number}").as_bytes());
    }
    let end = scene.scan().await.end;
    assert_eq!((end.state, end.counts.held_back), (ScanState::NeedsConfirmation, 30));
}

#[tokio::test]
async fn a_confirmed_number_is_marked_and_not_one_more() {
    let scene = without(30, 40).await;
    let confirm = |count| {
        move |order: &mut crate::domain::catalogue::ScanOrder| {
            order.confirmed_missing = Some(count);
        }
    };
    let end = scene.scan_with(confirm(29)).await.end;
    assert_eq!((end.state, end.counts.held_back), (ScanState::NeedsConfirmation, 30));
    let end = scene.scan_with(confirm(30)).await.end;
    assert_eq!((end.state, end.counts.missing), (ScanState::Succeeded, 30));
    assert_eq!(scene.missing().await.len(), 30);
}

#[tokio::test]
async fn what_is_excluded_is_neither_missing_nor_known() {
    let scene = Scene::scanned(&["a/x.mkv", "b.mkv"]).await;
    scene.disk.write("a/.nomedia", b"");
    let end = scene.scan().await.end;
    assert_eq!((end.counts.missing, end.counts.ignored), (0, 1));
    assert_eq!(scene.rows().await.len(), 1);
    let id = scene.id("a/x.mkv").await;
    scene.disk.remove("a/.nomedia");
    let end = scene.scan().await.end;
    // It is adopted again.
    assert_eq!((end.counts.added, end.counts.problems), (0, 0));
    assert_eq!(scene.id("a/x.mkv").await, id);
    assert_eq!(scene.rows().await.len(), 2);
}
