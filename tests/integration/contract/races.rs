//! Writers that want the same thing at the same time: exactly one of them gets it.

use std::sync::Barrier;
use std::thread;

use reelgraph::domain::{NewVideo, VideoPatch};
use reelgraph::repository::{OnConflict, RepositoryError, VideoRepository, Write, Written};
use tokio::runtime::Handle;
use tokio::task::block_in_place;

use super::{add, contents};
use crate::support::clock::counted_id;
use crate::support::videos::{by, pixels, text, video, video_with};

contract_suite! {
    cases:
        one_writer_gets_a_path,
        one_writer_gets_an_id,
        identical_videos_are_added_once,
        one_writer_changes_a_version,
        one_writer_deletes_a_video,
        every_change_without_an_expected_version_counts,
        inputs_of_many_videos_do_not_mix;
}

const WRITERS: usize = 16;

type Answer = Result<Vec<Written>, RepositoryError>;

/// Carries out all writes at once, each on a thread of its own.
fn race(store: &dyn VideoRepository, writes: Vec<Write>) -> Vec<Answer> {
    let (runtime, start) = (Handle::current(), Barrier::new(writes.len()));
    let run = |write| {
        start.wait();
        runtime.block_on(store.write(write, by(100)))
    };
    block_in_place(|| {
        thread::scope(|scope| {
            let run = &run;
            let writers: Vec<_> =
                writes.into_iter().map(|write| scope.spawn(move || run(write))).collect();
            writers.into_iter().map(|writer| writer.join().unwrap()).collect()
        })
    })
}

/// The number of each writer in turn, from 1.
fn numbers() -> std::ops::RangeInclusive<u64> {
    1..=WRITERS as u64
}

fn insert(videos: Vec<NewVideo>) -> Write {
    Write::Insert { videos, on_conflict: OnConflict::Fail }
}

/// The one answer that is no error.
#[track_caller]
fn winner(answers: &[Answer]) -> &[Written] {
    let mut winners = answers.iter().filter_map(|answer| answer.as_ref().ok());
    let winner = winners.next().expect("one writer wins");
    assert_eq!(winners.next(), None, "only one writer wins");
    winner
}

async fn one_writer_gets_a_path(store: &dyn VideoRepository) {
    let at_one_path = |number| video_with(number, |values| values.path = text("/wanted"));
    let writes = numbers().map(|number| insert(vec![at_one_path(number)])).collect();
    let answers = race(store, writes);
    let won = winner(&answers);
    let is_conflict = |answer: &&Answer| matches!(answer, Err(RepositoryError::Conflicts(_)));
    assert_eq!(answers.iter().filter(is_conflict).count(), WRITERS - 1);
    let (videos, log) = contents(store).await;
    assert_eq!((videos, log.len()), (vec![won[0].video.clone()], 1));
}

async fn one_writer_gets_an_id(store: &dyn VideoRepository) {
    let with_one_id = |number| NewVideo { id: counted_id(99), ..video(number) };
    let writes = numbers().map(|number| insert(vec![with_one_id(number)])).collect();
    let answers = race(store, writes);
    let won = winner(&answers);
    let (videos, log) = contents(store).await;
    assert_eq!((videos, log.len()), (vec![won[0].video.clone()], 1));
}

async fn identical_videos_are_added_once(store: &dyn VideoRepository) {
    let answers = race(store, numbers().map(|_| insert(vec![video(1)])).collect());
    let written: Vec<Written> = answers.into_iter().flat_map(Result::unwrap).collect();
    let adding: Vec<_> = written.iter().filter_map(|written| written.entry.clone()).collect();
    let (videos, log) = contents(store).await;
    assert_eq!(adding, log);
    assert!(written.iter().all(|written| written.video == videos[0]));
}

async fn one_writer_changes_a_version(store: &dyn VideoRepository) {
    let id = add(store, 1).await.id;
    let widen = |number| {
        let width = Some(pixels(i32::try_from(number).unwrap()));
        let patch = VideoPatch { width, ..VideoPatch::default() };
        Write::Update { id, patch, expected_version: Some(1) }
    };
    let answers = race(store, numbers().map(widen).collect());
    let won = winner(&answers);
    assert_eq!(store.get(id).await.unwrap().as_ref(), Some(&won[0].video));
    for answer in &answers {
        if let Err(error) = answer {
            let told = matches!(error, RepositoryError::VersionConflict(v) if **v == won[0].video);
            assert!(told, "{error:?}");
        }
    }
}

async fn one_writer_deletes_a_video(store: &dyn VideoRepository) {
    let id = add(store, 1).await.id;
    let delete = |_| Write::Delete { id, expected_version: Some(1) };
    let answers = race(store, numbers().map(delete).collect());
    winner(&answers);
    let is_missing = |answer: &&Answer| matches!(answer, Err(RepositoryError::NotFound(_)));
    assert_eq!(answers.iter().filter(is_missing).count(), WRITERS - 1);
    assert_eq!(store.count_entries_of(&[id]).await.unwrap(), [2]);
}

async fn every_change_without_an_expected_version_counts(store: &dyn VideoRepository) {
    let id = add(store, 1).await.id;
    let widen = |number| {
        let width = Some(pixels(i32::try_from(number).unwrap()));
        let patch = VideoPatch { width, ..VideoPatch::default() };
        Write::Update { id, patch, expected_version: None }
    };
    let answers = race(store, numbers().map(widen).collect());
    let mut versions: Vec<_> =
        answers.into_iter().map(|answer| answer.unwrap()[0].video.version).collect();
    versions.sort_unstable();
    let expected: Vec<i32> = (2..).take(WRITERS).collect();
    assert_eq!(versions, expected);
    assert_eq!(store.check().await.unwrap(), [""; 0]);
}

async fn inputs_of_many_videos_do_not_mix(store: &dyn VideoRepository) {
    let batch = |number| vec![video(100 + number), video(50), video(200 + number)];
    let shared = |number, width| {
        let mut videos = batch(number);
        videos[1].values.width = pixels(width);
        insert(videos)
    };
    let writes = numbers().zip(1..).map(|(number, width)| shared(number, width)).collect();
    let answers = race(store, writes);
    let mut won: Vec<_> = winner(&answers).iter().map(|one| one.video.clone()).collect();
    let (mut videos, log) = contents(store).await;
    won.sort_unstable_by_key(|video| video.id);
    videos.sort_unstable_by_key(|video| video.id);
    assert_eq!((videos, log.len()), (won, 3));
    assert_eq!(store.check().await.unwrap(), [""; 0]);
}
