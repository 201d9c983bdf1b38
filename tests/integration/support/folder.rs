//! A folder with libraries, and the program run on them.

use std::path::{Path, PathBuf};
use std::process::Command;

use rusqlite::Connection;
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

    /// Runs a line of Bash on the library with this name, in which `reelgraph` is the program.
    pub fn shell(&self, library: &str, line: &str) -> Finished {
        let program = Path::new(env!("CARGO_BIN_EXE_reelgraph")).parent().unwrap();
        let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
        let mut command = Command::new("bash");
        command.args(["-c", line]).current_dir(self.0.path());
        command.env("PATH", path).env("REELGRAPH_DATABASE_URL", self.url(library));
        Finished::run(command)
    }

    /// Who may do what with the file with this name.
    #[cfg(unix)]
    pub fn mode(&self, name: &str) -> u32 {
        use std::os::unix::fs::PermissionsExt;
        std::fs::metadata(self.path(name)).unwrap().permissions().mode() & 0o777
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
    pub fn execute(&self, library: &str, sql: &'static str) -> usize {
        Connection::open(self.path(library)).unwrap().execute(sql, ()).unwrap()
    }
}
