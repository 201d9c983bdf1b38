//! Writers that want the same thing at the same time: exactly one of them gets it.

use std::sync::Barrier;
use std::thread;

use reelgraph::domain::{AuditFilter, NewVideo, VideoId, VideoPatch};
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
        inputs_of_many_videos_do_not_mix,
        writers_that_fail_do_not_touch_the_others;
}

const WRITERS: usize = 16;

/// How often a race is run where a store might be lucky.
const ROUNDS: u64 = 50;

type Answer = Result<Vec<Written>, RepositoryError>;

/// Carries out all writes at once, each on a thread of its own.
#[expect(clippy::disallowed_methods, reason = "no program of FFmpeg is started here")]
pub fn race(store: &dyn VideoRepository, writes: Vec<Write>) -> Vec<Answer> {
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
    for round in 1..=ROUNDS {
        let path = text(&format!("/wanted/{round}"));
        let at_one_path = |number| NewVideo {
            id: counted_id(round * 100 + number),
            ..video_with(number, |values| values.path = path.clone())
        };
        let writes = numbers().map(|number| insert(vec![at_one_path(number)])).collect();
        let answers = race(store, writes);
        let won = winner(&answers);
        for error in answers.iter().filter_map(|answer| answer.as_ref().err()) {
            assert!(matches!(error, RepositoryError::Conflicts(_)), "{error:?}");
        }
        let found = store.get_by_path(path.as_str()).await.unwrap();
        assert_eq!(found.as_ref(), Some(&won[0].video));
        assert_eq!(store.count_entries(&AuditFilter::default()).await.unwrap(), round);
    }
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

/// Changes of one video to as many widths as there are writers, none of them one
/// that an earlier round had.
fn widen(id: VideoId, round: u64, expected_version: Option<i32>) -> Vec<Write> {
    let wide = |number| {
        let width = Some(pixels(i32::try_from(round * 100 + number).unwrap()));
        let patch = VideoPatch { width, ..VideoPatch::default() };
        Write::Update { id, patch, expected_version }
    };
    numbers().map(wide).collect()
}

async fn one_writer_changes_a_version(store: &dyn VideoRepository) {
    let mut standing = add(store, 1).await;
    for round in 1..=ROUNDS {
        let answers = race(store, widen(standing.id, round, Some(standing.version)));
        let won = winner(&answers)[0].video.clone();
        assert_eq!(store.get(won.id).await.unwrap().as_ref(), Some(&won));
        for error in answers.iter().filter_map(|answer| answer.as_ref().err()) {
            let is_told = matches!(error, RepositoryError::UpdateConflict(told) if told.video.as_ref() == Some(&won));
            assert!(is_told, "{error:?}");
        }
        standing = won;
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
    let mut versions = Vec::new();
    for round in 1..=ROUNDS {
        let answers = race(store, widen(id, round, None)).into_iter().flat_map(Result::unwrap);
        versions.extend(answers.map(|written| written.video.version));
    }
    versions.sort_unstable();
    assert!(versions.iter().copied().eq((2..).take(versions.len())), "{versions:?}");
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

async fn writers_that_fail_do_not_touch_the_others(store: &dyn VideoRepository) {
    let standing = add(store, 50).await;
    let batch = |number| {
        let mut videos = vec![video(100 + number), video(200 + number)];
        if number % 2 == 0 {
            videos.push(NewVideo { id: counted_id(300 + number), ..video(50) });
        }
        insert(videos)
    };
    let answers = race(store, numbers().map(batch).collect());
    let mut expected: Vec<_> = vec![standing];
    for (number, answer) in numbers().zip(answers) {
        assert_eq!(answer.is_ok(), number % 2 == 1, "{answer:?}");
        expected.extend(answer.into_iter().flatten().map(|written| written.video));
    }
    expected.sort_unstable_by_key(|video| video.id);
    let (mut videos, log) = contents(store).await;
    videos.sort_unstable_by_key(|video| video.id);
    assert_eq!((&videos, log.len()), (&expected, expected.len()));
    assert_eq!(store.check().await.unwrap(), [""; 0]);
}
