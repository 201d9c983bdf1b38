//! Paths that other videos have by now.

use std::collections::HashMap;

use super::request::Changed;
use super::subjects::entries_since;
use crate::domain::undo::{Blocked, settle_paths, wanted_paths};
use crate::domain::{
    AuditEntry, AuditFilter, FieldValue, Text, UndoConflict, UndoItem, VideoField, VideoId,
};
use crate::repository::{RepositoryError, VideoReader};

/// How many videos are read at once.
const BATCH: usize = 500;

/// Leaves videos where they are whose path another one has, and adds the conflicts.
pub(super) async fn settle(
    library: &dyn VideoReader,
    changed: &Changed,
    items: &mut [UndoItem],
) -> Result<(), RepositoryError> {
    let mut holders = HashMap::new();
    for path in wanted_paths(items) {
        if let Some(holder) = library.get_by_path(path.as_str()).await? {
            holders.insert(path.clone(), holder.id);
        }
    }
    let blocked = settle_paths(items, &holders);
    let in_the_way = InTheWay::find(library, changed, &blocked).await?;
    for Blocked { item, path, by } in blocked {
        let entry = in_the_way.of(by, path)?;
        let conflict = UndoConflict { field: Some(VideoField::Path), entry };
        let conflicts = &mut items[item].conflicts;
        // In the order of fields, of which this is the first.
        let place = conflicts.partition_point(|it| it.field.is_none());
        conflicts.insert(place, conflict);
    }
    Ok(())
}

/// The changes that gave videos the paths that they have.
struct InTheWay(HashMap<(VideoId, Text), AuditEntry>);

impl InTheWay {
    async fn find(
        library: &dyn VideoReader,
        changed: &Changed,
        blocked: &[Blocked],
    ) -> Result<Self, RepositoryError> {
        let mut ids: Vec<_> = blocked.iter().map(|blocked| blocked.by).collect();
        ids.sort_unstable();
        ids.dedup();
        let mut found = HashMap::new();
        for ids in ids.chunks(BATCH) {
            let filter = AuditFilter {
                entity_ids: Some(ids.to_vec()),
                fields: Some(vec![VideoField::Path]),
                ..AuditFilter::default()
            };
            // The other video can have got it only after the request, or others, took it from the first one.
            for entry in entries_since(library, changed.first_sequence, &filter).await? {
                if let Some(path) = path_given_by(&entry) {
                    found.insert((entry.entity_id, path), entry);
                }
            }
        }
        Ok(Self(found))
    }

    fn of(&self, id: VideoId, path: Text) -> Result<AuditEntry, RepositoryError> {
        let found = self.0.get(&(id, path)).cloned();
        found
            .ok_or_else(|| format!("no change gave the video {id} its path"))
            .map_err(RepositoryError::store("read what is in the way of an undo"))
    }
}

fn path_given_by(entry: &AuditEntry) -> Option<Text> {
    let change = entry.changes.iter().find(|change| change.field == VideoField::Path)?;
    match &change.new {
        Some(FieldValue::Text(path)) => Some(path.clone()),
        _ => None,
    }
}
