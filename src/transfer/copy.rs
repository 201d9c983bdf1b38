//! Copying the log of a library, and with it all that the library has and had, into another one.

use crate::domain::{AuditEntry, AuditFilter, Clock};
use crate::repository::{ChangeContext, RepositoryError, VideoReader, VideoRepository, Write};

/// The number of entries that are copied together, if no write is longer.
const BATCH: usize = 1000;

/// Why a library was not copied.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// The target is not an unfinished copy.
    #[error("the target has changes of its own from number {0} of its log on")]
    Other(i64),
    /// The original has changed.
    #[error("the original has changed while it was copied")]
    Changed,
    /// A store failed.
    #[error(transparent)]
    Store(#[from] RepositoryError),
}

/// How far a copy is.
#[derive(Clone, Copy, Debug)]
pub struct CopyProgress {
    /// The entries that the copy has.
    pub copied: i64,
    /// Those that the original has.
    pub all: i64,
}

/// Copies the log of a library behind what an earlier copy has of it. Returns the sequence at which
/// both end.
///
/// # Errors
/// When the target has anything else, the original changes, or a store fails. What was copied before
/// stays.
pub async fn copy(
    from: &dyn VideoReader,
    to: &dyn VideoRepository,
    clock: &dyn Clock,
    mut progress: impl FnMut(CopyProgress),
) -> Result<i64, CopyError> {
    let all = end_of(from).await?;
    let mut copied = end_of(to).await?;
    compare(from, to, copied).await?;
    progress(CopyProgress { copied, all });
    while copied < all {
        let entries = whole_writes(from, copied).await?;
        copied = entries.last().ok_or(CopyError::Changed)?.sequence;
        // The entries have all this themselves.
        let by = ChangeContext { at: clock.now(), actor: None, request_id: None };
        to.write(Write::Replay(entries), by).await?;
        progress(CopyProgress { copied, all });
    }
    if copied == all { Ok(all) } else { Err(CopyError::Changed) }
}

/// The sequence of the newest entry.
async fn end_of(library: &dyn VideoReader) -> Result<i64, RepositoryError> {
    Ok(library.newest().await?.sequence)
}

/// Verifies that the log of a library has the same entries as another one up to its end.
async fn compare(
    from: &dyn VideoReader,
    to: &dyn VideoRepository,
    end: i64,
) -> Result<(), CopyError> {
    let everything = AuditFilter::default();
    let mut sequence = 0;
    while sequence < end {
        let theirs = to.entries_after(sequence, &everything, BATCH).await?;
        let ours = from.entries_after(sequence, &everything, theirs.len()).await?;
        let differs = |index: &usize| ours.get(*index) != Some(&theirs[*index]);
        if let Some(index) = (0..theirs.len()).find(differs) {
            return Err(CopyError::Other(theirs[index].sequence));
        }
        let Some(last) = theirs.last() else { break };
        sequence = last.sequence;
    }
    Ok(())
}

/// Some entries after this one, of which the last ends its write.
async fn whole_writes(
    from: &dyn VideoReader,
    sequence: i64,
) -> Result<Vec<AuditEntry>, RepositoryError> {
    let everything = AuditFilter::default();
    let mut entries = from.entries_after(sequence, &everything, BATCH).await?;
    if let Some(last) = entries.last()
        && let Ok(rest @ 1..) = usize::try_from(last.write_end - last.sequence)
    {
        let more = from.entries_after(last.sequence, &everything, rest).await?;
        entries.extend(more);
    }
    Ok(entries)
}
