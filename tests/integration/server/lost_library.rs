//! A library that is deleted, moved, replaced or migrated while a server has it open: no change is
//! acknowledged that nobody would see again.

use std::fs;

use rusqlite::Connection;

use crate::support::binary::Server;
#[cfg(target_os = "linux")]
use crate::support::binary::{PATIENCE, reelgraph};
use crate::support::folder::Folder;
use crate::support::unavailable::add;

/// A server of the library `a.db`, which has one video.
fn serve(folder: &Folder) -> Server {
    let server = Server::start(&["--database-url", &folder.url("a.db")]);
    assert!(add(&server, 0).json()["data"]["addVideo"]["video"].is_object(), "{server}");
    server
}

/// Holds the server to what it owes when its library is lost: changes are refused, it is not ready, and
/// the log says what happened.
#[track_caller]
fn assert_lost(server: &Server, explanation: &str) {
    for number in 1..3 {
        let answer = add(server, number);
        assert_eq!((answer.status, &*answer.code()), (503, "SERVICE_UNAVAILABLE"), "{answer}");
    }
    server.wait_for_log(explanation);
    assert_eq!(server.get("/health/ready").status, 503, "{server}");
    assert_eq!(server.get("/health/live").status, 200, "{server}");
}

fn stop(server: Server, code: i32) {
    server.signal("TERM");
    server.finish().with_code(code);
}

#[test]
fn a_library_that_was_deleted_takes_no_change() {
    let folder = Folder::new();
    let server = serve(&folder);
    fs::remove_file(folder.path("a.db")).unwrap();
    assert_lost(&server, "was deleted or moved");
    stop(server, 1);
}

#[test]
fn a_library_that_was_moved_takes_no_change_and_is_whole_in_the_end() {
    let folder = Folder::new();
    let server = serve(&folder);
    fs::rename(folder.path("a.db"), folder.path("b.db")).unwrap();
    assert_lost(&server, "was deleted or moved");
    stop(server, 1);
    let checked = folder.run("b.db", &["check"]).with_code(0);
    assert!(checked.stdout.contains("sound: 1 video,"), "{checked}");
}

#[test]
fn another_file_in_the_place_of_the_library_is_left_alone() {
    let folder = Folder::new();
    let server = serve(&folder);
    folder.run("other.db", &["migrate"]).with_code(0);
    let other = fs::read(folder.path("other.db")).unwrap();
    fs::rename(folder.path("other.db"), folder.path("a.db")).unwrap();
    assert_lost(&server, "was replaced by another one");
    stop(server, 1);
    assert_eq!(fs::read(folder.path("a.db")).unwrap(), other, "the other file was written");
}

#[test]
fn a_library_whose_write_ahead_log_was_deleted_takes_no_change() {
    let folder = Folder::new();
    let server = serve(&folder);
    fs::remove_file(folder.path("a.db-wal")).unwrap();
    assert_lost(&server, "write-ahead log was deleted");
    stop(server, 1);
    let checked = folder.run("a.db", &["check"]).with_code(0);
    assert!(checked.stdout.contains("sound: 1 video,"), "{checked}");
}

#[test]
fn the_loss_of_a_library_is_noticed_without_a_change() {
    let folder = Folder::new();
    let server = serve(&folder);
    fs::remove_file(folder.path("a.db")).unwrap();
    server.wait_for_log("was deleted or moved");
}

#[test]
fn a_library_that_a_newer_program_has_migrated_takes_no_change() {
    let folder = Folder::new();
    let server = serve(&folder);
    let newer = Connection::open(folder.path("a.db")).unwrap();
    newer
        .execute_batch(
            "BEGIN;
            CREATE TABLE of_the_future (number INTEGER);
            INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
            VALUES (99990101000000, 'of the future', TRUE, x'00', 0);
            COMMIT;",
        )
        .unwrap();
    newer.close().unwrap();
    assert_lost(&server, "migrated by a newer reelgraph");
    stop(server, 0);
}

#[test]
fn a_reader_that_connects_anew_does_not_read_what_has_taken_the_place_of_the_library() {
    let folder = Folder::new();
    let server = serve(&folder);
    folder.run("other.db", &["migrate"]).with_code(0);
    fs::rename(folder.path("other.db"), folder.path("a.db")).unwrap();
    // Snapshots and scans have connections of their own, of which there are none yet.
    for document in [
        "{ changesCursor videos { nodes { id } } }",
        r#"{ videos(filter: { path: { contains: "media" } }) { totalCount } }"#,
        r#"{ changesCursor searchVideos(query: "no such") { totalCount } }"#,
    ] {
        let answer = server.ask(document);
        assert_eq!((answer.status, &*answer.code()), (503, "SERVICE_UNAVAILABLE"), "{answer}");
    }
    server.wait_for_log("was replaced by another one");
    stop(server, 1);
}

#[cfg(target_os = "linux")]
#[test]
fn a_library_that_is_replaced_while_a_server_opens_it_is_not_served() {
    let folder = Folder::new();
    folder.run("a.db", &["migrate"]).with_code(0);
    folder.run("other.db", &["migrate"]).with_code(0);
    let other = fs::read(folder.path("other.db")).unwrap();
    // The opening waits for this.
    let lock = Connection::open(folder.path("a.db")).unwrap();
    lock.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut command = reelgraph(&["serve", "--listen", "127.0.0.1:0"]);
    command.env("REELGRAPH_DATABASE_URL", folder.url("a.db"));
    let server = Server::spawn_until("opening the library", command);
    let begin = std::time::Instant::now();
    let files = format!("/proc/{}/fd", server.id());
    let is_open = || {
        let mut files = fs::read_dir(&files).unwrap().flatten();
        files.any(|file| fs::read_link(file.path()).is_ok_and(|path| path == folder.path("a.db")))
    };
    while !is_open() {
        assert!(begin.elapsed() < PATIENCE, "the library is not opened\n{server}");
    }
    fs::rename(folder.path("other.db"), folder.path("a.db")).unwrap();
    lock.execute_batch("ROLLBACK").unwrap();
    let finished = server.finish().with_code(1);
    finished.saying("was replaced by another file while it was being opened: try again");
    assert_eq!(fs::read(folder.path("a.db")).unwrap(), other, "the other file was written");
}
