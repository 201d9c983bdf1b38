//! Files without a picture, and machines that make none.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::scene::Scene;
use crate::domain::file::ThumbnailWidth;
use crate::media::thumbnails::scripted::{ScriptedMaker, ScriptedSource, StandingClock, wanted};
use crate::media::thumbnails::{CacheFolder, NoPicture, NotMade, NotOpened, Thumbnails};

const FIVE_MINUTES: Duration = Duration::from_secs(5 * 60);
const SECOND: Duration = Duration::from_secs(1);

#[tokio::test]
async fn a_file_without_a_picture_is_left_alone_for_a_while() {
    for (failure, expected, remembered) in [
        (NotMade::NotInFile, NoPicture::NotInFile, 12 * FIVE_MINUTES),
        (NotMade::TimedOut, NoPicture::TimedOut, FIVE_MINUTES),
    ] {
        let scene = Scene::new(ScriptedMaker::quick());
        scene.maker.fail(failure);
        assert_eq!(scene.get(1).await, Err(expected.clone()));
        scene.clock.advance(remembered - SECOND);
        assert_eq!(scene.get(1).await, Err(expected.clone()));
        let other_width = wanted(1, ThumbnailWidth::W1280);
        let source = Arc::new(ScriptedSource::default());
        let other = scene.thumbnails.get(&other_width, source).await;
        assert_eq!((other, scene.maker.made()), (Err(expected), vec![1]));
        scene.maker.work();
        scene.clock.advance(SECOND);
        assert!(scene.get(1).await.is_ok() && scene.get(2).await.is_ok());
        assert_eq!(scene.maker.made(), [1, 1, 2]);
    }
}

#[tokio::test]
async fn a_failure_of_the_machine_is_not_held_against_the_file() {
    let scene = Scene::new(ScriptedMaker::quick());
    scene.maker.fail(NotMade::Unavailable("reinstall it".to_owned()));
    assert_eq!(scene.get(1).await, Err(NoPicture::Unavailable("reinstall it".to_owned())));
    scene.maker.work();
    assert!(scene.get(1).await.is_ok());
}

#[tokio::test]
async fn a_file_that_is_not_opened_can_be_tried_again() {
    let scene = Scene::new(ScriptedMaker::quick());
    for refusal in [
        NotOpened::Gone,
        NotOpened::Changed,
        NotOpened::Offline,
        NotOpened::Unreadable("Input/output error".to_owned()),
    ] {
        let source = ScriptedSource { refusal: Some(refusal.clone()), ..Default::default() };
        assert_eq!(scene.get_from(1, &Arc::new(source)).await, Err(refusal.into()));
    }
    assert!(scene.maker.made().is_empty());
    assert!(scene.get(1).await.is_ok());
}

#[tokio::test]
async fn a_file_that_changes_while_it_is_read_gives_no_picture_and_no_failure() {
    let scene = Scene::new(ScriptedMaker::quick());
    let source = ScriptedSource { changes: true, ..Default::default() };
    let changed = Err(NoPicture::NotOpened(NotOpened::Changed));
    assert_eq!(scene.get_from(1, &Arc::new(source)).await, changed);
    scene.maker.fail(NotMade::NotInFile);
    let source = ScriptedSource { changes: true, ..Default::default() };
    assert_eq!(scene.get_from(1, &Arc::new(source)).await, changed);
    scene.maker.work();
    assert!(scene.get(1).await.is_ok());
}

#[tokio::test]
async fn without_ffmpeg_no_file_is_opened() {
    let thumbnails = Thumbnails::new(None, CacheFolder::none(), StandingClock::new());
    let source = Arc::new(ScriptedSource::default());
    let wanted = wanted(1, ThumbnailWidth::W320);
    let none = thumbnails.get(&wanted, Arc::clone(&source) as _).await;
    let Err(NoPicture::Unavailable(advice)) = none else { panic!("{none:?}") };
    assert!(advice.contains("install FFmpeg"), "{advice}");
    assert_eq!(source.opened.load(Ordering::SeqCst), 0);
}
