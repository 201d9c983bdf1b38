//! Deleting videos: what goes, what stays, and what is refused.

use reelgraph::domain::{AuditOperation, FieldChange, NewVideo, VideoPatch};
use reelgraph::repository::{RepositoryError, VideoRepository};

use super::{add, changed, contents, update_conflict};
use crate::support::clock::counted_id;
use crate::support::videos::{by, pixels, second, video};

contract_suite! {
    cases:
        a_deleted_video_is_gone_and_its_history_stays,
        the_answer_is_the_video_as_it_was,
        a_deleted_video_can_be_read_back_from_its_last_entry,
        the_path_of_a_deleted_video_is_free,
        a_video_that_is_not_there_cannot_be_deleted,
        a_video_at_another_version_than_expected_stays;
}

async fn a_deleted_video_is_gone_and_its_history_stays(store: &dyn VideoRepository) {
    let (one, two) = (add(store, 1).await, add(store, 2).await);
    changed(store.delete(one.id, Some(1), by(3)).await.unwrap());
    assert_eq!(store.get(one.id).await.unwrap(), None);
    assert_eq!(store.get_by_path(one.values.path.as_str()).await.unwrap(), None);
    let (videos, log) = contents(store).await;
    let ids: Vec<_> = log.iter().map(|entry| (entry.entity_id, entry.version)).collect();
    assert_eq!(ids, [(one.id, 2), (two.id, 1), (one.id, 1)]);
    assert_eq!(videos, [two]);
}

async fn the_answer_is_the_video_as_it_was(store: &dyn VideoRepository) {
    let id = add(store, 1).await.id;
    let patch = VideoPatch { width: Some(pixels(7)), ..VideoPatch::default() };
    let (before, _) = changed(store.update(id, patch, None, by(2)).await.unwrap());
    let (deleted, entry) = changed(store.delete(id, None, by(3)).await.unwrap());
    assert_eq!(deleted, before);
    assert_eq!(
        (entry.version, entry.operation, entry.timestamp),
        (3, AuditOperation::Delete, second(3))
    );
}

async fn a_deleted_video_can_be_read_back_from_its_last_entry(store: &dyn VideoRepository) {
    let before = add(store, 1).await;
    store.delete(before.id, None, by(3)).await.unwrap();
    let (_, log) = contents(store).await;
    assert_eq!(log[0].changes, FieldChange::between(Some(&before), None));
    assert_eq!(log[1].changes, FieldChange::between(None, Some(&before)));
}

async fn the_path_of_a_deleted_video_is_free(store: &dyn VideoRepository) {
    let one = add(store, 1).await;
    store.delete(one.id, None, by(2)).await.unwrap();
    let newcomer = NewVideo { id: counted_id(9), ..video(1) };
    let (kept, _) = changed(store.insert(newcomer, by(3)).await.unwrap());
    assert_eq!((kept.version, kept.values.path), (1, one.values.path));
}

async fn a_video_that_is_not_there_cannot_be_deleted(store: &dyn VideoRepository) {
    let (never, deleted) = (counted_id(9), add(store, 1).await.id);
    store.delete(deleted, None, by(2)).await.unwrap();
    let before = contents(store).await;
    for id in [never, deleted] {
        for expected_version in [None, Some(1), Some(2)] {
            let answer = store.delete(id, expected_version, by(9)).await;
            assert!(matches!(answer, Err(RepositoryError::NotFound(missing)) if missing == id));
        }
    }
    assert_eq!(contents(store).await, before);
}

async fn a_video_at_another_version_than_expected_stays(store: &dyn VideoRepository) {
    let standing = add(store, 1).await;
    let before = contents(store).await;
    for expected in [0, 2, -1, i32::MAX] {
        let answer = store.delete(standing.id, Some(expected), by(9)).await;
        let conflict = update_conflict(answer);
        assert_eq!(conflict.video.as_ref(), Some(&standing), "{expected}");
        assert!(conflict.is_at_other_version && conflict.taken_path.is_none(), "{expected}");
    }
    assert_eq!(contents(store).await, before);
}
