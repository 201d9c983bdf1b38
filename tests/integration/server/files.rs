//! Files that commands write: what they never replace, what they follow, and what they leave as it
//! was.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt, chown, symlink};
use std::process::Stdio;
use std::thread;
use std::time::Instant;

use crate::support::binary::{PATIENCE, Server, reelgraph};
use crate::support::folder::Folder;

const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/sample.ndjson");

const ADD: &str = "mutation { addVideo(input: { path: \"/new\", durationFrames: 1, width: 1, \
    height: 1, frameRate: { numerator: 1 }, videoCodec: \"h264\", fileSize: 1 }) \
    { userErrors { message } } }";

/// A folder with the sample in `a.db`.
fn with_sample() -> Folder {
    let folder = Folder::new();
    folder.run("a.db", &["import", SAMPLE]).with_code(0);
    folder
}

fn link(folder: &Folder, target: &str, name: &str) {
    symlink(target, folder.path(name)).unwrap();
}

/// What every file of the folder has in it, links followed; what leads nowhere has nothing. A server
/// changes what the processes that use its library share, even when it only reads.
fn contents(folder: &Folder) -> Vec<(String, u64, Vec<u8>)> {
    let content = |name: String| {
        let inode = fs::symlink_metadata(folder.path(&name)).unwrap().ino();
        let is_shared = name.ends_with("shm");
        let bytes =
            if is_shared { Vec::new() } else { fs::read(folder.path(&name)).unwrap_or_default() };
        (name, inode, bytes)
    };
    folder.names().into_iter().map(content).collect()
}

#[test]
fn no_command_writes_over_a_library_by_any_name() {
    let folder = with_sample();
    let server = Server::start(&["--database-url", &folder.url("a.db")]);
    assert_eq!(server.ask(ADD).status, 200);
    link(&folder, "a.db", "link.db");
    link(&folder, "link.db-wal", "chain");
    link(&folder, "a.db-wal", "link.db-wal");
    link(&folder, "a.db-journal", "to-nothing-yet");
    for (file, name) in [("a.db", "hard.db"), ("a.db-wal", "hard.db-wal"), ("a.db-shm", "shm")] {
        fs::hard_link(folder.path(file), folder.path(name)).unwrap();
    }
    let before = contents(&folder);
    for file in [
        "a.db",
        "./a.db",
        "link.db",
        "hard.db",
        "a.db-wal",
        "a.db-shm",
        "a.db-journal",
        "link.db-wal",
        "chain",
        "hard.db-wal",
        "shm",
        "to-nothing-yet",
    ] {
        for library in ["a.db", "link.db"] {
            for command in ["export", "backup"] {
                let run = folder.run(library, &[command, "--force", file]);
                run.with_code(1).saying("library");
            }
        }
        folder.run("a.db", &["restore", "--force", file]).with_code(1);
        assert!(contents(&folder) == before, "{file}");
    }
    for command in ["export", "backup"] {
        let line = format!("reelgraph {command} - >>a.db");
        folder.shell("a.db", &line).with_code(1).saying("standard output is the library itself");
    }
    assert!(contents(&folder) == before);
    let answer = server.ask("{ videos { totalCount } }");
    assert_eq!(answer.json()["data"]["videos"]["totalCount"], 1001, "{answer}");
    server.signal("TERM");
    server.finish().with_code(0);
    folder.run("a.db", &["check"]).with_code(0);
}

#[test]
fn a_backup_is_not_restored_over_itself() {
    let folder = with_sample();
    folder.run("a.db", &["backup", "backup.db"]).with_code(0);
    link(&folder, "backup.db", "link.db");
    fs::hard_link(folder.path("backup.db"), folder.path("hard.db")).unwrap();
    let before = contents(&folder);
    for library in ["backup.db", "link.db", "hard.db"] {
        for backup in ["backup.db", "link.db", "hard.db"] {
            let run = folder.run(library, &["restore", "--force", backup]);
            run.with_code(1).saying("is the library to restore to");
        }
    }
    assert!(contents(&folder) == before);
}

#[test]
fn an_export_replaces_a_file_only_with_force() {
    let folder = with_sample();
    folder.run("a.db", &["backup", "backup.db"]).with_code(0);
    let before = contents(&folder);
    folder.run("a.db", &["export", "backup.db"]).with_code(1).saying("replace it with --force");
    folder.run("a.db", &["export", "."]).with_code(1).saying(". is a folder");
    assert!(contents(&folder) == before);
    folder.run("a.db", &["export", "--force", "backup.db"]).with_code(0);
    let exported = folder.run("a.db", &["export"]).with_code(0).stdout;
    assert!(fs::read_to_string(folder.path("backup.db")).unwrap() == exported);
    assert_eq!(folder.names(), ["a.db", "backup.db"]);
}

#[test]
fn links_are_followed_and_stay() {
    let folder = with_sample();
    fs::create_dir(folder.path("elsewhere")).unwrap();
    fs::write(folder.path("elsewhere/old"), "old").unwrap();
    for (command, name, target) in [
        ("export", "link", "elsewhere/old"),
        ("export", "dangling", "elsewhere/new"),
        ("backup", "link", "elsewhere/old"),
        ("backup", "dangling.db", "elsewhere/new.db"),
    ] {
        let _ = fs::remove_file(folder.path(name));
        link(&folder, target, name);
        if target.ends_with("old") {
            folder.run("a.db", &[command, name]).with_code(1).saying("with --force");
        }
        folder.run("a.db", &[command, "--force", name]).with_code(0);
        assert_eq!(fs::read_link(folder.path(name)).unwrap().to_str(), Some(target));
        assert!(fs::metadata(folder.path(target)).unwrap().len() > 1000, "{command} {name}");
    }
    folder.run("elsewhere/new.db", &["check"]).with_code(0);
}

#[test]
fn a_library_that_is_a_link_is_restored_where_it_leads() {
    let folder = with_sample();
    folder.run("a.db", &["backup", "backup.db"]).with_code(0);
    fs::create_dir(folder.path("disk")).unwrap();
    link(&folder, "disk/library.db", "library.db");
    for kept in [&[][..], &["library.db.replaced-1"]] {
        folder.run("library.db", &["restore", "--force", "backup.db"]).with_code(0);
        assert!(fs::symlink_metadata(folder.path("library.db")).unwrap().is_symlink());
        folder.run("disk/library.db", &["check"]).with_code(0);
        for name in kept {
            folder.run(&format!("disk/{name}"), &["check"]).with_code(0);
        }
    }
    assert_eq!(folder.names(), ["a.db", "backup.db", "disk", "library.db"]);
}

#[test]
fn pipes_and_what_the_program_was_started_with_are_written_to() {
    let folder = with_sample();
    let exported = folder.run("a.db", &["export"]).with_code(0).stdout;
    for line in [
        "mkfifo pipe; cat pipe >out & reelgraph export pipe && wait $! && test -p pipe",
        "reelgraph export >(cat >out) && wait $!",
        "reelgraph export /dev/stdout | cat >out",
        "reelgraph export /dev/stdout >out",
        "reelgraph export /dev/fd/3 3>out",
        "reelgraph export - | cat >out",
    ] {
        folder.shell("a.db", line).with_code(0);
        assert!(fs::read_to_string(folder.path("out")).unwrap() == exported, "{line}");
        fs::remove_file(folder.path("out")).unwrap();
    }
    for line in [
        "{ echo 1; reelgraph export /dev/stdout; } >out",
        "exec 3>out; echo 1 >&3; reelgraph export /dev/fd/3",
    ] {
        folder.shell("a.db", line).with_code(0);
        let written = fs::read_to_string(folder.path("out")).unwrap();
        assert!(written == format!("1\n{exported}"), "{line}");
        fs::remove_file(folder.path("out")).unwrap();
    }
}

#[test]
fn a_backup_goes_to_standard_output_and_pipes_and_leaves_nothing() {
    let folder = with_sample();
    fs::create_dir(folder.path("tmp")).unwrap();
    for line in [
        "TMPDIR=tmp reelgraph backup - >out.db",
        "TMPDIR=tmp reelgraph backup - | cat >out.db",
        "TMPDIR=tmp reelgraph backup >(cat >out.db) && wait $!",
    ] {
        folder.shell("a.db", line).with_code(0).saying("verified");
        folder.run("b.db", &["restore", "out.db"]).with_code(0).saying("Restored 1000 videos");
        assert_eq!(folder.names(), ["a.db", "b.db", "out.db", "tmp"]);
        assert_eq!(fs::read_dir(folder.path("tmp")).unwrap().count(), 0, "{line}");
        fs::remove_file(folder.path("b.db")).unwrap();
    }
    folder.damage("a.db", "DELETE FROM audit_log WHERE sequence = 7");
    let line = "TMPDIR=tmp reelgraph backup - >out.db";
    folder.shell("a.db", line).with_code(1).saying("damaged");
    assert_eq!(fs::metadata(folder.path("out.db")).unwrap().len(), 0);
    let line = "TMPDIR=none reelgraph backup - >out.db";
    folder.shell("a.db", line).with_code(1).saying("set TMPDIR to use another folder");
}

#[cfg_attr(not(superuser), ignore = "needs root")]
#[test]
fn a_device_stays_a_device() {
    let folder = with_sample();
    assert!(folder.shell("a.db", "mknod null c 1 3; mknod full c 1 7").code == Some(0));
    for command in ["export", "backup"] {
        folder.run("a.db", &[command, "null"]).with_code(0);
        folder.run("a.db", &[command, "--force", "null"]).with_code(0);
        folder
            .run("a.db", &[command, "full"])
            .with_code(1)
            .saying("could not write full: No space");
    }
    for name in ["null", "full"] {
        assert!(fs::metadata(folder.path(name)).unwrap().file_type().is_char_device());
    }
}

#[test]
fn a_file_that_is_replaced_keeps_its_mode() {
    let folder = with_sample();
    for mode in [0o600, 0o644, 0o660, 0o400] {
        for command in ["export", "backup"] {
            fs::write(folder.path("file"), "old").unwrap();
            fs::set_permissions(folder.path("file"), fs::Permissions::from_mode(mode)).unwrap();
            folder.run("a.db", &[command, "--force", "file"]).with_code(0);
            assert_eq!(folder.mode("file"), mode, "{command}");
            fs::remove_file(folder.path("file")).unwrap();
        }
    }
}

#[cfg_attr(not(superuser), ignore = "needs root")]
#[test]
fn a_file_that_is_replaced_keeps_its_owner_where_that_is_permitted() {
    let folder = with_sample();
    folder.run("a.db", &["backup", "backup.db"]).with_code(0);
    let owner = |name: &str| {
        let found = fs::metadata(folder.path(name)).unwrap();
        (found.uid(), found.gid())
    };
    for (command, library) in [
        (&["export", "--force", "file"][..], "a.db"),
        (&["backup", "--force", "file"], "a.db"),
        (&["restore", "--force", "backup.db"], "file"),
    ] {
        fs::write(folder.path("file"), "old").unwrap();
        chown(folder.path("file"), Some(1234), Some(2345)).unwrap();
        folder.run(library, command).with_code(0);
        assert_eq!(owner("file"), (1234, 2345), "{command:?}");
    }
    // Another user may write into the folder, and give nothing away.
    folder.shell("a.db", "chmod 777 . && chmod 644 a.db").with_code(0);
    let line = "setpriv --reuid=65534 --regid=65534 --clear-groups reelgraph export --force file";
    let run = folder.shell("a.db", line).with_code(0);
    run.saying("user 1234 and group 2345").saying("user 65534 and group 65534");
}

#[test]
fn new_files_are_for_their_user_and_group_alone() {
    for (umask, mode) in [("000", 0o640), ("022", 0o640), ("027", 0o640), ("077", 0o600)] {
        let folder = Folder::new();
        let line = format!(
            "umask {umask}; reelgraph import {SAMPLE} && reelgraph export out && reelgraph backup b \
             && reelgraph restore --database-url sqlite:r b \
             && ln -s c.db link && reelgraph migrate --database-url sqlite:link \
             && reelgraph key create --name n --role admin --database-url sqlite:k"
        );
        folder.shell("a.db", &line).with_code(0);
        for name in ["a.db", "out", "b", "r", "c.db", "k"] {
            assert_eq!(folder.mode(name), mode, "{name} with the umask {umask}");
        }
    }
}

#[test]
fn what_lies_beside_a_new_library_is_not_readable_by_others() {
    let folder = Folder::new();
    let server = Server::start(&["--database-url", &folder.url("a.db")]);
    assert_eq!(server.ask(ADD).status, 200);
    for name in ["a.db", "a.db-wal", "a.db-shm"] {
        assert_eq!(folder.mode(name) & 0o007, 0, "{name}");
    }
}

/// Starts a backup and kills it while it writes.
fn kill_a_backup(folder: &Folder, name: &str) {
    let part = folder.path(&format!("{name}.reelgraph.part"));
    let mut command = reelgraph(&["backup", folder.path(name).to_str().unwrap()]);
    command.env("REELGRAPH_DATABASE_URL", folder.url("a.db"));
    let mut backup = command.stderr(Stdio::null()).spawn().unwrap();
    let begin = Instant::now();
    while !fs::metadata(&part).is_ok_and(|metadata| metadata.len() > 0) {
        assert!(begin.elapsed() < PATIENCE && backup.try_wait().unwrap().is_none());
        thread::yield_now();
    }
    backup.kill().unwrap();
    backup.wait().unwrap();
    assert!(part.exists());
}

#[test]
fn what_killed_commands_left_is_removed_by_the_next_one() {
    let folder = with_sample();
    kill_a_backup(&folder, "monday.db");
    fs::write(folder.path("sunday.db.reelgraph.part-journal"), "left alone").unwrap();
    fs::write(folder.path("film.mkv.part"), "of another program").unwrap();
    let run = folder.run("a.db", &["backup", "tuesday.db"]).with_code(0);
    run.saying("monday.db.reelgraph.part, left by a command that was killed");
    assert_eq!(folder.names(), ["a.db", "film.mkv.part", "tuesday.db"]);
}

#[test]
fn what_is_still_being_written_is_not_removed() {
    let folder = with_sample();
    let part = folder.path("monday.db.reelgraph.part");
    let file = fs::File::create(&part).unwrap();
    file.lock().unwrap();
    folder.run("a.db", &["backup", "tuesday.db"]).with_code(0);
    folder.run("a.db", &["backup", "monday.db"]).with_code(1).saying("another process is writing");
    assert!(part.exists());
    drop(file);
    folder.run("a.db", &["export", "out"]).with_code(0);
    assert!(!part.exists());
}

#[cfg_attr(not(superuser), ignore = "needs root")]
#[test]
fn what_others_left_stays() {
    let folder = with_sample();
    fs::create_dir(folder.path("folder.reelgraph.part")).unwrap();
    fs::write(folder.path("sunday.db.reelgraph.part"), "").unwrap();
    chown(folder.path("sunday.db.reelgraph.part"), Some(1234), None).unwrap();
    folder.run("a.db", &["export", "out"]).with_code(0);
    let names = ["a.db", "folder.reelgraph.part", "out", "sunday.db.reelgraph.part"];
    assert_eq!(folder.names(), names);
}
