//! What becomes of each video, from its changes since the request and from what it is now.

use std::collections::HashMap;

use super::request::{Changed, ENTRIES, UndoRequest};
use crate::domain::undo::UndoSubject;
use crate::domain::{AuditEntry, AuditFilter, UndoItem, VideoId};
use crate::repository::{RepositoryError, VideoReader};

/// How many videos are read at once.
const BATCH: usize = 500;

/// What becomes of each video, in their order, as far as no other video is concerned.
pub(super) async fn items(
    library: &dyn VideoReader,
    request: &UndoRequest,
    changed: &Changed,
) -> Result<Vec<UndoItem>, RepositoryError> {
    let mut items = Vec::with_capacity(changed.ids.len());
    for ids in changed.ids.chunks(BATCH) {
        let filter = AuditFilter { entity_ids: Some(ids.to_vec()), ..AuditFilter::default() };
        let mut histories: HashMap<VideoId, Vec<AuditEntry>> = HashMap::with_capacity(ids.len());
        for entry in entries_since(library, changed.first_sequence, &filter).await? {
            histories.entry(entry.entity_id).or_default().push(entry);
        }
        let present = library.get_many(ids).await?;
        for (id, present) in ids.iter().zip(present) {
            let changes = histories.remove(id).unwrap_or_default();
            let subject = UndoSubject { id: *id, changes, present };
            let item = subject.undo(|entry| request.filter.matches(entry), request.policy);
            items.push(item.map_err(RepositoryError::store("read what a request changed"))?);
        }
    }
    Ok(items)
}

/// All entries from this one on that match a filter, oldest first.
pub(super) async fn entries_since(
    library: &dyn VideoReader,
    first_sequence: i64,
    filter: &AuditFilter,
) -> Result<Vec<AuditEntry>, RepositoryError> {
    let mut found: Vec<AuditEntry> = Vec::new();
    loop {
        let after = found.last().map_or(first_sequence - 1, |last| last.sequence);
        let entries = library.entries_after(after, filter, ENTRIES).await?;
        let is_last = entries.len() < ENTRIES;
        found.extend(entries);
        if is_last {
            return Ok(found);
        }
    }
}
