//! Finding videos by ID and by path.

use reelgraph::domain::VideoId;
use reelgraph::repository::{OnConflict, VideoRepository};

use super::add;
use crate::support::clock::counted_id;
use crate::support::videos::{by, text, video, video_with};

contract_suite! {
    cases:
        many_are_answered_in_the_order_asked_for_with_gaps_and_repeats,
        thousands_can_be_asked_for_at_once,
        no_ids_find_no_videos,
        the_first_and_the_last_id_are_ids_like_others,
        a_path_is_compared_byte_by_byte,
        a_text_that_no_path_can_be_finds_none;
}

async fn many_are_answered_in_the_order_asked_for_with_gaps_and_repeats(
    store: &dyn VideoRepository,
) {
    let (one, two, three) = (add(store, 1).await, add(store, 2).await, add(store, 3).await);
    store.delete(three.id, None, by(4)).await.unwrap();
    let never = counted_id(9);
    let ids = [two.id, never, one.id, three.id, two.id, never, two.id];
    let found = store.get_many(&ids).await.unwrap();
    let (one, two) = (Some(one), Some(two));
    assert_eq!(found, [two.clone(), None, one, None, two.clone(), None, two]);
}

async fn thousands_can_be_asked_for_at_once(store: &dyn VideoRepository) {
    let videos = (1..=1000).map(video).collect();
    store.insert_many(videos, OnConflict::Fail, by(1)).await.unwrap();
    let ids: Vec<_> = (1..=50_000).rev().map(counted_id).collect();
    let found = store.get_many(&ids).await.unwrap();
    assert_eq!(found.len(), ids.len());
    for (id, found) in ids.into_iter().zip(found) {
        let expected = Some(id).filter(|id| *id <= counted_id(1000));
        assert_eq!(found.map(|video| video.id), expected);
    }
}

async fn no_ids_find_no_videos(store: &dyn VideoRepository) {
    add(store, 1).await;
    assert_eq!(store.get_many(&[]).await.unwrap(), []);
}

async fn the_first_and_the_last_id_are_ids_like_others(store: &dyn VideoRepository) {
    for (number, byte) in [(1, 0), (2, u8::MAX)] {
        let id = VideoId::from_bytes([byte; 16]);
        assert_eq!(store.get(id).await.unwrap(), None);
        let mut new = video(number);
        new.id = id;
        let kept = store.insert(new, by(1)).await.unwrap().video;
        assert_eq!(store.get(id).await.unwrap(), Some(kept));
    }
}

async fn a_path_is_compared_byte_by_byte(store: &dyn VideoRepository) {
    let new = video_with(1, |values| values.path = text("/Ä/b.mkv"));
    let kept = store.insert(new, by(1)).await.unwrap().video;
    assert_eq!(store.get_by_path("/Ä/b.mkv").await.unwrap(), Some(kept));
    for other in ["/ä/b.mkv", "/A\u{308}/b.mkv", "/Ä/b.mk", "/Ä/b.mkv/", " /Ä/b.mkv", "/Ä/%"] {
        assert_eq!(store.get_by_path(other).await.unwrap(), None, "{other}");
    }
}

async fn a_text_that_no_path_can_be_finds_none(store: &dyn VideoRepository) {
    let path = add(store, 1).await.values.path;
    let longer = "x".repeat(1_000_000);
    for other in ["", "\0", &format!("{path}\0"), &format!("{path}\0x"), "'", &longer] {
        assert_eq!(store.get_by_path(other).await.unwrap(), None);
    }
}
