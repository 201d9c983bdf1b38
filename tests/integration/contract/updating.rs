//! Changing videos: versions, times, and what an update refuses.

use reelgraph::domain::{
    AuditOperation, FieldChange, FieldValue, NewVideo, Text, Video, VideoField, VideoPatch,
    VideoValues,
};
use reelgraph::repository::{RepositoryError, UpdateConflict, VideoRepository, Written};

use super::{add, changed, contents, update_conflict};
use crate::support::clock::counted_id;
use crate::support::videos::{by, pixels, quantity, rate, second, text, video};

contract_suite! {
    cases:
        a_change_counts_the_version_and_the_time_on,
        every_field_can_be_changed_alone,
        an_optional_field_can_be_cleared_and_set_again,
        an_update_that_changes_nothing_writes_nothing,
        a_frame_rate_in_another_form_is_a_change,
        a_video_that_is_not_there_cannot_be_changed,
        another_version_than_expected_tells_the_video_as_it_stands,
        a_taken_path_changes_nothing,
        a_path_that_was_left_is_free_and_may_be_taken_back,
        a_version_and_a_path_conflict_are_reported_together,
        a_change_that_is_not_valid_is_checked_and_nothing_is_written;
}

fn move_to(path: &str) -> VideoPatch {
    VideoPatch { path: Some(text(path)), ..VideoPatch::default() }
}

fn widen_to(width: i32) -> VideoPatch {
    VideoPatch { width: Some(pixels(width)), ..VideoPatch::default() }
}

async fn a_change_counts_the_version_and_the_time_on(store: &dyn VideoRepository) {
    let before = add(store, 1).await;
    let (after, entry) =
        changed(store.update(before.id, widen_to(7), Some(1), by(5)).await.unwrap());
    let values = VideoValues { width: pixels(7), ..before.values.clone() };
    assert_eq!(after, Video { values, updated_at: second(5), version: 2, ..before.clone() });
    assert_eq!(
        (entry.entity_id, entry.version, entry.operation, entry.timestamp),
        (before.id, 2, AuditOperation::Update, second(5))
    );
    let width = |video: &Video| Some(FieldValue::Integer(video.values.width.get().into()));
    let change = FieldChange { field: VideoField::Width, old: width(&before), new: width(&after) };
    assert_eq!(entry.changes, [change]);
    let (videos, log) = contents(store).await;
    assert_eq!((videos, &log[0]), (vec![after], &entry));
}

async fn every_field_can_be_changed_alone(store: &dyn VideoRepository) {
    let mut before = add(store, 1).await;
    let all = VideoPatch::replacing(VideoValues {
        path: text("/new"),
        filename: text("new"),
        duration_frames: quantity(1),
        frame_rate: rate(1, 7),
        width: pixels(1),
        height: pixels(2),
        video_codec: text("new"),
        audio_codec: Some(text("new")),
        file_size: quantity(2),
        thumbnail_path: Some(text("/new.jpg")),
        file: None,
    });
    let none = VideoPatch::default;
    let patches = [
        VideoPatch { path: all.path, ..none() },
        VideoPatch { filename: all.filename, ..none() },
        VideoPatch { duration_frames: all.duration_frames, ..none() },
        VideoPatch { frame_rate: all.frame_rate, ..none() },
        VideoPatch { width: all.width, ..none() },
        VideoPatch { height: all.height, ..none() },
        VideoPatch { video_codec: all.video_codec, ..none() },
        VideoPatch { audio_codec: all.audio_codec, ..none() },
        VideoPatch { file_size: all.file_size, ..none() },
        VideoPatch { thumbnail_path: all.thumbnail_path, ..none() },
    ];
    for (patch, field) in patches.into_iter().zip(VideoField::ALL) {
        let values = patch.clone().apply_to(&before.values);
        let (after, entry) = changed(store.update(before.id, patch, None, by(5)).await.unwrap());
        let fields: Vec<_> = entry.changes.iter().map(|change| change.field).collect();
        assert_eq!((&after.values, fields), (&values, vec![field]));
        assert_eq!(store.get(before.id).await.unwrap().as_ref(), Some(&after));
        before = after;
    }
}

async fn an_optional_field_can_be_cleared_and_set_again(store: &dyn VideoRepository) {
    let id = add(store, 1).await.id;
    for codec in [None, Some(text("flac"))] {
        let patch = VideoPatch { audio_codec: Some(codec.clone()), ..VideoPatch::default() };
        let (after, entry) = changed(store.update(id, patch, None, by(5)).await.unwrap());
        assert_eq!(after.values.audio_codec, codec);
        assert_eq!(entry.changes[0].new, codec.map(FieldValue::Text));
        assert_eq!(store.get(id).await.unwrap(), Some(after));
    }
}

async fn an_update_that_changes_nothing_writes_nothing(store: &dyn VideoRepository) {
    let kept = add(store, 1).await;
    let before = contents(store).await;
    for patch in [VideoPatch::default(), VideoPatch::replacing(kept.values.clone())] {
        let answer = store.update(kept.id, patch, Some(1), by(9)).await.unwrap();
        assert_eq!(answer, Written { video: kept.clone(), entry: None });
    }
    assert_eq!(contents(store).await, before);
}

async fn a_frame_rate_in_another_form_is_a_change(store: &dyn VideoRepository) {
    let id = add(store, 1).await.id;
    for (numerator, denominator) in [(30, 1), (60, 2)] {
        let frame_rate = rate(numerator, denominator);
        let patch = VideoPatch { frame_rate: Some(frame_rate), ..VideoPatch::default() };
        let (after, _) = changed(store.update(id, patch, None, by(5)).await.unwrap());
        assert_eq!(after.values.frame_rate, frame_rate);
        assert_eq!(store.get(id).await.unwrap(), Some(after));
    }
}

async fn a_video_that_is_not_there_cannot_be_changed(store: &dyn VideoRepository) {
    let (never, deleted) = (counted_id(9), add(store, 1).await.id);
    store.delete(deleted, None, by(2)).await.unwrap();
    let before = contents(store).await;
    for id in [never, deleted] {
        for expected_version in [None, Some(1), Some(2)] {
            let answer = store.update(id, widen_to(7), expected_version, by(9)).await;
            assert!(matches!(answer, Err(RepositoryError::NotFound(missing)) if missing == id));
        }
    }
    assert_eq!(contents(store).await, before);
}

async fn another_version_than_expected_tells_the_video_as_it_stands(store: &dyn VideoRepository) {
    let id = add(store, 1).await.id;
    let (standing, _) = changed(store.update(id, widen_to(7), Some(1), by(2)).await.unwrap());
    let before = contents(store).await;
    for expected in [1, 3, 0, -1, i32::MIN, i32::MAX] {
        for patch in [widen_to(8), VideoPatch::default()] {
            let answer = store.update(id, patch, Some(expected), by(9)).await;
            let expected = conflict_with(&standing, true, None);
            assert_eq!(update_conflict(answer), expected);
        }
    }
    assert_eq!(contents(store).await, before);
}

async fn a_taken_path_changes_nothing(store: &dyn VideoRepository) {
    let (one, two) = (add(store, 1).await, add(store, 2).await);
    let before = contents(store).await;
    let patch = VideoPatch { width: Some(pixels(7)), ..move_to(two.values.path.as_str()) };
    let answer = store.update(one.id, patch, None, by(9)).await;
    assert_eq!(update_conflict(answer), conflict_with(&one, false, Some(two.values.path)));
    assert_eq!(contents(store).await, before);
}

async fn a_path_that_was_left_is_free_and_may_be_taken_back(store: &dyn VideoRepository) {
    let one = add(store, 1).await;
    let path = one.values.path.as_str();
    changed(store.update(one.id, move_to("/b"), None, by(2)).await.unwrap());
    assert_eq!(store.get_by_path(path).await.unwrap(), None);
    let newcomer = NewVideo { id: counted_id(9), ..video(1) };
    changed(store.insert(newcomer, by(3)).await.unwrap());
    let standing = store.get(one.id).await.unwrap().unwrap();
    let answer = store.update(one.id, move_to(path), None, by(4)).await;
    assert_eq!(update_conflict(answer), conflict_with(&standing, false, Some(text(path))));

    changed(store.update(counted_id(9), move_to("/c"), None, by(5)).await.unwrap());
    changed(store.update(one.id, move_to(path), None, by(6)).await.unwrap());
    assert_eq!(store.get_by_path(path).await.unwrap().unwrap().id, one.id);
    assert_eq!(store.check().await.unwrap(), [""; 0]);
}

async fn a_version_and_a_path_conflict_are_reported_together(store: &dyn VideoRepository) {
    let (one, two) = (add(store, 1).await, add(store, 2).await);
    let patch = move_to(two.values.path.as_str());
    let answer = store.update(one.id, patch, Some(7), by(9)).await;
    assert_eq!(update_conflict(answer), conflict_with(&one, true, Some(two.values.path)));
}

async fn a_change_that_is_not_valid_is_checked_and_nothing_is_written(store: &dyn VideoRepository) {
    let (one, two) = (add(store, 1).await, add(store, 2).await);
    let before = contents(store).await;
    let taken = || Some(two.values.path.clone());
    for (path, version, is_at_other_version, taken_path) in [
        (None, Some(7), true, None),
        (taken(), Some(1), false, taken()),
        (taken(), None, false, taken()),
        (taken(), Some(0), true, taken()),
    ] {
        let answer = store.check_update(one.id, path, version, by(9)).await;
        let expected = conflict_with(&one, is_at_other_version, taken_path);
        assert_eq!(update_conflict(answer), expected);
    }
    for path in [None, Some(one.values.path.clone()), Some(text("/new"))] {
        assert_eq!(store.check_update(one.id, path, Some(1), by(9)).await.unwrap(), one);
    }
    let missing = counted_id(9);
    let answer = store.check_update(missing, taken(), Some(1), by(9)).await;
    assert!(matches!(answer, Err(RepositoryError::NotFound(id)) if id == missing));
    assert_eq!(contents(store).await, before);
}

fn conflict_with(
    video: &Video,
    is_at_other_version: bool,
    taken_path: Option<Text>,
) -> UpdateConflict {
    let (id, version, video) = (video.id, video.version, Some(video.clone()));
    UpdateConflict { id, version, video, is_at_other_version, taken_path }
}
