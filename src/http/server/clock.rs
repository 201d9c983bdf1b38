//! Times that HTTP can write.

use crate::domain::Timestamp;

/// The reason for rejecting all requests while the clock shows a time that HTTP cannot represent.
pub(super) const CLOCK_OUT_OF_RANGE: &str =
    "the clock of the server's machine shows a year before 1970 or after 9999: set it";

/// Whether a response can be dated: HTTP years have four digits, and hyper, which dates responses,
/// panics if the clock is outside this range or before 1970.
pub(super) fn can_date(now: Timestamp) -> bool {
    (0..Timestamp::MAX.as_micros()).contains(&now.as_micros())
}
