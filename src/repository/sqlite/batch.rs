//! Batches of writes: what they touch is loaded onto a stage, and the net changes are stored, with
//! prepared statements.

use std::collections::{HashMap, HashSet};

use rusqlite::types::{Null, ToSqlOutput, Value};
use rusqlite::{Connection, params_from_iter};

use super::kinds::{Kinds, are_of_one_kind};
use super::reader::Statement;
use super::rows::{BoxError, VIDEO, read_video};
use super::values::{COLUMNS, optional, values_of};
use super::{positions, search_index};
use crate::domain::{AuditEntry, Text, Timestamp, Video, VideoId};
use crate::repository::net_change::NetChange;
use crate::repository::stage::{Change, LogEnd, Stage};
use crate::repository::{Write, audit_json};

/// The maximum number of entries that one statement adds to the log.
const ENTRIES_AT_ONCE: usize = 16;

/// The stage for these writes.
pub(super) fn load<'a>(
    connection: &Connection,
    writes: impl Iterator<Item = &'a Write> + Clone,
) -> Result<Stage, BoxError> {
    let ids: HashSet<VideoId> = writes.clone().flat_map(Write::touched_ids).collect();
    let paths: HashSet<Text> = writes.flat_map(Write::touched_paths).collect();
    let mut stage = Stage::new(load_end(connection)?);
    let mut by_id = Statement::prepare(connection, &video_by("id"))?;
    let sql = "SELECT max(version) FROM audit_log WHERE entity_id = ?";
    let mut last_version = Statement::prepare(connection, sql)?;
    for id in ids {
        match by_id.first([id.as_bytes()], |row| read_video(row, 0))? {
            Some(video) => stage.load(video),
            None => {
                let version = last_version.first([id.as_bytes()], |row| Ok(row.get(0)?))?;
                version.flatten().into_iter().for_each(|last| stage.load_deleted(id, last));
            }
        }
    }
    for path in paths {
        let mut by_path = Statement::prepare(connection, &video_by("path"))?;
        let video = by_path.first([path.as_str()], |row| read_video(row, 0))?;
        video.into_iter().for_each(|video| stage.load(video));
    }
    Ok(stage)
}

fn load_end(connection: &Connection) -> Result<LogEnd, BoxError> {
    let sql = "SELECT sequence, timestamp FROM audit_log ORDER BY sequence DESC LIMIT 1";
    let newest = Statement::prepare(connection, sql)?.first((), |row| {
        let timestamp = Timestamp::from_micros(row.get(1)?)?;
        Ok(LogEnd { sequence: row.get(0)?, timestamp })
    })?;
    Ok(newest.unwrap_or(LogEnd::EMPTY))
}

/// The statement for the video with a value in this column.
pub(super) fn video_by(column: &str) -> String {
    format!("SELECT {VIDEO} FROM videos WHERE {column} = ?")
}

/// Stores the changes on a stage.
pub(super) fn flush(connection: &Connection, changes: &[Change]) -> Result<(), BoxError> {
    let net = NetChange::of(changes);
    let kinds = Kinds::add(connection, changes)?;
    remove_videos(connection, &net.removed)?;
    move_out_of_the_way(connection, &net.in_the_way)?;
    update_videos(connection, &net.changed, &kinds)?;
    let positions = add_videos(connection, &net.added, &kinds)?;
    index_names(connection, &net, &positions)?;
    add_entries(connection, changes)?;
    kinds.remove_empty(connection)
}

fn remove_videos(connection: &Connection, removed: &[VideoId]) -> Result<(), BoxError> {
    if removed.is_empty() {
        return Ok(());
    }
    let sql = "DELETE FROM videos WHERE id = ? RETURNING position";
    let mut remove = Statement::prepare(connection, sql)?;
    let mut positions = Vec::with_capacity(removed.len());
    for id in removed {
        positions.extend(remove.first([id.as_bytes()], |row| Ok(row.get::<_, i64>(0)?))?);
    }
    search_index::remove(connection, &positions)
}

fn move_out_of_the_way(connection: &Connection, videos: &[VideoId]) -> Result<(), BoxError> {
    let sql = "UPDATE videos SET path = 'moving ' || hex(randomblob(16)) WHERE id = ?";
    videos.iter().try_for_each(|id| Statement::prepare(connection, sql)?.execute([id.as_bytes()]))
}

/// Gives videos the values they have now.
///
/// Unchanged columns are omitted: writing a column rewrites its indexes even if the value is the
/// same, and that is most of the cost of an update.
fn update_videos(
    connection: &Connection,
    changed: &[(&Video, &Video)],
    kinds: &Kinds<'_>,
) -> Result<(), BoxError> {
    let (mut prepared, mut sql) = (None, String::new());
    for (old, new) in changed {
        let (mut sets, mut values) = (String::new(), Vec::new());
        for ((column, old), new) in COLUMNS.iter().zip(values_of(old)).zip(values_of(new)) {
            if old != new {
                sets.extend([column, " = ?, "]);
                values.push(new);
            }
        }
        if !are_of_one_kind(old, new) {
            sets.push_str("kind = ?, ");
            values.push(kinds.number_of(connection, new)?.into());
        }
        values.push(new.id.as_bytes().as_slice().into());
        let update = match &mut prepared {
            Some(update) if sets == sql => update,
            _ => {
                sql = sets;
                let text = format!("UPDATE videos SET {} WHERE id = ?", sql.trim_end_matches(", "));
                prepared.insert(Statement::prepare(connection, &text)?)
            }
        };
        update.execute(params_from_iter(values))?;
    }
    Ok(())
}

/// Stores new videos, and returns their positions.
fn add_videos(
    connection: &Connection,
    added: &[&Video],
    kinds: &Kinds<'_>,
) -> Result<HashMap<VideoId, i64>, BoxError> {
    if added.is_empty() {
        return Ok(HashMap::new());
    }
    let positions = positions::assign(connection, added)?;
    let sql = format!(
        "INSERT INTO videos (id, position, kind, {}) VALUES (?, ?, ?{})",
        COLUMNS.join(", "),
        ", ?".repeat(COLUMNS.len())
    );
    let mut add = Statement::prepare(connection, &sql)?;
    for video in added {
        let id: ToSqlOutput<'_> = video.id.as_bytes().as_slice().into();
        let (position, kind) = (positions[&video.id], kinds.number_of(connection, video)?);
        let values = [id, position.into(), kind.into()].into_iter().chain(values_of(video));
        add.execute(params_from_iter(values))?;
    }
    Ok(positions)
}

/// Adds the new names to the search index.
fn index_names(
    connection: &Connection,
    net: &NetChange<'_>,
    added: &HashMap<VideoId, i64>,
) -> Result<(), BoxError> {
    let texts = net.named().map(|video| {
        let position = match added.get(&video.id) {
            Some(position) => *position,
            None => position_of(connection, video.id)?,
        };
        Ok((position, search_index::text_of(&video.values)))
    });
    let texts = texts.collect::<Result<Vec<_>, BoxError>>()?;
    if texts.is_empty() { Ok(()) } else { search_index::store(connection, texts) }
}

fn position_of(connection: &Connection, id: VideoId) -> Result<i64, BoxError> {
    let mut find = Statement::prepare(connection, "SELECT position FROM videos WHERE id = ?")?;
    let position = find.first([id.as_bytes()], |row| Ok(row.get(0)?))?;
    Ok(position.ok_or("a video is not where it was stored")?)
}

/// Adds changes to the log: many with one statement if possible, which costs less for each.
fn add_entries(connection: &Connection, changes: &[Change]) -> Result<(), BoxError> {
    let (many, few) = changes.as_chunks::<ENTRIES_AT_ONCE>();
    for entries in many {
        let mut add = Statement::prepare(connection, &insert_entries(ENTRIES_AT_ONCE))?;
        let values = entries.iter().flat_map(|change| values_of_entry(&change.entry));
        add.execute(params_from_iter(values))?;
    }
    let mut add = Statement::prepare(connection, &insert_entries(1))?;
    few.iter().try_for_each(|change| add.execute(params_from_iter(values_of_entry(&change.entry))))
}

/// The statement that adds as many entries to the log.
fn insert_entries(count: usize) -> String {
    let row = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    format!(
        "INSERT INTO audit_log (
            sequence, entity_id, version, operation, timestamp, old_values, new_values, actor,
            request_id, write_end
        )
        VALUES {row}{}",
        format!(", {row}").repeat(count - 1)
    )
}

/// The columns of an entry's row.
fn values_of_entry(entry: &AuditEntry) -> [ToSqlOutput<'_>; 10] {
    let json = |text: Option<String>| ToSqlOutput::Owned(Value::from(text));
    let write_end = (entry.write_end != entry.sequence).then_some(entry.write_end);
    [
        entry.sequence.into(),
        entry.entity_id.as_bytes().as_slice().into(),
        entry.version.into(),
        entry.operation.name().into(),
        entry.timestamp.as_micros().into(),
        json(audit_json::old_values(entry)),
        json(audit_json::new_values(entry)),
        optional(entry.actor.as_deref()),
        optional(entry.request_id.as_deref()),
        write_end.map_or(Null.into(), Into::into),
    ]
}
