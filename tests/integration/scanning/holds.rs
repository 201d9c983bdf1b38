//! Holds scans where a test wants them, by what surrounds the program.

use std::fs::{self, File};
use std::path::PathBuf;
use std::time::Instant;

use rusqlite::Connection;

use super::films::Films;
use crate::support::binary::PATIENCE;

/// Waits until this holds.
#[track_caller]
pub fn wait_until(what: &str, mut is_met: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_met() {
        assert!(Instant::now() < deadline, "still not: {what}");
        std::thread::yield_now();
    }
}

/// While it lives, ffprobe does not report on films of which something is held.
pub struct Hold {
    path: PathBuf,
    /// Locked. The lock ends with the process of the tests, however that ends.
    _lock: File,
}

impl Hold {
    /// Holds the films of this folder.
    pub fn of(films: &Films) -> Self {
        let path = films.folder.path("hold");
        let lock = File::create(&path).unwrap();
        lock.lock().unwrap();
        fs::write(path.with_extension("reached"), "").unwrap();
        Self { path, _lock: lock }
    }

    /// Waits until ffprobe waits.
    #[track_caller]
    pub fn wait(&self) {
        wait_until("a film is held", || !self.held().is_empty());
    }

    /// The processes that have read a film that is held: for each ffprobe, what started it.
    pub fn held(&self) -> Vec<u32> {
        let reached = fs::read_to_string(self.path.with_extension("reached")).unwrap();
        let parents = reached.lines().filter_map(|line| line.split(' ').next());
        parents.map(|parent| parent.parse().unwrap()).collect()
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        // What waits goes on once the lock ends, and nothing waits any more.
        let _ = fs::remove_file(&self.path);
    }
}

/// Of which changes a write is held.
#[derive(Clone, Copy, Debug)]
pub enum Change {
    /// New files.
    Found,
    /// Videos that are below a folder `moved` by now.
    Moved,
    /// Videos that are missing by now.
    Missing,
    /// Any changes of videos: how many there are in the log.
    Any,
}

impl Change {
    /// The statements after which a write may be held, and when.
    fn trigger(self) -> (&'static str, &'static str) {
        match self {
            Self::Found => ("AFTER INSERT ON files", "SELECT count(*) FROM files"),
            Self::Moved => (
                "AFTER UPDATE ON videos",
                "SELECT count(*) FROM videos WHERE path GLOB '*/moved/*'",
            ),
            Self::Missing => (
                "AFTER UPDATE ON videos",
                "SELECT count(*) FROM videos WHERE missing_since IS NOT NULL",
            ),
            Self::Any => ("AFTER INSERT ON audit_log", "SELECT count(*) FROM audit_log"),
        }
    }
}

/// A library in a file that never comes to the end of a write: a trigger of the test writes more and more, so that
/// a part of the write is on the disk already, without its commit.
pub struct Flood {
    library: PathBuf,
}

impl Flood {
    /// More than the write-ahead log has of small writes.
    const LOG: u64 = 48 << 20;

    /// Holds the first write after which there would be so many of these changes.
    pub fn at(library: PathBuf, change: Change, count: usize) -> Self {
        let (event, number) = change.trigger();
        let flood = Self { library };
        flood.execute(&format!(
            "CREATE TABLE flood (water BLOB);
             CREATE VIEW source AS WITH RECURSIVE drops(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM drops)
                 SELECT zeroblob(4000) AS water FROM drops;
             CREATE TRIGGER rain {event} WHEN ({number}) >= {count}
                 BEGIN INSERT INTO flood SELECT water FROM source; END"
        ));
        flood
    }

    /// Waits until a write is held.
    #[track_caller]
    pub fn wait(&self) {
        wait_until("a write is held", || self.has_come());
    }

    /// Whether a write is held.
    pub fn has_come(&self) -> bool {
        let log = self.library.with_extension("db-wal");
        log.metadata().is_ok_and(|metadata| metadata.len() > Self::LOG)
    }

    fn execute(&self, sql: &str) {
        let library = Connection::open(&self.library).unwrap();
        library.execute_batch(sql).unwrap();
    }
}

impl Drop for Flood {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.execute("DROP TRIGGER rain; DROP VIEW source; DROP TABLE flood");
        }
    }
}
