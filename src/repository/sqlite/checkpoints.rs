//! The checkpoints that past states are reconstructed from: how they are stored with changes, and how
//! those are added that older libraries lack.

use std::sync::LazyLock;

use rusqlite::Connection;

use super::past::Stored;
use super::reader::Statement;
use super::rows::{BoxError, read_id, read_number};
use crate::domain::past::{self, CHECKPOINT_INTERVAL};
use crate::domain::{AuditEntryId, Video};
use crate::repository::audit_json;
use crate::repository::stage::Change;

/// The entries of the log that [need a checkpoint](past::needs_checkpoint), for a statement. Most other
/// entries are excluded by the index alone.
pub(super) static NEEDED: LazyLock<String> = LazyLock::new(|| {
    format!(
        "audit_log INDEXED BY sqlite_autoindex_audit_log_1
        WHERE version % {CHECKPOINT_INTERVAL} = 0 AND operation = 'UPDATE'"
    )
});

/// The condition that an entry of the log has no checkpoint.
pub(super) const IS_MISSING: &str = "NOT EXISTS (
        SELECT 1
        FROM video_checkpoints AS its
        WHERE its.entity_id = audit_log.entity_id AND its.version = audit_log.version
    )";

/// Stores the checkpoints that changes make necessary.
pub(super) fn keep(connection: &Connection, changes: &[Change]) -> Result<(), BoxError> {
    let needed = changes.iter().filter(|change| past::needs_checkpoint(&change.entry));
    needed.filter_map(|change| change.after.as_ref()).try_for_each(|video| store(connection, video))
}

fn store(connection: &Connection, video: &Video) -> Result<(), BoxError> {
    let sql = "INSERT INTO video_checkpoints (entity_id, version, field_values) VALUES (?, ?, ?)";
    let values = (video.id.as_bytes(), video.version, audit_json::values_of(video));
    Statement::prepare(connection, sql)?.execute(values)
}

/// Adds the next missing checkpoints of entries after the one with this sequence, up to this number.
/// Returns their number and the sequence of the last entry; none if there are no more.
pub(super) fn add_next(
    connection: &Connection,
    sequence: Option<i64>,
    limit: usize,
) -> Result<Option<(usize, i64)>, BoxError> {
    let missing = missing_after(connection, sequence, limit)?;
    let mut histories = Stored::new(|text| Statement::prepare(connection, text))?;
    for (_, id) in &missing {
        let video = video_after(&mut histories, *id)?;
        video.iter().try_for_each(|video| store(connection, video))?;
    }
    Ok(missing.last().map(|(sequence, _)| (missing.len(), *sequence)))
}

/// The sequences and the IDs of the first entries after the one with this sequence whose checkpoints are
/// missing.
fn missing_after(
    connection: &Connection,
    sequence: Option<i64>,
    limit: usize,
) -> Result<Vec<(i64, AuditEntryId)>, BoxError> {
    let sql = format!(
        "SELECT sequence, entity_id, version
        FROM {needed} AND sequence > ? AND {IS_MISSING}
        ORDER BY sequence
        LIMIT ?",
        needed = *NEEDED
    );
    let mut missing = Vec::new();
    let values = (sequence.unwrap_or(i64::MIN), i64::try_from(limit)?);
    Statement::prepare(connection, &sql)?.for_each(values, |row| {
        let id = AuditEntryId { entity_id: read_id(row, 1)?, version: row.get(2)? };
        missing.push((row.get(0)?, id));
        Ok(())
    })?;
    Ok(missing)
}

/// The video after an update whose checkpoint is missing. None if its history is damaged: the library
/// can be opened nevertheless, and a check of it reports the damage.
fn video_after(histories: &mut Stored<'_>, id: AuditEntryId) -> Result<Option<Video>, BoxError> {
    // By way of the version before it, this starts at the checkpoint before that.
    let before = AuditEntryId { version: id.version - 1, ..id };
    match past::videos_at(histories, &[before, id]) {
        Err(error) if !error.is::<rusqlite::Error>() => Ok(None),
        videos => Ok(videos?.pop().flatten()),
    }
}

/// The number of checkpoints that are missing or belong to entries up to the one with this sequence, and
/// of the latter alone.
pub(super) fn count(connection: &Connection, sequence: Option<i64>) -> Result<[u64; 2], BoxError> {
    let sql = format!(
        "SELECT count(*), count(*) FILTER (WHERE sequence <= ?1)
        FROM {needed} AND (sequence <= ?1 OR {IS_MISSING})",
        needed = *NEEDED
    );
    let mut count = Statement::prepare(connection, &sql)?;
    let counts = count.first([sequence.unwrap_or(i64::MIN)], |row| {
        Ok([read_number(row, 0)?, read_number(row, 1)?])
    })?;
    Ok(counts.unwrap_or_default())
}
