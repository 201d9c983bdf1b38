//! Time and IDs that a test can foresee.

use std::process::Command;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use reelgraph::domain::{Clock, IdSource, Timestamp, VideoId};
use tempfile::TempDir;
use uuid::Uuid;

/// A clock that goes one second further each time it is asked.
#[derive(Debug)]
pub struct TickingClock(AtomicI64);

impl TickingClock {
    /// Begins at 2026-01-01T00:00:00Z.
    pub fn new() -> Self {
        Self(AtomicI64::new(1_767_225_600_000_000))
    }
}

impl Clock for TickingClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.fetch_add(1_000_000, Ordering::Relaxed)).unwrap()
    }
}

/// A clock that stands until a test sets it.
#[derive(Debug)]
pub struct ManualClock(AtomicI64);

impl ManualClock {
    /// Shows this time.
    pub fn at(time: Timestamp) -> Self {
        Self(AtomicI64::new(time.as_micros()))
    }

    /// Shows this time from now on.
    pub fn set(&self, time: Timestamp) {
        self.0.store(time.as_micros(), Ordering::Relaxed);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::Relaxed)).unwrap()
    }
}

/// A clock for programs, which a test can set while they run: what they ask the system for the time is
/// answered by libfaketime.
#[derive(Debug)]
pub struct SetClock(TempDir);

impl SetClock {
    /// Shows what the machine's clock shows.
    pub fn new() -> Self {
        let clock = Self(tempfile::tempdir().unwrap());
        clock.set("+0");
        clock
    }

    /// Sets it to so much before or after the machine's, e.g. `-2h` or `+8000y`.
    pub fn set(&self, offset: &str) {
        let [new, current] = ["new", "current"].map(|name| self.0.path().join(name));
        std::fs::write(&new, offset).unwrap();
        std::fs::rename(new, current).unwrap();
    }

    /// Has this clock rule over the program that a command starts.
    pub fn rule(&self, command: &mut Command) {
        command
            // The loader puts in the folder of the machine's kind.
            .env("LD_PRELOAD", "/usr/$LIB/faketime/libfaketimeMT.so.1")
            .env("FAKETIME_TIMESTAMP_FILE", self.0.path().join("current"))
            .env("FAKETIME_NO_CACHE", "1")
            .env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
    }
}

/// The IDs 00000000-0000-7000-8000-000000000001, …2, …3 and so on.
#[derive(Debug)]
pub struct CountedIds(AtomicU64);

impl CountedIds {
    /// Begins with 1.
    pub fn new() -> Self {
        Self(AtomicU64::new(1))
    }
}

impl IdSource for CountedIds {
    fn next_id(&self) -> Uuid {
        let id = counted_id(self.0.fetch_add(1, Ordering::Relaxed));
        Uuid::from_bytes(*id.as_bytes())
    }
}

/// The ID that [`CountedIds`] gives as its `number`th.
pub fn counted_id(number: u64) -> VideoId {
    let mut bytes = [0, 0, 0, 0, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, 0];
    bytes[10..].copy_from_slice(&number.to_be_bytes()[2..]);
    VideoId::from_bytes(bytes)
}
