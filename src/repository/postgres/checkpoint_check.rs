//! Verifies the checkpoints of videos against their histories.

use sqlx::Row;
use sqlx::postgres::PgRow;

use super::columns::EntryColumn;
use super::cursor::Cursor;
use super::failure::BoxError;
use super::faults::{CHECK, limited};
use super::rows::{read_entry, read_id};
use super::source::Source;
use crate::domain::past::CHECKPOINT_INTERVAL;
use crate::domain::{AuditEntryId, Replay};
use crate::repository::sql::{Columns, Sql};
use crate::repository::{MAX_FAULTS, audit_json};

/// The checkpoints that do not match the history of their video, and those that are missing.
pub(super) async fn checkpoint_faults(snapshot: &Source) -> Result<Vec<String>, BoxError> {
    let mut faults = strangers(snapshot).await?;
    let sql = Sql::new(format!(
        "SELECT {}, video_checkpoints.field_values
        FROM audit_log
        LEFT JOIN video_checkpoints USING (entity_id, version)
        WHERE audit_log.entity_id IN (SELECT entity_id FROM video_checkpoints)
        ORDER BY audit_log.entity_id, audit_log.version",
        EntryColumn::SELECTED
    ));
    let (mut video, mut replay) = (None, Replay::default());
    let compare = |row: &PgRow| {
        let entry = read_entry(row, 0)?;
        if video.replace(entry.entity_id) != Some(entry.entity_id) {
            replay = Replay::default();
        }
        replay.apply(&entry)?;
        let kept: Option<&str> = row.try_get(EntryColumn::READ)?;
        let replayed = replay.video().map(audit_json::values_of);
        if kept.is_some_and(|kept| replayed.as_deref() != Some(kept)) {
            faults.push(fault(entry.id()));
        }
        Ok(faults.len() < MAX_FAULTS)
    };
    Cursor::open(snapshot, CHECK, "checkpoints", &sql).await?.for_each_while(compare).await?;
    faults.extend(missing(snapshot).await?);
    Ok(faults)
}

/// The checkpoints after which there is no update.
async fn strangers(snapshot: &Source) -> Result<Vec<String>, BoxError> {
    let sql = Sql::new(
        "SELECT video_checkpoints.entity_id, video_checkpoints.version
        FROM video_checkpoints
        LEFT JOIN audit_log USING (entity_id, version)
        WHERE audit_log.operation IS DISTINCT FROM 'UPDATE'",
    );
    limited(snapshot, sql, |row| Ok(fault(id_in(row)?))).await
}

/// The updates that lack a checkpoint.
async fn missing(snapshot: &Source) -> Result<Vec<String>, BoxError> {
    let sql = Sql::new(format!(
        "SELECT entity_id, version
        FROM audit_log
        WHERE version % {CHECKPOINT_INTERVAL} = 0 AND operation = 'UPDATE'
            AND NOT EXISTS (
                SELECT
                FROM video_checkpoints AS its
                WHERE its.entity_id = audit_log.entity_id AND its.version = audit_log.version
            )"
    ));
    limited(snapshot, sql, |row| {
        let AuditEntryId { entity_id, version } = id_in(row)?;
        Ok(format!("video {entity_id}: its checkpoint of version {version} is missing"))
    })
    .await
}

fn id_in(row: &PgRow) -> Result<AuditEntryId, BoxError> {
    Ok(AuditEntryId { entity_id: read_id(row, 0)?, version: row.try_get(1)? })
}

fn fault(id: AuditEntryId) -> String {
    let AuditEntryId { entity_id, version } = id;
    format!("video {entity_id}: its checkpoint of version {version} does not match its history")
}
