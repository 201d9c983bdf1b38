//! Days, weeks, months and years in a time zone.

use std::str::FromStr;

use chrono::{DateTime, Datelike, Days, NaiveDate, Offset, TimeZone as _};
use chrono_tz::Tz;

use crate::domain::scalars::Invalid;
use crate::domain::timestamp::Timestamp;

const SECONDS_A_DAY: i64 = 24 * 60 * 60;

/// No clock has ever been further from UTC than this, in seconds.
const FARTHEST_OFFSET: i64 = 16 * 60 * 60;

/// A time zone of the IANA database, from data built into the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeZone(Tz);

impl TimeZone {
    /// The days of UTC.
    pub const UTC: Self = Self(Tz::UTC);

    /// The number of days from 1970-01-01 to the date that clocks in this zone show at an instant.
    pub(super) fn day_of(self, at: Timestamp) -> i64 {
        self.clock_at(at.as_micros().div_euclid(1_000_000)).div_euclid(SECONDS_A_DAY)
    }

    /// What clocks show at an instant. Both are in seconds after 1970 began, in UTC and on the clock.
    fn clock_at(self, instant: i64) -> i64 {
        instant + self.offset_at(instant)
    }

    /// How many seconds clocks are ahead of UTC at an instant.
    fn offset_at(self, instant: i64) -> i64 {
        let at =
            DateTime::from_timestamp(instant, 0).expect("chrono has more years than timestamps");
        self.0.offset_from_utc_datetime(&at.naive_utc()).fix().local_minus_utc().into()
    }

    /// The first instant at which clocks show this time or a later one, which is a later one if they
    /// were set forward past it.
    fn first_instant_of(self, clock: i64) -> i64 {
        let (mut before, mut after) = (clock - FARTHEST_OFFSET, clock + FARTHEST_OFFSET);
        let unchanged = clock - self.offset_at(before);
        if self.clock_at(unchanged) == clock {
            return unchanged;
        }
        // Clocks were changed before they showed this time, so they show it, or a later time, from some
        // instant on.
        while after - before > 1 {
            let middle = before + (after - before) / 2;
            match self.clock_at(middle) < clock {
                true => before = middle,
                false => after = middle,
            }
        }
        after
    }
}

impl FromStr for TimeZone {
    type Err = Invalid;

    /// Reads the name of a zone, e.g. `Europe/Berlin`. Upper and lower case count.
    ///
    /// # Errors
    /// When there is no zone of this name.
    fn from_str(name: &str) -> Result<Self, Invalid> {
        let zone = name.parse().map(Self);
        zone.map_err(|_| Invalid::new("must be an IANA time zone such as Europe/Berlin"))
    }
}

/// A unit of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeUnit {
    /// From midnight to midnight.
    Day,
    /// From Monday to Sunday.
    Week,
    /// A month of a year.
    Month,
    /// A year.
    Year,
}

impl TimeUnit {
    /// Every unit.
    pub const ALL: [Self; 4] = [Self::Day, Self::Week, Self::Month, Self::Year];

    /// The number of the unit that contains a day, which is given as the number of days after
    /// 1970-01-01. Units that follow each other have numbers that do.
    pub(super) fn number_of(self, day: i64) -> i64 {
        match self {
            Self::Day => day,
            // 1970-01-01 was a Thursday.
            Self::Week => (day + 3).div_euclid(7),
            Self::Month => {
                let date = date_of(day);
                i64::from(date.year()) * 12 + i64::from(date.month0())
            }
            Self::Year => date_of(day).year().into(),
        }
    }

    /// The first day of the unit with this number.
    fn first_day(self, number: i64) -> i64 {
        match self {
            Self::Day => number,
            Self::Week => number * 7 - 3,
            Self::Month => day_of(number.div_euclid(12), number.rem_euclid(12)),
            Self::Year => day_of(number, 0),
        }
    }

    /// The first instant of the unit with this number in a zone. What is before the first timestamp is
    /// the first timestamp.
    pub(super) fn start_of(self, number: i64, zone: TimeZone) -> Timestamp {
        let instant = zone.first_instant_of(self.first_day(number) * SECONDS_A_DAY);
        Timestamp::from_micros(instant * 1_000_000).unwrap_or(Timestamp::MIN)
    }
}

fn date_of(day: i64) -> NaiveDate {
    let days = Days::new(day.unsigned_abs());
    match day < 0 {
        true => NaiveDate::default() - days,
        false => NaiveDate::default() + days,
    }
}

/// The first day of a month, which is counted from 0.
fn day_of(year: i64, month: i64) -> i64 {
    let number = |part| i32::try_from(part).expect("timestamps have years of four digits");
    let month = number(month + 1).unsigned_abs();
    let date =
        NaiveDate::from_ymd_opt(number(year), month, 1).expect("every month has a first day");
    date.signed_duration_since(NaiveDate::default()).num_days()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Asserts the first instants of the units that contain these instants, in a zone.
    #[track_caller]
    fn check(zone: &str, unit: TimeUnit, expected: &[(&str, &str)]) {
        let zone: TimeZone = zone.parse().unwrap();
        for (at, start) in expected {
            let number = unit.number_of(zone.day_of(at.parse().unwrap()));
            let found = unit.start_of(number, zone).to_string();
            assert_eq!(found.trim_end_matches("Z").trim_end_matches(".000000"), *start, "{at}");
        }
    }

    #[test]
    fn days_begin_at_midnight_by_the_clock() {
        check(
            "UTC",
            TimeUnit::Day,
            &[
                ("2026-11-22T00:00:00Z", "2026-11-22T00:00:00"),
                ("2026-11-22T23:59:59.999999Z", "2026-11-22T00:00:00"),
                ("1969-12-31T23:59:59.999999Z", "1969-12-31T00:00:00"),
                ("0000-01-01T00:00:00Z", "0000-01-01T00:00:00"),
                ("9999-12-31T23:59:59.999999Z", "9999-12-31T00:00:00"),
            ],
        );
        check(
            "Europe/Berlin",
            TimeUnit::Day,
            &[
                ("2026-01-01T22:59:59.999999Z", "2025-12-31T23:00:00"),
                ("2026-01-01T23:00:00Z", "2026-01-01T23:00:00"),
                // 23 hours and 25 hours.
                ("2026-03-29T12:00:00Z", "2026-03-28T23:00:00"),
                ("2026-03-29T21:59:59Z", "2026-03-28T23:00:00"),
                ("2026-03-29T22:00:00Z", "2026-03-29T22:00:00"),
                ("2026-10-25T22:59:59Z", "2026-10-24T22:00:00"),
                ("2026-10-25T23:00:00Z", "2026-10-25T23:00:00"),
                // Before there were zones: 53 minutes and 28 seconds.
                ("1800-06-01T23:06:31Z", "1800-05-31T23:06:32"),
                ("1800-06-01T23:06:32Z", "1800-06-01T23:06:32"),
            ],
        );
        // Half an hour between winter and summer.
        check(
            "Australia/Lord_Howe",
            TimeUnit::Day,
            &[
                ("2026-04-04T12:59:59Z", "2026-04-03T13:00:00"),
                ("2026-04-05T13:29:59Z", "2026-04-04T13:00:00"),
                ("2026-04-05T13:30:00Z", "2026-04-05T13:30:00"),
                ("2026-10-04T12:59:59Z", "2026-10-03T13:30:00"),
            ],
        );
    }

    #[test]
    fn a_day_without_midnight_begins_when_clocks_are_set_forward() {
        check(
            "America/Sao_Paulo",
            TimeUnit::Day,
            &[
                ("2018-11-04T02:59:59.999999Z", "2018-11-03T03:00:00"),
                ("2018-11-04T03:00:00Z", "2018-11-04T03:00:00"),
                ("2018-11-05T01:59:59Z", "2018-11-04T03:00:00"),
                ("2018-11-05T02:00:00Z", "2018-11-05T02:00:00"),
            ],
        );
        // Samoa left out the 30th of December 2011.
        check(
            "Pacific/Apia",
            TimeUnit::Day,
            &[
                ("2011-12-30T09:59:59Z", "2011-12-29T10:00:00"),
                ("2011-12-30T10:00:00Z", "2011-12-30T10:00:00"),
            ],
        );
    }

    #[test]
    fn an_hour_before_midnight_that_comes_twice_belongs_to_the_same_day() {
        check(
            "America/Sao_Paulo",
            TimeUnit::Day,
            &[
                ("2018-02-18T01:30:00Z", "2018-02-17T02:00:00"),
                ("2018-02-18T02:30:00Z", "2018-02-17T02:00:00"),
                ("2018-02-18T03:00:00Z", "2018-02-18T03:00:00"),
            ],
        );
        // A minute past midnight, clocks went back to the day before.
        check(
            "America/St_Johns",
            TimeUnit::Day,
            &[
                ("2000-10-29T02:29:59Z", "2000-10-28T02:30:00"),
                ("2000-10-29T02:30:30Z", "2000-10-29T02:30:00"),
                ("2000-10-29T02:31:00Z", "2000-10-28T02:30:00"),
                ("2000-10-29T03:30:00Z", "2000-10-29T02:30:00"),
            ],
        );
    }

    #[test]
    fn weeks_begin_on_monday() {
        check(
            "UTC",
            TimeUnit::Week,
            &[
                ("2026-11-22T23:59:59Z", "2026-11-16T00:00:00"),
                ("2026-11-23T00:00:00Z", "2026-11-23T00:00:00"),
                ("1970-01-01T00:00:00Z", "1969-12-29T00:00:00"),
                ("1969-12-28T12:00:00Z", "1969-12-22T00:00:00"),
                // That Monday is before the first timestamp.
                ("0000-01-01T12:00:00Z", "0000-01-01T00:00:00"),
                ("0000-01-03T00:00:00Z", "0000-01-03T00:00:00"),
            ],
        );
        check("Asia/Tokyo", TimeUnit::Week, &[("2026-11-22T15:00:00Z", "2026-11-22T15:00:00")]);
    }

    #[test]
    fn months_and_years_have_their_own_lengths() {
        check(
            "UTC",
            TimeUnit::Month,
            &[
                ("2024-02-29T23:59:59Z", "2024-02-01T00:00:00"),
                ("1900-03-01T00:00:00Z", "1900-03-01T00:00:00"),
                ("0000-02-29T00:00:00Z", "0000-02-01T00:00:00"),
                ("1969-12-31T00:00:00Z", "1969-12-01T00:00:00"),
            ],
        );
        check(
            "Europe/Berlin",
            TimeUnit::Year,
            &[
                ("2025-12-31T23:00:00Z", "2025-12-31T23:00:00"),
                ("2025-12-31T22:59:59Z", "2024-12-31T23:00:00"),
                ("9999-12-31T23:30:00Z", "9999-12-31T23:00:00"),
            ],
        );
    }

    #[test]
    fn the_name_of_a_zone_is_the_one_of_the_database() {
        for name in ["UTC", "Europe/Berlin", "America/Argentina/Ushuaia", "Etc/GMT+5"] {
            assert!(name.parse::<TimeZone>().is_ok(), "{name}");
        }
        for name in ["", "europe/berlin", "Berlin", "+01:00", "Europe/Berlin ", "../UTC"] {
            let invalid = name.parse::<TimeZone>().unwrap_err().to_string();
            assert_eq!(invalid, "must be an IANA time zone such as Europe/Berlin", "{name}");
        }
    }
}
