//! Positions, which must rise with time and ID however videos crowd.

use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::prelude::*;
use rusqlite::Connection;

use super::{Library, by, damage, path, video};
use crate::domain::{NewVideo, Timestamp, VideoId};
use crate::repository::sqlite::SqliteRepository;
use crate::repository::{OnConflict, VideoRepository};

/// The video with this ID, added at this microsecond.
fn at(micros: i64, number: u32) -> NewVideo {
    let mut new = video(0);
    let mut bytes = [0; 16];
    bytes[..4].copy_from_slice(&number.to_be_bytes());
    new.id = VideoId::from_bytes(bytes);
    new.values.path = path(&format!("/media/{number}.mkv"));
    new.created_at = Some(Timestamp::from_micros(micros).unwrap());
    new
}

async fn add(store: &SqliteRepository, videos: Vec<NewVideo>) {
    store.insert_many(videos, OnConflict::Fail, by()).await.unwrap();
}

/// The positions of all videos in the order of time and ID.
fn positions(raw: &Connection) -> Vec<i64> {
    let mut query = raw.prepare("SELECT position FROM videos ORDER BY created_at, id").unwrap();
    query.query_map((), |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
}

/// Adds these batches, and verifies the order after each. Returns how many videos had to move,
/// counting each move.
async fn moves(batches: impl IntoIterator<Item = Vec<NewVideo>>) -> usize {
    let Library { store, directory } = &Library::new().await;
    let raw = &damage::raw(directory);
    let mut moves = 0;
    let mut before = BTreeSet::new();
    for batch in batches {
        add(store, batch).await;
        let after = positions(raw);
        assert!(after.is_sorted_by(|a, b| a < b), "{after:?}");
        let after = BTreeSet::from_iter(after);
        moves += before.difference(&after).count();
        before = after;
    }
    assert_eq!(store.check().await.unwrap(), Vec::<String>::new());
    moves
}

/// A distinct number below 2^32 for each input, in no particular order.
fn scattered(number: u32) -> u32 {
    number.wrapping_mul(2_654_435_761)
}

#[tokio::test]
async fn videos_a_millisecond_apart_never_move() {
    let times = (0..1000).map(|number| i64::from(scattered(number) % 1009) * 1000);
    let videos: Vec<NewVideo> = times.zip(0..).map(|(micros, number)| at(micros, number)).collect();
    let one_by_one = videos[..50].iter().map(|video| vec![video.clone()]);
    let in_batches = videos[50..].chunks(100).map(<[NewVideo]>::to_vec);
    assert_eq!(moves(one_by_one.chain(in_batches)).await, 0);
}

#[tokio::test]
async fn videos_that_come_in_the_order_of_their_ids_never_move() {
    let rising = (0..1000).map(|number| at(7, number)).collect::<Vec<_>>();
    assert_eq!(moves(rising.chunks(100).map(<[NewVideo]>::to_vec)).await, 0);
    let falling = (0..50).map(|number| vec![at(7, 1000 - number)]);
    assert_eq!(moves(falling).await, 0);
}

#[tokio::test]
async fn videos_at_one_time_in_any_order_move_seldom() {
    let videos = (0..3000).map(|number| at(7, scattered(number))).collect::<Vec<_>>();
    let moves = moves(videos.chunks(100).map(<[NewVideo]>::to_vec)).await;
    assert!((1..3 * 3000).contains(&moves), "{moves} moves");
}

#[tokio::test]
async fn videos_that_all_want_the_same_place_move_now_and_then() {
    // Each comes between the two that came before it.
    let (mut low, mut high) = (0, u32::MAX);
    let mut batches = vec![vec![at(7, low), at(7, high)]];
    for number in 0..31 {
        let middle = low + (high - low) / 2;
        batches.push(vec![at(7, middle)]);
        if number % 2 == 0 { low = middle } else { high = middle }
    }
    let moves = moves(batches).await;
    assert!((1..200).contains(&moves), "{moves} moves");
}

#[tokio::test]
async fn a_crowd_that_meets_its_neighbours_moves_them() {
    let neighbours = (0..100).map(|number| at(i64::from(number) * 1000 + 500, number)).collect();
    let crowd = (0..500).map(|number| at(50_000, 1000 + number)).collect();
    assert!(moves([neighbours, crowd]).await > 0);
}

#[tokio::test]
async fn the_ends_of_time_have_positions() {
    let (first, last) = (Timestamp::MIN.as_micros(), Timestamp::MAX.as_micros());
    let ends = [last, first].into_iter().zip([0, 1000]);
    let batches = ends.flat_map(|(micros, id)| (0..20).map(move |n| vec![at(micros, id + n)]));
    moves(batches).await;
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

    #[test]
    fn positions_rise_whatever_comes(
        batches in vec(vec((0..6i64, any::<u32>()), 1..40), 1..12),
    ) {
        let mut used = BTreeSet::new();
        let batches: Vec<Vec<NewVideo>> = batches
            .into_iter()
            .map(|batch| {
                let fresh = batch.into_iter().filter(|(_, number)| used.insert(*number));
                fresh.map(|(micros, number)| at(micros, number)).collect()
            })
            .collect();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(moves(batches));
    }
}
