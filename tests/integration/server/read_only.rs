//! Commands that only read: they change nothing, neither a library nor what is beside it, and need no
//! right to.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};

use crate::support::binary::Server;
use crate::support::folder::Folder;

const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/sample.ndjson");

const ADD: &str = "mutation { addVideo(input: { path: \"/in/the/log\", durationFrames: 1, width: \
                   1, height: 1, frameRate: { numerator: 1 }, videoCodec: \"h264\", fileSize: 1 }) \
                   { userErrors { message } } }";

/// What there is of a library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Left {
    /// Its file alone, as a stop leaves it.
    OneFile,
    /// All that a server which was killed had open. Its newest change is in the log.
    All,
    /// The file and the log, as somebody copied them.
    WithLog,
}

const ALL: [Left; 3] = [Left::OneFile, Left::All, Left::WithLog];

/// A folder with the sample in `a.db`, and one video more where there is a log.
fn library(left: Left) -> Folder {
    let folder = Folder::new();
    folder.run("a.db", &["import", SAMPLE]).with_code(0);
    if left != Left::OneFile {
        let server = Server::start(&["--database-url", &folder.url("a.db")]);
        assert_eq!(server.ask(ADD).status, 200);
        server.signal("KILL");
        server.finish();
    }
    if left == Left::WithLog {
        fs::remove_file(folder.path("a.db-shm")).unwrap();
    }
    folder
}

/// How many videos such a library has.
fn videos(left: Left) -> usize {
    if left == Left::OneFile { 1000 } else { 1001 }
}

#[test]
fn an_older_library_is_read_as_it_is_and_indexed_anew_where_it_may_be_changed() {
    let folder = Folder::new();
    let older = include_bytes!("../../data/library-before-versions.sqlite");
    fs::write(folder.path("a.db"), older).unwrap();
    let before = state(&folder);
    let sound = "The library is sound: 115 videos, 162 audit entries.\n";
    assert_eq!(folder.run("a.db", &["check"]).with_code(0).stdout, sound);
    let exported = folder.run("a.db", &["export", "-"]).with_code(0).stdout;
    assert_eq!(exported.lines().count(), 115);
    let mut versions = 0;
    for line in exported.lines() {
        let video: serde_json::Value = serde_json::from_str(line).unwrap();
        let id = video["id"].as_str().unwrap();
        let listed = folder.run("a.db", &["history", "--json", id]).with_code(0).stdout;
        versions += listed.lines().count();
    }
    // The others are those of videos that were deleted.
    assert!(versions > 115 && versions <= 162, "{versions}");
    assert_eq!(state(&folder), before);
    folder.run("a.db", &["backup", "backup.db"]).with_code(0);
    assert!(fs::read(folder.path("a.db")).unwrap() == older);
    assert_eq!(folder.run("backup.db", &["check"]).with_code(0).stdout, sound);
    folder.run("restored.db", &["restore", "backup.db"]).with_code(0);
    assert_eq!(folder.run("restored.db", &["check"]).with_code(0).stdout, sound);

    let migrated = folder.run("a.db", &["migrate"]).with_code(0);
    for report in
        ["rebuilding the index of names", "done=0 total=115", "rebuilt the index of names"]
    {
        assert!(migrated.stderr.contains(report), "{}", migrated.stderr);
    }
    assert_eq!(folder.run("a.db", &["check"]).with_code(0).stdout, sound);
    let again = folder.run("a.db", &["migrate"]).with_code(0);
    assert!(!again.stderr.contains("index"), "{}", again.stderr);
}

#[test]
fn the_past_of_an_older_library_is_that_of_the_migrated_one() {
    let folder = Folder::new();
    for older in ["library-before-versions", "library-20261123060000", "library-20261128220000"] {
        let data = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data");
        fs::copy(format!("{data}/{older}.sqlite"), folder.path("a.db")).unwrap();
        fs::copy(folder.path("a.db"), folder.path("migrated.db")).unwrap();
        folder.run("migrated.db", &["migrate"]).with_code(0);
        let before = state(&folder);
        let diff = ["diff", "--json", "1990-01-01T00:00:00Z"];
        assert_eq!(folder.run("a.db", &["export", "--at", diff[2]]).with_code(0).stdout, "");
        let all = folder.run("a.db", &diff).with_code(0).stdout;
        assert!(folder.run("migrated.db", &diff).with_code(0).stdout == all, "{older}");
        for time in times(&folder) {
            for arguments in [&["export", "--at", &time][..], &["diff", &time]] {
                let read = |library| folder.run(library, arguments).with_code(0).stdout;
                assert!(read("a.db") == read("migrated.db"), "{older}: {arguments:?}");
            }
        }
        assert!(state(&folder) == before, "{older}: {:?}", folder.names());
    }
}

/// Times of changes from all over the log of `a.db`.
fn times(folder: &Folder) -> Vec<String> {
    let exported = folder.run("a.db", &["export"]).with_code(0).stdout;
    let time = |line: &str| {
        let video: serde_json::Value = serde_json::from_str(line).unwrap();
        video["updatedAt"].as_str().unwrap().to_owned()
    };
    let mut times: Vec<String> = exported.lines().map(time).collect();
    times.sort();
    times.into_iter().step_by(20).collect()
}

#[test]
fn the_past_is_read_without_changing_anything() {
    for left in ALL {
        let folder = library(left);
        let before = state(&folder);
        let exported = folder.run("a.db", &["export"]).with_code(0).stdout;
        let later = "9999-01-01T00:00:00Z";
        assert!(folder.run("a.db", &["export", "--at", later]).with_code(0).stdout == exported);
        let listed = folder.run("a.db", &["diff", "1990-01-01T00:00:00Z"]).with_code(0).stdout;
        let numbers = format!("{} added, 0 updated, 0 deleted.\n", videos(left));
        assert!(listed.ends_with(&numbers), "{left:?}");
        assert!(state(&folder) == before, "{left:?}: {:?}", folder.names());
    }
}

/// All of a folder that may not change. SQLite may put in order what processes share.
fn state(folder: &Folder) -> Vec<(String, u64, i64, i64, Vec<u8>)> {
    let state = |name: String| {
        let found = fs::metadata(folder.path(&name)).unwrap();
        if name.ends_with("-shm") {
            return (name, found.ino(), 0, 0, Vec::new());
        }
        let content = fs::read(folder.path(&name)).unwrap();
        (name, found.ino(), found.mtime(), found.mtime_nsec(), content)
    };
    folder.names().into_iter().map(state).collect()
}

#[test]
fn check_and_export_change_nothing() {
    for left in ALL {
        let folder = library(left);
        let before = state(&folder);
        folder.run("a.db", &["check"]).with_code(0);
        let exported = folder.run("a.db", &["export"]).with_code(0).stdout;
        assert_eq!(exported.lines().count(), videos(left), "{left:?}");
        assert_eq!(exported.contains("/in/the/log"), left != Left::OneFile);
        assert!(state(&folder) == before, "{left:?}: {:?}", folder.names());
    }
}

#[test]
fn check_and_export_read_what_a_server_is_writing() {
    let folder = library(Left::OneFile);
    let server = Server::start(&["--database-url", &folder.url("a.db")]);
    folder.run("a.db", &["check"]).with_code(0);
    assert_eq!(server.ask(ADD).status, 200);
    folder.run("a.db", &["check"]).with_code(0);
    let exported = folder.run("a.db", &["export"]).with_code(0).stdout;
    assert!(exported.contains("/in/the/log"));
    server.signal("TERM");
    server.finish().with_code(0);
    assert_eq!(folder.names(), ["a.db"]);
}

#[test]
fn an_empty_file_is_no_library_and_stays_empty() {
    let folder = Folder::new();
    fs::write(folder.path("a.db"), "").unwrap();
    for command in [&["check"][..], &["export"], &["backup", "b"], &["key", "list"]] {
        let run = folder.run("a.db", command);
        run.with_code(1).saying("a.db is not a Reelgraph library: it is empty");
        assert_eq!(folder.names(), ["a.db"]);
        assert_eq!(fs::metadata(folder.path("a.db")).unwrap().len(), 0);
    }
}

#[test]
fn a_truncated_file_is_called_damaged_by_check_and_by_restore() {
    let folder = library(Left::OneFile);
    let whole = fs::read(folder.path("a.db")).unwrap();
    fs::write(folder.path("truncated.db"), &whole[..whole.len() / 2]).unwrap();
    let checked = folder.run("truncated.db", &["check"]).with_code(1);
    assert!(format!("{checked}").contains("damaged"), "{checked}");
    assert_eq!(folder.names(), ["a.db", "truncated.db"]);
    folder.run("b.db", &["restore", "truncated.db"]).with_code(1).saying("is damaged");
    // What lies beside it does not make it another kind of file.
    fs::write(folder.path("truncated.db-wal"), "left by something else").unwrap();
    folder.run("b.db", &["restore", "truncated.db"]).with_code(1).saying("is damaged");
}

#[test]
fn what_changes_while_it_is_read_is_reported() {
    let folder = library(Left::OneFile);
    fs::write(
        folder.path("more"),
        "{\"path\":\"/more\",\"durationFrames\":1,\"frameRate\":\
        {\"numerator\":1},\"width\":1,\"height\":1,\"videoCodec\":\"a\",\"fileSize\":1}\n",
    )
    .unwrap();
    // The export does not fit into the pipe, so that it ends after the import.
    let line = "mkfifo pipe; reelgraph export pipe & exec 3<pipe; read -r first <&3; \
        reelgraph import more && cat <&3 >out; wait $!";
    folder.shell("a.db", line).with_code(1).saying("changed while it was being read");
}

#[cfg_attr(not(superuser), ignore = "needs root")]
#[test]
fn check_and_export_work_on_read_only_media() {
    for left in ALL {
        let folder = library(left);
        let line = "unshare --mount bash -c 'mount --bind . . && mount -o remount,bind,ro . && \
            cd \"$PWD\" && ! touch new 2>/dev/null && reelgraph check && reelgraph export'";
        let read = folder.shell("a.db", line).with_code(0);
        let lines = read.stdout.lines();
        assert_eq!(lines.filter(|line| line.starts_with('{')).count(), videos(left), "{left:?}");
    }
}

#[cfg_attr(not(superuser), ignore = "needs root")]
#[test]
fn check_and_export_work_for_a_user_who_may_only_read() {
    for left in ALL {
        let folder = library(left);
        let allow =
            |path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        for name in folder.names() {
            allow(folder.path(&name), 0o444);
        }
        allow(folder.path(""), 0o555);
        let line = "as() { setpriv --reuid=65534 --regid=65534 --clear-groups \"$@\"; }; \
            ! as touch new 2>/dev/null && as reelgraph check && as reelgraph export";
        let read = folder.shell("a.db", line).with_code(0);
        let lines = read.stdout.lines();
        assert_eq!(lines.filter(|line| line.starts_with('{')).count(), videos(left), "{left:?}");
    }
}
