//! Files that are moved and renamed.

use std::collections::HashMap;

use reelgraph::domain::catalogue::FileRow;
use reelgraph::domain::{AuditFilter, AuditOperation, VideoPatch};
use reelgraph::repository::{FileChange, VideoRepository};

use super::{
    at, found, found_like, log, mark, missing, moved, number, revision, root_id, video, with_root,
    write,
};
use crate::support::clock::counted_id;
use crate::support::videos::{by, text, video_with};

use AuditOperation::{Delete, Insert, Update};

contract_suite! {
    cases:
        a_file_that_is_moved_keeps_its_video,
        a_name_that_a_person_gave_stays_when_its_file_is_moved,
        two_files_that_are_swapped_keep_their_videos,
        a_chain_of_moves_is_carried_out,
        a_file_is_not_moved_onto_the_path_of_another_video,
        who_cannot_move_holds_up_those_behind_it,
        a_folder_of_many_files_is_moved,
        a_missing_file_that_is_found_elsewhere_is_merged,
        a_missing_file_is_not_merged_with_one_of_another_content,
        what_is_not_missing_is_not_merged;
}

/// The paths of the videos of these numbers.
async fn paths(store: &dyn VideoRepository, numbers: &[u64]) -> Vec<String> {
    let mut paths = Vec::new();
    for number in numbers {
        let path = video(store, *number).await.values.path.to_string();
        paths.push(path.strip_prefix("/media/films/").unwrap().to_owned());
    }
    paths
}

async fn a_file_that_is_moved_keeps_its_video(store: &dyn VideoRepository) {
    with_root(store).await;
    write(store, 1, vec![found("a.mkv", 1)]).await;
    let (file, before) = (number(store, "a.mkv").await, revision(store).await);
    write(store, 2, vec![missing(file)]).await;
    let written = write(store, 3, vec![moved(file, "new/b.mkv", 4)]).await;
    let values = &written[0].video.values;
    assert_eq!(values.path.as_str(), "/media/films/new/b.mkv");
    assert_eq!((values.filename.as_str(), values.facts().missing_since), ("b.mkv", None));
    assert_eq!(written[0].video.id, counted_id(1));
    assert_eq!(log(store).await, [Insert, Update, Update]);
    assert_eq!(at(store, "a.mkv").await, None);
    let row = at(store, "new/b.mkv").await.unwrap();
    assert_eq!((row.number, row.file.video, row.file.mark), (file, Some(counted_id(1)), mark(4)));
    assert_eq!(row.missing_since, None);
    assert_eq!(revision(store).await, before + 1);
}

async fn a_name_that_a_person_gave_stays_when_its_file_is_moved(store: &dyn VideoRepository) {
    with_root(store).await;
    write(store, 1, vec![found("a.mkv", 1)]).await;
    let patch = VideoPatch { filename: Some(text("The first")), ..VideoPatch::default() };
    store.update(counted_id(1), patch, None, by(2)).await.unwrap();
    let file = number(store, "a.mkv").await;
    write(store, 3, vec![moved(file, "b.mkv", 1)]).await;
    let values = video(store, 1).await.values;
    assert_eq!(
        (values.path.as_str(), values.filename.as_str()),
        ("/media/films/b.mkv", "The first")
    );
}

async fn two_files_that_are_swapped_keep_their_videos(store: &dyn VideoRepository) {
    with_root(store).await;
    write(store, 1, vec![found("a.mkv", 1), found("b.mkv", 2)]).await;
    let (a, b) = (number(store, "a.mkv").await, number(store, "b.mkv").await);
    write(store, 2, vec![moved(a, "b.mkv", 1), moved(b, "a.mkv", 2)]).await;
    assert_eq!(paths(store, &[1, 2]).await, ["b.mkv", "a.mkv"]);
    assert_eq!(log(store).await, [Insert, Insert, Update, Update]);
    assert_eq!((number(store, "a.mkv").await, number(store, "b.mkv").await), (b, a));
    assert_eq!(at(store, "a.mkv").await.unwrap().file.video, Some(counted_id(2)));
    assert_eq!(at(store, "b.mkv").await.unwrap().file.video, Some(counted_id(1)));
}

async fn a_chain_of_moves_is_carried_out(store: &dyn VideoRepository) {
    with_root(store).await;
    write(store, 1, vec![found("1.mkv", 1), found("2.mkv", 2), found("3.mkv", 3)]).await;
    let mut changes = Vec::new();
    for file in 1..=3 {
        let number = number(store, &format!("{file}.mkv")).await;
        changes.push(moved(number, &format!("{}.mkv", file + 1), file));
    }
    write(store, 2, changes).await;
    assert_eq!(paths(store, &[1, 2, 3]).await, ["2.mkv", "3.mkv", "4.mkv"]);
    assert_eq!(log(store).await, [Insert, Insert, Insert, Update, Update, Update]);
    assert_eq!(at(store, "1.mkv").await, None);
}

async fn a_file_is_not_moved_onto_the_path_of_another_video(store: &dyn VideoRepository) {
    with_root(store).await;
    let other = video_with(9, |values| values.path = text("/media/films/b.mkv"));
    store.insert(other, by(1)).await.unwrap();
    write(store, 2, vec![found("a.mkv", 1)]).await;
    let (row, before) = (at(store, "a.mkv").await.unwrap(), revision(store).await);
    let written = write(store, 3, vec![moved(row.number, "b.mkv", 1)]).await;
    assert_eq!(written[0].entry, None);
    assert_eq!(written[0].video.values.path.as_str(), "/media/films/a.mkv");
    assert_eq!(at(store, "a.mkv").await, Some(row));
    assert_eq!((at(store, "b.mkv").await, revision(store).await), (None, before));
    assert_eq!(log(store).await, [Insert]);
}

async fn who_cannot_move_holds_up_those_behind_it(store: &dyn VideoRepository) {
    with_root(store).await;
    let other = video_with(9, |values| values.path = text("/media/films/taken.mkv"));
    store.insert(other, by(1)).await.unwrap();
    write(store, 2, vec![found("1.mkv", 1), found("2.mkv", 2), found("3.mkv", 3)]).await;
    let mut changes = Vec::new();
    for (from, to) in [("1.mkv", "2.mkv"), ("2.mkv", "taken.mkv"), ("3.mkv", "free.mkv")] {
        changes.push(moved(number(store, from).await, to, 1));
    }
    let written = write(store, 3, changes).await;
    assert_eq!(written.iter().filter(|it| it.entry.is_some()).count(), 1);
    assert_eq!(paths(store, &[1, 2, 3]).await, ["1.mkv", "2.mkv", "free.mkv"]);
    assert_eq!(at(store, "1.mkv").await.unwrap().file.video, Some(counted_id(1)));
}

async fn a_folder_of_many_files_is_moved(store: &dyn VideoRepository) {
    let root = with_root(store).await;
    let each = 1..=300_u64;
    let name = |number: u64| format!("{number:03}.mkv");
    let files = each.clone().map(|number| found(&format!("old/{}", name(number)), number));
    write(store, 1, files.collect()).await;
    let rows = store.catalogue().files_after(root, None, 1000).await.unwrap();
    let numbers: HashMap<_, _> =
        rows.iter().map(|row| (row.file.video.unwrap(), row.number)).collect();
    let change =
        |number| moved(numbers[&counted_id(number)], &format!("new/{}", name(number)), number);
    let written = write(store, 2, each.clone().map(change).collect()).await;
    assert!(written.iter().all(|written| written.entry.is_some()));
    let rows = store.catalogue().files_after(root, None, 1000).await.unwrap();
    assert_eq!(rows.len(), 300);
    for FileRow { number, file, .. } in rows {
        let id = file.video.unwrap();
        assert_eq!(numbers[&id], number);
        let path = store.get(id).await.unwrap().unwrap().values.path;
        assert_eq!(path.as_str().as_bytes(), [b"/media/films/", &*file.path].concat());
        assert!(file.path.starts_with(b"new/"));
    }
    let filter = AuditFilter::default();
    assert_eq!(store.count_entries(&filter).await.unwrap(), 600);
    assert_eq!(store.catalogue().count_files(root_id(1)).await.unwrap().videos, 300);
}

async fn a_missing_file_that_is_found_elsewhere_is_merged(store: &dyn VideoRepository) {
    with_root(store).await;
    write(store, 1, vec![found("a.mkv", 1)]).await;
    let old = number(store, "a.mkv").await;
    write(store, 2, vec![missing(old)]).await;
    write(store, 3, vec![found_like("b.mkv", 2, 1)]).await;
    let new = number(store, "b.mkv").await;
    let merge = FileChange::Merged { missing: old, found: new };
    let written = write(store, 4, vec![merge]).await;
    let merged = &written[0].video;
    assert_eq!((merged.id, merged.values.path.as_str()), (counted_id(1), "/media/films/b.mkv"));
    assert_eq!(merged.values.facts().missing_since, None);
    assert_eq!(store.get(counted_id(2)).await.unwrap(), None);
    assert_eq!(at(store, "a.mkv").await, None);
    let row = at(store, "b.mkv").await.unwrap();
    assert_eq!((row.number, row.file.video), (new, Some(counted_id(1))));
    assert_eq!(log(store).await, [Insert, Update, Insert, Delete, Update]);
}

async fn a_missing_file_is_not_merged_with_one_of_another_content(store: &dyn VideoRepository) {
    with_root(store).await;
    write(store, 1, vec![found("a.mkv", 1), found("b.mkv", 2)]).await;
    let (a, b) = (number(store, "a.mkv").await, number(store, "b.mkv").await);
    write(store, 2, vec![missing(a)]).await;
    let before = revision(store).await;
    assert_eq!(write(store, 3, vec![FileChange::Merged { missing: a, found: b }]).await, []);
    assert_eq!(revision(store).await, before);
    assert_eq!(paths(store, &[1, 2]).await, ["a.mkv", "b.mkv"]);
}

async fn what_is_not_missing_is_not_merged(store: &dyn VideoRepository) {
    with_root(store).await;
    write(store, 1, vec![found("a.mkv", 1), found_like("b.mkv", 2, 1)]).await;
    let (a, b) = (number(store, "a.mkv").await, number(store, "b.mkv").await);
    let before = revision(store).await;
    assert_eq!(write(store, 2, vec![FileChange::Merged { missing: a, found: b }]).await, []);
    assert_eq!((log(store).await, revision(store).await), (vec![Insert, Insert], before));
    assert_eq!(paths(store, &[1, 2]).await, ["a.mkv", "b.mkv"]);
}
