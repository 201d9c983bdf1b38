//! Verifies the checkpoints of videos against their histories.

use super::checkpoints::{IS_MISSING, NEEDED};
use super::columns::EntryColumn;
use super::derivations::has_current_checkpoints;
use super::reader::Reader;
use super::rows::{BoxError, ENTRY, read_entry, read_id};
use crate::domain::{AuditEntryId, Replay};
use crate::repository::sql::{Columns, Sql};
use crate::repository::{MAX_FAULTS, audit_json};

/// The checkpoints that do not match the history of their video, and those that are missing.
pub(super) fn checkpoint_faults(reader: &Reader) -> Result<Vec<String>, BoxError> {
    // Libraries of older versions have none.
    let table = "SELECT count(*) FROM sqlite_schema WHERE name = 'video_checkpoints'";
    if reader.number(&Sql::new(table))? == 0 {
        return Ok(Vec::new());
    }
    let mut faults = strangers(reader)?;
    let sql = Sql::new(format!(
        "SELECT {ENTRY}, video_checkpoints.field_values
        FROM audit_log
        LEFT JOIN video_checkpoints USING (entity_id, version)
        WHERE audit_log.entity_id IN (SELECT entity_id FROM video_checkpoints)
        ORDER BY audit_log.entity_id, audit_log.version"
    ));
    let (mut video, mut replay) = (None, Replay::default());
    reader.for_each(&sql, |row| {
        let entry = read_entry(row, 0)?;
        if video.replace(entry.entity_id) != Some(entry.entity_id) {
            replay = Replay::default();
        }
        replay.apply(&entry)?;
        let kept = row.get_ref(EntryColumn::READ)?.as_str_or_null()?;
        let replayed = replay.video().map(audit_json::values_of);
        if kept.is_some_and(|kept| replayed.as_deref() != Some(kept)) && faults.len() < MAX_FAULTS {
            faults.push(fault(entry.id()));
        }
        Ok(())
    })?;
    faults.extend(missing(reader)?);
    Ok(faults)
}

/// The checkpoints after which there is no update.
fn strangers(reader: &Reader) -> Result<Vec<String>, BoxError> {
    let sql = Sql::new(
        "SELECT video_checkpoints.entity_id, video_checkpoints.version
        FROM video_checkpoints
        LEFT JOIN audit_log USING (entity_id, version)
        WHERE audit_log.operation IS NOT 'UPDATE'
        LIMIT ?",
    );
    reader.all(&sql.bind(i64::try_from(MAX_FAULTS)?), |row| {
        Ok(fault(AuditEntryId { entity_id: read_id(row, 0)?, version: row.get(1)? }))
    })
}

/// The updates that lack a checkpoint, unless the library is still to be given them.
fn missing(reader: &Reader) -> Result<Vec<String>, BoxError> {
    if !has_current_checkpoints(reader)? {
        return Ok(Vec::new());
    }
    let sql = Sql::new(format!(
        "SELECT entity_id, version
        FROM {needed} AND {IS_MISSING}
        LIMIT ?",
        needed = *NEEDED
    ));
    reader.all(&sql.bind(i64::try_from(MAX_FAULTS)?), |row| {
        let (entity_id, version): (_, i32) = (read_id(row, 0)?, row.get(1)?);
        Ok(format!("video {entity_id}: its checkpoint of version {version} is missing"))
    })
}

fn fault(id: AuditEntryId) -> String {
    let AuditEntryId { entity_id, version } = id;
    format!("video {entity_id}: its checkpoint of version {version} does not match its history")
}
