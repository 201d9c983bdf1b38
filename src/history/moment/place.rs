//! Finding the place in the log that a moment is.

use super::error::MomentError;
use crate::domain::{AuditEntry, AuditFilter, LogPosition, Timestamp};
use crate::repository::VideoReader;

/// A moment as it is asked for.
#[derive(Clone, Copy, Debug)]
pub enum MomentAt {
    /// The end of the longest run from the beginning of the log in which no entry is later than this.
    Time(Timestamp),
    /// The end of the write that this entry belongs to.
    Place(LogPosition),
}

/// The place in the log that a moment is: the end of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// The place of its newest change; the start of the log before the first one.
    pub place: LogPosition,
    /// The time of that change.
    pub time: Option<Timestamp>,
}

impl Resolved {
    const START: Self = Self { place: LogPosition::START, time: None };

    fn behind(entry: &AuditEntry) -> Self {
        Self { place: LogPosition::behind(entry), time: Some(entry.timestamp) }
    }
}

/// The place of a moment in what `reader` sees.
pub(super) async fn resolve(
    reader: &dyn VideoReader,
    at: MomentAt,
) -> Result<Resolved, MomentError> {
    let sequence = match at {
        MomentAt::Time(time) => match reader.first_later_entry(time).await? {
            Some(first) => first.saturating_sub(1),
            None => reader.newest().await?.sequence,
        },
        MomentAt::Place(place) => write_end(reader, place).await?,
    };
    if sequence == LogPosition::START.sequence {
        return Ok(Resolved::START);
    }
    let entry = entry_at(reader, sequence).await?;
    entry.map(|entry| Resolved::behind(&entry)).ok_or(MomentError::UnknownPlace)
}

async fn write_end(reader: &dyn VideoReader, place: LogPosition) -> Result<i64, MomentError> {
    if place == LogPosition::START {
        return Ok(place.sequence);
    }
    let entry = entry_at(reader, place.sequence).await?;
    let entry = entry.filter(|entry| LogPosition::behind(entry) == place);
    entry.map(|entry| entry.write_end).ok_or(MomentError::UnknownPlace)
}

async fn entry_at(
    reader: &dyn VideoReader,
    sequence: i64,
) -> Result<Option<AuditEntry>, MomentError> {
    let Some(before) = sequence.checked_sub(1) else { return Ok(None) };
    let found = reader.entries_after(before, &AuditFilter::default(), 1).await?;
    Ok(found.into_iter().next().filter(|entry| entry.sequence == sequence))
}
