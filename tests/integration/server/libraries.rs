//! Libraries as files: importing, exporting, checking, and what is told about them.

use std::fs;
use std::process::Stdio;

use crate::support::binary::{Finished, Server, reelgraph};
use crate::support::folder::Folder;

const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/sample.ndjson");

#[test]
fn export_import_and_export_give_identical_bytes() {
    let folder = Folder::new();
    folder.run("a.db", &["import", SAMPLE]).with_code(0).saying("1000 added");
    let first = folder.run("a.db", &["export"]).with_code(0).stdout;
    assert_eq!(first.lines().count(), 1000);

    let file = folder.path("a.ndjson");
    folder.run("a.db", &["export", file.to_str().unwrap()]).with_code(0).saying("1000 videos");
    assert!(fs::read_to_string(&file).unwrap() == first, "a file has what standard output has");
    assert_eq!(folder.names(), ["a.db", "a.ndjson"]);

    folder.run("b.db", &["import", file.to_str().unwrap()]).with_code(0);
    assert!(folder.run("b.db", &["export"]).with_code(0).stdout == first);
}

#[test]
fn records_come_from_standard_input_as_well() {
    let folder = Folder::new();
    let mut command = reelgraph(&["import", "-"]);
    command.env("REELGRAPH_DATABASE_URL", format!("sqlite:{}", folder.path("a.db").display()));
    command.stdin(fs::File::open(SAMPLE).unwrap()).stdout(Stdio::null()).stderr(Stdio::null());
    assert!(command.status().unwrap().success());
    folder.run("a.db", &["check"]).with_code(0);
}

#[test]
fn check_names_what_is_damaged() {
    let cases = [
        (
            "UPDATE videos SET width = width + 1
            WHERE path = (SELECT path FROM videos ORDER BY path LIMIT 1)",
            "its width does not match its history",
        ),
        ("DELETE FROM audit_log WHERE sequence = 7", "it has no history"),
        (
            "DELETE FROM videos WHERE path = (SELECT path FROM videos ORDER BY path LIMIT 1)",
            "it does not exist",
        ),
        ("UPDATE audit_log SET version = 2 WHERE sequence = 7", "version 2 follows version 0"),
    ];
    let folder = Folder::new();
    folder.run("whole.db", &["import", SAMPLE]).with_code(0);
    folder.run("whole.db", &["check"]).with_code(0);
    for (sql, fault) in cases {
        fs::copy(folder.path("whole.db"), folder.path("damaged.db")).unwrap();
        folder.damage("damaged.db", sql);
        let checked = folder.run("damaged.db", &["check"]).with_code(1);
        assert!(checked.stdout.contains(fault), "{sql}\n{checked}");
    }
}

#[test]
fn what_reads_a_library_does_not_make_one() {
    let folder = Folder::new();
    for command in [&["export"][..], &["check"], &["backup", "backup.db"]] {
        folder.run("none.db", command).with_code(1).saying("there is no library at");
        assert_eq!(folder.names(), [""; 0]);
    }
    for command in [
        &["import"][..],
        &["export"],
        &["check"],
        &["backup", "backup.db"],
        &["restore", "backup.db"],
    ] {
        let mut command = reelgraph(command);
        command.env("REELGRAPH_DATABASE_URL", "memory:");
        Finished::run(command)
            .with_code(1)
            .saying("a library in memory is lost when this command ends");
    }
}

#[test]
fn a_library_that_was_imported_is_served() {
    let folder = Folder::new();
    folder.run("a.db", &["import", SAMPLE]).with_code(0);
    let url = format!("sqlite:{}", folder.path("a.db").display());
    let server = Server::start(&["--database-url", &url]);
    let answer = server.ask("{ videos(first: 1) { totalCount } auditEntries { totalCount } }");
    assert_eq!(
        answer.json()["data"].to_string(),
        r#"{"videos":{"totalCount":1000},"auditEntries":{"totalCount":1000}}"#
    );
}

#[test]
fn a_stop_leaves_the_library_in_one_file() {
    let folder = Folder::new();
    let url = format!("sqlite:{}", folder.path("a.db").display());
    let server = Server::start(&["--database-url", &url]);
    let answer = server.ask(
        "mutation { addVideo(input: { path: \"/a\", durationFrames: 1, frameRate: { numerator: 1 }, \
         width: 1, height: 1, videoCodec: \"h264\", fileSize: 1 }) { userErrors { message } } }",
    );
    assert_eq!(answer.status, 200, "{answer}");
    server.signal("TERM");
    server.finish().with_code(0);
    let files: Vec<_> =
        fs::read_dir(folder.path("")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(files, ["a.db"]);
    folder.run("a.db", &["check"]).with_code(0);
}

#[test]
fn why_a_library_cannot_be_opened_is_said_once() {
    let folder = Folder::new();
    folder.run("a.db", &["migrate"]).with_code(0);
    // SQLite cannot open a folder as one of its own files.
    fs::create_dir(folder.path("a.db-wal")).unwrap();
    fs::write(folder.path("a.db-shm"), "").unwrap();
    for command in [
        &["check"][..],
        &["export"],
        &["backup", "b"],
        &["key", "list"],
        &["migrate"],
        &["serve", "--listen", "127.0.0.1:0", "--log-format", "json"],
    ] {
        let finished = folder.run("a.db", command).with_code(1);
        let times = |part| finished.stderr.matches(part).count();
        assert_eq!(times("unable to open database file"), 1, "{finished}");
        assert_eq!(times("Error code"), 0, "{finished}");
    }
}
