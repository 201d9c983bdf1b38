//! A disk without any room: a small file system in memory that nobody else sees and that is gone with
//! the test. Only root can make one.
#![cfg(target_os = "linux")]

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use crate::support::binary::{Finished, Server, reelgraph};
use crate::support::folder::Folder;
use crate::support::unavailable::{add, assert_unavailable, fill};

const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/sample.ndjson");

/// A disk, and a process in whose mount namespace it is.
struct Disk {
    holder: Child,
    folder: Folder,
}

impl Disk {
    /// An empty one with so much room.
    fn new(kilobytes: u32) -> Self {
        let folder = Folder::new();
        fs::create_dir(folder.path("disk")).unwrap();
        let line =
            format!("mount -t tmpfs -o size={kilobytes}k tmpfs disk && echo mounted && read end");
        let mut holder = Command::new("unshare");
        holder.args(["--mount", "sh", "-c", &line]).current_dir(folder.path(""));
        let mut holder = holder.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut said = String::new();
        BufReader::new(holder.stdout.as_mut().unwrap()).read_line(&mut said).unwrap();
        assert_eq!(said, "mounted\n");
        Self { holder, folder }
    }

    /// The file with this name as the programs know it that write there.
    fn named(&self, name: &str) -> String {
        self.folder.path("disk").join(name).display().to_string()
    }

    /// The same file as the test sees it.
    fn path(&self, name: &str) -> PathBuf {
        format!("/proc/{}/root{}", self.holder.id(), self.named(name)).into()
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.path("")).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// Writes to a file until there is no room left.
    fn take_all_room(&self, name: &str) {
        let mut file = File::create(self.path(name)).unwrap();
        while file.write(&[0; 4096]).is_ok_and(|written| written > 0) {}
    }

    /// The program, which sees the disk, on the library `a.db` there.
    fn command(&self, arguments: &[&str]) -> Command {
        let program = reelgraph(arguments);
        let holder = self.holder.id().to_string();
        let mut command = Command::new("nsenter");
        command.args(["--target", &holder, "--mount", "--"]);
        command.arg(program.get_program()).args(program.get_args());
        for (name, _) in program.get_envs() {
            command.env_remove(name);
        }
        command.env("REELGRAPH_DATABASE_URL", format!("sqlite:{}", self.named("a.db")));
        command
    }

    fn run(&self, arguments: &[&str]) -> Finished {
        Finished::run(self.command(arguments))
    }

    fn serve(&self) -> Server {
        Server::spawn(self.command(&["serve", "--listen", "127.0.0.1:0"]))
    }

    #[track_caller]
    fn assert_has(&self, videos: usize) {
        let checked = self.run(&["check"]).with_code(0);
        assert!(checked.stdout.contains(&format!("sound: {videos} videos")), "{checked}");
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.holder.kill();
        let _ = self.holder.wait();
    }
}

#[cfg_attr(not(superuser), ignore = "needs root")]
#[test]
fn a_full_disk_refuses_changes_until_there_is_room_again() {
    let disk = Disk::new(4096);
    fs::write(disk.path("ballast"), vec![0; 1 << 20]).unwrap();
    let server = disk.serve();
    let (added, refusal) = fill(&server);
    assert_ne!(added, 0);
    assert_unavailable(&refusal);
    disk.take_all_room("rest");
    assert_unavailable(&add(&server, added));
    let answer = server.ask("{ videos { totalCount } }");
    assert_eq!(answer.json()["data"]["videos"]["totalCount"], added, "{answer}\n{server}");
    assert_eq!(server.get("/health/live").status, 200);

    fs::remove_file(disk.path("ballast")).unwrap();
    let answer = add(&server, added);
    assert!(answer.json()["data"]["addVideo"]["video"].is_object(), "{answer}\n{server}");
    server.signal("TERM");
    server.finish().with_code(0);
    assert_eq!(disk.names(), ["a.db", "rest"]);
    disk.assert_has(added + 1);
}

#[cfg_attr(not(superuser), ignore = "needs root")]
#[test]
fn a_stop_on_a_full_disk_names_the_file_that_must_stay() {
    let disk = Disk::new(4096);
    fs::write(disk.path("ballast"), vec![0; 1 << 20]).unwrap();
    let server = disk.serve();
    let (added, _) = fill(&server);
    disk.take_all_room("rest");
    server.signal("TERM");
    server.finish().with_code(1).saying("a.db-wal, which is part of the library");
    disk.assert_has(added);
    fs::remove_file(disk.path("ballast")).unwrap();
    let server = disk.serve();
    server.signal("TERM");
    server.finish().with_code(0);
    assert_eq!(disk.names(), ["a.db", "rest"]);
    disk.assert_has(added);
}

#[cfg_attr(not(superuser), ignore = "needs root")]
#[test]
fn commands_on_a_full_disk_fail_and_leave_nothing() {
    let disk = Disk::new(3072);
    disk.run(&["migrate"]).with_code(0);
    disk.run(&["backup", &disk.named("backup.db")]).with_code(0);
    disk.take_all_room("rest");
    let before = fs::read(disk.path("a.db")).unwrap();
    let [new, backup] = ["new", "backup.db"].map(|name| disk.named(name));
    for (arguments, why) in [
        (&["import", SAMPLE][..], "free space on its disk"),
        (&["migrate"], "free space on its disk"),
        (&["backup", &new], "free space on its disk"),
        (&["restore", "--force", &backup], "No space left on device"),
        (&["key", "create", "--name", "new", "--role", "reader"], "free space on its disk"),
    ] {
        let finished = disk.run(arguments).with_code(1).saying(why);
        assert!(!finished.stderr.contains("Error code"), "{finished}");
        // SQLite may leave its own files, in which there is nothing.
        let mut names = disk.names();
        names.retain(|name| !name.starts_with("a.db-"));
        assert_eq!(names, ["a.db", "backup.db", "rest"], "{finished}");
        assert!(fs::read(disk.path("a.db")).unwrap() == before, "{finished}");
    }
    fs::remove_file(disk.path("rest")).unwrap();
    disk.assert_has(0);
}

#[cfg_attr(not(superuser), ignore = "needs root")]
#[test]
fn an_export_to_a_full_disk_fails_and_leaves_nothing() {
    let disk = Disk::new(3072);
    let elsewhere = Folder::new();
    elsewhere.run("a.db", &["import", SAMPLE]).with_code(0);
    disk.take_all_room("rest");
    let (url, file) = (elsewhere.url("a.db"), disk.named("export"));
    let finished = disk.run(&["export", "--database-url", &url, &file]).with_code(1);
    finished.saying("No space left on device");
    assert_eq!(disk.names(), ["rest"]);
}
