//! Past states of videos: how they are read.

use std::collections::HashMap;

use sqlx::Row;
use sqlx::postgres::PgRow;

use super::columns::EntryColumn;
use super::entries::push_keys;
use super::failure::BoxError;
use super::rows::{read_entry, read_id};
use crate::domain::past::{CHECKPOINT_INTERVAL, Histories};
use crate::domain::{AuditEntry, AuditEntryId, Replay, Video, VideoId};
use crate::repository::audit_json;
use crate::repository::sql::{Columns, Sql};

/// The statement for all that it takes to reconstruct the states after these changes: the entries from the
/// last version that can have a checkpoint on, each with its checkpoint if it has one.
pub(super) fn needed_for(ids: &[AuditEntryId]) -> Sql {
    let mut sql = Sql::new(format!("SELECT {}, (", EntryColumn::SELECTED));
    sql.push(
        "SELECT field_values FROM video_checkpoints AS its
            WHERE its.entity_id = audit_log.entity_id AND its.version = audit_log.version
        ) FROM (SELECT DISTINCT * FROM unnest(",
    );
    push_keys(&mut sql, ids);
    sql.push(format_args!(
        ") AS ids (entity_id, version)
        JOIN audit_log ON audit_log.entity_id = ids.entity_id
            AND audit_log.version <= ids.version::int
            AND audit_log.version >= (ids.version - ids.version % {CHECKPOINT_INTERVAL})::int"
    ));
    sql
}

/// What was read of histories.
#[derive(Default)]
pub(super) struct Known {
    entries: HashMap<VideoId, Vec<AuditEntry>>,
    checkpoints: HashMap<AuditEntryId, Video>,
}

impl Known {
    /// Out of the rows of [`needed_for`].
    pub(super) fn of(rows: &[PgRow]) -> Result<Self, BoxError> {
        let mut known = Self::default();
        for row in rows {
            let id = AuditEntryId {
                entity_id: read_id(row, EntryColumn::EntityId as usize)?,
                version: row.try_get(EntryColumn::Version as usize)?,
            };
            if let Some(values) = row.try_get::<Option<&str>, _>(EntryColumn::READ)? {
                let values = audit_json::read(None, Some(values))?;
                known.checkpoints.insert(id, Replay::video_with(id, &values)?);
            }
            known.entries.entry(id.entity_id).or_default().push(read_entry(row, 0)?);
        }
        for entries in known.entries.values_mut() {
            entries.sort_unstable_by_key(|entry| std::cmp::Reverse(entry.version));
            entries.dedup_by_key(|entry| entry.version);
        }
        Ok(known)
    }
}

impl Histories for Known {
    type Error = BoxError;

    fn checkpoint(&mut self, id: AuditEntryId) -> Result<Option<Video>, BoxError> {
        Ok(self.checkpoints.get(&id).cloned())
    }

    fn entries(
        &mut self,
        id: VideoId,
        after: i32,
        up_to: i32,
    ) -> Result<Vec<AuditEntry>, BoxError> {
        let entries = self.entries.get(&id).map_or(&[][..], Vec::as_slice).iter();
        let wanted = entries.filter(|entry| entry.version > after && entry.version <= up_to);
        Ok(wanted.cloned().collect())
    }
}
