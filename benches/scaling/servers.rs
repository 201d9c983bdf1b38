//! The PostgreSQL server with a replica that tests start, with the settings of a database in use.

#[path = "../../tests/integration/support/cluster.rs"]
mod cluster;
#[path = "../../tests/integration/support/postgres.rs"]
mod postgres;
#[path = "../../tests/integration/support/process.rs"]
mod process;
#[path = "../../tests/integration/support/replica.rs"]
mod replica;

use std::path::Path;

pub use self::replica::Replicated;

/// What the settings of tests do not have: durable commits, and memory for the libraries.
const SETTINGS: &[&str] =
    &["--fsync=on", "--max_connections=200", "--shared_buffers=1GB", "--max_wal_size=4GB"];

/// Why no server can be started.
pub fn fault() -> Option<String> {
    let program = Path::new(postgres::PROGRAMS).join("postgres");
    (!program.exists()).then(|| format!("{} is missing", program.display()))
}

/// A server and its replica, without a library.
pub async fn start() -> Replicated {
    Replicated::start_with(SETTINGS).await
}

/// Waits until the replica has all that the primary has.
pub async fn wait_for_replica(servers: &Replicated) {
    let end = "SELECT (pg_current_wal_lsn() - '0/0')::bigint";
    let end = postgres::number(&servers.primary(), end).await;
    let is_there = format!("SELECT (pg_last_wal_replay_lsn() - '0/0' >= {end})::int::bigint");
    postgres::wait_for_number(&servers.replica(), &is_there, 1).await;
}
