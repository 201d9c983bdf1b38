//! A PostgreSQL server with a streaming replica, for one test.

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use sqlx::postgres::PgRow;
use sqlx::{Connection, PgConnection, Row};

use super::postgres::{PROGRAMS, execute, other_user, wait_for_number};
use super::process::PATIENCE;

/// Starts both servers in their folder, and stops them and removes the folder as soon as the standard input
/// ends.
const RUN: &str = r#"
    set -e
    "$1/initdb" -D "$2/primary" -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync
    cat >> "$2/primary/postgresql.conf" <<END
        listen_addresses = ''
        unix_socket_directories = '$2'
        fsync = off
        max_connections = 100
        shared_buffers = 32MB
        log_min_messages = fatal
        wal_retrieve_retry_interval = 100ms
        $3
END
    "$1/pg_ctl" -D "$2/primary" -o "-p 5432" -l "$2/log" -w start
    "$1/pg_basebackup" -h "$2" -p 5432 -U postgres -D "$2/replica" -R -X stream -c fast --no-sync
    "$1/pg_ctl" -D "$2/replica" -o "-p 5433" -l "$2/log" -w start
    touch "$2/ready"
    set +e
    read -r _
    for data in "$2/another" "$2/replica" "$2/primary"; do
        "$1/pg_ctl" -D "$data" -m immediate stop
    done
    rm -rf "$2""#;

/// Starts one more replica.
const ANOTHER: &str = r#"
    set -e
    "$1/pg_basebackup" -h "$2" -p 5432 -U postgres -D "$2/another" -R -X stream -c fast --no-sync
    "$1/pg_ctl" -D "$2/another" -o "-p 5434" -l "$2/log" -w start"#;

/// The servers, which end with this.
pub struct Replicated {
    folder: PathBuf,
    runner: Child,
}

impl Replicated {
    /// Starts both.
    pub async fn start() -> Self {
        Self::start_with("").await
    }

    /// Starts both with these lines of `postgresql.conf` as well.
    pub async fn start_with(settings: &'static str) -> Self {
        tokio::task::spawn_blocking(|| Self::start_and_wait(settings)).await.unwrap()
    }

    fn start_and_wait(settings: &str) -> Self {
        let folder = tempfile::Builder::new().prefix("replica-").tempdir().unwrap().keep();
        let mut command = as_server(Command::new("sh"), &folder);
        command.args(["-c", RUN, "sh", PROGRAMS]).arg(&folder).arg(settings);
        // The runner outlives an interrupt of the terminal, which the tests do not.
        command.process_group(0).stdin(Stdio::piped());
        let output = fs::File::create(folder.join("output")).unwrap();
        command.stdout(output.try_clone().unwrap()).stderr(output);
        let runner = command.spawn().unwrap();
        let servers = Self { folder, runner };
        let deadline = Instant::now() + PATIENCE;
        while !servers.folder.join("ready").exists() {
            let output = fs::read_to_string(servers.folder.join("output")).unwrap_or_default();
            assert!(Instant::now() < deadline, "PostgreSQL did not start:\n{output}");
            thread::sleep(Duration::from_millis(20));
        }
        servers
    }

    /// The URL of the primary.
    pub fn primary(&self) -> String {
        self.url(5432)
    }

    /// The URL of the replica.
    pub fn replica(&self) -> String {
        self.url(5433)
    }

    /// Starts another replica, and returns its URL.
    pub async fn start_another(&self) -> String {
        let mut command = as_server(Command::new("sh"), &self.folder);
        command.args(["-c", ANOTHER, "sh", PROGRAMS]).arg(&self.folder);
        let null = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut started = null.spawn().unwrap();
        let status = tokio::task::spawn_blocking(move || started.wait().unwrap()).await.unwrap();
        assert!(status.success());
        self.url(5434)
    }

    /// A URL at which there is no server.
    pub fn nowhere(&self) -> String {
        self.url(5435)
    }

    fn url(&self, port: u16) -> String {
        let folder = self.folder.display();
        format!("postgres://postgres@localhost:{port}/postgres?host={folder}")
    }

    /// Has the replica stay as it is.
    pub async fn pause(&self) {
        self.ask_replica("SELECT pg_wal_replay_pause()").await;
        let deadline = Instant::now() + PATIENCE;
        let state = "SELECT pg_get_wal_replay_pause_state()";
        while self.ask_replica(state).await.get::<String, _>(0) != "paused" {
            assert!(Instant::now() < deadline, "the replica goes on");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Has the replica follow again.
    pub async fn resume(&self) {
        self.ask_replica("SELECT pg_wal_replay_resume()").await;
    }

    async fn ask_replica(&self, sql: &'static str) -> PgRow {
        let mut connection = PgConnection::connect(&self.replica()).await.unwrap();
        let row = sqlx::query(sql).fetch_one(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        row
    }

    /// Stops the replica as a crash does.
    pub fn stop_replica(&self) {
        self.control("replica", &["-m", "immediate", "stop"]);
    }

    /// Stops the primary in order, when the replica has all that it has.
    pub fn stop_primary(&self) {
        self.control("primary", &["-m", "fast", "stop"]);
    }

    /// Ends the primary without any order.
    pub fn kill_primary(&self) {
        self.control("primary", &["-m", "immediate", "stop"]);
    }

    /// Has the replica receive nothing more, as if nothing connected it to the primary.
    pub async fn cut_off(&self) {
        let sql = "ALTER SYSTEM SET primary_conninfo = ''; SELECT pg_reload_conf()";
        for sql in sql.split("; ") {
            execute(&self.replica(), sql).await;
        }
        wait_for_number(&self.replica(), "SELECT count(*) FROM pg_stat_wal_receiver", 0).await;
    }

    /// Both behind HAProxy, which listens at this address: the primary and, once that is down, the replica
    /// for good.
    pub fn balanced(&self, address: SocketAddr) -> String {
        let [primary, replica] =
            [5432, 5433].map(|port| self.folder.join(format!(".s.PGSQL.{port}")));
        let checked = "check inter 100ms fall 3 on-marked-down shutdown-sessions";
        format!(
            "defaults\n timeout connect 5s\n timeout client 24h\n timeout server 24h\n\
             listen postgres\n bind {address}\n mode tcp\n option tcp-check\n \
             stick-table type ip size 2 nopurge\n stick on dst\n \
             server primary unix@{} {checked}\n server replica unix@{} {checked} backup\n",
            primary.display(),
            replica.display()
        )
    }

    /// Makes the replica a primary.
    pub fn promote(&self) {
        self.control("replica", &["promote"]);
    }

    /// Starts the replica again.
    pub fn start_replica(&self) {
        self.start_server("replica", "-p 5433");
    }

    /// Starts the primary again, whatever has become of the replica.
    pub fn start_primary(&self) {
        self.start_server("primary", "-p 5432");
    }

    fn start_server(&self, server: &str, options: &str) {
        let log = self.folder.join("log");
        self.control(server, &["-o", options, "-l", log.to_str().unwrap(), "start"]);
    }

    fn control(&self, server: &str, arguments: &[&str]) {
        let mut command = as_server(Command::new(Path::new(PROGRAMS).join("pg_ctl")), &self.folder);
        command.arg("-w").arg("-D").arg(self.folder.join(server)).args(arguments);
        let null = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        assert!(null.status().unwrap().success(), "{command:?}");
    }
}

impl Drop for Replicated {
    fn drop(&mut self) {
        drop(self.runner.stdin.take());
        // Whatever becomes of it, the test is over.
        let _ = self.runner.wait();
    }
}

/// A program that is run in this folder as the user whom the servers belong to.
fn as_server(mut command: Command, folder: &Path) -> Command {
    if let Some((user, group)) = other_user() {
        chown(folder, Some(user), Some(group)).unwrap();
        command.uid(user).gid(group);
    }
    command.current_dir(folder);
    command
}
