//! Following the log: what came since a place in it, and being told of commits.

use reelgraph::domain::{AuditEntry, AuditFilter, AuditOperation, VideoPatch};
use reelgraph::repository::{OnConflict, VideoRepository};

use super::{add, changed, contents};
use crate::support::clock::counted_id;
use crate::support::videos::{by, pixels, video};

contract_suite! {
    cases:
        the_log_is_read_on_from_any_entry,
        the_log_is_read_on_in_batches,
        a_filter_leaves_out_entries_and_counts_only_the_others,
        what_lies_behind_the_end_is_nothing,
        every_commit_is_told_before_its_answer,
        what_changes_nothing_is_not_told;
}

/// The log, oldest first, of adding three videos, changing the first and deleting the second.
async fn write_history(store: &dyn VideoRepository) -> Vec<AuditEntry> {
    let videos = (1..=3).map(video).collect();
    store.insert_many(videos, OnConflict::Fail, by(1)).await.unwrap();
    let patch = VideoPatch { width: Some(pixels(1)), ..VideoPatch::default() };
    store.update(counted_id(1), patch, None, by(2)).await.unwrap();
    store.delete(counted_id(2), None, by(3)).await.unwrap();
    let (_, mut log) = contents(store).await;
    log.reverse();
    log
}

async fn after(store: &dyn VideoRepository, sequence: i64, limit: usize) -> Vec<AuditEntry> {
    store.entries_after(sequence, &AuditFilter::default(), limit).await.unwrap()
}

async fn the_log_is_read_on_from_any_entry(store: &dyn VideoRepository) {
    let log = write_history(store).await;
    assert_eq!(after(store, 0, 100).await, log);
    for (position, entry) in log.iter().enumerate() {
        assert_eq!(after(store, entry.sequence, 100).await, log[position + 1..]);
    }
}

async fn the_log_is_read_on_in_batches(store: &dyn VideoRepository) {
    let log = write_history(store).await;
    for size in 1..=log.len() {
        let (mut read, mut place) = (Vec::new(), 0);
        loop {
            let batch = after(store, place, size).await;
            assert!(batch.len() <= size, "{} of {size}", batch.len());
            let Some(last) = batch.last() else { break };
            place = last.sequence;
            read.extend(batch);
        }
        assert_eq!(read, log, "in batches of {size}");
    }
    assert_eq!(after(store, 0, 0).await, []);
}

async fn a_filter_leaves_out_entries_and_counts_only_the_others(store: &dyn VideoRepository) {
    let log = write_history(store).await;
    let of_one = AuditFilter { entity_id: Some(counted_id(1)), ..AuditFilter::default() };
    let being = |operations: &[AuditOperation]| AuditFilter {
        operations: Some(operations.to_vec()),
        ..AuditFilter::default()
    };
    for filter in [
        AuditFilter { operations: being(&[AuditOperation::Update]).operations, ..of_one.clone() },
        of_one,
        being(&[AuditOperation::Delete]),
        being(&[AuditOperation::Update, AuditOperation::Delete]),
        being(&[]),
    ] {
        for place in 0..=log.len() {
            let sequence = place.checked_sub(1).map_or(0, |last| log[last].sequence);
            for limit in [1, 2, usize::MAX] {
                let read = store.entries_after(sequence, &filter, limit).await.unwrap();
                let rest = log[place..].iter().filter(|entry| filter.matches(entry));
                let expected: Vec<_> = rest.take(limit).cloned().collect();
                assert_eq!(read, expected, "{limit} behind {sequence} of {filter:?}");
            }
        }
    }
}

async fn what_lies_behind_the_end_is_nothing(store: &dyn VideoRepository) {
    assert_eq!(after(store, 0, 100).await, []);
    add(store, 1).await;
    assert_eq!(after(store, i64::MAX, 100).await, []);
    assert_eq!(after(store, i64::MIN, 100).await.len(), 1);
}

async fn every_commit_is_told_before_its_answer(store: &dyn VideoRepository) {
    let mut commits = store.commits();
    assert_eq!(*commits.borrow_and_update(), 0);
    for number in 1..=50 {
        let (_, entry) = changed(store.insert(video(number), by(1)).await.unwrap());
        assert!(commits.has_changed().unwrap(), "the commit of {entry:?}");
        assert_eq!(*commits.borrow_and_update(), entry.sequence);
    }
    let videos = (60..70).map(video).collect();
    let written = store.insert_many(videos, OnConflict::Fail, by(1)).await.unwrap();
    let last = written.last().unwrap().entry.as_ref().unwrap();
    assert_eq!(*commits.borrow_and_update(), last.sequence);
    assert_eq!(*store.commits().borrow(), last.sequence);
}

async fn what_changes_nothing_is_not_told(store: &dyn VideoRepository) {
    let id = add(store, 1).await.id;
    let mut commits = store.commits();
    commits.mark_unchanged();
    store.insert(video(1), by(2)).await.unwrap();
    store.update(id, VideoPatch::default(), None, by(2)).await.unwrap();
    store.delete(id, Some(2), by(2)).await.unwrap_err();
    assert!(!commits.has_changed().unwrap());
}
