//! A library that cannot be written for now: its disk is full, or another process keeps it locked.

use std::process::Command;

use rusqlite::Connection;

use crate::support::binary::{Finished, Server};
use crate::support::folder::Folder;
use crate::support::unavailable::{add, assert_unavailable, fill};

/// A server of the library `a.db`, none of whose files may become larger than this.
fn serve_with_files_up_to(folder: &Folder, kilobytes: u32) -> Server {
    // The shell counts in blocks of 512 bytes.
    let blocks = kilobytes * 2;
    let program = env!("CARGO_BIN_EXE_reelgraph");
    let mut command = Command::new("sh");
    command.args(["-c", &format!("ulimit -S -f {blocks}; exec '{program}' serve")]);
    command
        .env("REELGRAPH_LISTEN", "127.0.0.1:0")
        .env("REELGRAPH_DATABASE_URL", folder.url("a.db"));
    Server::spawn(command)
}

/// From now on no file of the server may become larger than this.
fn limit_files(server: &Server, bytes: &str) {
    let (pid, limit) = (server.id().to_string(), format!("--fsize={bytes}:"));
    let mut command = Command::new("prlimit");
    assert!(command.args(["--pid", &pid, &limit]).status().unwrap().success(), "{command:?}");
}

#[track_caller]
fn assert_has(folder: &Folder, videos: usize) {
    let checked = folder.run("a.db", &["check"]).with_code(0);
    assert!(checked.stdout.contains(&format!("sound: {videos} videos")), "{checked}");
}

#[test]
fn a_limit_for_files_is_a_full_disk_that_loses_nothing() {
    let folder = Folder::new();
    let server = serve_with_files_up_to(&folder, 600);
    let (added, refusal) = fill(&server);
    assert_unavailable(&refusal);
    assert_unavailable(&add(&server, added));
    let answer = server.ask("{ videos { totalCount } }");
    assert_eq!(answer.json()["data"]["videos"]["totalCount"], added, "{answer}");
    // The library itself has no room either for what is in its write-ahead log.
    limit_files(&server, "100000");
    server.signal("TERM");
    let finished = server.finish();
    let log = finished.stderr.clone();
    assert_eq!(log.matches("a field failed").count(), 2, "{finished}");
    finished.with_code(1).saying("a.db-wal, which is part of the library");
    assert_has(&folder, added);
}

#[test]
fn once_there_is_room_again_the_server_writes_on() {
    let folder = Folder::new();
    let server = serve_with_files_up_to(&folder, 600);
    let (added, _) = fill(&server);
    limit_files(&server, "unlimited");
    let answer = add(&server, added);
    assert!(answer.json()["data"]["addVideo"]["video"].is_object(), "{answer}");
    server.signal("TERM");
    server.finish().with_code(0);
    assert_eq!(folder.names(), ["a.db"]);
    assert_has(&folder, added + 1);
}

#[test]
fn a_lock_that_another_process_keeps_is_unavailability() {
    let folder = Folder::new();
    let server = Server::start(&["--database-url", &folder.url("a.db")]);
    let other = Connection::open(folder.path("a.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_unavailable(&add(&server, 1));
    assert_eq!(server.get("/health/ready").status, 200);
    other.execute_batch("ROLLBACK").unwrap();
    let answer = add(&server, 1);
    assert!(answer.json()["data"]["addVideo"]["video"].is_object(), "{answer}");
    server.signal("TERM");
    let finished = server.finish().with_code(0);
    assert!(finished.stderr.contains("another process has locked the library"), "{finished}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_library_that_this_user_may_only_read_is_not_served() {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    use std::os::unix::process::CommandExt;

    const NOBODY: u32 = 65_534;
    let folder = Folder::new();
    folder.run("a.db", &["migrate"]).with_code(0);
    let allow = |name: &str, mode| {
        fs::set_permissions(folder.path(name), Permissions::from_mode(mode)).unwrap();
    };
    // Root may write whatever it likes; and others may not reach where the program is.
    let program = folder.path("reelgraph");
    fs::copy(env!("CARGO_BIN_EXE_reelgraph"), &program).unwrap();
    allow("a.db", 0o444);
    allow("", 0o777);
    for arguments in [&["serve", "--listen", "127.0.0.1:0"][..], &["migrate"]] {
        let mut command = Command::new(&program);
        command.args(arguments).env("REELGRAPH_DATABASE_URL", folder.url("a.db"));
        if fs::metadata("/proc/self").unwrap().uid() == 0 {
            command.uid(NOBODY).gid(NOBODY);
        }
        let finished = Finished::run(command).with_code(1);
        finished.saying("it and its folder must be readable and writable");
    }
}
