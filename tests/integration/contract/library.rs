//! A library to select from: real names in many scripts, and ties wherever there can be some.

use std::sync::Arc;

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use reelgraph::domain::{NewVideo, Video};
use reelgraph::repository::OnConflict;

use super::contents;
use super::stores::Opened;
use crate::support::catalogue::add_placed;
use crate::support::clock::counted_id;
use crate::support::videos::{any_values, by, sample, second, text};

/// How many videos there are of each of the two kinds.
const REAL: usize = 30;
const SIMILAR: usize = 60;

/// Opens a store and fills it with the library, and with videos in library roots; its videos are those that the store then has.
pub async fn filled(opened: impl Future<Output = Opened>) -> (Opened, Arc<[Video]>) {
    let opened = opened.await;
    opened.store.insert_many(videos(), OnConflict::Fail, by(1)).await.unwrap();
    add_placed(&*opened.store, 200).await;
    let (videos, _) = contents(&*opened.store).await;
    (opened, videos.into())
}

/// Real videos, every other one with a name that is not ASCII, and twice as many that have much in
/// common, so that filters hit and keys tie.
pub fn videos() -> Vec<NewVideo> {
    let is_plain = |video: &&NewVideo| video.values.path.as_str().is_ascii();
    let plain = sample().iter().filter(is_plain).take(REAL / 2);
    let others = sample().iter().filter(|video| !is_plain(video)).step_by(2).take(REAL / 2);
    let real: Vec<NewVideo> = plain.chain(others).cloned().collect();
    assert_eq!(real.len(), REAL);

    let mut runner = TestRunner::deterministic();
    let similar = (any_values(&["/unused"]), 0..4_i64, 0..4_i64);
    let mut similar = |number: usize| {
        let (mut values, created, updated) = similar.new_tree(&mut runner).unwrap().current();
        values.path = text(&format!("{}.{number}", real[number % 7 * 4].values.path));
        NewVideo {
            id: counted_id(number as u64),
            values,
            created_at: Some(second(created)),
            updated_at: Some(second(updated)),
            is_known_by_path: false,
        }
    };
    let similar: Vec<NewVideo> = (0..SIMILAR).map(&mut similar).collect();
    real.into_iter().chain(similar).collect()
}
