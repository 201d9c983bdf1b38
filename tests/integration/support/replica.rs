//! A PostgreSQL server with streaming replicas, for one test.

use std::net::SocketAddr;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use sqlx::postgres::PgRow;
use sqlx::{Connection, PgConnection, Row};
use tokio::task::{block_in_place, spawn_blocking};

use super::cluster::Cluster;
use super::postgres::{execute, wait_for_number};
use super::process::PATIENCE;

/// The servers, which end with this.
pub struct Replicated {
    primary: Cluster,
    replica: Cluster,
    another: OnceLock<Cluster>,
}

impl Replicated {
    /// Starts both.
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// The same with settings of their own, as options of their commands.
    pub async fn start_with(options: &'static [&'static str]) -> Self {
        let start = || {
            let primary = Cluster::start_with(options);
            let replica = primary.start_replica();
            Self { primary, replica, another: OnceLock::new() }
        };
        spawn_blocking(start).await.unwrap()
    }

    /// The URL of the primary.
    pub fn primary(&self) -> String {
        self.primary.url("postgres")
    }

    /// The URL of the replica.
    pub fn replica(&self) -> String {
        self.replica.url("postgres")
    }

    /// Starts another replica, and returns its URL.
    #[expect(clippy::disallowed_methods, reason = "no program of FFmpeg is started here")]
    pub fn start_another(&self) -> String {
        let start = || self.primary.start_replica();
        block_in_place(|| self.another.get_or_init(start)).url("postgres")
    }

    /// A URL at which there is no server.
    pub fn nowhere(&self) -> String {
        self.primary() + "/nowhere"
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
        self.replica.crash();
    }

    /// Stops the primary in order, when the replica has all that it has.
    pub fn stop_primary(&self) {
        self.primary.shut_down();
    }

    /// Ends the primary without any order.
    pub fn kill_primary(&self) {
        self.primary.kill();
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
        let [primary, replica] = [&self.primary, &self.replica].map(Cluster::socket);
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
        self.replica.promote();
    }

    /// Starts the replica again.
    pub fn start_replica(&self) {
        self.replica.restart();
    }

    /// Starts the primary again, whatever has become of the replica.
    pub fn start_primary(&self) {
        self.primary.restart();
    }
}
