//! How past states are stored, so that none needs the whole history.

use rusqlite::Connection;
use tempfile::TempDir;

use super::damage::raw;
use super::requests::{file_in, older_library as older_library_of};
use super::{Library, by, id, path, video};
use crate::domain::past::{Histories, videos_at};
use crate::domain::{AuditEntry, AuditEntryId, Dimension, NewVideo, Video, VideoId};
use crate::repository::sqlite::SqliteRepository;
use crate::repository::sqlite::past::Stored;
use crate::repository::sqlite::reader::Statement;
use crate::repository::sqlite::rows::{BoxError, read_id};
use crate::repository::{OnConflict, VideoReader, VideoRepository};

/// A library with one video, which has this version.
async fn library(version: i32) -> Library {
    let library = Library::new().await;
    let wide = |width| {
        let mut video = video(1);
        video.values.width = Dimension::new(width).unwrap();
        video
    };
    let videos: Vec<NewVideo> = (1..=version).map(wide).collect();
    library.store.insert_many(videos, OnConflict::Update, by()).await.unwrap();
    library
}

/// The widths of the video at these versions.
async fn widths(library: &Library, versions: &[i32]) -> Vec<i32> {
    let at = |version: &i32| AuditEntryId { entity_id: id(1), version: *version };
    let ids: Vec<_> = versions.iter().map(at).collect();
    let videos = library.store.videos_at(&ids).await.unwrap();
    videos.into_iter().map(|video| video.unwrap().values.width.get()).collect()
}

#[tokio::test]
async fn a_state_is_found_without_most_of_the_history() {
    let library = library(10_000).await;
    let sql = "DELETE FROM audit_log WHERE version <= 9984";
    raw(&library.directory).execute_batch(sql).unwrap();
    assert_eq!(widths(&library, &[9_984, 9_990, 10_000]).await, [9_984, 9_990, 10_000]);
}

/// The number of versions that the one video with a long history has in an older library.
const VERSIONS: i32 = 700;

/// Stores a library from before there were checkpoints, with a video of so many versions.
fn older_library() -> TempDir {
    let bytes = include_bytes!("../../../../tests/data/library-20261128220000.sqlite");
    let directory = older_library_of(bytes);
    let sql = format!(
        "CREATE TEMP TABLE its AS
            SELECT id, thumbnail_path, (SELECT max(timestamp) FROM audit_log) AS time
            FROM videos WHERE version = 1 ORDER BY position LIMIT 1;
        WITH RECURSIVE versions (version) AS (
            SELECT 2 UNION ALL SELECT version + 1 FROM versions WHERE version < {VERSIONS}
        )
        INSERT INTO audit_log (entity_id, version, operation, timestamp, old_values, new_values)
            SELECT
                id,
                version,
                'UPDATE',
                time,
                json_object(
                    'thumbnailPath', iif(version = 2, thumbnail_path, (version - 1) || '.jpg')
                ),
                json_object('thumbnailPath', version || '.jpg')
            FROM its, versions;
        UPDATE videos
            SET version = {VERSIONS}, thumbnail_path = '{VERSIONS}.jpg', updated_at = time
            FROM its WHERE its.id = videos.id"
    );
    raw(&directory).execute_batch(&sql).unwrap();
    directory
}

/// The video with a long history in an older library.
fn its_id(connection: &Connection) -> VideoId {
    let sql = "SELECT entity_id FROM audit_log ORDER BY version DESC LIMIT 1";
    connection.query_row(sql, (), |row| Ok(read_id(row, 0).unwrap())).unwrap()
}

/// Opens the library in this folder, and returns what a check of it finds.
async fn open_and_check(directory: &TempDir) -> Vec<String> {
    let store = SqliteRepository::open(&file_in(directory)).await.unwrap();
    let faults = store.check().await.unwrap();
    assert!(store.close().await.is_ok());
    faults
}

/// The versions that have a checkpoint.
fn checkpoints(connection: &Connection) -> Vec<i32> {
    let mut query = connection.prepare("SELECT version FROM video_checkpoints").unwrap();
    query.query_map((), |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
}

/// Histories, with a count of the entries that were read of them.
struct Counted<'c> {
    stored: Stored<'c>,
    read: usize,
}

impl Histories for Counted<'_> {
    type Error = BoxError;

    fn checkpoint(&mut self, id: AuditEntryId) -> Result<Option<Video>, BoxError> {
        self.stored.checkpoint(id)
    }

    fn entries(
        &mut self,
        id: VideoId,
        after: i32,
        up_to: i32,
    ) -> Result<Vec<AuditEntry>, BoxError> {
        let entries = self.stored.entries(id, after, up_to)?;
        self.read += entries.len();
        Ok(entries)
    }
}

#[tokio::test]
async fn a_state_in_an_older_library_is_found_without_most_of_the_history() {
    let directory = older_library();
    assert_eq!(open_and_check(&directory).await, [""; 0]);
    let connection = raw(&directory);
    let entity_id = its_id(&connection);
    let stored = Stored::new(|text| Statement::prepare(&connection, text)).unwrap();
    let mut histories = Counted { stored, read: 0 };
    for version in 2..=VERSIONS {
        histories.read = 0;
        let found = videos_at(&mut histories, &[AuditEntryId { entity_id, version }]).unwrap();
        let thumbnail = found[0].as_ref().and_then(|video| video.values.thumbnail_path.clone());
        assert_eq!(thumbnail, Some(path(&format!("{version}.jpg"))));
        assert!(histories.read < 33, "version {version}: {} entries", histories.read);
    }
}

#[tokio::test]
async fn checkpoints_are_added_from_where_that_was_stopped() {
    let directory = older_library();
    assert_eq!(open_and_check(&directory).await, [""; 0]);
    let all: Vec<i32> = (1..=VERSIONS / 32).map(|times| times * 32).collect();
    let connection = raw(&directory);
    assert_eq!(checkpoints(&connection), all);
    // As if the work had been stopped behind version 320, and one checkpoint been forgotten before.
    let stop = "DELETE FROM video_checkpoints WHERE version = 96 OR version > 320;
        UPDATE derivations
            SET version = 0, in_progress = 1,
                reached = (SELECT sequence FROM audit_log WHERE version = 320)
            WHERE name = 'video_checkpoints'";
    connection.execute_batch(stop).unwrap();
    let forgotten =
        format!("video {}: its checkpoint of version 96 is missing", its_id(&connection));
    assert_eq!(open_and_check(&directory).await, [forgotten]);
    let others: Vec<i32> = all.iter().copied().filter(|version| *version != 96).collect();
    assert_eq!(checkpoints(&connection), others);

    let restart = "UPDATE derivations SET version = 0 WHERE name = 'video_checkpoints'";
    connection.execute_batch(restart).unwrap();
    assert_eq!(open_and_check(&directory).await, [""; 0]);
    assert_eq!(checkpoints(&connection), all);
}

#[tokio::test]
async fn an_older_library_with_a_damaged_history_is_opened() {
    let directory = older_library();
    let connection = raw(&directory);
    let damage = "UPDATE audit_log SET old_values = '{}' WHERE version = 70";
    connection.execute_batch(damage).unwrap();
    let fault = format!(
        "video {}: the old value of thumbnailPath differs from the value before it",
        its_id(&connection)
    );
    assert_eq!(open_and_check(&directory).await, [fault]);
    assert_eq!(checkpoints(&connection), [32, 64]);
}

#[tokio::test]
async fn a_checkpoint_that_does_not_match_its_history_is_found() {
    let fault = |version: i32| {
        format!("video {}: its checkpoint of version {version} does not match its history", id(1))
    };
    let missing =
        |version| format!("video {}: its checkpoint of version {version} is missing", id(1));
    let moved = |version| vec![fault(version), missing(64)];
    for (sql, expected) in [
        ("UPDATE video_checkpoints SET version = version + 1 WHERE version = 64", moved(65)),
        ("UPDATE video_checkpoints SET version = 1000 WHERE version = 64", moved(1000)),
        ("UPDATE video_checkpoints SET field_values = '{}' WHERE version = 32", vec![fault(32)]),
        ("DELETE FROM video_checkpoints WHERE version = 32", vec![missing(32)]),
    ] {
        let library = library(100).await;
        raw(&library.directory).execute_batch(sql).unwrap();
        assert_eq!(library.store.check().await.unwrap(), expected, "{sql}");
    }
}
