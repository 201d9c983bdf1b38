//! The catalogue in a file: what several processes see, what a check finds, and how files are found.

use std::path::PathBuf;
use std::time::Duration;

use futures_util::future::join_all;

use super::Library;
use super::damage::raw;
use super::plans::plan;
use crate::domain::Timestamp;
use crate::domain::catalogue::RunnerId;
use crate::domain::catalogue::ScanJob;
use crate::repository::catalogue::Lease;
use crate::repository::sql::catalogue::{Dialect, look_ups};
use crate::repository::sql::promises::catalogue::{fill, named, root, scan};
use crate::repository::sqlite::files::log_of;
use crate::repository::sqlite::{SqliteRepository, SqliteSettings};
use crate::repository::{RepositoryError, VideoRepository};

fn file_of(library: &Library) -> PathBuf {
    library.directory.path().join("library.db")
}

async fn queue(store: &SqliteRepository, number: u8) -> Result<ScanJob, RepositoryError> {
    let (id, order, at) = scan(number);
    store.catalogue().queue(id, &order, at).await
}

fn assert_unavailable<T: std::fmt::Debug>(answer: &Result<T, RepositoryError>) {
    assert!(matches!(answer, Err(RepositoryError::Unavailable { .. })), "{answer:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn processes_share_a_catalogue() {
    let library = Library::new().await;
    fill(&library.store).await;
    let other = SqliteRepository::open(&file_of(&library)).await.unwrap();
    let stores = [&library.store, &other];
    let catalogues = stores.map(VideoRepository::catalogue);
    assert_eq!(catalogues[0].roots().await.unwrap(), catalogues[1].roots().await.unwrap());
    let queued = queue(&other, 1).await.unwrap();
    assert_eq!(catalogues[0].scan(queued.id).await.unwrap(), Some(queued.clone()));
    let (before, now) = (catalogues[0].revision().await.unwrap(), queued.created_at);
    let begin = |runner: u8| {
        let runner = RunnerId::from_bytes([runner; 16]);
        let catalogue = &catalogues[usize::from(runner.as_bytes()[0]) % 2];
        async move {
            let lease = Lease { runner, until: Timestamp::MAX };
            catalogue.begin(&[root()], lease, now).await.unwrap()
        }
    };
    let begun = join_all((0..16).map(begin)).await;
    assert_eq!(begun.into_iter().flatten().count(), 1);
    for catalogue in &catalogues {
        assert_eq!(catalogue.revision().await.unwrap(), before + 1);
    }
}

#[tokio::test]
async fn a_change_waits_for_other_processes_but_not_for_ever() {
    let library = Library::new().await;
    fill(&library.store).await;
    let (settings, patience) = (SqliteSettings::default(), Duration::from_millis(10));
    let store =
        SqliteRepository::open_waiting(&file_of(&library), settings, patience).await.unwrap();
    let connection = raw(&library.directory);
    connection.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_unavailable(&queue(&store, 1).await);
    connection.execute_batch("ROLLBACK").unwrap();
    assert_eq!(queue(&store, 1).await.unwrap().id, scan(1).0);
}

#[tokio::test]
async fn nothing_is_changed_in_a_library_that_is_closed() {
    let library = Library::new().await;
    fill(&library.store).await;
    queue(&library.store, 1).await.unwrap();
    library.store.close().await.unwrap();
    assert_unavailable(&queue(&library.store, 2).await);
    assert_unavailable(&library.store.catalogue().roots().await);
    assert!(!log_of(&file_of(&library)).exists());
    let store = SqliteRepository::open(&file_of(&library)).await.unwrap();
    assert!(store.catalogue().scan(scan(1).0).await.unwrap().is_some());
}

#[tokio::test]
async fn nothing_is_changed_in_a_library_that_was_lost() {
    let library = Library::new().await;
    fill(&library.store).await;
    std::fs::rename(file_of(&library), library.directory.path().join("moved.db")).unwrap();
    assert_unavailable(&queue(&library.store, 1).await);
}

#[tokio::test]
async fn nothing_is_changed_in_a_library_of_a_newer_version() {
    let library = Library::new().await;
    fill(&library.store).await;
    let sql = "CREATE TABLE newer (id INTEGER);
        INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
        VALUES (99991231235959, 'newer', TRUE, x'00', 0)";
    raw(&library.directory).execute_batch(sql).unwrap();
    assert_unavailable(&queue(&library.store, 1).await);
    let count = "SELECT count(*) FROM scans";
    let scans: i64 = raw(&library.directory).query_row(count, (), |row| row.get(0)).unwrap();
    assert_eq!(scans, 0);
}

#[tokio::test]
async fn a_file_without_its_video_is_found() {
    for (sql, faults) in [
        ("UPDATE files SET path = x'31' WHERE number = 1", vec![named(1, 1, "has another path")]),
        (
            "UPDATE files SET video = zeroblob(16) WHERE number = 2",
            vec![named(2, 0, "is not there")],
        ),
        (
            "UPDATE library_roots SET path_prefix = '/'",
            (1..=3).map(|number| named(number, number, "has another path")).collect(),
        ),
        (
            "PRAGMA foreign_keys = 0; UPDATE files SET root = 9, video = NULL WHERE number = 3",
            vec!["file 3: its library root is not there".to_owned()],
        ),
        ("UPDATE files SET video = NULL", vec![]),
    ] {
        let library = Library::new().await;
        fill(&library.store).await;
        raw(&library.directory).execute_batch(sql).unwrap();
        assert_eq!(library.store.check().await.unwrap(), faults, "{sql}");
    }
}

#[tokio::test]
async fn files_and_scans_are_found_by_their_indexes() {
    let library = Library::new().await;
    let is_known = |step: &String| {
        let known = ["SCAN json_each", "SCAN ahead", "SCAN near"];
        known.iter().any(|known| step.starts_with(known))
    };
    for (what, sql) in look_ups(Dialect::Sqlite) {
        for step in plan(&library, sql).await.iter().filter(|step| !is_known(step)) {
            // Videos that went missing at the same moment are sorted by their IDs.
            let is_sort = step.contains("TEMP B-TREE") && !step.ends_with("LAST TERM OF ORDER BY");
            assert!(!is_sort, "{what}: {step}");
            assert!(!step.starts_with("SCAN ") || step.contains(" INDEX "), "{what}: {step}");
        }
    }
}
