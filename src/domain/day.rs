//! Days in UTC.

use std::str::FromStr;

use chrono::NaiveDate;

use super::scalars::Invalid;
use super::timestamp::Timestamp;

/// A day in UTC, from the year 0000 to 9999.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Day {
    first: Timestamp,
    last: Timestamp,
}

impl Day {
    /// Its first microsecond.
    pub fn first(self) -> Timestamp {
        self.first
    }

    /// Its last microsecond.
    pub fn last(self) -> Timestamp {
        self.last
    }
}

impl FromStr for Day {
    type Err = Invalid;

    /// Reads a date alone: `2026-11-22`.
    ///
    /// # Errors
    /// When it is something else, or the month has no such day.
    fn from_str(text: &str) -> Result<Self, Invalid> {
        const LAST_MICROSECOND: i64 = 24 * 60 * 60 * 1_000_000 - 1;
        let date = date(text).ok_or_else(|| Invalid::new("must be a date such as 2026-11-22"))?;
        let first = date.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_micros();
        let [first, last] = [first, first + LAST_MICROSECOND].map(Timestamp::from_micros);
        Ok(Self { first: first?, last: last? })
    }
}

/// The date in a text of four, two and two digits. chrono also takes fewer of them, and signs.
fn date(text: &str) -> Option<NaiveDate> {
    let has_form = text.len() == 10
        && text.bytes().enumerate().all(|(place, byte)| match place {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    has_form.then(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_has_a_first_and_a_last_microsecond() {
        for text in ["0000-01-01", "1969-12-31", "1970-01-01", "2024-02-29", "9999-12-31"] {
            let day: Day = text.parse().unwrap();
            assert_eq!(day.first().to_string(), format!("{text}T00:00:00.000000Z"));
            assert_eq!(day.last().to_string(), format!("{text}T23:59:59.999999Z"));
        }
    }

    #[test]
    fn other_text_is_no_day() {
        for text in [
            "",
            "today",
            "2019-02-30",
            "2023-02-29",
            "2019-13-01",
            "2019-00-01",
            "2019-01-00",
            "2019-1-05",
            "2019-01-5",
            "+019-01-05",
            "-019-01-05",
            "20190105",
            "2019-01-05 ",
            "2019-01-05T00:00:00Z",
            "2019/01/05",
            "２０１９-01",
        ] {
            assert!(text.parse::<Day>().is_err(), "{text}");
        }
    }
}
