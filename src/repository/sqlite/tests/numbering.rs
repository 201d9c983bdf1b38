//! The numbers of rows, which must be right after every change, and cost little after few of them.

use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::*;

use super::pages::{assert_same_page, orders, videos};
use super::{Library, by, damage, id, path, video};
use crate::domain::{
    NewVideo, PageRequest, SortPosition, Text, Timestamp, VideoFilter, VideoOrder, VideoPatch,
};
use crate::repository::memory::MemoryRepository;
use crate::repository::sqlite::SqliteRepository;
use crate::repository::{ChangeContext, OnConflict, SnapshotReads, VideoReader, VideoRepository};

/// A change of the video with a number, which gets values of other videos.
#[derive(Clone, Copy, Debug)]
enum Change {
    Insert(u8),
    /// All values of it, or the first of these fields only: its name, its size, its width.
    Update(u8, u8),
    Delete(u8),
}

fn any_change() -> impl Strategy<Value = Change> {
    let number = || 0..40_u8;
    prop_oneof![
        number().prop_map(Change::Insert),
        (number(), any::<u8>()).prop_map(|(number, to)| Change::Update(number, to)),
        number().prop_map(Change::Delete),
    ]
}

fn patch(to: u8) -> VideoPatch {
    let values = videos().swap_remove(usize::from(to) % 40).values;
    let all = VideoPatch { path: None, ..VideoPatch::replacing(values) };
    match to % 4 {
        0 => VideoPatch { filename: all.filename, ..VideoPatch::default() },
        1 => VideoPatch { file_size: all.file_size, ..VideoPatch::default() },
        2 => VideoPatch { width: all.width, path: Some(moved(to)), ..VideoPatch::default() },
        _ => all,
    }
}

fn moved(to: u8) -> Text {
    path(&format!("/media/{}/{to}.mkv", to % 7))
}

/// Makes a change, unless it is impossible. Times of changes are both before and after those of additions.
async fn make(store: &dyn VideoRepository, change: Change, micros: i64) -> bool {
    let by = ChangeContext { at: Timestamp::from_micros(micros).unwrap(), ..by() };
    match change {
        Change::Insert(number) => {
            let new = videos().swap_remove(usize::from(number));
            store.insert(new, by).await.is_ok()
        }
        Change::Update(number, to) => store.update(id(number), patch(to), None, by).await.is_ok(),
        Change::Delete(number) => store.delete(id(number), None, by).await.is_ok(),
    }
}

/// Asserts that pages behind an offset are the same in both, and that so are the numbers of their rows.
async fn assert_same_numbers(store: &dyn VideoReader, expected: &dyn VideoReader, offset: usize) {
    let everything = VideoFilter::everything();
    for order in orders() {
        let page = PageRequest::Offset { limit: 2, after: None, offset };
        assert_same_page(store, expected, &everything, (&order, &page)).await;
        let found = expected.list(&everything, &order, &page).await.unwrap().items;
        let Some(after) = found.first().map(|video| order.place_of(video)) else { continue };
        let page = PageRequest::Forward { limit: 2, after: Some(after) };
        assert_same_page(store, expected, &everything, (&order, &page)).await;
    }
}

/// Makes rounds of changes. After each round, readers of its state and of earlier states number rows.
async fn follow(rounds: Vec<(Vec<Change>, usize)>) {
    let Library { store, .. } = &Library::new().await;
    let expected = MemoryRepository::new();
    let odd = || videos().into_iter().step_by(2).collect::<Vec<NewVideo>>();
    store.insert_many(odd(), OnConflict::Fail, by()).await.unwrap();
    expected.insert_many(odd(), OnConflict::Fail, by()).await.unwrap();
    assert_same_numbers(store, &expected, 15).await;
    let mut snapshots: Vec<[Arc<dyn VideoReader>; 2]> = Vec::new();
    for (index, (changes, offset)) in rounds.into_iter().enumerate() {
        for (micros, change) in (1_700_000_000_000_001..).zip(changes) {
            let is_made = make(store, change, micros).await;
            assert_eq!(make(&expected, change, micros).await, is_made, "{change:?}");
        }
        assert_same_numbers(store, &expected, offset).await;
        for [store, expected] in &snapshots {
            assert_same_numbers(&**store, &**expected, offset).await;
        }
        if index % 2 == 0 && snapshots.len() < 2 {
            let reads = SnapshotReads::All;
            let snapshot = store.snapshot(reads).await.unwrap();
            snapshots.push([snapshot, expected.snapshot(reads).await.unwrap()]);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, ..ProptestConfig::default() })]

    #[test]
    fn numbers_are_right_after_any_changes(
        // Some rounds make more changes than are followed.
        rounds in vec((vec(any_change(), 0..18), 1..30_usize), 1..8),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(follow(rounds));
    }
}

/// A library of 200 videos, whose rows up to half are known in all orders.
async fn known_library() -> Library {
    let library = Library::new().await;
    let videos = (0..200).map(video).collect();
    library.store.insert_many(videos, OnConflict::Fail, by()).await.unwrap();
    for order in orders() {
        jump(&library.store, &order).await;
    }
    library
}

/// The number of statements that a page in the middle takes.
async fn jump(store: &SqliteRepository, order: &VideoOrder) -> u64 {
    let before = store.activity().unwrap().statements;
    let page = PageRequest::Offset { limit: 2, after: None, offset: 100 };
    store.list(&VideoFilter::everything(), order, &page).await.unwrap();
    store.activity().unwrap().statements - before
}

#[tokio::test]
async fn few_changes_do_not_make_a_jump_walk_from_the_start_again() {
    let Library { store, .. } = &known_library().await;
    let by_one_key = || orders().into_iter().filter(|order| order.keys().len() == 1);
    for round in 0..10 {
        store.insert(video(200 + round), by()).await.unwrap();
        store.delete(id(round), None, by()).await.unwrap();
        store.update(id(100 + round), patch(round), None, by()).await.unwrap();
        for order in by_one_key() {
            // A walk from the start takes a statement for each of 33 landmarks.
            let statements = jump(store, &order).await;
            assert!(statements < 12, "{statements} statements in {order:?}");
        }
    }
}

#[tokio::test]
async fn a_reader_that_sees_an_earlier_state_does_not_walk_from_the_start_either() {
    let Library { store, .. } = &known_library().await;
    let order = VideoOrder::default();
    store.insert(video(200), by()).await.unwrap();
    let snapshot = store.snapshot(SnapshotReads::All).await.unwrap();
    store.insert(video(201), by()).await.unwrap();
    jump(store, &order).await;

    let before = store.activity().unwrap().statements;
    let page = PageRequest::Offset { limit: 2, after: None, offset: 100 };
    snapshot.list(&VideoFilter::everything(), &order, &page).await.unwrap();
    let statements = store.activity().unwrap().statements - before;
    assert!(statements < 12, "{statements} statements");
}

#[tokio::test]
async fn numbers_of_another_log_are_forgotten() {
    let Library { store, directory } = &known_library().await;
    // As if another log were behind the same number.
    let restored = "DELETE FROM videos WHERE hex(id) < '40';
        UPDATE audit_log SET timestamp = timestamp + 1 WHERE sequence = 200;";
    damage::raw(directory).execute_batch(restored).unwrap();
    for number in 200..203 {
        for order in orders() {
            let everything = VideoFilter::everything();
            let all = PageRequest::<SortPosition>::first(300);
            let all = store.list(&everything, &order, &all).await.unwrap().items;
            let page = PageRequest::Offset { limit: 2, after: None, offset: 100 };
            let found = store.list(&everything, &order, &page).await.unwrap().items;
            assert_eq!(found, all[100..102], "{order:?}");
        }
        store.insert(video(number), by()).await.unwrap();
    }
}
