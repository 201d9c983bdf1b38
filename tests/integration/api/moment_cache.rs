//! How often it is read what has changed since a moment.

use std::sync::Arc;

use reelgraph::domain::VideoPatch;
use reelgraph::history::moment::{Moment, MomentAt, MomentSettings, Moments};
use reelgraph::repository::{VideoReader, VideoRepository};
use tokio::task::yield_now;

use crate::support::clock::counted_id;
use crate::support::graphql::TestApi;
use crate::support::videos::{by, text, video};

/// A library with two videos that were renamed after a moment.
async fn renamed(api: &TestApi) -> MomentAt {
    for number in 1..=2 {
        api.store.insert(video(number), by(1)).await.unwrap();
    }
    let place = MomentAt::Place(api.store.newest().await.unwrap());
    for number in 1..=2 {
        let patch = VideoPatch { filename: Some(text("renamed")), ..VideoPatch::default() };
        api.store.update(counted_id(number), patch, None, by(2)).await.unwrap();
    }
    place
}

fn moments(cache_bytes: usize) -> Moments {
    Moments::new(MomentSettings { max_changes: 9, cache_bytes })
}

async fn open(api: &TestApi, moments: &Moments, place: MomentAt) -> Moment {
    moments.at(Arc::clone(&api.store) as Arc<dyn VideoReader>, place).await.unwrap()
}

/// How often it was read since this was last asked.
fn reads(api: &TestApi) -> u64 {
    api.store.take_calls().get("videos_at").copied().unwrap_or_default() as u64
}

#[tokio::test]
async fn what_has_changed_since_a_moment_is_read_once_while_there_is_room() {
    let api = TestApi::new();
    let place = renamed(&api).await;
    for (cache_bytes, expected) in [(1_000_000, 1), (0, 3)] {
        let moments = moments(cache_bytes);
        reads(&api);
        for _ in 0..3 {
            open(&api, &moments, place).await;
        }
        assert_eq!(reads(&api), expected, "{cache_bytes} bytes");
    }
}

#[tokio::test]
async fn callers_that_ask_for_a_moment_at_once_read_it_once() {
    let folder = tempfile::tempdir().unwrap();
    for api in TestApi::of_each_store(folder.path()).await {
        let place = renamed(&api).await;
        let moments = moments(1_000_000);
        reads(&api);
        let callers = (0..8).map(|_| open(&api, &moments, place));
        for moment in futures_util::future::join_all(callers).await {
            let found = moment.get(counted_id(1)).await.unwrap().unwrap();
            assert_eq!(found.values.filename, video(1).values.filename);
        }
        assert_eq!(reads(&api), 1);
    }
}

#[tokio::test]
async fn a_caller_that_leaves_while_it_reads_keeps_nobody_waiting() {
    let folder = tempfile::tempdir().unwrap();
    for api in TestApi::of_each_store(folder.path()).await {
        let place = renamed(&api).await;
        // It leaves at one point or another of what it does.
        for patience in 0..40 {
            let moments = moments(1_000_000);
            let leaves = async {
                for _ in 0..patience * patience {
                    yield_now().await;
                }
            };
            tokio::select! {
                biased;
                () = leaves => {}
                _ = open(&api, &moments, place) => {}
            }
            let moment = open(&api, &moments, place).await;
            let found = moment.get(counted_id(2)).await.unwrap().unwrap();
            assert_eq!(found.values.filename, video(2).values.filename);
        }
    }
}
