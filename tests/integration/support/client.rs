//! A client of the server that runs in a process of its own.

use std::fmt;
use std::process::Command;

use super::process::Process;

/// A running client, which is killed at the end of the test.
pub struct Client(Process);

impl Client {
    /// Starts it.
    #[track_caller]
    pub fn start(command: Command) -> Self {
        Self(Process::start(command))
    }

    /// Waits until it prints this line.
    #[track_caller]
    pub fn wait_for(&self, line: &str) {
        assert!(self.0.stdout.has(&format!("{line}\n")), "{line:?} is missing\n{self}");
    }

    /// What it has printed.
    pub fn lines(&self) -> Vec<String> {
        self.0.stdout.text().lines().map(str::to_owned).collect()
    }
}

impl fmt::Display for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Process { command, stdout, stderr, .. } = &self.0;
        write!(f, "$ {command}\nstdout:\n{}\nstderr:\n{}", stdout.text(), stderr.text())
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.child.kill();
        let _ = self.0.child.wait();
    }
}
