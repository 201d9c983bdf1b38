//! The same library in SQLite and in PostgreSQL.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::{env, fs};

use tempfile::TempDir;
use tokio::runtime::Runtime;

use super::database;
use super::load::Program;
use super::machine::Family;
use super::servers::{self, Replicated};
use super::workloads::{self, Subjects};

const REELGRAPH: &str = env!("CARGO_BIN_EXE_reelgraph");

/// A library in both stores, the PostgreSQL one with a replica.
pub struct Libraries {
    pub subjects: Subjects,
    pub servers: Replicated,
    /// The processes of the primary and of the replica.
    pub primary: Family,
    pub replica: Family,
    sqlite: String,
    _temporary: TempDir,
}

impl Libraries {
    /// Those of as many videos.
    pub fn new(runtime: &Runtime, videos: usize) -> Self {
        let temporary = tempfile::tempdir().expect("a folder for the library");
        let kept = env::var_os("REELGRAPH_BENCH_FOLDER").map(PathBuf::from);
        let file = kept.as_deref().unwrap_or(temporary.path()).join(format!("{videos}.db"));
        let subjects = runtime.block_on(workloads::prepare(&file, videos));
        // It is changed, so that one that is kept begins the next time as it did now.
        let copy = temporary.path().join("copy.db");
        fs::copy(&file, &copy).expect("there is room for a copy");
        let sqlite = format!("sqlite:{}", copy.display());
        runtime.block_on(async {
            let servers = servers::start().await;
            fill(&sqlite, &servers.primary());
            database::settle(&servers.primary()).await;
            servers::wait_for_replica(&servers).await;
            let here = "the servers are on this machine";
            let primary = database::server(&servers.primary()).await.expect(here);
            let replica = database::server(&servers.replica()).await.expect(here);
            Self { subjects, servers, primary, replica, sqlite, _temporary: temporary }
        })
    }

    /// A server on SQLite.
    pub fn on_sqlite(&self) -> Program {
        serve(&["--database-url", &self.sqlite])
    }

    /// A server on PostgreSQL.
    pub fn on_primary(&self) -> Program {
        serve(&["--database-url", &self.servers.primary()])
    }

    /// A server that reads from the replica, as soon as it has found that fit.
    pub fn on_replica(&self) -> Program {
        let (primary, replica) = (self.servers.primary(), self.servers.replica());
        serve(&["--database-url", &primary, "--read-database-url", &replica])
    }
}

/// Copies a library into an empty database.
fn fill(sqlite: &str, primary: &str) {
    let mut command = Command::new(REELGRAPH);
    command.args(["copy", sqlite, primary]).stdout(Stdio::null()).stderr(Stdio::null());
    assert!(command.status().expect("the program is there").success(), "{command:?}");
}

fn serve(arguments: &[&str]) -> Program {
    let mut command = Command::new(REELGRAPH);
    command.args(["serve", "--listen", "127.0.0.1:0", "--log-level", "error"]).args(arguments);
    Program::start(command, Some("/graphql"))
}
