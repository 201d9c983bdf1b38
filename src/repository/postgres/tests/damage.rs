//! What `check` finds in a damaged library.

use super::{Library, by, id, video};
use crate::domain::Dimension;
use crate::domain::past::CHECKPOINT_INTERVAL;
use crate::repository::sql::promises::damage::{fill, named};
use crate::repository::{OnConflict, VideoRepository};

/// The faults of the library of [`fill`] after `sql`.
async fn faults_after(sql: &str) -> Vec<String> {
    let library = Library::new().await;
    fill(&library.store, video).await;
    library.run(sql).await;
    library.store.check().await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
async fn what_does_not_match_its_history_is_found() {
    for (sql, faults) in [
        (
            "UPDATE videos SET height = 7 WHERE path = '/media/1.mkv'",
            vec![named(1, "its height does not match its history")],
        ),
        (
            "DELETE FROM videos WHERE path = '/media/1.mkv'",
            vec![named(1, "it does not exist, but its history does not end with DELETE")],
        ),
        (
            "DELETE FROM audit_log WHERE sequence IN (1, 4, 5)",
            vec![
                "the log has 3 entries, but 6 were written".to_owned(),
                named(2, "it is at version 2, but its history ends at version 1"),
                named(1, "it has no history"),
            ],
        ),
        (
            "UPDATE audit_log SET version = 3 WHERE sequence IN (4, 6)",
            vec![named(1, "version 3 follows version 1"), named(3, "version 3 follows version 1")],
        ),
        (
            "UPDATE videos SET filename_key = filename_key || 'x' WHERE path = '/media/1.mkv'",
            vec![named(1, "its sort key does not match its filename")],
        ),
        (
            "UPDATE videos SET fingerprint = 'x3p1:00000000000000000000000000000007'
            WHERE path = '/media/1.mkv'",
            vec![named(1, "what filters compare does not match the facts of its file")],
        ),
        (
            "UPDATE videos SET filename = '' WHERE path = '/media/1.mkv'",
            vec![named(
                1,
                &format!("the row of video {} cannot be read: must not be empty", id(1)),
            )],
        ),
    ] {
        assert_eq!(faults_after(sql).await, faults, "{sql}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
async fn entries_that_cannot_be_read_are_found_without_what_follows_from_them() {
    let sql = r#"
        UPDATE audit_log SET new_values = '{"filename": 7}' WHERE sequence = 1;
        UPDATE audit_log SET new_values = '{"colour": "red"}' WHERE sequence = 2"#;
    let of_text = "invalid type: integer `7`, expected a string at line 1 column 14";
    let of_field = "a video has no field colour at line 1 column 9";
    assert_eq!(
        faults_after(sql).await,
        [
            named(1, &format!("entry 1 of the log cannot be read: {of_text}")),
            named(2, &format!("entry 2 of the log cannot be read: {of_field}")),
        ]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
async fn a_write_that_does_not_end_where_it_should_is_found() {
    let lacks = |sequence: i64, end: i64| {
        format!("entry {sequence} of the log lacks the rest of its write, which ends at {end}")
    };
    // The first three were added by one write.
    for (damage, faults) in [
        ("write_end = 4 WHERE sequence = 1", vec![lacks(1, 4)]),
        ("write_end = NULL WHERE sequence IN (1, 2)", vec![]),
        ("write_end = 2 WHERE sequence = 3", vec![lacks(2, 3), lacks(3, 2)]),
        ("timestamp = timestamp + 1 WHERE sequence = 3", vec![lacks(2, 3)]),
        ("actor = 'ben' WHERE sequence = 1", vec![lacks(1, 3)]),
    ] {
        assert_eq!(
            faults_after(&format!("UPDATE audit_log SET {damage}")).await,
            faults,
            "{damage}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
async fn statistics_of_something_else_are_found() {
    let number = "the statistics of kind 1 do not match its videos";
    for (sql, fault) in [
        ("UPDATE video_kinds SET videos = videos + 1", number),
        ("UPDATE video_kinds SET frames = frames + 1", number),
        ("UPDATE video_kinds SET file_size = file_size - 1", number),
        (
            "DELETE FROM video_kinds",
            "there are h264 videos of 1920 × 1080 pixels without statistics",
        ),
        (
            "INSERT INTO video_kinds (
                video_codec, width, height, frame_rate_numerator, frame_rate_denominator,
                videos, frames, file_size
            ) VALUES ('av1', 1, 1, 25, 1, 1, 1, 1)",
            "the statistics of kind 2 do not match its videos",
        ),
    ] {
        assert_eq!(faults_after(sql).await, [fault], "{sql}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
async fn requests_of_something_else_are_found() {
    let sums =
        "the sums of the request that starts with entry 1 of the log do not match its changes";
    let listed = |number: u8| format!("{number} requests are listed, but the log has 1");
    for (sql, faults) in [
        ("UPDATE audit_requests SET updated = updated + 1", vec![sums.to_owned()]),
        ("UPDATE audit_requests SET deleted_fields = 0", vec![sums.to_owned()]),
        ("DELETE FROM audit_requests", vec![sums.to_owned(), listed(0)]),
        (
            "INSERT INTO audit_requests SELECT 2, 2, 0, 0, 0, 0, 0, NULL, NULL, 0, 0, 0",
            vec![listed(2)],
        ),
    ] {
        assert_eq!(faults_after(sql).await, faults, "{sql}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
async fn checkpoints_of_something_else_are_found() {
    let sql = "INSERT INTO video_checkpoints
        SELECT entity_id, version, new_values FROM audit_log WHERE sequence = 1";
    let fault = "its checkpoint of version 1 does not match its history";
    assert_eq!(faults_after(sql).await, [named(1, fault)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
async fn checkpoints_that_are_missing_or_do_not_match_their_history_are_found() {
    let library = Library::new().await;
    let wide = |width| {
        let mut video = video(1);
        video.values.width = Dimension::new(width).unwrap();
        video
    };
    let versions = (1..=2 * CHECKPOINT_INTERVAL).map(wide).collect();
    library.store.insert_many(versions, OnConflict::Update, by()).await.unwrap();
    assert_eq!(library.store.check().await.unwrap(), [""; 0]);
    let [first, second] = [CHECKPOINT_INTERVAL, 2 * CHECKPOINT_INTERVAL];
    let values = "SELECT new_values FROM audit_log WHERE sequence = 1";
    library
        .run(&format!(
            "UPDATE video_checkpoints SET field_values = ({values}) WHERE version = {first};
            DELETE FROM video_checkpoints WHERE version = {second}"
        ))
        .await;
    let faults = [
        named(1, &format!("its checkpoint of version {first} does not match its history")),
        named(1, &format!("its checkpoint of version {second} is missing")),
    ];
    assert_eq!(library.store.check().await.unwrap(), faults);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
async fn faults_beyond_the_first_hundred_are_left_out() {
    let library = Library::new().await;
    let videos = (0..=255).map(video).collect();
    library.store.insert_many(videos, OnConflict::Fail, by()).await.unwrap();
    library.run("UPDATE videos SET height = 7").await;
    assert_eq!(library.store.check().await.unwrap().len(), 100);
}
