//! Reading on from a place in the log that must still be in it.

use crate::domain::{AuditEntry, AuditFilter, LogPosition};
use crate::repository::{RepositoryError, VideoReader};

/// What comes after a place.
pub(super) enum Stretch {
    /// These entries.
    Entries(Vec<AuditEntry>),
    /// The place is not in the log: its database was replaced by one that lacks the newest changes, and
    /// other changes may have their sequences by now.
    OtherLog,
}

/// The entries after a place, at most `limit`.
pub(super) async fn read_after<R: VideoReader + ?Sized>(
    library: &R,
    place: LogPosition,
    limit: usize,
) -> Result<Stretch, RepositoryError> {
    let everything = AuditFilter::default();
    if place == LogPosition::START {
        return Ok(Stretch::Entries(library.entries_after(0, &everything, limit).await?));
    }
    // The entry of the place itself shows whether this is its log.
    let before = place.sequence.saturating_sub(1);
    let mut entries = library.entries_after(before, &everything, limit.saturating_add(1)).await?;
    if entries.first().is_none_or(|entry| LogPosition::behind(entry) != place) {
        return Ok(Stretch::OtherLog);
    }
    entries.remove(0);
    Ok(Stretch::Entries(entries))
}

/// The entries after a place that match a filter, at most `limit`.
pub(super) async fn read_matching_after<R: VideoReader + ?Sized>(
    library: &R,
    place: LogPosition,
    filter: &AuditFilter,
    limit: usize,
) -> Result<Stretch, RepositoryError> {
    if *filter == AuditFilter::default() {
        return read_after(library, place, limit).await;
    }
    let entries = library.entries_after(place.sequence, filter, limit).await?;
    // A place that is still in the log after the read was in it before: a place that was lost does not return.
    if has(library, place).await? { Ok(Stretch::Entries(entries)) } else { Ok(Stretch::OtherLog) }
}

/// Whether a place is in the log.
pub(super) async fn has<R: VideoReader + ?Sized>(
    library: &R,
    place: LogPosition,
) -> Result<bool, RepositoryError> {
    if place == LogPosition::START {
        return Ok(true);
    }
    let Some(before) = place.sequence.checked_sub(1) else { return Ok(false) };
    let found = library.entries_after(before, &AuditFilter::default(), 1).await?;
    Ok(found.first().is_some_and(|entry| LogPosition::behind(entry) == place))
}
