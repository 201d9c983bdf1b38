//! Past states of videos: the checkpoints that they are reconstructed from, and how they are read.

use std::sync::LazyLock;

use rusqlite::Connection;

use super::columns::{Columns, EntryColumn};
use super::reader::{Reader, Reading, Statement};
use super::rows::{BoxError, ENTRY, read_entry, read_id};
use super::sql::Sql;
use crate::domain::past::{self, Histories};
use crate::domain::{AuditEntry, AuditEntryId, AuditOperation, Replay, Video, VideoId};
use crate::repository::stage::Change;
use crate::repository::{MAX_FAULTS, audit_json};

/// The statement for a checkpoint, by the video's ID and version.
const CHECKPOINT: &str =
    "SELECT field_values FROM video_checkpoints WHERE entity_id = ? AND version = ?";

/// The statement for part of a history, newest first: the entries of a video with versions above one,
/// up to another. Its rows are an [`ENTRY`].
pub(super) static BACKWARDS: LazyLock<String> = LazyLock::new(|| {
    format!(
        "SELECT {ENTRY}
        FROM audit_log
        WHERE entity_id = ? AND version > ? AND version <= ?
        ORDER BY version DESC"
    )
});

pub(super) fn videos_at(ids: &[AuditEntryId]) -> impl Reading<Vec<Option<Video>>> + use<> {
    let ids = ids.to_vec();
    move |reader: &Reader| {
        reader.stay_at_this_moment()?;
        let checkpoint = reader.statement(CHECKPOINT)?;
        let mut histories = Stored { checkpoint, backwards: reader.statement(&BACKWARDS)? };
        past::videos_at(&mut histories, &ids)
    }
}

/// The histories in a library.
struct Stored<'r> {
    checkpoint: Statement<'r>,
    backwards: Statement<'r>,
}

impl Histories for Stored<'_> {
    type Error = BoxError;

    fn checkpoint(&mut self, id: AuditEntryId) -> Result<Option<Video>, BoxError> {
        self.checkpoint.first((id.entity_id.as_bytes(), id.version), |row| {
            let values = audit_json::read(None, Some(row.get_ref(0)?.as_str()?))?;
            Ok(Replay::video_with(id, &values)?)
        })
    }

    fn entries(
        &mut self,
        id: VideoId,
        after: i32,
        up_to: i32,
    ) -> Result<Vec<AuditEntry>, BoxError> {
        let mut entries = Vec::new();
        self.backwards.for_each_while((id.as_bytes(), after, up_to), |row| {
            let entry = read_entry(row, 0)?;
            let is_update = entry.operation == AuditOperation::Update;
            entries.push(entry);
            Ok(is_update)
        })?;
        Ok(entries)
    }
}

/// Stores the checkpoints that changes make necessary.
pub(super) fn keep_checkpoints(
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

/// The checkpoints that do not match the history of their video.
pub(super) fn faults(reader: &Reader) -> Result<Vec<String>, BoxError> {
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

fn fault(id: AuditEntryId) -> String {
    let AuditEntryId { entity_id, version } = id;
    format!("video {entity_id}: its checkpoint of version {version} does not match its history")
}
