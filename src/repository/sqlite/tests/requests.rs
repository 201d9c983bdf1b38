//! The table of requests: its upkeep, how it is filled for older libraries, and what a page costs.

use std::fs;
use std::path::PathBuf;

use crate::repository::sql::Value;
use rusqlite::{Connection, StatementStatus, params_from_iter};
use tempfile::TempDir;

use super::damage::{faults_after, raw};
use super::plans::plan;
use super::{Library, by, id, video};
use crate::domain::filter::Comparison;
use crate::domain::{
    AuditFilter, AuditOperation, AuditRequest, Dimension, NewVideo, PageRequest, RequestChanges,
    Timestamp, VideoField, VideoPatch,
};
use crate::repository::sql::Sql;
use crate::repository::sqlite::SqliteRepository;
use crate::repository::sqlite::request_pages::page_of_requests;
use crate::repository::sqlite::requests::ADD;
use crate::repository::{ChangeContext, OnConflict, VideoReader, VideoRepository};

fn by_request(request_id: &str) -> ChangeContext {
    ChangeContext { request_id: Some(request_id.into()), ..by() }
}

/// Asserts that the requests are those that the log defines, and returns them.
async fn are_as_defined(store: &SqliteRepository) -> Vec<AuditRequest> {
    let everything = AuditFilter::default();
    let log = store.entries_after(0, &everything, usize::MAX).await.unwrap();
    let expected = RequestChanges::of(&log).into_iter().rev().map(|request| request.to_listed());
    let page = store.list_requests(&everything, &PageRequest::first(usize::MAX)).await.unwrap();
    assert_eq!(page.items, expected.collect::<Vec<_>>());
    assert_eq!(store.check().await.unwrap(), Vec::<String>::new());
    page.items
}

/// A library that an earlier version made, in a folder of its own.
pub(super) fn older_library(bytes: &[u8]) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("library.db"), bytes).unwrap();
    directory
}

pub(super) fn file_in(directory: &TempDir) -> PathBuf {
    directory.path().join("library.db")
}

#[tokio::test]
async fn the_requests_of_older_libraries_are_added_up() {
    let libraries = [
        (&include_bytes!("../../../../tests/data/library-20261123060000.sqlite")[..], 39),
        (&include_bytes!("../../../../tests/data/library-before-versions.sqlite")[..], 162),
        (&include_bytes!("../../../../tests/data/library-20261128220000.sqlite")[..], 19),
        (&include_bytes!("../../../../tests/data/library-20261129023000.sqlite")[..], 113),
        (&include_bytes!("../../../../tests/data/library-20261129200000.sqlite")[..], 118),
        (&include_bytes!("../../../../tests/data/library-20261130010000.sqlite")[..], 171),
        (&include_bytes!("../../../../tests/data/library-20261130090000.sqlite")[..], 171),
    ];
    for (bytes, changes) in libraries {
        let directory = older_library(bytes);
        let store = SqliteRepository::open(&file_in(&directory)).await.unwrap();
        let requests = are_as_defined(&store).await;
        let summed = requests.iter().map(|AuditRequest { summary, .. }| {
            summary.inserted + summary.updated + summary.deleted
        });
        assert_eq!(summed.sum::<u64>(), changes);
        // They go on from there.
        store.insert(video(1), by()).await.unwrap();
        assert_eq!(are_as_defined(&store).await.len(), requests.len() + 1);
    }
}

/// Stores the library of 25 videos with a history in which times decrease and requests interleave.
async fn library_with_odd_times() -> TempDir {
    let Library { store, directory } = Library::new().await;
    for number in 1..=25 {
        let request_id = ["a", "b", "c"][usize::from(number) % 3];
        store.insert(video(number), by_request(request_id)).await.unwrap();
    }
    store.close().await.unwrap();
    raw(&directory)
        .execute_batch(
            "UPDATE audit_log SET timestamp = timestamp + 1500000000 * ((sequence * 7) % 11);
            UPDATE audit_log SET request_id = NULL WHERE sequence % 8 = 0;
            UPDATE audit_log SET actor = 'ana' WHERE sequence % 5 = 0",
        )
        .unwrap();
    directory
}

/// Has the next program add the changes behind the one with this sequence to their requests.
fn forget_requests(directory: &TempDir, behind: &str) {
    let sql = format!(
        "UPDATE derivations SET version = 0, in_progress = 1, reached = {behind}
            WHERE name = 'audit_requests'"
    );
    raw(directory).execute_batch(&sql).unwrap();
}

#[tokio::test]
async fn times_that_decrease_do_not_confuse_requests() {
    let directory = library_with_odd_times().await;
    forget_requests(&directory, "NULL");
    let store = SqliteRepository::open(&file_in(&directory)).await.unwrap();
    let requests = are_as_defined(&store).await;
    assert!(requests.len() > 10, "{requests:#?}");
    assert!(requests.iter().any(|request| request.summary.inserted > 1), "{requests:#?}");
}

#[tokio::test]
async fn requests_are_added_up_from_where_that_was_stopped() {
    let directory = library_with_odd_times().await;
    let file = file_in(&directory);
    // As if only the first twelve changes had been added, and the first request wrongly.
    raw(&directory)
        .execute_batch(
            "CREATE TABLE kept AS SELECT * FROM audit_log WHERE sequence > 12;
            DELETE FROM audit_log WHERE sequence > 12",
        )
        .unwrap();
    forget_requests(&directory, "NULL");
    SqliteRepository::open(&file).await.unwrap().close().await.unwrap();
    raw(&directory)
        .execute_batch(
            "INSERT INTO audit_log SELECT * FROM kept;
            DROP TABLE kept;
            UPDATE audit_requests SET updated = 7 WHERE first_sequence = 1",
        )
        .unwrap();
    forget_requests(&directory, "12");

    let store = SqliteRepository::open(&file).await.unwrap();
    assert_eq!(store.check().await.unwrap(), [unlike_its_changes(1)]);
    store.close().await.unwrap();
    raw(&directory).execute("UPDATE audit_requests SET updated = 0", ()).unwrap();
    are_as_defined(&SqliteRepository::open(&file).await.unwrap()).await;
}

/// The fault of the request with this first change.
fn unlike_its_changes(first: i64) -> String {
    format!(
        "the sums of the request that starts with entry {first} of the log do not match its changes"
    )
}

#[tokio::test]
async fn requests_that_are_not_as_the_log_has_them_are_found() {
    let superfluous = "2 requests are listed, but the log has 1".to_owned();
    let missing = "0 requests are listed, but the log has 1".to_owned();
    for (damage, faults) in [
        ("UPDATE audit_requests SET inserted = inserted + 1", vec![unlike_its_changes(1)]),
        ("UPDATE audit_requests SET ended_at = ended_at + 1", vec![unlike_its_changes(1)]),
        ("UPDATE audit_requests SET last_sequence = 1", vec![unlike_its_changes(1)]),
        ("UPDATE audit_requests SET updated_fields = 1", vec![unlike_its_changes(1)]),
        ("UPDATE audit_requests SET actor = 'ben'", vec![unlike_its_changes(1)]),
        ("UPDATE audit_requests SET first_sequence = 2", vec![unlike_its_changes(1)]),
        ("DELETE FROM audit_requests", vec![unlike_its_changes(1), missing]),
        (
            "INSERT INTO audit_requests
                SELECT 2, last_sequence, started_at, ended_at, inserted, updated, deleted,
                    request_id, actor, inserted_fields, updated_fields, deleted_fields
                FROM audit_requests",
            vec![superfluous],
        ),
    ] {
        assert_eq!(faults_after(damage).await, faults, "{damage}");
    }
}

fn filters() -> Vec<AuditFilter> {
    let none = AuditFilter::default;
    let at = Timestamp::from_micros(1_700_000_000_000_000).unwrap();
    vec![
        none(),
        AuditFilter { operations: Some(vec![AuditOperation::Update]), ..none() },
        AuditFilter { operations: Some(vec![AuditOperation::Delete]), ..none() },
        AuditFilter { fields: Some(vec![VideoField::Width]), ..none() },
        AuditFilter { fields: Some(vec![VideoField::ThumbnailPath]), ..none() },
        AuditFilter { actor: Some("ana".into()), ..none() },
        AuditFilter { actors: Some(vec!["ana".into()]), ..none() },
        AuditFilter { has_actor: Some(false), ..none() },
        AuditFilter { request_id: Some("request-3".into()), ..none() },
        AuditFilter { timestamp: vec![(Comparison::Gte, at)], ..none() },
        AuditFilter { timestamp: vec![(Comparison::Gt, at)], ..none() },
        AuditFilter { entity_id: Some(id(3)), ..none() },
        AuditFilter { entity_ids: Some(vec![id(3), id(4)]), ..none() },
        AuditFilter {
            operations: Some(vec![AuditOperation::Insert, AuditOperation::Update]),
            fields: Some(vec![VideoField::AudioCodec, VideoField::Height]),
            timestamp: vec![(Comparison::Lte, at)],
            has_actor: Some(false),
            ..none()
        },
    ]
}

fn pages() -> [PageRequest<i64>; 4] {
    [
        PageRequest::first(2),
        PageRequest::last(2),
        PageRequest::Forward { limit: 2, after: Some(4) },
        PageRequest::Backward { limit: 2, before: Some(2) },
    ]
}

/// The rows and the steps of SQLite's machine that a page takes.
fn steps_of(connection: &Connection, statements: &[Sql]) -> (usize, i32) {
    let (mut rows, mut steps) = (0, 0);
    for sql in statements {
        let mut statement = connection.prepare(sql.text()).unwrap();
        let mut found = statement.query(params_from_iter(sql.values())).unwrap();
        while found.next().unwrap().is_some() {
            rows += 1;
        }
        drop(found);
        steps += statement.get_status(StatementStatus::VmStep);
    }
    (rows, steps)
}

/// A library of five requests, each of which adds a video and changes others so often.
async fn five_requests(changes: i32) -> Library {
    let library = Library::new().await;
    let store = &library.store;
    let others: Vec<NewVideo> = (10..20).map(video).collect();
    store.insert_many(others, OnConflict::Fail, by_request("others")).await.unwrap();
    for width in 1..=changes {
        for request in 1..=5 {
            let request_id = by_request(&format!("request-{request}"));
            if width == 1 {
                store.insert(video(request), request_id.clone()).await.unwrap();
            }
            let width = Some(Dimension::new(width * 10 + i32::from(request)).unwrap());
            let patch = VideoPatch { width, ..VideoPatch::default() };
            store.update(id(10 + request), patch, None, request_id).await.unwrap();
        }
    }
    library
}

#[tokio::test]
async fn a_page_takes_the_same_steps_however_large_its_requests_are() {
    let (small, large) = (five_requests(1).await, five_requests(200).await);
    let [small, large] = [small.directory, large.directory].map(|directory| {
        let connection = raw(&directory);
        (directory, connection)
    });
    for filter in filters() {
        for page in pages() {
            let statements = page_of_requests(&filter, &page);
            let of_small = steps_of(&small.1, &statements);
            assert_eq!(steps_of(&large.1, &statements), of_small, "{filter:?} {page:?}");
        }
    }
}

#[tokio::test]
async fn requests_are_walked_by_their_first_changes_and_searched_by_id_and_video() {
    let library = Library::new().await;
    let none = AuditFilter::default;
    let walked = "SEARCH audit_requests USING INTEGER PRIMARY KEY (rowid<?)";
    let by_id = "SEARCH audit_requests USING INDEX audit_requests_request_id (request_id=?)";
    let found = "SEARCH audit_requests USING INTEGER PRIMARY KEY (rowid=?)";
    let of_video = "SEARCH audit_log USING INDEX sqlite_autoindex_audit_log_1 (entity_id=?)";
    let its = "SEARCH its USING COVERING INDEX audit_requests_request_id \
               (request_id=? AND actor=? AND rowid<?)";
    for (filter, expected) in [
        (none(), &[walked][..]),
        (AuditFilter { actor: Some("ana".into()), ..none() }, &[walked]),
        (AuditFilter { request_id: Some("a".into()), ..none() }, &[by_id]),
        (AuditFilter { entity_id: Some(id(1)), ..none() }, &[found, of_video, its]),
        (AuditFilter { entity_ids: Some(vec![id(1)]), ..none() }, &[found, of_video, its]),
    ] {
        let page = PageRequest::Forward { limit: 50, after: Some(1000) };
        let [ahead, _] = <[Sql; 2]>::try_from(page_of_requests(&filter, &page)).ok().unwrap();
        let steps = plan(&library, ahead).await;
        for step in expected {
            assert!(steps.iter().any(|it| it == step), "{filter:?}: {step} in {steps:#?}");
        }
    }
}

#[tokio::test]
async fn a_change_finds_its_request_by_id_and_actor() {
    let library = Library::new().await;
    let nulls = (0..13).fold(Sql::new(ADD.as_str()), |sql, _| sql.bind(Value::Null));
    let steps = plan(&library, nulls).await;
    let index = "SEARCH audit_requests USING INDEX audit_requests_request_id \
                 (request_id=? AND actor=?)";
    assert!(steps.iter().any(|step| step == index), "{steps:#?}");
    assert!(!steps.iter().any(|step| step.contains("TEMP B-TREE")), "{steps:#?}");
}
