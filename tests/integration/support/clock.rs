//! Time and IDs that a test can foresee.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use reelgraph::domain::{Clock, IdSource, Timestamp, VideoId};

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
    fn next_id(&self) -> VideoId {
        counted_id(self.0.fetch_add(1, Ordering::Relaxed))
    }
}

/// The ID that [`CountedIds`] gives as its `number`th.
pub fn counted_id(number: u64) -> VideoId {
    let mut bytes = [0, 0, 0, 0, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, 0];
    bytes[10..].copy_from_slice(&number.to_be_bytes()[2..]);
    VideoId::from_bytes(bytes)
}
