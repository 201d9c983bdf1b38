//! Instants in UTC with microseconds.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, SecondsFormat, Utc};

use super::scalars::Invalid;

/// An instant in UTC, in whole microseconds, from the year 0000 to 9999.
///
/// Its text is RFC 3339 with six digits and `Z`: `2026-11-22T10:15:30.123456Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// `0000-01-01T00:00:00.000000Z`
    pub const MIN: Self = Self(-62_167_219_200_000_000);
    /// `9999-12-31T23:59:59.999999Z`
    pub const MAX: Self = Self(253_402_300_799_999_999);

    /// The instant this many microseconds after 1970 began.
    ///
    /// # Errors
    /// When its year has no four digits, which RFC 3339 cannot write.
    pub fn from_micros(micros: i64) -> Result<Self, Invalid> {
        if !(Self::MIN.0..=Self::MAX.0).contains(&micros) {
            return Err(Invalid::new("must be in the years 0000 to 9999"));
        }
        Ok(Self(micros))
    }

    /// Microseconds since 1970 began.
    pub fn as_micros(self) -> i64 {
        self.0
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let instant = DateTime::<Utc>::from_timestamp_micros(self.0)
            .expect("the range of a timestamp is within chrono's");
        f.write_str(&instant.to_rfc3339_opts(SecondsFormat::Micros, true))
    }
}

impl FromStr for Timestamp {
    type Err = Invalid;

    /// Reads RFC 3339 text of any offset.
    ///
    /// # Errors
    /// When it is something else, or finer than a microsecond: rounding it would move an instant
    /// across the border of a filter.
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let instant = DateTime::parse_from_rfc3339(text).map_err(|_| {
            Invalid::new("must be an RFC 3339 date and time such as 2026-11-22T10:15:30.123456Z")
        })?;
        if instant.timestamp_subsec_nanos() % 1000 != 0 {
            return Err(Invalid::new("must not be finer than a microsecond"));
        }
        Self::from_micros(instant.timestamp_micros())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn reads(text: &str, shown: &str) {
        assert_eq!(text.parse::<Timestamp>().unwrap().to_string(), shown);
    }

    #[test]
    fn any_offset_is_read_and_utc_with_microseconds_is_shown() {
        reads("2026-11-22T10:15:30.123456Z", "2026-11-22T10:15:30.123456Z");
        reads("2026-11-22T12:15:30+02:00", "2026-11-22T10:15:30.000000Z");
        reads("2026-11-22t10:15:30.5z", "2026-11-22T10:15:30.500000Z");
        reads("2026-11-22T10:15:30.123456000Z", "2026-11-22T10:15:30.123456Z");
        reads("0000-01-01T00:00:00Z", "0000-01-01T00:00:00.000000Z");
        reads("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z");
    }

    #[test]
    fn a_leap_second_is_the_second_after_it() {
        reads("2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000000Z");
    }

    #[test]
    fn other_text_is_refused() {
        for text in [
            "",
            "yesterday",
            "2026-11-22",
            "2026-11-22T10:15:30",
            "2026-13-22T10:15:30Z",
            "2026-11-22T10:15:30.1234567Z",
            "0000-01-01T00:00:00+01:00",
            "9999-12-31T23:59:59-01:00",
        ] {
            assert!(text.parse::<Timestamp>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_ends_of_the_range_are_the_years_0000_and_9999() {
        assert_eq!(Timestamp::MIN.to_string(), "0000-01-01T00:00:00.000000Z");
        assert_eq!(Timestamp::MAX.to_string(), "9999-12-31T23:59:59.999999Z");
        assert!(Timestamp::from_micros(Timestamp::MAX.as_micros() + 1).is_err());
    }
}
