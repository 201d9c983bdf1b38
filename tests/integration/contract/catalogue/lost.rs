//! Files that are missing, back, out of reach, or no longer looked at.

use reelgraph::domain::AuditOperation;
use reelgraph::repository::catalogue::FileCounts;
use reelgraph::repository::{FileChange, VideoRepository};

use super::{at, found, log, missing, number, revision, root_id, video, with_root, write};
use crate::support::clock::counted_id;
use crate::support::videos::second;

use AuditOperation::{Insert, Update};

contract_suite! {
    cases:
        a_file_that_is_missing_marks_its_video_until_it_is_back,
        a_file_out_of_reach_changes_no_video,
        a_file_that_is_forgotten_leaves_its_video,
        missing_videos_are_listed_from_the_longest_missing_on,
        only_files_with_videos_are_counted;
}

async fn a_file_that_is_missing_marks_its_video_until_it_is_back(store: &dyn VideoRepository) {
    with_root(store).await;
    write(store, 1, vec![found("a.mkv", 1)]).await;
    let (file, before) = (number(store, "a.mkv").await, revision(store).await);
    write(store, 2, vec![missing(file)]).await;
    assert_eq!(video(store, 1).await.values.facts().missing_since, Some(second(2)));
    assert_eq!(at(store, "a.mkv").await.unwrap().missing_since, Some(second(2)));
    // It stays missing since then.
    write(store, 3, vec![missing(file)]).await;
    assert_eq!(at(store, "a.mkv").await.unwrap().missing_since, Some(second(2)));
    write(store, 4, vec![FileChange::Restored { number: file }]).await;
    assert_eq!(video(store, 1).await.values.facts().missing_since, None);
    assert_eq!(at(store, "a.mkv").await.unwrap().missing_since, None);
    assert_eq!(log(store).await, [Insert, Update, Update]);
    // Only the videos have changed.
    assert_eq!(revision(store).await, before);
}

async fn a_file_out_of_reach_changes_no_video(store: &dyn VideoRepository) {
    with_root(store).await;
    write(store, 1, vec![found("a.mkv", 1)]).await;
    let (file, before) = (number(store, "a.mkv").await, revision(store).await);
    let newest = *store.commits().borrow();
    for _ in 0..2 {
        let written = write(store, 2, vec![FileChange::Unreachable { number: file }]).await;
        assert_eq!((written[0].video.id, &written[0].entry), (counted_id(1), &None));
        assert!(at(store, "a.mkv").await.unwrap().file.is_unreachable);
    }
    assert_eq!((revision(store).await, *store.commits().borrow()), (before + 1, newest));
    write(store, 3, vec![FileChange::Restored { number: file }]).await;
    assert!(!at(store, "a.mkv").await.unwrap().file.is_unreachable);
    assert_eq!((log(store).await, revision(store).await), (vec![Insert], before + 2));
}

async fn a_file_that_is_forgotten_leaves_its_video(store: &dyn VideoRepository) {
    with_root(store).await;
    write(store, 1, vec![found("a.mkv", 1), found("b.mkv", 2)]).await;
    let (a, b) = (number(store, "a.mkv").await, number(store, "b.mkv").await);
    write(store, 2, vec![missing(a)]).await;
    let changes = [a, b].map(|number| FileChange::Forgotten { number });
    let written = write(store, 3, changes.into()).await;
    assert_eq!((written[0].entry.is_some(), written[1].entry.is_some()), (true, false));
    assert_eq!(video(store, 1).await.values.facts().missing_since, None);
    assert_eq!((at(store, "a.mkv").await, at(store, "b.mkv").await), (None, None));
    assert_eq!(log(store).await, [Insert, Insert, Update, Update]);
}

async fn missing_videos_are_listed_from_the_longest_missing_on(store: &dyn VideoRepository) {
    let root = with_root(store).await;
    let files = (1..=4).map(|number| found(&format!("{number}.mkv"), number)).collect();
    write(store, 1, files).await;
    for (at, files) in [(5, &[4][..]), (7, &[3, 2]), (9, &[1])] {
        let mut changes = Vec::new();
        for file in files {
            changes.push(missing(number(store, &format!("{file}.mkv")).await));
        }
        write(store, at, changes).await;
    }
    let catalogue = store.catalogue();
    let listed =
        async |before, limit| catalogue.missing(root, second(before), limit).await.unwrap();
    let ids = |numbers: &[u64]| numbers.iter().copied().map(counted_id).collect::<Vec<_>>();
    assert_eq!(listed(100, 10).await, ids(&[4, 2, 3, 1]));
    assert_eq!(listed(9, 10).await, ids(&[4, 2, 3]));
    assert_eq!(listed(100, 2).await, ids(&[4, 2]));
    assert_eq!(listed(5, 10).await, ids(&[]));
    assert_eq!(catalogue.missing(root_id(2), second(100), 10).await.unwrap(), []);
    let counts = catalogue.count_files(root).await.unwrap();
    assert_eq!(counts, FileCounts { videos: 4, missing: 4 });
}

async fn only_files_with_videos_are_counted(store: &dyn VideoRepository) {
    let root = with_root(store).await;
    let files = (1..=3).map(|number| found(&format!("{number}.mkv"), number)).collect();
    write(store, 1, files).await;
    let file = number(store, "2.mkv").await;
    write(store, 2, vec![missing(file)]).await;
    let catalogue = store.catalogue();
    let counts = catalogue.count_files(root).await.unwrap();
    assert_eq!(counts, FileCounts { videos: 3, missing: 1 });
    store.delete(counted_id(2), None, crate::support::videos::by(3)).await.unwrap();
    let counts = catalogue.count_files(root).await.unwrap();
    assert_eq!(counts, FileCounts { videos: 2, missing: 0 });
    assert_eq!(catalogue.count_files(root_id(2)).await.unwrap(), FileCounts::default());
}
