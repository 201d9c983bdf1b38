//! Output that cannot be written: on a full disk, or into a pipe that nobody reads any more.

use std::io;
use std::process::{Command, Stdio};

use crate::support::binary::reelgraph;
use crate::support::folder::Folder;

const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/sample.ndjson");

/// Every command that writes to standard output.
const COMMANDS: &[&[&str]] = &[
    &["--help"],
    &["help", "backup"],
    &["--version"],
    &["schema"],
    &["config"],
    &["config", "--reference"],
    &["migrate"],
    &["check"],
    &["export"],
    &["export", "/dev/stdout"],
    &["export", "--at", "9999-01-01T00:00:00Z"],
    &["diff", "1990-01-01T00:00:00Z"],
    &["diff", "--json", "1990-01-01T00:00:00Z"],
    &["backup", "-"],
    &["key", "list"],
    &["key", "create", "--name", "new", "--role", "reader"],
    &["key", "revoke", "old"],
];

/// Ways to keep a program from writing, and what it says then.
#[cfg(target_os = "linux")]
fn unwritable() -> [(Stdio, &'static str); 2] {
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    [(Stdio::from(full), "No space left on device"), (closed_pipe(), "Broken pipe")]
}

#[cfg(unix)]
fn closed_pipe() -> Stdio {
    io::pipe().unwrap().1.into()
}

fn with_a_key() -> Folder {
    let folder = Folder::new();
    folder.run("a.db", &["import", SAMPLE]).with_code(0);
    folder.run("a.db", &["key", "create", "--name", "old", "--role", "reader"]).with_code(0);
    folder
}

fn command(folder: &Folder, arguments: &[&str]) -> Command {
    let mut command = reelgraph(arguments);
    command.current_dir(folder.path("")).env("REELGRAPH_DATABASE_URL", folder.url("a.db"));
    command
}

#[cfg(target_os = "linux")]
#[test]
fn what_cannot_be_printed_is_an_error() {
    for arguments in COMMANDS {
        for (output, why) in unwritable() {
            let folder = with_a_key();
            let mut command = command(&folder, arguments);
            command.stdin(Stdio::null()).stdout(output);
            let output = command.stderr(Stdio::piped()).output().unwrap();
            let said = String::from_utf8(output.stderr).unwrap();
            let told = format!("error: could not write standard output: {why}");
            assert!(said.contains(&told), "{arguments:?}: {said}");
            assert_eq!(output.status.code(), Some(1), "{arguments:?}: {said}");
        }
    }
}

#[cfg(unix)]
#[test]
fn faults_that_cannot_be_printed_are_an_error() {
    let folder = with_a_key();
    folder.damage("a.db", "DELETE FROM audit_log WHERE sequence = 7");
    let mut check = command(&folder, &["check"]);
    let output = check.stdout(closed_pipe()).stderr(Stdio::piped()).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.starts_with("error: could not write standard output"), "{said}");
    assert_eq!(output.status.code(), Some(1), "{said}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_key_that_cannot_be_printed_is_revoked() {
    for (output, _) in unwritable() {
        let folder = with_a_key();
        let mut create = command(&folder, &["key", "create", "--name", "new", "--role", "admin"]);
        let output = create.stdout(output).stderr(Stdio::piped()).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains("was revoked: create another one"), "{said}");
        let listed = folder.run("a.db", &["key", "list"]).with_code(0);
        let line = listed.stdout.lines().find(|line| line.contains(" new ")).unwrap();
        assert!(line.contains("revoked"), "{listed}");
        folder.run("a.db", &["key", "create", "--name", "new", "--role", "admin"]).with_code(0);
    }
}

#[cfg(unix)]
#[test]
fn a_closed_standard_error_changes_nothing() {
    for arguments in COMMANDS.iter().copied().chain([
        &["import", SAMPLE][..],
        &["export", "out"],
        &["backup", "out.db"],
        &["restore", "--force", "backup.db"],
    ]) {
        let folder = with_a_key();
        folder.run("a.db", &["backup", "backup.db"]).with_code(0);
        let mut command = command(&folder, arguments);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(closed_pipe());
        assert_eq!(command.status().unwrap().code(), Some(0), "{arguments:?}");
    }
    for (arguments, code) in
        [(&["--unknown"][..], 2), (&["check", "--database-url", "sqlite:no"], 1)]
    {
        let mut command = reelgraph(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(closed_pipe());
        assert_eq!(command.status().unwrap().code(), Some(code), "{arguments:?}");
    }
}
