//! Videos as they were after each of their changes.

use std::slice;

use reelgraph::domain::{AuditEntryId, Video};
use reelgraph::repository::{OnConflict, VideoRepository};

use super::add;
use crate::support::clock::counted_id;
use crate::support::videos::{by, pixels, video, video_with};

contract_suite! {
    cases:
        every_state_of_a_long_history_is_found,
        states_of_many_videos_are_returned_in_the_order_of_the_changes,
        a_change_that_was_never_made_has_no_state;
}

/// Gives a video these widths, one after another, and returns it after each change.
async fn widen(store: &dyn VideoRepository, number: u64, widths: Vec<i32>) -> Vec<Option<Video>> {
    let wide = |width| video_with(number, |values| values.width = pixels(width));
    let videos = widths.into_iter().map(wide).collect();
    let written = store.insert_many(videos, OnConflict::Update, by(2)).await.unwrap();
    written.into_iter().map(|written| Some(written.video)).collect()
}

fn id(number: u64, version: i32) -> AuditEntryId {
    AuditEntryId { entity_id: counted_id(number), version }
}

async fn every_state_of_a_long_history_is_found(store: &dyn VideoRepository) {
    let mut states = vec![Some(add(store, 1).await)];
    states.extend(widen(store, 1, (1..100).collect()).await);
    store.delete(counted_id(1), None, by(3)).await.unwrap();
    states.push(None);
    states.push(Some(store.insert(video(1), by(4)).await.unwrap().video));
    states.extend(widen(store, 1, (1..70).collect()).await);

    let ids: Vec<AuditEntryId> = (1..).take(states.len()).map(|version| id(1, version)).collect();
    assert_eq!(store.videos_at(&ids).await.unwrap(), states);
    for (id, state) in ids.iter().zip(&states) {
        assert_eq!(store.videos_at(&[*id]).await.unwrap(), slice::from_ref(state), "{id}");
    }
    let newest_first: Vec<_> = ids.iter().rev().chain(&ids).copied().collect();
    let expected: Vec<_> = states.iter().rev().chain(&states).cloned().collect();
    assert_eq!(store.videos_at(&newest_first).await.unwrap(), expected);
    assert_eq!(store.check().await.unwrap(), [""; 0]);
}

async fn states_of_many_videos_are_returned_in_the_order_of_the_changes(
    store: &dyn VideoRepository,
) {
    let [one, two] = [add(store, 1).await, add(store, 2).await].map(Some);
    let wide = widen(store, 1, vec![7]).await.remove(0);
    let ids = [id(2, 1), id(1, 2), id(2, 2), id(1, 1), id(3, 1), id(2, 1)];
    let expected = [two.clone(), wide, None, one, None, two];
    assert_eq!(store.videos_at(&ids).await.unwrap(), expected);
    assert_eq!(store.videos_at(&[]).await.unwrap(), []);
}

async fn a_change_that_was_never_made_has_no_state(store: &dyn VideoRepository) {
    add(store, 1).await;
    widen(store, 1, (1..40).collect()).await;
    let versions = [i32::MIN, -1, 0, 41, 64, 65, i32::MAX];
    for version in versions {
        assert_eq!(store.videos_at(&[id(1, version)]).await.unwrap(), [None], "{version}");
    }
    let all = store.videos_at(&versions.map(|version| id(1, version))).await.unwrap();
    assert_eq!(all, versions.map(|_| None));
}
