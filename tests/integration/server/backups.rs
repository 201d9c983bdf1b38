//! Backups: made while others write, whole or not there at all, and restored only where they are
//! sound.

use std::fs;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Instant;

use crate::support::binary::{Finished, PATIENCE, Server, reelgraph, signal};
use crate::support::folder::Folder;

const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/sample.ndjson");

/// A folder with the sample in `a.db` and a backup of it in `backup.db`.
fn backed_up() -> Folder {
    let folder = Folder::new();
    folder.run("a.db", &["import", SAMPLE]).with_code(0);
    folder.run("a.db", &["backup", "backup.db"]).with_code(0).saying("Backed up to backup.db: ");
    folder
}

/// A document that adds a video with this path.
fn adding(path: &str) -> String {
    format!(
        "mutation {{ addVideo(input: {{ path: \"{path}\", durationFrames: 1, width: 1, height: 1, \
         frameRate: {{ numerator: 1 }}, videoCodec: \"h264\", fileSize: 1 }}) {{ video {{ id }} }} \
         }}"
    )
}

#[test]
fn a_backup_is_sound_and_is_what_the_library_is() {
    let folder = backed_up();
    assert_eq!(folder.names(), ["a.db", "backup.db"]);
    folder.run("backup.db", &["check"]).with_code(0);
    let restored = folder.run("b.db", &["restore", "backup.db"]).with_code(0);
    restored.saying("Restored 1000 videos from backup.db");
    folder.run("b.db", &["check"]).with_code(0);
    let exported = |library: &str| folder.run(library, &["export"]).with_code(0).stdout;
    assert!(exported("b.db") == exported("a.db"));
}

#[test]
fn a_backup_under_writers_has_all_that_was_acknowledged_before_it_began() {
    let folder = Folder::new();
    folder.run("a.db", &["import", SAMPLE]).with_code(0);
    let server = Arc::new(Server::start(&["--database-url", &folder.url("a.db")]));
    let acknowledged = Arc::new(Mutex::new(Vec::new()));
    let stop = Arc::new(AtomicBool::new(false));
    let writers: Vec<_> = (0..8)
        .map(|writer| {
            let (server, stop) = (Arc::clone(&server), Arc::clone(&stop));
            let acknowledged = Arc::clone(&acknowledged);
            thread::spawn(move || {
                for number in 0.. {
                    if stop.load(Ordering::Relaxed) {
                        return;
                    }
                    let path = format!("/{writer}/{number}");
                    let answer = server.ask(&adding(&path));
                    assert!(answer.json()["data"]["addVideo"]["video"].is_object(), "{answer}");
                    acknowledged.lock().unwrap().push(path);
                }
            })
        })
        .collect();
    let count = || acknowledged.lock().unwrap().len();
    let wait_for = |number: usize| {
        let begin = Instant::now();
        while count() < number {
            assert!(begin.elapsed() < PATIENCE, "{} of {number}\n{server}", count());
            thread::yield_now();
        }
    };
    wait_for(100);
    let before = acknowledged.lock().unwrap().clone();
    let backup = folder.run("a.db", &["backup", "backup.db"]);
    // They were not stopped by it.
    wait_for(count() + 50);
    stop.store(true, Ordering::Relaxed);
    for writer in writers {
        writer.join().unwrap();
    }
    let backup = backup.with_code(0);

    folder.run("b.db", &["restore", "backup.db"]).with_code(0);
    folder.run("b.db", &["check"]).with_code(0);
    let kept = folder.run("b.db", &["export"]).with_code(0).stdout;
    for path in before {
        assert!(kept.contains(&format!("\"path\":\"{path}\"")), "{path} is missing\n{backup}");
    }
}

#[test]
fn a_backup_that_is_killed_leaves_no_file_and_the_next_one_what_is_whole() {
    let folder = Folder::new();
    folder.run("a.db", &["import", SAMPLE]).with_code(0);
    let part = folder.path("backup.db.reelgraph.part");
    let mut command = reelgraph(&["backup", folder.path("backup.db").to_str().unwrap()]);
    command.env("REELGRAPH_DATABASE_URL", folder.url("a.db"));
    let mut backup = command.stderr(Stdio::null()).spawn().unwrap();
    let begin = Instant::now();
    while !fs::metadata(&part).is_ok_and(|metadata| metadata.len() > 0) {
        assert!(begin.elapsed() < PATIENCE && backup.try_wait().unwrap().is_none());
        thread::yield_now();
    }
    // While it runs, nobody else writes there. It is held up, since it could be done before that.
    signal(&backup, "STOP");
    let other = folder.run("a.db", &["backup", "backup.db"]);
    backup.kill().unwrap();
    backup.wait().unwrap();
    assert!(!folder.path("backup.db").exists());
    assert!(part.exists());
    other.with_code(1).saying("another process is writing");

    folder.run("a.db", &["backup", "backup.db"]).with_code(0);
    assert_eq!(folder.names(), ["a.db", "backup.db"]);
    folder.run("backup.db", &["check"]).with_code(0);
}

#[test]
fn nothing_is_overwritten_without_force() {
    let folder = backed_up();
    let before = fs::read(folder.path("backup.db")).unwrap();
    folder.run("a.db", &["backup", "backup.db"]).with_code(1).saying("replace it with --force");
    assert!(fs::read(folder.path("backup.db")).unwrap() == before);
    folder.run("a.db", &["backup", "--force", "backup.db"]).with_code(0);
    folder.run("a.db", &["backup", "--force", "a.db"]).with_code(1).saying("the library itself");

    folder.run("a.db", &["restore", "backup.db"]).with_code(1).saying("--force");
    folder.run("a.db", &["restore", "--force", "a.db"]).with_code(1).saying("to restore to");
    for kept in ["a.db.replaced-1", "a.db.replaced-2"] {
        folder.run("a.db", &["restore", "--force", "backup.db"]).with_code(0).saying(kept);
        folder.run(kept, &["check"]).with_code(0);
    }
    assert_eq!(folder.names(), ["a.db", "a.db.replaced-1", "a.db.replaced-2", "backup.db"]);
}

#[test]
fn a_write_ahead_log_without_its_library_is_not_taken_for_that_of_a_backup() {
    let folder = backed_up();
    fs::write(folder.path("b.db-wal"), "of another time").unwrap();
    folder.run("b.db", &["restore", "backup.db"]).with_code(1).saying("b.db-wal already exists");
    folder.run("b.db", &["restore", "--force", "backup.db"]).with_code(0);
    folder.run("b.db", &["check"]).with_code(0);
    assert_eq!(folder.names(), ["a.db", "b.db", "b.db.replaced-1-wal", "backup.db"]);
}

#[test]
fn a_library_in_use_is_not_replaced() {
    let folder = backed_up();
    let server = Server::start(&["--database-url", &folder.url("a.db")]);
    let restore = ["restore", "--force", "backup.db"];
    folder.run("a.db", &restore).with_code(1).saying("is in use: stop the server");
    let answer = server.ask(&adding("/after"));
    assert!(answer.json()["data"]["addVideo"]["video"].is_object(), "{answer}");
    folder.run("b.db", &["restore", "a.db"]).with_code(1).saying("reelgraph backup");
    server.signal("TERM");
    server.finish().with_code(0);
    folder.run("a.db", &restore).with_code(0);
}

#[test]
fn what_is_no_sound_backup_is_refused_and_changes_nothing() {
    let folder = backed_up();
    let library = fs::read(folder.path("a.db")).unwrap();
    let whole = fs::read(folder.path("backup.db")).unwrap();
    let mut corrupt = whole.clone();
    let middle = corrupt.len() / 2;
    corrupt[middle..middle + 8192].fill(7);
    fs::write(folder.path("empty.db"), "").unwrap();
    fs::write(folder.path("text.db"), "no database".repeat(1000)).unwrap();
    fs::write(folder.path("truncated.db"), &whole[..whole.len() / 2]).unwrap();
    fs::write(folder.path("corrupt.db"), corrupt).unwrap();
    for (name, sql) in [
        ("unsound.db", "DELETE FROM audit_log WHERE sequence = 7"),
        (
            "newer.db",
            "UPDATE _sqlx_migrations SET version = 20990101000000 WHERE version = 20261122090000",
        ),
    ] {
        fs::write(folder.path(name), &whole).unwrap();
        folder.damage(name, sql);
    }
    fs::write(folder.path("foreign.db"), &whole).unwrap();
    folder.execute("foreign.db", "PRAGMA application_id = 7");
    for (name, reason) in [
        ("missing.db", "there is no file missing.db"),
        ("empty.db", "is not an SQLite database"),
        ("text.db", "is not an SQLite database"),
        ("foreign.db", "of another program"),
        ("newer.db", "was written by a newer reelgraph"),
        ("truncated.db", "is damaged"),
        ("corrupt.db", "damaged"),
        ("unsound.db", "Nothing was changed; use another backup"),
    ] {
        let before = folder.names();
        for target in ["a.db", "b.db"] {
            folder.run(target, &["restore", "--force", name]).with_code(1).saying(reason);
        }
        assert_eq!(folder.names(), before, "{name}");
        assert!(fs::read(folder.path("a.db")).unwrap() == library, "{name}");
    }
}

#[test]
fn a_library_that_is_not_sound_is_backed_up_only_as_such() {
    let folder = backed_up();
    folder.damage("a.db", "DELETE FROM audit_log WHERE sequence = 7");
    let backup = ["backup", "--force", "backup.db"];
    folder.run("a.db", &backup).with_code(1).saying("damaged").saying("1000 were written");
    folder.run("backup.db", &["check"]).with_code(0);
    folder.run("a.db", &["backup", "--unverified", "copy.db"]).with_code(0).saying("not verified");
    folder.run("copy.db", &["check"]).with_code(1);
}

#[test]
fn a_cursor_of_a_time_that_a_restore_has_undone_is_refused() {
    let folder = backed_up();
    let server = Server::start(&["--database-url", &folder.url("a.db")]);
    server.ask(&adding("/lost"));
    let cursor = server.ask("{ changesCursor }").json()["data"]["changesCursor"].take();
    server.signal("TERM");
    server.finish().with_code(0);
    folder.run("a.db", &["restore", "--force", "backup.db"]).with_code(0);
    let server = Server::start(&["--database-url", &folder.url("a.db")]);
    server.ask(&adding("/other"));
    let document = format!("subscription {{ videoChanges(after: {cursor}) {{ cursor }} }}");
    let request = ureq::http::Request::post(server.url("/graphql"))
        .header("accept", "text/event-stream")
        .header("content-type", "application/json")
        .body(serde_json::json!({ "query": document }).to_string());
    let answer = server.send(request.unwrap());
    assert!(answer.body.contains("INVALID_CURSOR"), "{answer}");
}

#[cfg(unix)]
#[test]
fn a_full_disk_is_told_and_leaves_nothing() {
    let folder = backed_up();
    for arguments in ["backup full.db", "restore --database-url sqlite:full.db backup.db"] {
        // Writing beyond the limit fails, as on a full disk, once the signal is ignored.
        let program = env!("CARGO_BIN_EXE_reelgraph");
        let line = format!("trap '' XFSZ; ulimit -f 200; exec '{program}' {arguments}");
        let mut command = std::process::Command::new("sh");
        command.args(["-c", &line]).current_dir(folder.path(""));
        command.env("REELGRAPH_DATABASE_URL", folder.url("a.db"));
        Finished::run(command).with_code(1).saying("error: could not write ").saying("full.db: ");
        assert_eq!(folder.names(), ["a.db", "backup.db"]);
    }
}

#[cfg(unix)]
#[test]
fn a_backup_and_a_restored_library_let_nobody_in_who_was_not() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new();
    folder.run("a.db", &["migrate"]).with_code(0);
    let mode = |name: &str| fs::metadata(folder.path(name)).unwrap().permissions().mode() & 0o777;
    fs::set_permissions(folder.path("a.db"), fs::Permissions::from_mode(0o600)).unwrap();
    folder.run("a.db", &["backup", "backup.db"]).with_code(0);
    assert_eq!(mode("backup.db"), 0o600);
    folder.run("b.db", &["restore", "backup.db"]).with_code(0);
    assert_eq!(mode("b.db"), 0o600);
    fs::set_permissions(folder.path("backup.db"), fs::Permissions::from_mode(0o644)).unwrap();
    folder.run("a.db", &["restore", "--force", "backup.db"]).with_code(0);
    assert_eq!(mode("a.db"), 0o600);
}
