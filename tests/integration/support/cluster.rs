//! A PostgreSQL server of a test's own, which can be stopped, killed and started again, and have replicas.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use super::postgres::{PROGRAMS, new_folder, other_user, wait_for};
use super::process::PATIENCE;

/// Runs the server until the standard input ends, which it does when the test ends, however it does.
const RUN: &str = r#"
    programs=$1 folder=$2
    shift 2
    "$programs/postgres" -D "$folder/data" -k "$folder" -c listen_addresses= -c fsync=off \
        -c shared_buffers=16MB -c log_min_messages=fatal -c wal_retrieve_retry_interval=100ms "$@" &
    read -r _
    kill -QUIT $!
    wait $!"#;

/// Mounts a disk with so many kilobytes for a user and a group.
const MOUNT: &str = r"mount -t tmpfs -o size=$1k,mode=0700,uid=$2,gid=$3 tmpfs data &&
    echo mounted && read -r _";

/// A server and its files, which go with the test.
pub struct Cluster {
    folder: PathBuf,
    /// Settings of its own, as options of its command.
    options: &'static [&'static str],
    /// None while the server does not run.
    runner: Mutex<Option<Child>>,
    /// In whose mount namespace the disk of the server is; none if it has no disk of its own.
    holder: Option<Child>,
}

impl Cluster {
    /// A running server without databases.
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// The same with settings of its own, as options of its command.
    pub fn start_with(options: &'static [&'static str]) -> Self {
        Self::start_in(None, new_folder(), options)
    }

    /// The same on a disk with so much room that nobody else sees. Only root can make one.
    pub fn start_on_disk(kilobytes: u32) -> Self {
        let (user, group) = other_user().unwrap();
        let folder = new_folder();
        fs::create_dir(folder.join("data")).unwrap();
        let mut holder = Command::new("unshare");
        holder.args(["--mount", "sh", "-c", MOUNT, "sh"]).current_dir(&folder);
        holder.args([kilobytes, user, group].map(|it| it.to_string()));
        let mut holder = holder.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut said = String::new();
        BufReader::new(holder.stdout.as_mut().unwrap()).read_line(&mut said).unwrap();
        assert_eq!(said, "mounted\n");
        Self::start_in(Some(holder), folder, &[])
    }

    fn start_in(holder: Option<Child>, folder: PathBuf, options: &'static [&'static str]) -> Self {
        let cluster = Self { folder, options, runner: Mutex::default(), holder };
        let mut init = cluster.command(&format!("{PROGRAMS}/initdb"));
        init.args(["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"]);
        run(init.arg("--no-sync").arg("-D").arg(cluster.data()));
        cluster.restart();
        cluster
    }

    /// A running replica of it.
    pub fn start_replica(&self) -> Self {
        let (folder, options) = (new_folder(), self.options);
        let replica = Self { folder, options, runner: Mutex::default(), holder: None };
        let mut copy = replica.command(&format!("{PROGRAMS}/pg_basebackup"));
        copy.args(["-U", "postgres", "-X", "stream", "-c", "fast", "--no-sync", "-R", "-h"]);
        run(copy.arg(&self.folder).arg("-D").arg(replica.data()));
        replica.restart();
        replica
    }

    /// Makes a replica a primary.
    pub fn promote(&self) {
        run(self
            .command(&format!("{PROGRAMS}/pg_ctl"))
            .args(["promote", "-w", "-D"])
            .arg(self.data()));
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// Its socket.
    pub fn socket(&self) -> PathBuf {
        self.folder.join(".s.PGSQL.5432")
    }

    /// A command that runs as the server does, and sees its disk.
    fn command(&self, program: &str) -> Command {
        let mut command = match (&self.holder, other_user()) {
            (Some(holder), Some((user, group))) => {
                let mut command = Command::new("nsenter");
                command.args(["--target", &holder.id().to_string(), "--mount", "setpriv"]);
                command.args([format!("--reuid={user}"), format!("--regid={group}")]);
                command.args(["--clear-groups", program]);
                command
            }
            (_, user) => {
                let mut command = Command::new(program);
                if let Some((user, group)) = user {
                    command.uid(user).gid(group);
                }
                command
            }
        };
        command.process_group(0).current_dir(&self.folder);
        command
    }

    /// A file of the server as the test sees it.
    fn file(&self, name: &str) -> PathBuf {
        let path = self.data().join(name);
        match &self.holder {
            Some(holder) => format!("/proc/{}/root{}", holder.id(), path.display()).into(),
            None => path,
        }
    }

    /// The URL of a database.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@localhost/{database}?host={}", self.folder.display())
    }

    /// Writes to a file until the disk has no room left.
    pub fn take_all_room(&self) {
        let mut file = fs::File::create(self.file("ballast")).unwrap();
        while file.write(&[0; 4096]).is_ok_and(|written| written > 0) {}
    }

    /// Removes that file.
    pub fn free_room(&self) {
        fs::remove_file(self.file("ballast")).unwrap();
    }

    /// Has it begin another file of its write-ahead log, for which there is no room, and give up.
    #[track_caller]
    pub fn fail_at_next_log_file(&self) {
        const NEXT: &str = "SELECT pg_switch_wal()";
        const WRITE: &str = "SELECT pg_logical_emit_message(true, '', '')";
        let mut psql = self.command(&format!("{PROGRAMS}/psql"));
        psql.args(["-U", "postgres", "-c", NEXT, "-c", WRITE, "-h"]).arg(&self.folder);
        // Whether it is this connection that fails, or another one that ends it.
        let output = psql.output().unwrap();
        let log = || fs::read_to_string(self.folder.join("log")).unwrap();
        let deadline = Instant::now() + PATIENCE;
        while !log().contains("PANIC") {
            assert!(Instant::now() < deadline, "{output:?}\n{}", log());
            thread::sleep(Duration::from_millis(5));
        }
        assert!(log().contains("No space left on device"), "{}", log());
    }

    /// Starts it again, and waits until it takes connections.
    pub fn restart(&self) {
        self.start_again();
        wait_for(&self.folder);
    }

    /// Starts it again.
    pub fn start_again(&self) {
        self.crash();
        // What has ended in no order leaves it.
        let _ = fs::remove_file(self.file("postmaster.pid"));
        let mut command = self.command("sh");
        command.args(["-c", RUN, "sh", PROGRAMS]).arg(&self.folder).args(self.options);
        let log = fs::File::create(self.folder.join("log")).unwrap();
        command.stdin(Stdio::piped()).stdout(log.try_clone().unwrap()).stderr(log);
        *self.runner.lock().unwrap() = Some(command.spawn().unwrap());
    }

    /// Ends it as a loss of power does.
    pub fn kill(&self) {
        self.signal("KILL");
    }

    /// Ends it without a checkpoint, and waits until none of its processes is left.
    pub fn crash(&self) {
        self.end();
        self.wait_for_end();
    }

    /// Shuts it down: connections are ended, and replicas get all that it has.
    pub fn shut_down(&self) {
        let file = fs::read_to_string(self.file("postmaster.pid")).unwrap();
        send("INT", [file.lines().next().unwrap()]);
        self.wait_for_end();
        self.end();
    }

    /// Sends a signal to all of its processes.
    pub fn signal(&self, signal: &str) {
        send(signal, processes_in(&self.data()));
    }

    fn end(&self) {
        if let Some(mut runner) = self.runner.lock().unwrap().take() {
            drop(runner.stdin.take());
            let _ = runner.wait();
        }
    }

    fn wait_for_end(&self) {
        let deadline = Instant::now() + PATIENCE;
        while processes_in(&self.data()).next().is_some() {
            assert!(Instant::now() < deadline, "PostgreSQL does not end");
            thread::sleep(Duration::from_millis(5));
        }
    }
}

/// Runs a command, which must succeed.
#[track_caller]
fn run(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?} {output:?}");
}

/// Sends a signal to processes, some of which may have ended meanwhile.
fn send(signal: &str, processes: impl IntoIterator<Item = impl AsRef<OsStr>>) {
    let mut kill = Command::new("kill");
    kill.arg(format!("-{signal}")).args(processes);
    let _ = kill.stderr(Stdio::null()).status();
}

/// The processes whose working directory this is, as it is that of all of a server.
fn processes_in(data: &Path) -> impl Iterator<Item = OsString> {
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let is_there = move |process: &fs::DirEntry| {
        fs::read_link(process.path().join("cwd")).is_ok_and(|folder| folder == data)
    };
    processes.filter(is_there).map(|process| process.file_name())
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // A stopped process does not end.
        self.signal("CONT");
        self.end();
        if let Some(mut holder) = self.holder.take() {
            let _ = holder.kill();
            let _ = holder.wait();
        }
        let _ = fs::remove_dir_all(&self.folder);
    }
}
