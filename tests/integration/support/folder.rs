//! A folder with libraries, and the program run on them.

use std::path::PathBuf;

use tempfile::TempDir;

use super::binary::{Finished, reelgraph};

/// A folder for libraries, gone at the end of the test.
pub struct Folder(TempDir);

impl Folder {
    /// An empty one.
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// Where the file with this name is.
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// How settings name the library with this name.
    pub fn url(&self, library: &str) -> String {
        format!("sqlite:{}", self.path(library).display())
    }

    /// Runs a command on the library with this name.
    pub fn run(&self, library: &str, arguments: &[&str]) -> Finished {
        let mut command = reelgraph(arguments);
        // Files in arguments are those of the folder.
        command.current_dir(self.0.path()).env("REELGRAPH_DATABASE_URL", self.url(library));
        Finished::run(command)
    }

    /// The names of all that is in it, in their order.
    pub fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.0.path()).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// Changes a row of a library behind the program's back.
    pub fn damage(&self, library: &str, sql: &'static str) {
        assert_eq!(self.execute(library, sql), 1);
    }

    /// Changes a library behind the program's back, and answers how many rows were changed.
    pub fn execute(&self, library: &str, sql: &'static str) -> u64 {
        use sqlx::Connection;
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(self.path(library));
        tokio::runtime::Runtime::new().unwrap().block_on(async {
            let mut connection = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
            let done = sqlx::query(sql).execute(&mut connection).await.unwrap();
            connection.close().await.unwrap();
            done.rows_affected()
        })
    }
}
