//! Instants in UTC with microseconds.

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chrono::{DateTime, FixedOffset};
use serde::{Deserialize, Serialize};

use super::scalars::Invalid;

/// An instant in UTC, in whole microseconds, from the year 0000 to 9999.
///
/// Its text is RFC 3339 with six digits and `Z`: `2026-11-22T10:15:30.123456Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
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

    /// The system time, to the microsecond, clamped to the range of timestamps.
    pub fn nearest_to(time: SystemTime) -> Self {
        let micros = match time.duration_since(UNIX_EPOCH) {
            Ok(after) => i64::try_from(after.as_micros()).unwrap_or(i64::MAX),
            Err(error) => {
                let before = error.duration().as_micros();
                i64::try_from(before).map_or(i64::MIN, |micros| -micros)
            }
        };
        Self(micros.clamp(Self::MIN.0, Self::MAX.0))
    }

    /// The message for text that is not RFC 3339.
    pub const FORM: &'static str =
        "must be an RFC 3339 date and time such as 2026-11-22T10:15:30.123456Z";

    /// Parses RFC 3339 text with any offset, and truncates it to microseconds.
    ///
    /// # Errors
    /// When it is something else.
    pub fn cut(text: &str) -> Result<Self, Invalid> {
        Self::from_micros(rfc3339(text)?.timestamp_micros())
    }

    /// The time that long after this one, or the last one.
    #[must_use]
    pub fn after(self, duration: Duration) -> Self {
        let micros = i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
        Self::from_micros(self.as_micros().saturating_add(micros)).unwrap_or(Self::MAX)
    }

    /// Microseconds since 1970 began.
    pub fn as_micros(self) -> i64 {
        self.0
    }
}

impl Timestamp {
    /// The text, as ASCII. chrono, which supports many formats, takes ten times as long.
    pub fn to_ascii(self) -> [u8; 27] {
        const MICROS_A_DAY: i64 = 24 * 60 * 60 * 1_000_000;
        let (days, micros) = (self.0.div_euclid(MICROS_A_DAY), self.0.rem_euclid(MICROS_A_DAY));
        let (year, month, day) = date(days);
        let [seconds, micros] = [micros / 1_000_000, micros % 1_000_000].map(small);
        let mut text = *b"YYYY-MM-DDThh:mm:ss.uuuuuuZ";
        write_digits(&mut text[0..4], year);
        write_digits(&mut text[5..7], month);
        write_digits(&mut text[8..10], day);
        write_digits(&mut text[11..13], seconds / 3600);
        write_digits(&mut text[14..16], seconds / 60 % 60);
        write_digits(&mut text[17..19], seconds % 60);
        write_digits(&mut text[20..26], micros);
        text
    }
}

/// The year, the month and the day of the month that are this many days after 1970 began.
///
/// Years start in March here, so that a leap day is the last day of its year, and are counted in
/// eras of 400, which are equally long.
///
/// Source: [Howard Hinnant's `civil_from_days`](https://howardhinnant.github.io/date_algorithms.html).
fn date(days_after_1970: i64) -> (u32, u32, u32) {
    const DAYS_AN_ERA: u32 = 146_097;
    // From the first of March 400 years before the year 0000, so that no number is below zero.
    let days = small(days_after_1970 + 719_468 + i64::from(DAYS_AN_ERA));
    let (era, day) = (days / DAYS_AN_ERA, days % DAYS_AN_ERA);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let months_after_march = (5 * day + 2) / 153;
    let day = day - (153 * months_after_march + 2) / 5 + 1;
    let (month, years_later) = match months_after_march {
        0..10 => (months_after_march + 3, 0),
        _ => (months_after_march - 9, 1),
    };
    (era * 400 + year + years_later - 400, month, day)
}

/// A part of a timestamp, which is a small number.
fn small(part: i64) -> u32 {
    u32::try_from(part).expect("the range of a timestamp bounds its parts")
}

/// Writes a number with leading zeros, up to this many digits.
fn write_digits(digits: &mut [u8], mut number: u32) {
    for digit in digits.iter_mut().rev() {
        *digit = b"0123456789"[(number % 10) as usize];
        number /= 10;
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.to_ascii();
        f.write_str(str::from_utf8(&text).expect("ASCII is text"))
    }
}

impl TryFrom<String> for Timestamp {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse()
    }
}

impl From<Timestamp> for String {
    fn from(at: Timestamp) -> Self {
        at.to_string()
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
        let instant = rfc3339(text)?;
        if instant.timestamp_subsec_nanos() % 1000 != 0 {
            return Err(Invalid::new("must not be finer than a microsecond"));
        }
        Self::from_micros(instant.timestamp_micros())
    }
}

fn rfc3339(text: &str) -> Result<DateTime<FixedOffset>, Invalid> {
    DateTime::parse_from_rfc3339(text).map_err(|_| Invalid::new(Timestamp::FORM))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use chrono::{SecondsFormat, Utc};
    use proptest::prelude::*;

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
    fn what_is_finer_than_a_microsecond_can_be_cut() {
        for (text, expected) in [
            ("2026-11-22T10:15:30.123456789Z", "2026-11-22T10:15:30.123456Z"),
            ("2026-11-22T10:15:30.999999999999Z", "2026-11-22T10:15:30.999999Z"),
            ("1960-01-01T00:00:00.0000009Z", "1960-01-01T00:00:00.000000Z"),
            ("2026-11-22T12:15:30.5+02:00", "2026-11-22T10:15:30.500000Z"),
        ] {
            assert_eq!(Timestamp::cut(text).unwrap().to_string(), expected, "{text}");
        }
        assert!(Timestamp::cut("yesterday").is_err());
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

    #[test]
    fn every_time_of_the_system_has_an_instant() {
        let year = Duration::from_secs(366 * 24 * 60 * 60);
        for (time, expected) in [
            (UNIX_EPOCH, "1970-01-01T00:00:00.000000Z"),
            (UNIX_EPOCH + Duration::from_nanos(1_500_001_999), "1970-01-01T00:00:01.500001Z"),
            (UNIX_EPOCH - Duration::from_micros(1), "1969-12-31T23:59:59.999999Z"),
            (UNIX_EPOCH - year * 2_000, "0000-01-01T00:00:00.000000Z"),
            (UNIX_EPOCH + year * 9_000, "9999-12-31T23:59:59.999999Z"),
            (UNIX_EPOCH + Duration::from_secs(1 << 62), "9999-12-31T23:59:59.999999Z"),
            (UNIX_EPOCH - Duration::from_secs(1 << 62), "0000-01-01T00:00:00.000000Z"),
        ] {
            assert_eq!(Timestamp::nearest_to(time).to_string(), expected, "{time:?}");
        }
    }

    #[track_caller]
    fn is_shown_as_chrono_shows_it(micros: i64) {
        let instant = DateTime::<Utc>::from_timestamp_micros(micros).unwrap();
        let expected = instant.to_rfc3339_opts(SecondsFormat::Micros, true);
        assert_eq!(Timestamp(micros).to_string(), expected);
    }

    #[test]
    fn every_month_of_the_calendar_is_shown() {
        // 29 days at a time come by every month, and by many a day of each.
        let step = 29 * 24 * 60 * 60 * 1_000_000;
        let mut micros = Timestamp::MIN.0;
        while micros <= Timestamp::MAX.0 {
            is_shown_as_chrono_shows_it(micros);
            micros += step;
        }
        for year in [0, 1900, 1970, 2000, 2024, 2100, 9996] {
            for (month, day) in [(1, 1), (2, 28), (3, 1), (12, 31)] {
                let text = format!("{year:04}-{month:02}-{day:02}T23:59:59.000001Z");
                reads(&text, &text);
            }
        }
        reads("2024-02-29T00:00:00.999999Z", "2024-02-29T00:00:00.999999Z");
    }

    proptest! {
        #[test]
        fn every_instant_is_shown(micros in Timestamp::MIN.0..=Timestamp::MAX.0) {
            is_shown_as_chrono_shows_it(micros);
        }
    }
}
