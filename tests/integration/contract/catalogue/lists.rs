//! How files are looked up.

use reelgraph::domain::catalogue::{FileNumber, FileRow};
use reelgraph::repository::{FileChanges, VideoRepository, Write};

use super::{at, by_scan, fingerprint, found, root, root_id, with_root, write};
use crate::support::clock::counted_id;
use crate::support::videos::text;

contract_suite! {
    cases:
        files_are_found_by_path_content_and_video,
        files_of_a_root_are_listed_by_number,
        roots_have_files_at_the_same_paths,
        long_paths_are_kept;
}

fn paths(rows: &[FileRow]) -> Vec<&str> {
    let mut paths: Vec<_> =
        rows.iter().map(|row| str::from_utf8(&row.file.path).unwrap()).collect();
    paths.sort_unstable();
    paths
}

async fn files_are_found_by_path_content_and_video(store: &dyn VideoRepository) {
    let root = with_root(store).await;
    write(store, 1, vec![found("a", 1), found("b", 2), found("ä/\"c'\\", 3)]).await;
    let catalogue = store.catalogue();
    let wanted = ["ä/\"c'\\", "nothing", "a"].map(|path| path.as_bytes().to_vec());
    let rows = catalogue.files_at(root, &wanted).await.unwrap();
    assert_eq!(paths(&rows), ["a", "ä/\"c'\\"]);
    assert_eq!(catalogue.files_at(root, &[]).await.unwrap(), []);
    assert_eq!(catalogue.files_at(root_id(2), &wanted).await.unwrap(), []);
    let rows = catalogue.files_like(&[2, 3, 4].map(fingerprint)).await.unwrap();
    assert_eq!(paths(&rows), ["b", "ä/\"c'\\"]);
    assert_eq!(catalogue.files_like(&[]).await.unwrap(), []);
    let ids = [3, 9, 1].map(counted_id);
    let rows = catalogue.files_of(&ids).await.unwrap();
    let [Some(c), None, Some(a)] = &rows[..] else { panic!("{rows:?}") };
    assert_eq!((c.file.video, a.file.video), (Some(ids[0]), Some(ids[2])));
    assert_eq!(at(store, "a").await.as_ref(), Some(a));
}

async fn files_of_a_root_are_listed_by_number(store: &dyn VideoRepository) {
    let root = with_root(store).await;
    let files = (1..=5).map(|number| found(&number.to_string(), number)).collect();
    write(store, 1, files).await;
    let catalogue = store.catalogue();
    let all = catalogue.files_after(root, None, 10).await.unwrap();
    assert_eq!(paths(&all), ["1", "2", "3", "4", "5"]);
    assert!(all.is_sorted_by_key(|row| row.number));
    let after = Some(all[1].number);
    assert_eq!(catalogue.files_after(root, after, 2).await.unwrap(), all[2..4]);
    assert_eq!(catalogue.files_after(root, Some(FileNumber(i64::MAX)), 2).await.unwrap(), []);
    assert_eq!(catalogue.files_after(root_id(2), None, 10).await.unwrap(), []);
}

async fn roots_have_files_at_the_same_paths(store: &dyn VideoRepository) {
    with_root(store).await;
    assert!(store.catalogue().add_root(&root(2, "clips")).await.unwrap());
    write(store, 1, vec![found("a", 1)]).await;
    let of_other = FileChanges {
        root: root_id(2),
        path_prefix: text("/media/clips"),
        changes: vec![found("a", 2)],
    };
    store.write(Write::Files(of_other), by_scan(2)).await.unwrap();
    let catalogue = store.catalogue();
    for (root, video) in [(1, 1), (2, 2)] {
        let rows = catalogue.files_at(root_id(root), &[b"a".to_vec()]).await.unwrap();
        assert_eq!((rows.len(), rows[0].file.video), (1, Some(counted_id(video))));
        assert_eq!(catalogue.files_after(root_id(root), None, 9).await.unwrap(), rows);
        assert_eq!(catalogue.count_files(root_id(root)).await.unwrap().videos, 1);
    }
    assert_eq!(store.check().await.unwrap(), [""; 0]);
}

async fn long_paths_are_kept(store: &dyn VideoRepository) {
    with_root(store).await;
    // No two parts of it are alike, so that nothing makes it shorter.
    let long: String = (0..1000).map(|part: u32| format!("{:03x}/", part * 7919 % 4096)).collect();
    let path = &long[..4000];
    write(store, 1, vec![found(path, 1)]).await;
    assert_eq!(at(store, path).await.unwrap().file.video, Some(counted_id(1)));
}
