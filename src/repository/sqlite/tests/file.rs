//! The file: what is opened, what is refused, and what is durable.

use std::fs;
use std::path::Path;

use futures_util::TryStreamExt;
use rusqlite::Connection;
use tempfile::TempDir;

use super::{Library, by, damage, id, video};
use crate::domain::{
    AuditEntryId, AuditFilter, AuditRequest, PageRequest, SearchQuery, VideoFilter,
};
use crate::repository::sqlite::{
    CopySource, OpenError, ReadOnlyLibrary, SqliteKeys, SqliteRepository, faults_of_copy,
};
use crate::repository::{KeyStore, VideoReader, VideoRepository};

async fn refusal(file: &Path) -> OpenError {
    match SqliteRepository::open(file).await {
        Ok(_) => panic!("{} was opened", file.display()),
        Err(error) => error,
    }
}

#[tokio::test]
async fn what_was_acknowledged_is_there_after_the_store_was_dropped() {
    let Library { store, directory } = Library::new().await;
    for number in 0..10 {
        store.insert(video(number), by()).await.unwrap();
    }
    drop(store);
    let store = SqliteRepository::open(&directory.path().join("library.db")).await.unwrap();
    assert_eq!(store.count(&VideoFilter::everything()).await.unwrap(), 10);
    assert_eq!(store.check().await.unwrap(), Vec::<String>::new());
}

/// A folder with a library that reelgraph made when sqlx applied its migrations: 24 videos were
/// added, 12 of them changed and 3 others deleted, and two keys created, one of them revoked.
fn folder_with_an_early_library() -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    let library = include_bytes!("../../../../tests/data/library-20261123060000.sqlite");
    fs::write(directory.path().join("library.db"), library).unwrap();
    directory
}

/// Asserts what is so in libraries that do not have where their writes end.
async fn each_entry_is_a_write(store: &SqliteRepository) {
    let log = store.entries_after(0, &AuditFilter::default(), 1000).await.unwrap();
    let ends: Vec<_> = log.iter().map(|entry| entry.write_end).collect();
    let sequences: Vec<_> = log.iter().map(|entry| entry.sequence).collect();
    assert_eq!(ends, sequences);
}

#[tokio::test]
async fn an_early_library_is_taken_over() {
    let directory = folder_with_an_early_library();
    let file = directory.path().join("library.db");
    let store = SqliteRepository::open(&file).await.unwrap();
    assert_eq!(store.check().await.unwrap(), Vec::<String>::new());
    assert_eq!(store.count(&VideoFilter::everything()).await.unwrap(), 21);
    assert_eq!(store.count_entries(&AuditFilter::default()).await.unwrap(), 39);
    each_entry_is_a_write(&store).await;
    store.insert(video(1), by()).await.unwrap();
    assert_eq!(store.check().await.unwrap(), Vec::<String>::new());
    let keys = SqliteKeys::open(&file).await.unwrap();
    let listed = keys.list().await.unwrap();
    let listed: Vec<_> =
        listed.iter().map(|key| (key.name.as_str(), key.revoked_at.is_some())).collect();
    assert_eq!(listed, [("editor", false), ("old", true)]);
}

/// A folder with a library that reelgraph made before libraries recorded how their videos are indexed:
/// 123 videos in many scripts were added, 31 of them changed and 8 deleted, and three keys created, one of
/// them revoked.
fn folder_with_a_library_before_versions() -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    let library = include_bytes!("../../../../tests/data/library-before-versions.sqlite");
    fs::write(directory.path().join("library.db"), library).unwrap();
    directory
}

#[tokio::test]
async fn a_library_before_versions_is_taken_over() {
    let directory = folder_with_a_library_before_versions();
    let file = directory.path().join("library.db");
    let store = SqliteRepository::open(&file).await.unwrap();
    assert_eq!(store.check().await.unwrap(), Vec::<String>::new());
    assert_eq!(store.count(&VideoFilter::everything()).await.unwrap(), 115);
    assert_eq!(store.count_entries(&AuditFilter::default()).await.unwrap(), 162);
    each_entry_is_a_write(&store).await;
    let query = SearchQuery::parse("leon").unwrap();
    let found = store.count_found(&query, &VideoFilter::everything()).await;
    assert_eq!(found.unwrap(), 2);
    // Words that the search has known since.
    let query = SearchQuery::parse("spiderman s1e2 -movie").unwrap();
    assert_eq!(store.count_found(&query, &VideoFilter::everything()).await.unwrap(), 0);
    let query = SearchQuery::parse("spiderman").unwrap();
    assert_eq!(store.count_found(&query, &VideoFilter::everything()).await.unwrap(), 2);
    store.insert(video(1), by()).await.unwrap();
    assert_eq!(store.check().await.unwrap(), Vec::<String>::new());
    let keys = SqliteKeys::open(&file).await.unwrap();
    let listed = keys.list().await.unwrap();
    let mut listed: Vec<_> =
        listed.iter().map(|key| (key.name.as_str(), key.revoked_at.is_some())).collect();
    listed.sort_unstable();
    assert_eq!(listed, [("editor", false), ("old", true), ("reader", false)]);
}

/// A folder with a library that `tests/data/make-library.sh` made once the log recorded where writes end.
fn folder_with_a_library_of_whole_writes() -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    let library = include_bytes!("../../../../tests/data/library-20261128220000.sqlite");
    fs::write(directory.path().join("library.db"), library).unwrap();
    directory
}

#[tokio::test]
async fn a_library_of_whole_writes_is_taken_over() {
    let directory = folder_with_a_library_of_whole_writes();
    let file = directory.path().join("library.db");
    let store = SqliteRepository::open(&file).await.unwrap();
    assert_eq!(store.check().await.unwrap(), Vec::<String>::new());
    assert_eq!(store.count(&VideoFilter::everything()).await.unwrap(), 10);
    let log = store.entries_after(0, &AuditFilter::default(), 1000).await.unwrap();
    let writes = log.chunk_by(|one, next| one.write_end == next.write_end);
    assert_eq!(writes.map(<[_]>::len).collect::<Vec<_>>(), [12, 4, 1, 1, 1]);
    store.insert(video(1), by()).await.unwrap();
    assert_eq!(store.check().await.unwrap(), Vec::<String>::new());
    let listed = SqliteKeys::open(&file).await.unwrap().list().await.unwrap();
    let listed: Vec<_> =
        listed.iter().map(|key| (key.name.as_str(), key.revoked_at.is_some())).collect();
    assert_eq!(listed, [("editor", false), ("old", true)]);
}

/// A folder with a library that `tests/data/make-library.sh` made once libraries had checkpoints of videos
/// and the sums of requests.
fn folder_with_a_library_of_requests() -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    let library = include_bytes!("../../../../tests/data/library-20261129023000.sqlite");
    fs::write(directory.path().join("library.db"), library).unwrap();
    directory
}

#[tokio::test]
async fn a_library_of_requests_is_taken_over() {
    let directory = folder_with_a_library_of_requests();
    let file = directory.path().join("library.db");
    let store = SqliteRepository::open(&file).await.unwrap();
    assert_eq!(store.check().await.unwrap(), Vec::<String>::new());
    assert_eq!(store.count(&VideoFilter::everything()).await.unwrap(), 34);
    let page = PageRequest::last(10);
    let requests = store.list_requests(&AuditFilter::default(), &page).await.unwrap();
    let sums =
        requests.items.iter().rev().map(|AuditRequest { summary, .. }| {
            [summary.inserted, summary.updated, summary.deleted]
        });
    let ten_changes = [[0, 10, 0]; 7];
    let expected = [&[[36, 0, 0], [0, 4, 0], [0, 1, 2]][..], &ten_changes].concat();
    assert_eq!(sums.collect::<Vec<_>>(), expected);
    let log = store.entries_after(0, &AuditFilter::default(), 1000).await.unwrap();
    let newest = log.last().unwrap().id();
    let ids: Vec<_> = (2..=71).map(|version| AuditEntryId { version, ..newest }).collect();
    let videos = store.videos_at(&ids).await.unwrap();
    let frames = videos.iter().flatten().map(|video| video.values.duration_frames.get());
    assert_eq!(frames.collect::<Vec<_>>(), (2..=71).collect::<Vec<_>>());
    store.insert(video(1), by()).await.unwrap();
    assert_eq!(store.check().await.unwrap(), Vec::<String>::new());
    let listed = SqliteKeys::open(&file).await.unwrap().list().await.unwrap();
    let listed: Vec<_> =
        listed.iter().map(|key| (key.name.as_str(), key.revoked_at.is_some())).collect();
    assert_eq!(listed, [("editor", false), ("old", true)]);
}

#[tokio::test]
async fn an_older_library_is_read_without_being_changed() {
    for directory in [
        folder_with_an_early_library(),
        folder_with_a_library_before_versions(),
        folder_with_a_library_of_whole_writes(),
        folder_with_a_library_of_requests(),
    ] {
        let file = directory.path().join("library.db");
        let before = fs::read(&file).unwrap();
        let library = ReadOnlyLibrary::open(&file).await.unwrap();
        assert_eq!(library.check().await.unwrap(), Vec::<String>::new());
        let videos: Vec<_> = library.scan().try_collect().await.unwrap();
        let counted = library.count(&VideoFilter::everything()).await.unwrap();
        assert_eq!(videos.len() as u64, counted);
        assert!(library.close().await);
        assert!(fs::read(&file).unwrap() == before);
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    }
}

#[tokio::test]
async fn names_are_indexed_anew_from_where_that_was_stopped() {
    let directory = folder_with_a_library_before_versions();
    let file = directory.path().join("library.db");
    SqliteRepository::open(&file).await.unwrap().close().await.unwrap();
    let raw = damage::raw(&directory);
    // As if the work had been stopped behind the 40th video, and the first of them been done wrong.
    raw.execute_batch(
        "UPDATE derivations SET version = 1, in_progress = version
            WHERE name = 'search';
        UPDATE derivations SET version = 0, in_progress = version
            WHERE name = 'filename_key';
        UPDATE derivations SET reached = (SELECT position FROM videos ORDER BY position DESC LIMIT 1 OFFSET 39)
            WHERE in_progress IS NOT NULL;
        DELETE FROM video_search WHERE rowid >= -(SELECT min(position) FROM videos)",
    )
    .unwrap();
    let newest = "SELECT max(position) FROM videos";
    let newest: i64 = raw.query_row(newest, (), |row| row.get(0)).unwrap();
    raw.execute("DELETE FROM video_search WHERE rowid = -?", [newest]).unwrap();
    raw.close().unwrap();

    let library = ReadOnlyLibrary::open(&file).await.unwrap();
    assert_eq!(library.check().await.unwrap(), Vec::<String>::new());
    library.close().await;
    let store = SqliteRepository::open(&file).await.unwrap();
    let faults = store.check().await.unwrap();
    assert_eq!(faults, ["the search index does not match the videos"]);
    store.close().await.unwrap();

    let raw = damage::raw(&directory);
    raw.execute_batch(
        "UPDATE derivations SET version = 0;
        UPDATE videos SET filename_key = ''",
    )
    .unwrap();
    raw.close().unwrap();
    let store = SqliteRepository::open(&file).await.unwrap();
    assert_eq!(store.check().await.unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn what_other_rules_began_is_made_anew_from_the_start() {
    let directory = folder_with_a_library_before_versions();
    let file = directory.path().join("library.db");
    SqliteRepository::open(&file).await.unwrap().close().await.unwrap();
    let raw = damage::raw(&directory);
    // As if a program of another version had come to the oldest video, and done all of them otherwise.
    raw.execute_batch(
        "UPDATE derivations SET version = version - 2, in_progress = version - 1,
            reached = (SELECT min(position) FROM videos);
        UPDATE videos SET filename_key = '';
        INSERT INTO video_search (video_search) VALUES ('delete-all')",
    )
    .unwrap();
    raw.close().unwrap();
    let store = SqliteRepository::open(&file).await.unwrap();
    assert_eq!(store.check().await.unwrap(), Vec::<String>::new());
}

/// The migrations that a library in this folder has, as programs of any version read them.
fn record(directory: &TempDir) -> Vec<(i64, String, bool, Vec<u8>)> {
    record_of(&damage::raw(directory))
}

fn record_of(library: &Connection) -> Vec<(i64, String, bool, Vec<u8>)> {
    let sql = "SELECT version, description, success, checksum FROM _sqlx_migrations";
    let mut query = library.prepare(sql).unwrap();
    let rows = query.query_map((), |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)));
    rows.unwrap().collect::<Result<_, _>>().unwrap()
}

#[tokio::test]
async fn an_early_program_can_read_which_migrations_a_new_library_has() {
    let early = record(&folder_with_an_early_library());
    assert_eq!(record(&Library::new().await.directory)[..early.len()], early);
}

#[tokio::test]
async fn a_library_that_lacks_migrations_is_given_them() {
    let directory = folder_with_an_early_library();
    let whole = record(&directory);
    damage::raw(&directory)
        .execute_batch(
            "DROP TABLE api_keys;
            DELETE FROM _sqlx_migrations WHERE version = 20261123060000",
        )
        .unwrap();
    let file = directory.path().join("library.db");
    let copy = directory.path().join("copy.db");
    let mut source = CopySource::open(&file).await.unwrap();
    source.copy_into(&copy).await.unwrap();
    source.close().await;
    assert_eq!(faults_of_copy(&copy).await.unwrap(), [""; 0]);
    let lacking = Connection::open(&copy).unwrap();
    assert_eq!(record_of(&lacking).len(), whole.len() - 1);
    SqliteRepository::migrate(&file).await.unwrap();
    assert_eq!(record(&directory)[..whole.len()], whole);
    assert!(SqliteKeys::open(&file).await.unwrap().list().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_library_with_a_migration_that_never_was_is_refused() {
    let directory = folder_with_an_early_library();
    let sql = "UPDATE _sqlx_migrations SET checksum = x'00' WHERE version = 20261122090000";
    damage::raw(&directory).execute_batch(sql).unwrap();
    let error = refusal(&directory.path().join("library.db")).await;
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert_eq!(source, "its migration 20261122090000 does not match any released reelgraph");
}

#[tokio::test]
async fn a_library_of_a_newer_version_is_refused() {
    let Library { store, directory } = Library::new().await;
    store.close().await.unwrap();
    let sql = "INSERT INTO _sqlx_migrations
        (version, description, success, checksum, execution_time)
        VALUES (20990101000000, 'add what is to come', TRUE, x'00', 0)";
    damage::raw(&directory).execute_batch(sql).unwrap();
    let error = refusal(&directory.path().join("library.db")).await;
    assert!(matches!(error, OpenError::Newer { migration: 20_990_101_000_000, .. }), "{error:?}");
}

#[tokio::test]
async fn a_database_of_another_program_is_refused_and_left_as_it_was() {
    let directory = tempfile::tempdir().unwrap();
    for mode in ["delete", "wal"] {
        let file = directory.path().join(format!("{mode}.db"));
        let other = Connection::open(&file).unwrap();
        other.pragma_update(None, "journal_mode", mode).unwrap();
        other.execute_batch("CREATE TABLE albums (id INTEGER)").unwrap();
        other.close().unwrap();
        let before = fs::read(&file).unwrap();
        assert!(matches!(refusal(&file).await, OpenError::NotALibrary(_)));
        assert!(fs::read(&file).unwrap() == before);
    }
}

#[tokio::test]
async fn what_is_no_database_is_refused_and_left_as_it_was() {
    let directory = tempfile::tempdir().unwrap();
    for text in ["not a database".to_owned(), "not a database".repeat(1000)] {
        let file = directory.path().join("notes.txt");
        fs::write(&file, &text).unwrap();
        assert!(matches!(refusal(&file).await, OpenError::NotADatabase(_)));
        assert_eq!(fs::read_to_string(&file).unwrap(), text);
    }
}

#[tokio::test]
async fn a_place_where_no_file_can_be_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let error = refusal(&directory.path().join("missing/library.db")).await;
    assert!(matches!(error, OpenError::NoDirectory(_)), "{error:?}");
    assert!(!directory.path().join("missing").exists());
    let error = refusal(directory.path()).await;
    assert!(matches!(error, OpenError::NoAccess { .. }), "{error:?}");
}

#[tokio::test]
async fn several_processes_may_open_a_new_library_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("library.db");
    let opened =
        futures_util::future::join_all((0..8).map(|_| SqliteRepository::open(&file))).await;
    for (number, store) in (0..).zip(opened) {
        store.unwrap().insert(video(number), by()).await.unwrap();
    }
    let store = SqliteRepository::open(&file).await.unwrap();
    assert_eq!(store.get(id(7)).await.unwrap().unwrap().id, id(7));
}
