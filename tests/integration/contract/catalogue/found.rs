//! Files that scans find and read again.

use reelgraph::domain::catalogue::{FileMark, FileRow, KnownFile};
use reelgraph::domain::{AuditOperation, VideoPatch};
use reelgraph::repository::{FileChange, VideoRepository};

use super::{at, found, log, mark, number, reading, revision, video, with_root, write};
use crate::support::clock::counted_id;
use crate::support::videos::{by, pixels, text, video as sample, video_with};

use AuditOperation::{Insert, Update};

contract_suite! {
    cases:
        a_file_that_is_found_is_added_with_its_video,
        a_video_at_the_path_of_a_file_is_adopted,
        a_file_that_is_found_twice_is_added_once,
        two_scans_that_find_a_file_add_it_once,
        a_file_that_is_read_again_changes_what_people_have_left_alone,
        a_file_that_is_touched_changes_its_time,
        what_is_as_it_was_changes_nothing,
        numbers_of_files_are_never_used_again,
        a_path_that_no_video_can_have_is_refused;
}

async fn a_file_that_is_found_is_added_with_its_video(store: &dyn VideoRepository) {
    let root = with_root(store).await;
    let before = revision(store).await;
    let written = write(store, 1, vec![found("a/b.mkv", 1), found("c.mkv", 2)]).await;
    assert_eq!(written.len(), 2);
    let one = video(store, 1).await;
    assert_eq!(one, written[0].video);
    assert_eq!(one.values.path.as_str(), "/media/films/a/b.mkv");
    assert_eq!(one.values.filename.as_str(), "b.mkv");
    assert_eq!(one.values.file, reading(1).facts);
    assert_eq!(log(store).await, [Insert, Insert]);
    assert_eq!(revision(store).await, before + 1);
    let FileRow { file, missing_since, .. } = at(store, "a/b.mkv").await.unwrap();
    let expected = KnownFile {
        root,
        path: b"a/b.mkv".to_vec(),
        video: Some(one.id),
        mark: mark(1),
        fingerprint: reading(1).fingerprint,
        probed: reading(1).probed,
        is_unreachable: false,
    };
    assert_eq!((file, missing_since), (expected, None));
}

async fn a_video_at_the_path_of_a_file_is_adopted(store: &dyn VideoRepository) {
    with_root(store).await;
    let given = video_with(9, |values| {
        values.path = text("/media/films/a.mkv");
        values.filename = text("A name of my own");
        values.width = pixels(7);
        values.audio_codec = None;
    });
    store.insert(given.clone(), by(1)).await.unwrap();
    let written = write(store, 2, vec![found("a.mkv", 1)]).await;
    let adopted = &written[0].video;
    assert_eq!(adopted.id, given.id);
    assert_eq!(store.get(counted_id(1)).await.unwrap(), None);
    let values = &adopted.values;
    assert_eq!((values.filename.as_str(), values.width), ("A name of my own", pixels(7)));
    assert_eq!(values.audio_codec, Some(text("aac")));
    assert_eq!(values.file, reading(1).facts);
    assert_eq!(log(store).await, [Update]);
    assert_eq!(at(store, "a.mkv").await.unwrap().file.video, Some(given.id));
}

async fn a_file_that_is_found_twice_is_added_once(store: &dyn VideoRepository) {
    with_root(store).await;
    write(store, 1, vec![found("a.mkv", 1)]).await;
    let (before, row) = (revision(store).await, at(store, "a.mkv").await);
    let written = write(
        store,
        2,
        vec![FileChange::Found { path: b"a.mkv".to_vec(), id: counted_id(2), reading: reading(1) }],
    );
    let written = written.await;
    assert_eq!((written[0].video.id, &written[0].entry), (counted_id(1), &None));
    assert_eq!((revision(store).await, at(store, "a.mkv").await), (before, row));
    assert_eq!(log(store).await, [Insert]);
}

async fn two_scans_that_find_a_file_add_it_once(store: &dyn VideoRepository) {
    with_root(store).await;
    let writes = [1, 2].map(|id| {
        write(
            store,
            1,
            vec![FileChange::Found {
                path: b"a.mkv".to_vec(),
                id: counted_id(id),
                reading: reading(1),
            }],
        )
    });
    futures_util::future::join_all(writes).await;
    assert_eq!(log(store).await, [Insert]);
    let id = at(store, "a.mkv").await.unwrap().file.video.unwrap();
    assert_eq!(store.get(id).await.unwrap().unwrap().values.path, text("/media/films/a.mkv"));
}

async fn a_file_that_is_read_again_changes_what_people_have_left_alone(
    store: &dyn VideoRepository,
) {
    with_root(store).await;
    write(store, 1, vec![found("a.mkv", 1)]).await;
    let patch = VideoPatch { width: Some(pixels(7)), ..VideoPatch::default() };
    store.update(counted_id(1), patch, None, by(2)).await.unwrap();
    let mut now = reading(3);
    now.probed.width = pixels(640);
    now.probed.height = pixels(480);
    let number = number(store, "a.mkv").await;
    let change = FileChange::Read { number, reading: now.clone(), revive: None };
    let written = write(store, 3, vec![change]).await;
    let values = &written[0].video.values;
    assert_eq!((values.width, values.height), (pixels(7), pixels(480)));
    assert_eq!((values.file_size, &values.file), (now.probed.file_size, &now.facts));
    assert_eq!(log(store).await, [Insert, Update]);
    let row = at(store, "a.mkv").await.unwrap();
    assert_eq!((row.number, row.file.mark, row.file.probed), (number, now.mark, now.probed));
    assert_eq!(row.file.fingerprint, now.fingerprint);
}

async fn a_file_that_is_touched_changes_its_time(store: &dyn VideoRepository) {
    with_root(store).await;
    write(store, 1, vec![found("a.mkv", 1)]).await;
    let (number, before) = (number(store, "a.mkv").await, revision(store).await);
    let later = FileMark { modified: mark(1).modified + 10_000_000_000, ..mark(1) };
    let written = write(store, 2, vec![FileChange::Touched { number, mark: later }]).await;
    let facts = written[0].video.values.facts();
    assert_eq!(facts.file_modified_at, Some(later.modified_at()));
    assert_eq!(at(store, "a.mkv").await.unwrap().file.mark, later);
    // Another number on the disk is no change of the video.
    let copied = FileMark { inode: 5, device: 1 << 63, ..later };
    let written = write(store, 3, vec![FileChange::Touched { number, mark: copied }]).await;
    assert_eq!(written[0].entry, None);
    assert_eq!(at(store, "a.mkv").await.unwrap().file.mark, copied);
    assert_eq!(log(store).await, [Insert, Update]);
    assert_eq!(revision(store).await, before + 2);
}

async fn what_is_as_it_was_changes_nothing(store: &dyn VideoRepository) {
    with_root(store).await;
    write(store, 1, vec![found("a.mkv", 1)]).await;
    let (number, row) = (number(store, "a.mkv").await, at(store, "a.mkv").await);
    let before = (revision(store).await, *store.commits().borrow());
    for change in [
        FileChange::Read { number, reading: reading(1), revive: None },
        FileChange::Read { number, reading: reading(1), revive: Some(counted_id(2)) },
        FileChange::Touched { number, mark: mark(1) },
        FileChange::Restored { number },
    ] {
        let written = write(store, 2, vec![change]).await;
        assert_eq!((written[0].video.id, &written[0].entry), (counted_id(1), &None));
    }
    assert_eq!((revision(store).await, *store.commits().borrow()), before);
    assert_eq!((at(store, "a.mkv").await, log(store).await), (row, vec![Insert]));
    // Nor does what concerns no file of the root.
    store.insert(sample(5), by(4)).await.unwrap();
    assert_eq!(revision(store).await, before.0);
}

async fn numbers_of_files_are_never_used_again(store: &dyn VideoRepository) {
    with_root(store).await;
    write(store, 1, vec![found("a.mkv", 1), found("b.mkv", 2)]).await;
    let last = number(store, "a.mkv").await.max(number(store, "b.mkv").await);
    write(store, 2, vec![FileChange::Forgotten { number: last }]).await;
    write(store, 3, vec![found("c.mkv", 3)]).await;
    assert!(number(store, "c.mkv").await > last);
}

async fn a_path_that_no_video_can_have_is_refused(store: &dyn VideoRepository) {
    with_root(store).await;
    let before = revision(store).await;
    let change = FileChange::Found { path: vec![0xff], id: counted_id(1), reading: reading(1) };
    let changes = vec![found("a.mkv", 2), change];
    let files = reelgraph::repository::FileChanges {
        root: super::root_id(1),
        path_prefix: text("/media/films"),
        changes,
    };
    let write = reelgraph::repository::Write::Files(files);
    assert!(store.write(write, super::by_scan(1)).await.is_err());
    assert_eq!((at(store, "a.mkv").await, log(store).await), (None, vec![]));
    assert_eq!(revision(store).await, before);
}
