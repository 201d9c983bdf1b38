//! A client of the server that runs in a process of its own.

use std::fmt;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use super::binary::Log;

/// A running client, which is killed at the end of the test.
pub struct Client {
    command: String,
    process: Child,
    stdout: Arc<Log>,
    stderr: Arc<Log>,
}

impl Client {
    /// Starts it.
    #[track_caller]
    pub fn start(mut command: Command) -> Self {
        let shown = format!("{command:?}");
        let mut process = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("$ {shown}\n{error}"));
        let stdout = Log::follow(process.stdout.take().unwrap());
        let stderr = Log::follow(process.stderr.take().unwrap());
        Self { command: shown, process, stdout, stderr }
    }

    /// Waits until it prints this line.
    #[track_caller]
    pub fn wait_for(&self, line: &str) {
        assert!(self.stdout.has(&format!("{line}\n")), "{line:?} is missing\n{self}");
    }

    /// What it has printed.
    pub fn lines(&self) -> Vec<String> {
        self.stdout.text().lines().map(str::to_owned).collect()
    }
}

impl fmt::Display for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (stdout, stderr) = (self.stdout.text(), self.stderr.text());
        write!(f, "$ {}\nstdout:\n{stdout}\nstderr:\n{stderr}", self.command)
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
