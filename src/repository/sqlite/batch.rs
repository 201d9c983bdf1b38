//! Batches of writes: what they touch is loaded onto a stage, and the net changes are stored, with
//! prepared statements.

use std::collections::{HashMap, HashSet};

use rusqlite::types::ToSqlOutput;
use rusqlite::{Connection, params_from_iter};

use super::columns::{EntryColumn, VideoColumn};
use super::kinds::{Kinds, are_of_one_kind};
use super::reader::Statement;
use super::rows::{BoxError, ENTRY, VIDEO, read_entry, read_video};
use super::statements::{Statements, at_once};
use super::{checkpoints, positions, requests, search_index, values};
use crate::domain::{AuditEntry, Text, Timestamp, Video, VideoId};
use crate::repository::Write;
use crate::repository::file_change::FileStep;
use crate::repository::net_change::NetChange;
use crate::repository::sql::Columns;
use crate::repository::sql::catalogue::{load_found, store_steps};
use crate::repository::stage::{Change, LogEnd, Stage, log_needed};

/// The maximum number of entries that one statement adds to the log.
const ENTRIES_AT_ONCE: usize = 16;

/// The stage for these writes.
pub(super) fn load<'a>(
    connection: &Connection,
    writes: impl Iterator<Item = &'a Write> + Clone,
) -> Result<Stage, BoxError> {
    let found = writes.clone().filter_map(Write::found);
    let files = at_once(load_found(&mut Statements(connection), found.clone()))?;
    let free_paths = found.flat_map(|found| found.paths_without_video(&files));
    let of_files = files.iter().filter_map(|row| row.file.video);
    let end = load_end(connection)?;
    let recent = load_recent(connection, log_needed(writes.clone(), end.sequence))?;
    let of_log = recent.iter().map(|entry| entry.entity_id);
    let ids = writes.clone().flat_map(Write::touched_ids).chain(of_files).chain(of_log).collect();
    let paths = writes.flat_map(Write::touched_paths).chain(free_paths).collect();
    let mut stage = Stage::new(end);
    load_videos(connection, ids, paths, &mut stage)?;
    recent.into_iter().for_each(|entry| stage.load_entry(entry));
    files.into_iter().for_each(|row| stage.load_file(row));
    Ok(stage)
}

/// Puts the videos with these IDs and paths on the stage.
fn load_videos(
    connection: &Connection,
    ids: HashSet<VideoId>,
    paths: HashSet<Text>,
    stage: &mut Stage,
) -> Result<(), BoxError> {
    let mut by_id = Statement::prepare(connection, &video_by(VideoColumn::Id))?;
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
        // What is planned for many videos mostly leaves their paths as they are.
        if stage.knows_holder_of(&path) {
            continue;
        }
        let mut by_path = Statement::prepare(connection, &video_by(VideoColumn::Path))?;
        let video = by_path.first([path.as_str()], |row| read_video(row, 0))?;
        video.into_iter().for_each(|video| stage.load(video));
    }
    Ok(())
}

/// The entries of the log behind a sequence, if there is one.
fn load_recent(connection: &Connection, since: Option<i64>) -> Result<Vec<AuditEntry>, BoxError> {
    let Some(since) = since else { return Ok(Vec::new()) };
    let sql = format!("SELECT {ENTRY} FROM audit_log WHERE sequence > ? ORDER BY sequence");
    let mut entries = Vec::new();
    let mut behind = Statement::prepare(connection, &sql)?;
    behind.for_each([since], |row| {
        entries.push(read_entry(row, 0)?);
        Ok(())
    })?;
    Ok(entries)
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
pub(super) fn video_by(column: VideoColumn) -> String {
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
    requests::add(connection, changes.iter().map(|change| &change.entry))?;
    checkpoints::keep(connection, changes)?;
    kinds.remove_empty(connection)
}

/// Stores how files change with them, and returns whether any does.
pub(super) fn flush_files(connection: &Connection, steps: &[FileStep]) -> Result<bool, BoxError> {
    at_once(store_steps(&mut Statements(connection), steps))
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
        let mut set = |column: VideoColumn, value| {
            sets.extend([column.name(), " = ?, "]);
            values.push(value);
        };
        for column in VideoColumn::STORED {
            if *column == VideoColumn::FilenameKey && old.values.filename == new.values.filename {
                // The same name has the same key, which takes longer to make than all other values.
                continue;
            }
            if column.is_taken_from_facts() && old.values.file == new.values.file {
                continue;
            }
            let [old, new] = [old, new].map(|video| values::of_video(video, *column));
            if old != new
                && let Some(new) = new
            {
                set(*column, new);
            }
        }
        if !are_of_one_kind(old, new) {
            set(VideoColumn::Kind, kinds.number_of(connection, new)?.into());
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
    let mut add = Statement::prepare(connection, VideoColumn::INSERT)?;
    for video in added {
        let (position, kind) = (positions[&video.id], kinds.number_of(connection, video)?);
        let value = |column: &VideoColumn| match column {
            VideoColumn::Position => Some(position.into()),
            VideoColumn::Kind => Some(kind.into()),
            column => values::of_video(video, *column),
        };
        add.execute(params_from_iter(VideoColumn::STORED.iter().map(value)))?;
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
    if !many.is_empty() {
        let more = EntryColumn::ANOTHER.repeat(ENTRIES_AT_ONCE - 1);
        let sql = format!("{}{more}", EntryColumn::INSERT);
        let mut add = Statement::prepare(connection, &sql)?;
        for entries in many {
            add.execute(params_from_iter(entries.iter().flat_map(values_of)))?;
        }
    }
    let mut add = Statement::prepare(connection, EntryColumn::INSERT)?;
    few.iter().try_for_each(|change| add.execute(params_from_iter(values_of(change))))
}

/// What the entry of a change has in its columns.
fn values_of(change: &Change) -> impl Iterator<Item = ToSqlOutput<'_>> {
    EntryColumn::STORED.iter().map(move |column| values::of_entry(&change.entry, *column))
}
