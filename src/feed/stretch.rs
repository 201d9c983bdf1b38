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
