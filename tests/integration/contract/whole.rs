//! A library as a whole: reading all of it, verifying it, and closing it.

use futures_util::{StreamExt, TryStreamExt};
use reelgraph::domain::{
    AuditEntryId, AuditFilter, NewVideo, PageRequest, SearchQuery, Video, VideoFilter, VideoOrder,
    VideoPatch,
};
use reelgraph::repository::{OnConflict, RepositoryError, VideoRepository};

use super::{add, changed};
use crate::support::clock::counted_id;
use crate::support::videos::{by, pixels, sample, second, text, video, video_with};

contract_suite! {
    cases:
        a_new_library_is_empty_and_sound,
        a_scan_gives_every_video_in_the_order_of_addition,
        a_scan_sees_one_moment,
        a_library_that_saw_every_kind_of_change_is_sound,
        a_closed_store_refuses_everything;
}

async fn scan(store: &dyn VideoRepository) -> Vec<Video> {
    store.scan().try_collect().await.unwrap()
}

async fn a_new_library_is_empty_and_sound(store: &dyn VideoRepository) {
    store.ping().await.unwrap();
    assert_eq!(store.check().await.unwrap(), [""; 0]);
    assert_eq!(scan(store).await, []);
    assert_eq!(store.count(&VideoFilter::everything()).await.unwrap(), 0);
    assert_eq!(store.count_entries(&AuditFilter::default()).await.unwrap(), 0);
}

async fn a_scan_gives_every_video_in_the_order_of_addition(store: &dyn VideoRepository) {
    store.insert_many(sample().to_vec(), OnConflict::Fail, by(1)).await.unwrap();
    for (number, at) in [(1, 7), (2, 5), (3, 7), (4, -7), (5, 5)] {
        let timed = NewVideo { created_at: Some(second(at)), ..video(900 + number) };
        let elsewhere = NewVideo { id: counted_id(9 - number), ..timed };
        let moved =
            VideoPatch { path: Some(elsewhere.values.path.clone()), ..VideoPatch::default() };
        let original = sample()[900 + usize::try_from(number).unwrap()].id;
        store.delete(original, None, by(2)).await.unwrap();
        let id = store.insert(elsewhere, by(3)).await.unwrap().video.id;
        store.update(id, moved, None, by(4)).await.unwrap();
    }
    let scanned = scan(store).await;
    assert_eq!(scanned.len(), sample().len());
    assert!(scanned.is_sorted_by_key(|video| (video.created_at, video.id)));
    let ids: Vec<_> = scanned.iter().map(|video| video.id).collect();
    let expected: Vec<_> = store.get_many(&ids).await.unwrap().into_iter().flatten().collect();
    assert_eq!(scanned, expected);
}

async fn a_scan_sees_one_moment(store: &dyn VideoRepository) {
    store.insert_many(sample().to_vec(), OnConflict::Fail, by(1)).await.unwrap();
    let before = scan(store).await;
    let mut videos = store.scan();
    let mut seen = vec![videos.next().await.unwrap().unwrap()];

    let last = before.last().unwrap();
    let wide = VideoPatch { width: Some(pixels(1)), ..VideoPatch::default() };
    changed(store.update(last.id, wide, None, by(2)).await.unwrap());
    changed(store.delete(before[before.len() / 2].id, None, by(3)).await.unwrap());
    let newcomer = video_with(1, |values| values.path = text("/not/in/the/sample.mkv"));
    changed(store.insert(newcomer, by(4)).await.unwrap());

    seen.extend(videos.try_collect::<Vec<_>>().await.unwrap());
    assert_eq!(seen, before);
}

async fn a_library_that_saw_every_kind_of_change_is_sound(store: &dyn VideoRepository) {
    for number in 1..=20 {
        let id = add(store, number).await.id;
        let wide = |width| VideoPatch { width: Some(pixels(width)), ..VideoPatch::default() };
        if number % 2 == 0 {
            store.update(id, wide(1), None, by(30)).await.unwrap();
        }
        if number % 3 == 0 {
            store.delete(id, None, by(40)).await.unwrap();
        }
        if number % 6 == 0 {
            add(store, number).await;
            store.update(id, wide(2), None, by(50)).await.unwrap();
        }
    }
    assert_eq!(store.check().await.unwrap(), [""; 0]);
}

async fn a_closed_store_refuses_everything(store: &dyn VideoRepository) {
    let id = add(store, 1).await.id;
    let entry = AuditEntryId { entity_id: id, version: 1 };
    store.close().await.unwrap();
    let (videos, entries) = (VideoFilter::everything(), AuditFilter::default());
    let (order, query) = (VideoOrder::default(), SearchQuery::parse("a").unwrap());
    refused(&store.insert(video(2), by(2)).await);
    refused(&store.get(id).await);
    refused(&store.get_by_path("/").await);
    refused(&store.list(&videos, &order, &PageRequest::first(1)).await);
    refused(&store.count(&videos).await);
    refused(&store.entries_of(&[id], &PageRequest::first(1)).await);
    refused(&store.count_entries_of(&[id]).await);
    refused(&store.get_entries(&[entry]).await);
    refused(&store.list_entries(&entries, &PageRequest::first(1)).await);
    refused(&store.newest().await);
    refused(&store.count_entries(&entries).await);
    refused(&store.list_requests(&entries, &PageRequest::first(1)).await);
    refused(&store.count_requests(&entries).await);
    refused(&store.search(&query, &videos, &PageRequest::first(1)).await);
    refused(&store.count_found(&query, &videos).await);
    refused(&store.stats(&videos).await);
    refused(&store.scan().next().await.expect("an error is told"));
    refused(&store.check().await);
    refused(&store.ping().await);
    store.close().await.unwrap();
}

#[track_caller]
fn refused<T: std::fmt::Debug>(answer: &Result<T, RepositoryError>) {
    assert!(matches!(answer, Err(RepositoryError::Unavailable { .. })), "{answer:?}");
}
