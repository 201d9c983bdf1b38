//! Units of time by a definition that tries one quarter of an hour after the other, and then one second
//! before the other.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, TimeDelta, TimeZone};
use chrono_tz::Tz;
use reelgraph::domain::Timestamp;
use reelgraph::domain::stats::TimeUnit;

/// Zones that change clocks at midnight, by half an hour or by a day, and zones that never do.
pub const ZONES: [&str; 10] = [
    "UTC",
    "Europe/Berlin",
    "America/Sao_Paulo",
    "Australia/Lord_Howe",
    "America/St_Johns",
    "Pacific/Apia",
    "Asia/Manila",
    "Asia/Kathmandu",
    "Africa/Monrovia",
    "Etc/GMT+12",
];

/// Instants at which one of them changes clocks or a unit begins, the first and the last, and some
/// before 1970 and far from now.
pub const INSTANTS: [&str; 16] = [
    "0000-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z",
    "1970-01-01T00:00:00Z",
    "1969-12-31T23:00:00Z",
    "1844-12-31T15:56:00Z",
    "1893-04-01T00:00:00Z",
    "2018-02-18T02:00:00Z",
    "2018-11-04T03:00:00Z",
    "2026-03-29T01:00:00Z",
    "2026-10-25T01:00:00Z",
    "2026-04-04T15:00:00Z",
    "2026-10-03T15:30:00Z",
    "2000-10-29T02:31:00Z",
    "2011-12-30T10:00:00Z",
    "2024-12-30T00:00:00Z",
    "2026-01-01T00:00:00Z",
];

/// An instant, and some just before and after it.
pub fn around(instant: &str) -> impl Iterator<Item = Timestamp> + use<> {
    let at = instant.parse::<Timestamp>().unwrap().as_micros();
    let hour = 3_600_000_000;
    let steps = [-13 * hour, -2 * hour, -hour / 2, -1, 0, 1, hour / 2, hour, 24 * hour];
    steps.into_iter().filter_map(move |step| Timestamp::from_micros(at + step).ok())
}

fn clock(zone: Tz, instant: NaiveDateTime) -> NaiveDateTime {
    zone.from_utc_datetime(&instant).naive_local()
}

/// What a unit is told from others by.
fn unit_of(unit: TimeUnit, date: NaiveDate) -> (i32, u32) {
    match unit {
        TimeUnit::Day => (date.year(), date.ordinal()),
        TimeUnit::Week => (date.iso_week().year(), date.iso_week().week()),
        TimeUnit::Month => (date.year(), date.month()),
        TimeUnit::Year => (date.year(), 0),
    }
}

/// The first instant of the unit that contains an instant, or the first timestamp if that is before it.
pub fn start_of(unit: TimeUnit, zone: &str, at: Timestamp) -> Timestamp {
    let zone: Tz = zone.parse().unwrap();
    let instant = DateTime::from_timestamp_micros(at.as_micros()).unwrap().naive_utc();
    let date = clock(zone, instant).date();
    let wanted = unit_of(unit, date);
    let mut first = date;
    while unit_of(unit, first.pred_opt().unwrap()) == wanted {
        first = first.pred_opt().unwrap();
    }
    let is_in = |at: NaiveDateTime| unit_of(unit, clock(zone, at).date()) == wanted;
    // Clocks are never 17 hours from UTC.
    let mut at = first.and_hms_opt(0, 0, 0).unwrap() - TimeDelta::hours(17);
    while !is_in(at) {
        at += TimeDelta::minutes(15);
    }
    while is_in(at - TimeDelta::seconds(1)) {
        at -= TimeDelta::seconds(1);
    }
    let micros = at.and_utc().timestamp_micros();
    Timestamp::from_micros(micros).unwrap_or(Timestamp::MIN)
}
