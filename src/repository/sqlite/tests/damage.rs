//! What `check` finds in a damaged file.

use rusqlite::Connection;
use tempfile::TempDir;

use super::{Library, by, video};
use crate::repository::sql::promises::damage::{fill, named};
use crate::repository::{OnConflict, VideoRepository};

/// A connection that does to the library whatever a test likes.
pub(super) fn raw(directory: &TempDir) -> Connection {
    Connection::open(directory.path().join("library.db")).unwrap()
}

/// The faults of the library of [`fill`] after `sql`.
pub(super) async fn faults_after(sql: &str) -> Vec<String> {
    let Library { store, directory } = &Library::new().await;
    fill(store, video).await;
    raw(directory).execute_batch(sql).unwrap();
    store.check().await.unwrap()
}

#[tokio::test]
async fn a_changed_value_is_found() {
    assert_eq!(
        faults_after("UPDATE videos SET height = 7 WHERE path = '/media/1.mkv'").await,
        [named(1, "its height does not match its history")]
    );
}

#[tokio::test]
async fn a_missing_video_is_found() {
    assert_eq!(
        faults_after("DELETE FROM videos WHERE path = '/media/1.mkv'").await,
        [named(1, "it does not exist, but its history does not end with DELETE")]
    );
}

#[tokio::test]
async fn a_history_that_is_missing_or_lacks_its_end_is_found() {
    assert_eq!(
        faults_after("DELETE FROM audit_log WHERE sequence IN (1, 4, 5)").await,
        [
            "the log has 3 entries, but 6 were written".to_owned(),
            named(2, "it is at version 2, but its history ends at version 1"),
            named(1, "it has no history"),
        ]
    );
}

#[tokio::test]
async fn a_history_of_a_deleted_video_that_is_missing_is_found() {
    assert_eq!(
        faults_after("DELETE FROM audit_log WHERE sequence IN (3, 6)").await,
        ["the log has 4 entries, but 6 were written"]
    );
}

#[tokio::test]
async fn a_write_that_does_not_end_where_it_should_is_found() {
    let lacks = |sequence: i64, end: i64| {
        format!("entry {sequence} of the log lacks the rest of its write, which ends at {end}")
    };
    // The first three were added by one write.
    for (damage, faults) in [
        ("write_end = 4 WHERE sequence = 1", vec![lacks(1, 4)]),
        ("write_end = 4 WHERE sequence IN (1, 2)", vec![lacks(2, 4)]),
        ("write_end = NULL WHERE sequence IN (1, 2)", vec![]),
        ("write_end = 2 WHERE sequence = 3", vec![lacks(2, 3), lacks(3, 2)]),
        ("write_end = 7 WHERE sequence = 6", vec![lacks(6, 7)]),
        ("timestamp = timestamp + 1 WHERE sequence = 3", vec![lacks(2, 3)]),
        ("actor = 'ben' WHERE sequence = 1", vec![lacks(1, 3)]),
        ("request_id = NULL WHERE sequence > 2", vec![lacks(2, 3)]),
    ] {
        assert_eq!(
            faults_after(&format!("UPDATE audit_log SET {damage}")).await,
            faults,
            "{damage}"
        );
    }
}

#[tokio::test]
async fn a_version_that_was_left_out_is_found() {
    assert_eq!(
        faults_after("UPDATE audit_log SET version = 3 WHERE sequence IN (4, 6)").await,
        [named(1, "version 3 follows version 1"), named(3, "version 3 follows version 1")]
    );
}

#[tokio::test]
async fn versions_that_were_written_in_another_order_are_found() {
    assert_eq!(
        faults_after("UPDATE audit_log SET sequence = 100 WHERE sequence = 1").await,
        [named(1, "version 2 precedes the one it follows")]
    );
}

#[tokio::test]
async fn entries_that_cannot_be_read_are_found_without_what_follows_from_them() {
    let sql = r#"
        UPDATE audit_log SET new_values = '{"filename": 7}' WHERE sequence = 1;
        UPDATE audit_log SET new_values = '{"colour": "red"}' WHERE sequence = 2"#;
    let text = "invalid type: integer `7`, expected a string at line 1 column 14";
    let field = "a video has no field colour at line 1 column 9";
    assert_eq!(
        faults_after(sql).await,
        [
            named(1, &format!("entry 1 of the log cannot be read: {text}")),
            named(2, &format!("entry 2 of the log cannot be read: {field}")),
        ]
    );
}

#[tokio::test]
async fn a_video_that_cannot_be_read_is_found() {
    let sql = "PRAGMA ignore_check_constraints = ON;
        UPDATE videos SET filename = '' WHERE path = '/media/1.mkv'";
    let faults = faults_after(sql).await;
    let [first, second] = &faults[..] else { panic!("{faults:?}") };
    assert_eq!(first, "SQLite reports that the file is damaged: CHECK constraint failed in videos");
    assert!(second.ends_with("cannot be read: must not be empty"), "{second}");
}

#[tokio::test]
async fn an_index_of_something_else_is_found() {
    let sql = "PRAGMA writable_schema = ON;
        UPDATE sqlite_schema
        SET sql = 'CREATE INDEX videos_file_size ON videos (width, id)'
        WHERE name = 'videos_file_size'";
    assert_eq!(
        faults_after(sql).await,
        [
            "SQLite reports that the file is damaged: row 1 missing from index videos_file_size",
            "SQLite reports that the file is damaged: row 2 missing from index videos_file_size",
        ]
    );
}

#[tokio::test]
async fn a_search_index_of_something_else_is_found() {
    let text = "pmedia p1 pmkv x fnew";
    for sql in [
        // Without a text, with one that belongs to no video, with another, and with two exchanged.
        "DELETE FROM video_search WHERE rowid = (SELECT min(-position) FROM videos)".to_owned(),
        format!("INSERT INTO video_search (rowid, words) VALUES (7, '{text}')"),
        format!(
            "INSERT OR REPLACE INTO video_search (rowid, words)
            SELECT max(-position), '{text} fmore' FROM videos"
        ),
        format!(
            "INSERT OR REPLACE INTO video_search (rowid, words)
            SELECT max(-position), replace('{text}', '1', '2') FROM videos
            UNION ALL
            SELECT min(-position), '{text}' FROM videos"
        ),
    ] {
        let fault = "the search index does not match the videos";
        assert_eq!(faults_after(&sql).await, [fault], "{sql}");
    }
}

#[tokio::test]
async fn a_sort_key_of_another_name_is_found() {
    let sql = "UPDATE videos SET filename_key = filename_key || 'x' WHERE path = '/media/1.mkv'";
    let faults = faults_after(sql).await;
    assert_eq!(faults, [named(1, "its sort key does not match its filename")]);
}

#[tokio::test]
async fn facts_that_filters_do_not_compare_are_found() {
    for change in [
        "missing_since = 7",
        "file_modified_at = 7",
        "fingerprint = 'x3p1:00000000000000000000000000000007'",
    ] {
        let sql = format!("UPDATE videos SET {change} WHERE path = '/media/1.mkv'");
        let fault = named(1, "what filters compare does not match the facts of its file");
        assert_eq!(faults_after(&sql).await, [fault]);
    }
}

#[tokio::test]
async fn a_video_at_a_position_that_is_not_that_of_its_time_is_found() {
    let faults = faults_after("UPDATE videos SET position = -position").await;
    assert_eq!(faults[0], named(2, "its position does not follow those of videos added before it"));
}

#[tokio::test]
async fn a_page_of_something_else_is_found() {
    let Library { store, directory } = &Library::new().await;
    store.insert_many((1..=250).map(video).collect(), OnConflict::Fail, by()).await.unwrap();
    let raw = raw(directory);
    raw.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    let root = "SELECT rootpage FROM sqlite_schema WHERE name = 'audit_log'";
    let page: i64 = raw.query_row(root, (), |row| row.get(0)).unwrap();
    let file = directory.path().join("library.db");
    let mut bytes = std::fs::read(&file).unwrap();
    let begin = usize::try_from(page - 1).unwrap() * 4096;
    bytes[begin..begin + 4096].fill(7);
    std::fs::write(&file, bytes).unwrap();
    let faults = store.check().await.unwrap();
    assert!(faults[0].starts_with("SQLite reports that the file is damaged: "), "{faults:?}");
}

#[tokio::test]
async fn faults_beyond_the_first_hundred_are_left_out() {
    let Library { store, directory } = &Library::new().await;
    let videos = (0..=255).map(video).collect();
    store.insert_many(videos, OnConflict::Fail, by()).await.unwrap();
    raw(directory).execute_batch("UPDATE videos SET height = 7").unwrap();
    assert_eq!(store.check().await.unwrap().len(), 100);
}
