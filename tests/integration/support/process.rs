//! Programs that run, and what they print meanwhile.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

/// How long anything may take that is not measured.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A program that runs, and what it has printed so far.
pub struct Process {
    pub command: String,
    pub child: Child,
    pub stdout: Arc<Log>,
    pub stderr: Arc<Log>,
}

impl Process {
    /// Starts it, without anything to read.
    #[track_caller]
    pub fn start(mut command: Command) -> Self {
        let shown = format!("{command:?}");
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("$ {shown}\n{error}"));
        let stdout = Log::follow(child.stdout.take().unwrap());
        let stderr = Log::follow(child.stderr.take().unwrap());
        Self { command: shown, child, stdout, stderr }
    }
}

/// What a program says, as it says it, line by line.
pub struct Log {
    lines: Mutex<Lines>,
    grew: Condvar,
}

/// What it has said so far.
#[derive(Default)]
pub struct Lines {
    lines: Vec<String>,
    pub has_ended: bool,
}

impl Log {
    /// Reads along, until there is no more.
    pub fn follow(stream: impl Read + Send + 'static) -> Arc<Self> {
        let log = Arc::new(Self { lines: Mutex::default(), grew: Condvar::new() });
        let writer = Arc::clone(&log);
        thread::spawn(move || {
            for line in BufReader::new(stream).lines() {
                writer.lines.lock().unwrap().lines.push(line.unwrap() + "\n");
                writer.grew.notify_all();
            }
            writer.lines.lock().unwrap().has_ended = true;
            writer.grew.notify_all();
        });
        log
    }

    /// All that it has said so far.
    pub fn text(&self) -> String {
        self.lines.lock().unwrap().lines.concat()
    }

    /// Waits for a line with this part, and whether it came.
    pub fn has(&self, part: &str) -> bool {
        let is_there = |log: &Lines| log.lines.iter().any(|line| line.contains(part));
        self.wait_until(PATIENCE, |log| log.has_ended || is_there(log));
        is_there(&self.lines.lock().unwrap())
    }

    /// Waits for this, and whether it came.
    pub fn wait_until(&self, patience: Duration, is_met: impl Fn(&Lines) -> bool) -> bool {
        let lines = self.lines.lock().unwrap();
        let (lines, _) =
            self.grew.wait_timeout_while(lines, patience, |lines| !is_met(lines)).unwrap();
        is_met(&lines)
    }

    /// Waits for a line with this part.
    #[track_caller]
    pub fn wait_for(&self, command: &str, part: &str) -> String {
        let find = |log: &Lines| log.lines.iter().find(|line| line.contains(part)).cloned();
        self.wait_until(PATIENCE, |log| log.has_ended || find(log).is_some());
        let found = find(&self.lines.lock().unwrap());
        found.unwrap_or_else(|| panic!("no {part:?}\n$ {command}\nstderr:\n{}", self.text()))
    }
}
