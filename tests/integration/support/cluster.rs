//! A PostgreSQL server of a test's own, which can be stopped, killed and started again.

use std::fs;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::postgres::{PROGRAMS, other_user, wait_for};
use super::process::PATIENCE;

/// Runs the server until the standard input ends, which it does when the test ends, however it does.
const RUN: &str = r#"
    "$1/postgres" -D "$2/data" -k "$2" -c listen_addresses= -c fsync=off -c full_page_writes=off \
        -c shared_buffers=16MB -c log_min_messages=fatal &
    read -r _
    kill -QUIT $!
    wait $!"#;

/// A server and its files, which go with the test.
pub struct Cluster {
    folder: PathBuf,
    runner: Option<Child>,
}

impl Cluster {
    /// A running server without databases.
    pub fn start() -> Self {
        let folder = tempfile::Builder::new().prefix("cluster-").tempdir().unwrap().keep();
        Self::start_in(folder)
    }

    /// The same with its files in this folder, which may have a file system of its own.
    pub fn start_in(folder: PathBuf) -> Self {
        if let Some((user, group)) = other_user() {
            chown(&folder, Some(user), Some(group)).unwrap();
        }
        let mut cluster = Self { folder, runner: None };
        let mut init = cluster.command(&format!("{PROGRAMS}/initdb"));
        init.arg("-D").arg(cluster.folder.join("data"));
        init.args(["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"]);
        let output = init.arg("--no-sync").output().unwrap();
        assert!(output.status.success(), "{output:?}");
        cluster.restart();
        cluster
    }

    /// A command that runs as the server does.
    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        if let Some((user, group)) = other_user() {
            command.uid(user).gid(group);
        }
        command.process_group(0).current_dir(&self.folder);
        command
    }

    /// The URL of a database.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@localhost/{database}?host={}", self.folder.display())
    }

    /// Starts it again, and waits until it takes connections.
    pub fn restart(&mut self) {
        self.start_again();
        wait_for(&self.folder);
    }

    /// Starts it again.
    pub fn start_again(&mut self) {
        self.wait_for_end();
        let mut command = self.command("sh");
        command.args(["-c", RUN, "sh", PROGRAMS]).arg(&self.folder);
        let log = fs::File::create(self.folder.join("log")).unwrap();
        command.stdin(Stdio::piped()).stdout(log.try_clone().unwrap()).stderr(log);
        self.runner = Some(command.spawn().unwrap());
    }

    /// Ends it as a loss of power does.
    pub fn kill(&self) {
        self.signal("KILL");
    }

    /// Shuts it down; connections are ended.
    pub fn shut_down(&mut self) {
        self.end();
    }

    /// Sends a signal to all of its processes.
    pub fn signal(&self, signal: &str) {
        let file = fs::read_to_string(self.folder.join("data/postmaster.pid")).unwrap();
        let first = file.lines().next().unwrap();
        let children = format!("/proc/{first}/task/{first}/children");
        let children = fs::read_to_string(children).unwrap_or_default();
        let all = children.split_whitespace().chain([first]);
        // Some may have ended meanwhile.
        let _ =
            Command::new("kill").arg(format!("-{signal}")).args(all).stderr(Stdio::null()).status();
    }

    fn end(&mut self) {
        if let Some(mut runner) = self.runner.take() {
            drop(runner.stdin.take());
            let _ = runner.wait();
        }
    }

    /// Waits until none of the processes of the last start is left.
    fn wait_for_end(&mut self) {
        self.end();
        let deadline = Instant::now() + PATIENCE;
        let data = self.folder.join("data").display().to_string();
        while is_any_running(&data) {
            assert!(Instant::now() < deadline, "PostgreSQL does not end");
            thread::sleep(Duration::from_millis(5));
        }
        let _ = fs::remove_file(self.folder.join("data/postmaster.pid"));
    }
}

/// Whether a process has its working directory there, as all of a server have.
fn is_any_running(data: &str) -> bool {
    let processes = fs::read_dir("/proc").unwrap().flatten();
    processes
        .filter_map(|process| fs::read_link(process.path().join("cwd")).ok())
        .any(|folder| folder == Path::new(data))
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // A stopped process does not end.
        if self.folder.join("data/postmaster.pid").exists() {
            self.signal("CONT");
        }
        self.end();
        let _ = fs::remove_dir_all(&self.folder);
    }
}
