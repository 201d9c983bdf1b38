//! The checkpoints that past states are reconstructed from: how they are stored.

use rusqlite::Connection;

use super::reader::Statement;
use super::rows::BoxError;
use crate::domain::past;
use crate::repository::audit_json;
use crate::repository::stage::Change;

/// Stores the checkpoints that changes make necessary.
pub(super) fn keep(
    connection: &Connection,
    changes: &[Change],
) -> Result<(), BoxError> {
    let needed = changes.iter().filter(|change| past::needs_checkpoint(&change.entry));
    for video in needed.filter_map(|change| change.after.as_ref()) {
        let sql =
            "INSERT INTO video_checkpoints (entity_id, version, field_values) VALUES (?, ?, ?)";
        let values = audit_json::values_of(video);
        Statement::prepare(connection, sql)?.execute((
            video.id.as_bytes(),
            video.version,
            values,
        ))?;
    }
    Ok(())
}
