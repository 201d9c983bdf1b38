//! Videos by the unit of time in which they were added or changed.

use std::collections::BTreeMap;

use super::calendar::{TimeUnit, TimeZone};
use super::sums::Sums;
use crate::domain::scalars::Quantity;
use crate::domain::timestamp::Timestamp;
use crate::domain::video::Video;

/// A time of a video.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeField {
    /// When the record was added.
    CreatedAt,
    /// When the record last changed.
    UpdatedAt,
    /// When the file was last modified, if a scan has found out.
    FileModifiedAt,
}

impl TimeField {
    /// Every time.
    pub const ALL: [Self; 3] = [Self::CreatedAt, Self::UpdatedAt, Self::FileModifiedAt];

    /// Whether there are videos without it.
    pub fn is_optional(self) -> bool {
        self == Self::FileModifiedAt
    }

    /// The time of this video.
    pub fn of(self, video: &Video) -> Option<Timestamp> {
        match self {
            Self::CreatedAt => Some(video.created_at),
            Self::UpdatedAt => Some(video.updated_at),
            Self::FileModifiedAt => video.values.facts().file_modified_at,
        }
    }
}

/// How videos are grouped by time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeGrouping {
    /// The time that counts.
    pub field: TimeField,
    /// The unit of time.
    pub unit: TimeUnit,
    /// The zone that has these units.
    pub zone: TimeZone,
    /// The maximum number of units: the newest ones.
    pub limit: usize,
}

/// The videos of one unit of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeBucket {
    /// The first instant of the unit.
    pub start: Timestamp,
    /// The sums over its videos.
    pub sums: Sums,
}

/// Adds up videos by units of time.
#[derive(Debug)]
pub struct TimeBuckets {
    grouping: TimeGrouping,
    /// The newest units so far, by their numbers.
    units: BTreeMap<i64, Sums>,
    /// The last day that was added to, and its unit. Videos often come in the order of time.
    last: Option<(i64, i64)>,
    /// A unit, and its first instant.
    start: Option<(i64, Timestamp)>,
}

impl TimeBuckets {
    /// Those of no videos.
    pub fn new(grouping: TimeGrouping) -> Self {
        Self { grouping, units: BTreeMap::new(), last: None, start: None }
    }

    /// Counts a video with this time and this size.
    pub fn add(&mut self, time: Timestamp, file_size: Quantity) {
        let day = self.grouping.zone.day_of(time);
        let unit = match self.last {
            Some((last, unit)) if last == day => unit,
            _ => self.grouping.unit.number_of(day),
        };
        self.last = Some((day, unit));
        self.units.entry(unit).or_default().add(file_size);
        if self.units.len() > self.grouping.limit {
            // A unit that is removed stays out: more than the limit are newer.
            self.units.pop_first();
        }
    }

    /// Whether all videos that count are counted, if those that are missing have this time or an earlier
    /// one.
    pub fn are_complete_before(&mut self, time: Timestamp) -> bool {
        let TimeGrouping { unit, zone, limit, .. } = self.grouping;
        if self.units.len() < limit {
            return false;
        }
        let Some((oldest, _)) = self.units.first_key_value() else { return true };
        let start = match self.start {
            Some((number, start)) if number == *oldest => start,
            _ => unit.start_of(*oldest, zone),
        };
        self.start = Some((*oldest, start));
        time < start
    }

    /// The newest units with videos, newest first.
    pub fn into_newest(self) -> Vec<TimeBucket> {
        let TimeGrouping { unit, zone, .. } = self.grouping;
        let newest_first = self.units.into_iter().rev();
        newest_first
            .map(|(number, sums)| TimeBucket { start: unit.start_of(number, zone), sums })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn newest(limit: usize, days: &[i64]) -> Vec<(String, u64)> {
        let (field, unit, zone) = (TimeField::CreatedAt, TimeUnit::Day, TimeZone::UTC);
        let mut buckets = TimeBuckets::new(TimeGrouping { field, unit, zone, limit });
        for day in days {
            let time = Timestamp::from_micros(day * 86_400_000_000 + 1).unwrap();
            buckets.add(time, Quantity::new(7).unwrap());
        }
        let newest = buckets.into_newest().into_iter();
        newest.map(|it| (it.start.to_string()[..10].to_owned(), it.sums.count)).collect()
    }

    #[test]
    fn the_newest_units_are_kept_in_whatever_order_videos_come() {
        let day = |date: &str, count| (date.to_owned(), count);
        let all = [day("1970-01-03", 2), day("1970-01-01", 1), day("1969-12-31", 1)];
        for days in [[-1, 0, 2, 2], [2, 0, -1, 2], [2, -1, 2, 0]] {
            for limit in 0..5 {
                assert_eq!(newest(limit, &days), all[..limit.min(3)], "{days:?}");
            }
        }
    }
}
