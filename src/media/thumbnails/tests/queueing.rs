//! Who waits for whom.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::scene::{Scene, soon, until};
use crate::domain::file::ThumbnailWidth;
use crate::media::thumbnails::scripted::{ScriptedMaker, ScriptedSource, wanted};
use crate::media::thumbnails::{NoPicture, Queue};

#[tokio::test]
async fn equal_requests_are_made_once() {
    let scene = Scene::new(ScriptedMaker::waiting());
    let asked: Vec<_> = (0..100).map(|_| scene.ask(1)).collect();
    until(|| scene.maker.running() == 1).await;
    let late = scene.ask(1);
    scene.maker.go_on();
    for asked in asked.into_iter().chain([late]) {
        assert!(soon(asked).await.unwrap().is_ok());
    }
    assert_eq!(scene.maker.made(), [1]);
}

#[tokio::test]
async fn another_width_is_another_picture() {
    let scene = Scene::new(ScriptedMaker::waiting());
    let ask = |width| {
        let thumbnails = Arc::clone(&scene.thumbnails);
        tokio::spawn(async move {
            let source = Arc::new(ScriptedSource::default());
            thumbnails.get(&wanted(1, width), source).await
        })
    };
    let asked = ThumbnailWidth::ALL.map(|width| (width, ask(width)));
    until(|| scene.thumbnails.listed() == 4).await;
    scene.maker.go_on();
    for (width, asked) in asked {
        assert_eq!(u32::from(soon(asked).await.unwrap().unwrap().width()), width.pixels());
    }
    assert_eq!(scene.maker.made(), [1, 1, 1, 1]);
}

#[tokio::test]
async fn others_get_the_picture_when_the_first_to_ask_has_gone() {
    let scene = Scene::new(ScriptedMaker::waiting());
    let first = scene.ask(1);
    until(|| scene.maker.running() == 1).await;
    let second = scene.ask(1);
    first.abort();
    assert!(first.await.unwrap_err().is_cancelled());
    scene.maker.go_on();
    assert!(soon(second).await.unwrap().is_ok());
    assert_eq!(scene.maker.made(), [1]);
}

#[tokio::test]
async fn some_are_made_at_once_some_wait_and_the_rest_is_refused() {
    let queue = Queue { at_once: 2, waiting: 3 };
    let scene = Scene::with_queue(ScriptedMaker::waiting(), queue);
    let mut asked: Vec<_> = (1..=5).map(|file| scene.ask(file)).collect();
    until(|| scene.maker.running() == 2 && scene.thumbnails.listed() == 5).await;
    assert_eq!(soon(scene.get(6)).await, Err(NoPicture::Busy));
    // Those who wait for the same picture need no place.
    asked.extend((1..=5).map(|file| scene.ask(file)));
    scene.maker.go_on();
    for asked in asked {
        assert!(soon(asked).await.unwrap().is_ok());
    }
    assert!(scene.get(6).await.is_ok());
    let mut made = scene.maker.made();
    made.sort_unstable();
    assert_eq!((made, scene.maker.most()), (vec![1, 2, 3, 4, 5, 6], 2));
}

#[tokio::test]
async fn a_picture_that_nobody_waits_for_is_not_made_and_takes_no_place() {
    let queue = Queue { at_once: 1, waiting: 1 };
    let scene = Scene::with_queue(ScriptedMaker::waiting(), queue);
    let first = scene.ask(1);
    until(|| scene.maker.running() == 1).await;
    let second = scene.ask(2);
    until(|| scene.thumbnails.listed() == 2).await;
    assert_eq!(soon(scene.get(3)).await, Err(NoPicture::Busy));
    second.abort();
    assert!(second.await.unwrap_err().is_cancelled());
    let third = scene.ask(3);
    until(|| scene.thumbnails.waits_for(3)).await;
    scene.maker.go_on();
    assert!(soon(first).await.unwrap().is_ok() && soon(third).await.unwrap().is_ok());
    assert_eq!(scene.maker.made(), [1, 3]);
    // One that has begun is finished, also if nobody waits for it.
    until(|| scene.thumbnails.listed() == 0).await;
}

#[tokio::test]
async fn all_ends_with_the_server() {
    let scene = Scene::new(ScriptedMaker::waiting());
    let Scene { thumbnails, maker, .. } = scene;
    let request = {
        let source = Arc::new(ScriptedSource::default());
        let wanted = wanted(1, ThumbnailWidth::W320);
        let thumbnails = Arc::clone(&thumbnails);
        tokio::spawn(async move { thumbnails.get(&wanted, source).await })
    };
    until(|| maker.running() == 1).await;
    request.abort();
    assert!(request.await.unwrap_err().is_cancelled());
    assert_eq!(maker.running(), 1);
    drop(thumbnails);
    until(|| maker.running() == 0).await;
}

/// However many ask, few files are opened and fewer are read.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_at_once_are_served_or_refused() {
    let scene = Scene::new(ScriptedMaker::waiting());
    let source = Arc::new(ScriptedSource::default());
    let asked: Vec<_> = (0..10_000)
        .map(|file| {
            let (thumbnails, source) = (Arc::clone(&scene.thumbnails), Arc::clone(&source));
            let wanted = wanted(file, ThumbnailWidth::W320);
            tokio::spawn(async move { thumbnails.get(&wanted, source).await })
        })
        .collect();
    let refused = || asked.iter().filter(|asked| asked.is_finished()).count();
    until(|| refused() == 10_000 - 258).await;
    scene.maker.go_on();
    let mut served = 0;
    for asked in asked {
        match soon(asked).await.unwrap() {
            Ok(_) => served += 1,
            Err(error) => assert_eq!(error, NoPicture::Busy),
        }
    }
    assert_eq!((served, source.opened.load(Ordering::SeqCst), scene.maker.most()), (258, 258, 2));
}
