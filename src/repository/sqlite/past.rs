//! Past states of videos: how they are read.

use std::sync::LazyLock;

use super::reader::{Reader, Reading, Statement};
use super::rows::{BoxError, ENTRY, read_entry};
use crate::domain::past::{self, Histories};
use crate::domain::{AuditEntry, AuditEntryId, AuditOperation, Replay, Video, VideoId};
use crate::repository::audit_json;

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
        past::videos_at(&mut Stored::new(|text| reader.statement(text))?, &ids)
    }
}

/// The histories in a library.
pub(super) struct Stored<'r> {
    checkpoint: Statement<'r>,
    backwards: Statement<'r>,
}

impl<'r> Stored<'r> {
    /// Those that are read with statements from `prepare`.
    pub(super) fn new(
        prepare: impl Fn(&str) -> Result<Statement<'r>, BoxError>,
    ) -> Result<Self, BoxError> {
        Ok(Self { checkpoint: prepare(CHECKPOINT)?, backwards: prepare(&BACKWARDS)? })
    }
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
