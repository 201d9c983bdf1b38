//! The server, whose log is read as slowly as a terminal on a bad line would.

use std::fs;
use std::path::Path;
use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, Instant};

use super::starting::listening;

/// How long the reader of the log rests after each line.
const BETWEEN_LINES: Duration = Duration::from_millis(100);

/// How long the server may take to stop: its default, and some for a busy machine.
const STOP_LIMIT: Duration = Duration::from_secs(20);

/// A server in a process of its own.
pub struct Server {
    process: Child,
    address: String,
}

impl Server {
    /// Serves the library in this file.
    pub fn start(library: &Path) -> Self {
        let library = format!("--database-url=sqlite:{}", library.display());
        let (process, address, lines) = listening(&[&library]);
        thread::spawn(move || lines.for_each(|_| thread::sleep(BETWEEN_LINES)));
        Self { process, address }
    }

    /// Where it listens.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The most memory it had at any time, in megabytes.
    pub fn peak_megabytes(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id()));
        let status = status.expect("the server runs, on Linux");
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok());
        kib.expect("Linux reports a peak") * 1024 / 1_000_000
    }

    /// Stops it, and returns how long that took.
    pub fn stop(mut self) -> Result<Duration, String> {
        let begin = Instant::now();
        let process = self.process.id().to_string();
        Command::new("kill").arg(process).status().expect("there is a command `kill`");
        while begin.elapsed() < STOP_LIMIT {
            if let Some(status) = self.process.try_wait().expect("it is a child of this process") {
                let ended = status.success().then(|| begin.elapsed());
                return ended.ok_or_else(|| format!("the server ended with {status}"));
            }
            thread::sleep(Duration::from_millis(10));
        }
        Err(format!("the server did not stop within {STOP_LIMIT:?}"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
