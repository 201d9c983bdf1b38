//! Batches of writes: what they touch is loaded onto a stage, and the net changes are stored, all rows of
//! a table with one statement.

use std::collections::HashSet;

use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Row};

use super::columns::{EntryColumn, VideoColumn};
use super::connection::{execute, rows};
use super::entries::stretch_of_log;
use super::failure::BoxError;
use super::rows::{read_entry, read_id, read_time, read_video};
use super::statements::Statements;
use super::values::{Cells, arrays, of_entries, of_videos};
use super::{kinds, request_table, search_index};
use crate::domain::past::needs_checkpoint;
use crate::domain::{AuditEntry, AuditFilter, Text, Video, VideoId};
use crate::repository::file_change::FileStep;
use crate::repository::net_change::NetChange;
use crate::repository::sql::catalogue::{load_found, store_steps};
use crate::repository::sql::{Columns, Sql};
use crate::repository::stage::{Change, LogEnd, Stage, log_needed};
use crate::repository::{Write, audit_json};

/// The stage for these writes. The lock must be held, by a statement before.
pub(super) async fn load<'a>(
    connection: &mut PgConnection,
    writes: impl Iterator<Item = &'a Write> + Clone,
) -> Result<Stage, BoxError> {
    let found = writes.clone().filter_map(Write::found);
    let files = load_found(&mut Statements(connection), found.clone()).await?;
    let of_files = files.iter().filter_map(|row| row.file.video);
    let end = load_end(connection).await?;
    let recent = load_recent(connection, log_needed(writes.clone(), end.sequence)).await?;
    let of_log = recent.iter().map(|entry| entry.entity_id);
    let ids = writes.clone().flat_map(Write::touched_ids).chain(of_files).chain(of_log).collect();
    let free_paths = found.flat_map(|found| found.paths_without_video(&files));
    let paths = writes.flat_map(Write::touched_paths).chain(free_paths).collect();
    let mut stage = Stage::new(end);
    load_videos(connection, ids, paths, &mut stage).await?;
    recent.into_iter().for_each(|entry| stage.load_entry(entry));
    files.into_iter().for_each(|row| stage.load_file(row));
    Ok(stage)
}

/// Puts the videos with these IDs and paths on the stage.
async fn load_videos(
    connection: &mut PgConnection,
    ids: HashSet<VideoId>,
    paths: HashSet<Text>,
    stage: &mut Stage,
) -> Result<(), BoxError> {
    let paths: Vec<String> = paths.iter().map(ToString::to_string).collect();
    let ids: Vec<VideoId> = ids.into_iter().collect();
    let mut sql = Sql::new(format!("SELECT {} FROM videos WHERE id = ANY(", VideoColumn::SELECTED));
    sql.push_bind(ids.clone()).push(") OR path = ANY(").push_bind(paths).push(")");
    let mut standing = HashSet::new();
    for row in rows(connection, &sql).await? {
        let video = read_video(&row, 0)?;
        standing.insert(video.id);
        stage.load(video);
    }
    let gone: Vec<VideoId> = ids.into_iter().filter(|id| !standing.contains(id)).collect();
    if !gone.is_empty() {
        load_deleted(connection, gone, stage).await?;
    }
    Ok(())
}

/// The entries of the log behind a sequence, if there is one.
async fn load_recent(
    connection: &mut PgConnection,
    since: Option<i64>,
) -> Result<Vec<AuditEntry>, BoxError> {
    let Some(since) = since else { return Ok(Vec::new()) };
    let sql = stretch_of_log(since, &AuditFilter::default(), usize::MAX);
    rows(connection, &sql).await?.iter().map(|row| read_entry(row, 0)).collect()
}

async fn load_deleted(
    connection: &mut PgConnection,
    ids: Vec<VideoId>,
    stage: &mut Stage,
) -> Result<(), BoxError> {
    let mut sql = Sql::new("SELECT entity_id, max(version) FROM audit_log WHERE entity_id = ANY(");
    sql.push_bind(ids).push(") GROUP BY entity_id");
    for row in rows(connection, &sql).await? {
        stage.load_deleted(read_id(&row, 0)?, row.try_get(1)?);
    }
    Ok(())
}

async fn load_end(connection: &mut PgConnection) -> Result<LogEnd, BoxError> {
    let sql = Sql::new("SELECT sequence, timestamp FROM audit_log ORDER BY sequence DESC LIMIT 1");
    match rows(connection, &sql).await?.first() {
        Some(row) => Ok(LogEnd { sequence: row.try_get(0)?, timestamp: read_time(row, 1)? }),
        None => Ok(LogEnd::EMPTY),
    }
}

/// Stores the changes on a stage.
pub(super) async fn flush(
    connection: &mut PgConnection,
    changes: &[Change],
) -> Result<(), BoxError> {
    let net = NetChange::of(changes);
    if !net.removed.is_empty() {
        search_index::remove(connection, &net.removed).await?;
        let mut sql = Sql::new("DELETE FROM videos WHERE id = ANY(");
        sql.push_bind(net.removed.clone()).push(")");
        execute(connection, &sql).await?;
    }
    if !net.in_the_way.is_empty() {
        let mut sql = Sql::new("UPDATE videos SET path = 'moving ' || gen_random_uuid()");
        sql.push(" WHERE id = ANY(").push_bind(net.in_the_way.clone()).push(")");
        execute(connection, &sql).await?;
    }
    let changed: Vec<&Video> = net.changed.iter().map(|(_, after)| *after).collect();
    update_videos(connection, &changed).await?;
    let added = |column: VideoColumn| of_videos(&net.added, column);
    insert(connection, net.added.len(), added).await?;
    search_index::store(connection, net.named()).await?;
    let entries: Vec<&AuditEntry> = changes.iter().map(|change| &change.entry).collect();
    let recorded = |column: EntryColumn| of_entries(&entries, column);
    insert(connection, entries.len(), recorded).await?;
    request_table::add(connection, entries.into_iter()).await?;
    kinds::add(connection, changes).await?;
    keep_checkpoints(connection, changes).await
}

/// Stores how files change with them, and returns whether any does.
pub(super) async fn flush_files(
    connection: &mut PgConnection,
    steps: &[FileStep],
) -> Result<bool, BoxError> {
    store_steps(&mut Statements(connection), steps).await
}

/// Gives videos the values they have now. PostgreSQL leaves the indexes on columns alone that stay as they
/// are only where no indexed column changes, and `updated_at` always does.
async fn update_videos(connection: &mut PgConnection, changed: &[&Video]) -> Result<(), BoxError> {
    if changed.is_empty() {
        return Ok(());
    }
    let stored = VideoColumn::STORED.iter();
    let sets: Vec<String> =
        stored.skip(1).map(|column| format!("{column} = new.{column}")).collect();
    let (arrays, arguments) = arrays(|column: VideoColumn| of_videos(changed, column))?;
    let names = crate::repository::sql::join(", ", VideoColumn::to_string);
    let text = format!(
        "UPDATE videos SET {} FROM unnest({arrays}) AS new ({names}) WHERE videos.id = new.id",
        sets.join(", ")
    );
    sqlx::query_with(AssertSqlSafe(text), arguments).execute(connection).await?;
    Ok(())
}

/// Adds rows to a table, which have these cells.
async fn insert<C: Columns>(
    connection: &mut PgConnection,
    count: usize,
    cells: impl Fn(C) -> Cells,
) -> Result<(), BoxError> {
    if count == 0 {
        return Ok(());
    }
    let (arrays, arguments) = arrays(cells)?;
    let names = crate::repository::sql::join(", ", C::to_string);
    let text = format!("INSERT INTO {} ({names}) SELECT * FROM unnest({arrays})", C::TABLE);
    sqlx::query_with(AssertSqlSafe(text), arguments).execute(connection).await?;
    Ok(())
}

/// Stores the checkpoints that changes make necessary.
async fn keep_checkpoints(
    connection: &mut PgConnection,
    changes: &[Change],
) -> Result<(), BoxError> {
    let needed = changes.iter().filter(|change| needs_checkpoint(&change.entry));
    for video in needed.filter_map(|change| change.after.as_ref()) {
        let sql = Sql::new("INSERT INTO video_checkpoints VALUES (?, ?::int, ?)");
        let sql = sql.bind(video.id).bind(video.version).bind(audit_json::values_of(video));
        execute(connection, &sql).await?;
    }
    Ok(())
}
