//! Sources of time and of new IDs. Both are passed in, so that tests can control them.

use std::sync::Mutex;
use std::time::SystemTime;

use uuid::{ContextV7, Uuid};

use super::timestamp::Timestamp;

/// Tells the time.
pub trait Clock: Send + Sync {
    /// The present instant.
    fn now(&self) -> Timestamp;
}

/// Generates UUIDs for videos, requests and anything else that needs an ID.
pub trait IdSource: Send + Sync {
    /// One that was not used before.
    fn next_id(&self) -> Uuid;
}

/// The system clock. A time outside the range of timestamps becomes the nearest timestamp.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        #[expect(clippy::disallowed_methods, reason = "this is the clock that others are passed")]
        let now = SystemTime::now();
        Timestamp::nearest_to(now)
    }
}

/// Version 7 UUIDs: they start with the time, so that new ones are adjacent in an index. Those of
/// one process never decrease, whatever the clock does.
#[derive(Clone, Copy, Debug, Default)]
pub struct RandomIds;

impl IdSource for RandomIds {
    fn next_id(&self) -> Uuid {
        id_at(SystemClock.now())
    }
}

fn id_at(now: Timestamp) -> Uuid {
    static SEQUENCE: Mutex<ContextV7> = Mutex::new(ContextV7::new());
    // They count the time from 1970 on, and one that is zero takes no random numbers.
    let micros = now.as_micros().max(1_000).unsigned_abs();
    let nanos = u32::try_from(micros % 1_000_000 * 1_000).expect("a second has 10^9 of them");
    Uuid::new_v7(uuid::Timestamp::from_unix(&SEQUENCE, micros / 1_000_000, nanos))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_rise_whatever_the_clock_does() {
        let at = |text: &str| text.parse().unwrap();
        let times = [
            Timestamp::MIN,
            at("1969-12-31T23:59:59Z"),
            at("2026-11-22T10:15:30Z"),
            Timestamp::MIN,
            at("1970-01-01T00:00:00Z"),
            at("2026-11-22T10:15:29Z"),
            Timestamp::MAX,
            at("2026-11-22T10:15:31Z"),
        ];
        let ids = times.map(id_at);
        assert!(ids.is_sorted_by(|one, other| one < other), "{ids:?}");
        assert!(ids.iter().all(|id| id.get_version_num() == 7), "{ids:?}");
    }
}
