//! Times that HTTP can write.

use crate::domain::Timestamp;

/// Why nobody is served while the clock shows a time that HTTP cannot write.
pub(super) const CLOCK_OUT_OF_RANGE: &str =
    "the clock of the server's machine shows a year before 1970 or after 9999: set it";

/// Whether an answer can be dated: HTTP writes a year with four digits, and hyper, which dates answers,
/// panics where the clock shows one that it cannot write, or one before 1970.
pub(super) fn can_date(now: Timestamp) -> bool {
    (0..Timestamp::MAX.as_micros()).contains(&now.as_micros())
}
