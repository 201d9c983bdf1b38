//! Snapshots: a library as it was at one moment, whatever is written meanwhile.

use reelgraph::domain::{
    AuditFilter, PageRequest, SearchQuery, VideoFilter, VideoOrder, VideoPatch,
};
use reelgraph::repository::{OnConflict, SnapshotReads, VideoReader, VideoRepository};

use super::add;
use crate::support::clock::counted_id;
use crate::support::videos::{by, pixels, sample, text, video};

contract_suite! {
    cases:
        a_snapshot_shows_what_was_there_when_it_was_taken,
        snapshots_of_several_moments_live_side_by_side,
        a_snapshot_holds_up_no_write_and_no_read;
}

/// Every way to look at a library, as text.
async fn view(reader: &dyn VideoReader) -> String {
    let everything = VideoFilter::everything();
    let (all, log) = (AuditFilter::default(), PageRequest::first(1_000));
    let ids = [1, 2, 3, 4].map(counted_id);
    let query = SearchQuery::parse("a").unwrap();
    let path = sample()[1].values.path.clone();
    let entries: Vec<_> = reader.list_entries(&all, &log).await.unwrap().items;
    let entry_ids: Vec<_> = entries.iter().map(reelgraph::domain::AuditEntry::id).collect();
    let history = reader.entries_of(&ids, &PageRequest::first(100)).await.unwrap();
    let hits = reader.search(&query, &everything, &PageRequest::first(100)).await.unwrap();
    let page = PageRequest::first(1_000);
    [
        format!("{:?}", reader.list(&everything, &VideoOrder::default(), &page).await.unwrap()),
        format!("{:?}", reader.count(&everything).await.unwrap()),
        format!("{:?}", reader.get_many(&ids).await.unwrap()),
        format!("{:?}", reader.get_by_path(path.as_str()).await.unwrap()),
        format!("{entries:?} {history:?} {hits:?}"),
        format!("{:?}", reader.entries_after(0, &all, 1_000).await.unwrap()),
        format!("{:?}", reader.newest().await.unwrap()),
        format!("{:?}", reader.count_entries(&all).await.unwrap()),
        format!("{:?}", reader.list_requests(&all, &log).await.unwrap()),
        format!("{:?}", reader.count_requests(&all).await.unwrap()),
        format!("{:?}", reader.count_entries_of(&ids).await.unwrap()),
        format!("{:?}", reader.get_entries(&entry_ids).await.unwrap()),
        format!("{:?}", reader.videos_at(&entry_ids).await.unwrap()),
        format!("{:?}", reader.count_found(&query, &everything).await.unwrap()),
        format!("{:?}", reader.stats(&everything).await.unwrap().totals),
    ]
    .join("\n")
}

async fn write(store: &dyn VideoRepository) {
    let patch = VideoPatch {
        width: Some(pixels(7)),
        path: Some(text("/moved/a.mkv")),
        ..VideoPatch::default()
    };
    store.update(counted_id(1), patch, None, by(5)).await.unwrap();
    store.delete(counted_id(2), None, by(6)).await.unwrap();
    store.insert_many(vec![video(3), video(4)], OnConflict::Fail, by(7)).await.unwrap();
}

async fn a_snapshot_shows_what_was_there_when_it_was_taken(store: &dyn VideoRepository) {
    add(store, 1).await;
    add(store, 2).await;
    let before = view(store).await;
    let snapshot = store.snapshot(SnapshotReads::All).await.unwrap();
    write(store).await;
    assert_eq!(view(&*snapshot).await, before);
    assert_ne!(view(store).await, before);
}

async fn snapshots_of_several_moments_live_side_by_side(store: &dyn VideoRepository) {
    let empty = store.snapshot(SnapshotReads::All).await.unwrap();
    add(store, 1).await;
    let with_one = store.snapshot(SnapshotReads::All).await.unwrap();
    drop(empty);
    add(store, 2).await;
    let everything = VideoFilter::everything();
    assert_eq!(with_one.count(&everything).await.unwrap(), 1);
    drop(with_one);
    let with_two = store.snapshot(SnapshotReads::All).await.unwrap();
    assert_eq!(with_two.count(&everything).await.unwrap(), 2);
}

async fn a_snapshot_holds_up_no_write_and_no_read(store: &dyn VideoRepository) {
    add(store, 1).await;
    let snapshot = store.snapshot(SnapshotReads::All).await.unwrap();
    for number in 2..=100 {
        add(store, number).await;
        assert_eq!(store.count(&VideoFilter::everything()).await.unwrap(), number);
    }
    assert_eq!(snapshot.count(&VideoFilter::everything()).await.unwrap(), 1);
    drop(snapshot);
    for _ in 0..100 {
        let snapshot = store.snapshot(SnapshotReads::All).await.unwrap();
        assert_eq!(snapshot.count(&VideoFilter::everything()).await.unwrap(), 100);
    }
}
