//! The program on libraries in files and in databases, which must be the same to whoever uses it.

mod cluster;
mod commands;
mod copying;
mod history;
mod past;
mod pooler;
mod refusals;
#[cfg(target_os = "linux")]
mod replicas;
mod secrets;
mod tls;

use std::process::Command;

use crate::support::binary::{Finished, Server, reelgraph};
use crate::support::folder::Folder;
use crate::support::postgres::{self, block_on, new_database};

/// The records of the sample.
const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/sample.ndjson");

/// Runs each case on a library in a file and on one in a database.
macro_rules! in_each_store {
    ($($case:ident),+ $(,)?) => {
        mod sqlite {
            $(#[test] fn $case() { super::$case(&super::Library::in_file()); })+
        }
        mod postgres {
            $(
                #[test]
                #[cfg_attr(
                    not(postgres),
                    ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin"
                )]
                fn $case() { super::$case(&super::Library::in_database()); }
            )+
        }
    };
}
use in_each_store;

/// A library that does not exist yet.
struct Library {
    url: String,
    folder: Folder,
}

impl Library {
    fn in_file() -> Self {
        let folder = Folder::new();
        Self { url: folder.url("library.db"), folder }
    }

    fn in_database() -> Self {
        Self::at(new_database(""))
    }

    fn at(url: String) -> Self {
        Self { url, folder: Folder::new() }
    }

    /// A command on it.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = reelgraph(arguments);
        command.env("REELGRAPH_DATABASE_URL", &self.url);
        command
    }

    /// Runs a command on it to its end.
    #[track_caller]
    fn run(&self, arguments: &[&str]) -> Finished {
        Finished::run(self.command(arguments))
    }

    /// Serves it.
    fn serve(&self, arguments: &[&str]) -> Server {
        let mut command = self.command(arguments);
        command.env("REELGRAPH_LISTEN", "127.0.0.1:0");
        Server::spawn(command)
    }
}

/// Runs statements in the database at this URL.
fn execute(url: &str, sql: &str) {
    block_on(postgres::execute(url, sql));
}

/// The number that a statement finds in the database at this URL.
fn number(url: &str, sql: &str) -> i64 {
    block_on(postgres::number(url, sql))
}
