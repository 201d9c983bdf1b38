//! Where time and new IDs come from. Both are passed in, so that a test can hold them still.

use chrono::Utc;
use uuid::Uuid;

use super::timestamp::Timestamp;
use super::video::VideoId;

/// Tells the time.
pub trait Clock: Send + Sync {
    /// The present instant.
    fn now(&self) -> Timestamp;
}

/// Makes IDs for new videos.
pub trait IdSource: Send + Sync {
    /// An ID that was not used before.
    fn next_id(&self) -> VideoId;
}

/// The system's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        #[expect(clippy::disallowed_methods, reason = "this is the clock that others are passed")]
        let micros = Utc::now().timestamp_micros();
        Timestamp::from_micros(micros).expect("the system's clock is within the years 0000 to 9999")
    }
}

/// Version 7 UUIDs: they begin with the time, so that new ones stand together in an index.
#[derive(Clone, Copy, Debug, Default)]
pub struct RandomIds;

impl IdSource for RandomIds {
    fn next_id(&self) -> VideoId {
        #[expect(clippy::disallowed_methods, reason = "this is the source that others are passed")]
        let uuid = Uuid::now_v7();
        VideoId::from(uuid)
    }
}
