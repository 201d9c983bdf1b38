//! What people do to videos that have files.

use reelgraph::domain::{AuditOperation, Video, VideoPatch};
use reelgraph::repository::{FileChange, PlannedChange, PlannedChanges, VideoRepository, Write};

use super::{at, found, log, mark, missing, number, reading, revision, video, with_root, write};
use crate::support::clock::counted_id;
use crate::support::videos::{by, text, video as sample};

use AuditOperation::Insert;

contract_suite! {
    cases:
        a_video_that_a_person_deletes_is_not_added_again,
        a_video_that_a_person_moves_leaves_its_file,
        a_file_that_is_missing_is_forgotten_with_its_video,
        a_missing_video_that_a_person_moves_forgets_its_file,
        a_rescan_adds_a_deleted_video_again,
        a_rescan_adopts_the_video_that_is_there_by_then,
        a_file_without_a_video_is_followed,
        other_changes_by_people_leave_files_alone;
}

/// Adds a file, and deletes its video.
async fn with_deleted_video(store: &dyn VideoRepository) {
    with_root(store).await;
    write(store, 1, vec![found("a.mkv", 1)]).await;
    let before = revision(store).await;
    store.delete(counted_id(1), None, by(2)).await.unwrap();
    assert_eq!(revision(store).await, before + 1);
    assert_eq!(at(store, "a.mkv").await.unwrap().file.video, None);
    assert_eq!(store.check().await.unwrap(), [""; 0]);
}

async fn a_video_that_a_person_deletes_is_not_added_again(store: &dyn VideoRepository) {
    with_deleted_video(store).await;
    let file = number(store, "a.mkv").await;
    let read = FileChange::Read { number: file, reading: reading(2), revive: None };
    assert_eq!(write(store, 3, vec![read]).await, []);
    let row = at(store, "a.mkv").await.unwrap();
    assert_eq!((row.file.video, row.file.mark), (None, mark(2)));
    assert_eq!(write(store, 4, vec![found("a.mkv", 3)]).await, []);
    assert_eq!(log(store).await, [Insert]);
}

async fn a_video_that_a_person_moves_leaves_its_file(store: &dyn VideoRepository) {
    with_root(store).await;
    write(store, 1, vec![found("a.mkv", 1)]).await;
    let patch = VideoPatch { path: Some(text("/elsewhere/a.mkv")), ..VideoPatch::default() };
    let before = revision(store).await;
    store.update(counted_id(1), patch, None, by(2)).await.unwrap();
    assert_eq!(revision(store).await, before + 1);
    assert_eq!(at(store, "a.mkv").await.unwrap().file.video, None);
    assert_eq!(store.check().await.unwrap(), [""; 0]);
    assert_eq!(store.catalogue().files_of(&[counted_id(1)]).await.unwrap(), [None]);
}

/// Adds files of these numbers, which are missing then.
async fn with_missing_videos(store: &dyn VideoRepository, numbers: &[u64]) {
    with_root(store).await;
    let path = |number: &u64| format!("{number}.mkv");
    write(store, 1, numbers.iter().map(|it| found(&path(it), *it)).collect()).await;
    let mut lost = Vec::new();
    for it in numbers {
        lost.push(missing(number(store, &path(it)).await));
    }
    write(store, 2, lost).await;
}

async fn a_file_that_is_missing_is_forgotten_with_its_video(store: &dyn VideoRepository) {
    with_missing_videos(store, &[1, 2, 3, 4]).await;
    write(store, 3, vec![found("there.mkv", 5)]).await;
    let before = revision(store).await;
    store.delete(counted_id(1), None, by(4)).await.unwrap();
    assert_eq!((at(store, "1.mkv").await, revision(store).await), (None, before + 1));
    let versions = [(counted_id(2), 2), (counted_id(3), 2), (counted_id(5), 1)];
    let deletions = versions.map(|(id, version)| PlannedChange::deletion(id, version));
    let plan = PlannedChanges::by_versions(deletions.to_vec());
    store.write(Write::Planned(plan), by(5)).await.unwrap();
    assert_eq!((at(store, "2.mkv").await, at(store, "3.mkv").await), (None, None));
    // Others stay, and so do those that are there.
    assert_eq!(at(store, "4.mkv").await.unwrap().file.video, Some(counted_id(4)));
    assert_eq!(at(store, "there.mkv").await.unwrap().file.video, None);
    assert_eq!(store.check().await.unwrap(), [""; 0]);
    // One that comes back is a new one.
    let written = write(store, 6, vec![found("1.mkv", 7)]).await;
    assert_eq!(written[0].video.id, counted_id(7));
}

async fn a_missing_video_that_a_person_moves_forgets_its_file(store: &dyn VideoRepository) {
    with_missing_videos(store, &[1, 2]).await;
    let patch = VideoPatch { path: Some(text("/elsewhere/a.mkv")), ..VideoPatch::default() };
    store.update(counted_id(1), patch, None, by(3)).await.unwrap();
    assert_eq!(at(store, "1.mkv").await, None);
    assert!(at(store, "2.mkv").await.unwrap().missing_since.is_some());
    assert_eq!(store.check().await.unwrap(), [""; 0]);
}

async fn a_rescan_adds_a_deleted_video_again(store: &dyn VideoRepository) {
    with_deleted_video(store).await;
    let file = number(store, "a.mkv").await;
    let revive = Some(counted_id(7));
    let read = FileChange::Read { number: file, reading: reading(2), revive };
    let written = write(store, 3, vec![read]).await;
    let Video { id, version, .. } = written[0].video;
    assert_eq!((id, version), (counted_id(7), 1));
    let row = at(store, "a.mkv").await.unwrap();
    assert_eq!((row.number, row.file.video), (file, Some(counted_id(7))));
    assert_eq!(log(store).await, [Insert, Insert]);
}

async fn a_rescan_adopts_the_video_that_is_there_by_then(store: &dyn VideoRepository) {
    with_deleted_video(store).await;
    let mut again = sample(9);
    again.values.path = text("/media/films/a.mkv");
    store.insert(again.clone(), by(3)).await.unwrap();
    let number = number(store, "a.mkv").await;
    let revive = Some(counted_id(7));
    write(store, 4, vec![FileChange::Read { number, reading: reading(1), revive }]).await;
    assert_eq!(at(store, "a.mkv").await.unwrap().file.video, Some(again.id));
    assert_eq!(store.get(counted_id(7)).await.unwrap(), None);
}

async fn a_file_without_a_video_is_followed(store: &dyn VideoRepository) {
    with_deleted_video(store).await;
    let file = number(store, "a.mkv").await;
    let changes = vec![super::moved(file, "b.mkv", 5)];
    assert_eq!(write(store, 3, changes).await, []);
    let row = at(store, "b.mkv").await.unwrap();
    assert_eq!((row.number, row.file.video, row.file.mark), (file, None, mark(5)));
    for change in [missing(file), FileChange::Unreachable { number: file }] {
        assert_eq!(write(store, 4, vec![change]).await, []);
    }
    assert!(at(store, "b.mkv").await.unwrap().file.is_unreachable);
    assert_eq!(write(store, 5, vec![FileChange::Forgotten { number: file }]).await, []);
    assert_eq!(at(store, "b.mkv").await, None);
    assert_eq!(log(store).await, [Insert]);
}

async fn other_changes_by_people_leave_files_alone(store: &dyn VideoRepository) {
    with_root(store).await;
    write(store, 1, vec![found("a.mkv", 1)]).await;
    let (row, before) = (at(store, "a.mkv").await, revision(store).await);
    let patch = VideoPatch { filename: Some(text("A name")), ..VideoPatch::default() };
    store.update(counted_id(1), patch, None, by(2)).await.unwrap();
    // Videos that have no file come, move and go.
    let other = store.insert(sample(9), by(3)).await.unwrap().video;
    let patch = VideoPatch { path: Some(text("/elsewhere")), ..VideoPatch::default() };
    store.update(other.id, patch, None, by(4)).await.unwrap();
    store.delete(other.id, None, by(5)).await.unwrap();
    assert_eq!((at(store, "a.mkv").await, revision(store).await), (row, before));
    assert_eq!(video(store, 1).await.version, 2);
}
