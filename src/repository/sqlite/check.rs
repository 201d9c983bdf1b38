//! Verifying a library: SQLite's own structures, the log as such, the log against the videos and the
//! requests, and the videos against the search index, their kinds and their files.

use rusqlite::ErrorCode;
use rusqlite::types::ValueRef;

use super::checkpoint_check::checkpoint_faults;
use super::columns::{EntryColumn, VideoColumn};
use super::derivations::key_faults;
use super::reader::{File, Reader};
use super::readers::on_thread;
use super::request_check::request_faults;
use super::rows::{BoxError, ENTRY, VIDEO, read_entry, read_id, read_video};
use super::search_check::search_faults;
use super::{constraints, kinds};
use crate::repository::MAX_FAULTS;
use crate::repository::history_check::Histories;
use crate::repository::sql::catalogue::{Dialect, Query, file_faults};
use crate::repository::sql::{Columns, FactCopies, Sql};
use crate::repository::stage::unfinished;

/// The faults of a library.
pub(super) async fn faults_of(file: File) -> Result<Vec<String>, BoxError> {
    on_thread(move |caller| Reader::open_to_verify(&file)?.read(caller, &faults)).await
}

fn faults(reader: &Reader) -> Result<Vec<String>, BoxError> {
    let mut faults = Vec::new();
    match find_faults(reader, &mut faults) {
        Err(error) if is_damage(&error) => {
            faults.push(format!("{DAMAGED}: the rest cannot be read: {error}"));
        }
        other => other?,
    }
    faults.truncate(MAX_FAULTS);
    Ok(faults)
}

const DAMAGED: &str = "SQLite reports that the file is damaged";

fn find_faults(reader: &Reader, faults: &mut Vec<String>) -> Result<(), BoxError> {
    faults.extend(structural_faults(reader)?);
    faults.extend(log_fault(reader)?);
    faults.extend(history_faults(reader)?);
    faults.extend(videos_without_history(reader)?);
    // What is made from videos that are wrong themselves would only be wrong as well.
    if faults.is_empty() {
        faults.extend(write_faults(reader)?);
        if faults.is_empty() {
            faults.extend(request_faults(reader)?);
        }
        faults.extend(search_faults(reader)?);
        faults.extend(key_faults(reader)?);
        faults.extend(kinds::faults(reader)?);
        faults.extend(fact_faults(reader)?);
        faults.extend(checkpoint_faults(reader)?);
        faults.extend(misplaced_files(reader)?);
    }
    Ok(())
}

/// Whether a value is invalid, rather than unreadable because reading failed.
fn is_damage(error: &BoxError) -> bool {
    error.downcast_ref::<rusqlite::Error>().is_none_or(|error| {
        error.sqlite_error_code().is_none_or(|code| code == ErrorCode::DatabaseCorrupt)
    })
}

/// SQLite's own checks of tables, indexes and constraints.
fn structural_faults(reader: &Reader) -> Result<Vec<String>, BoxError> {
    let sql = Sql::new(format!("PRAGMA integrity_check({MAX_FAULTS})"));
    let found: Vec<String> = reader.all(&sql, |row| Ok(row.get(0)?))?;
    let mut found: Vec<String> = found.into_iter().filter(|message| message != "ok").collect();
    if found.is_empty() {
        found = constraints::faults(reader)?;
    }
    let faults = found.into_iter();
    Ok(faults.map(|message| format!("{DAMAGED}: {message}")).collect())
}

/// Whether entries are missing from the log: its sequence has no gaps.
fn log_fault(reader: &Reader) -> Result<Option<String>, BoxError> {
    let written =
        Sql::new("SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'audit_log'), 0)");
    let written = reader.number(&written)?;
    let kept = reader.number(&Sql::new("SELECT count(*) FROM audit_log"))?;
    Ok((written != kept).then(|| format!("the log has {kept} entries, but {written} were written")))
}

/// The entries that are not followed by the rest of their write: what
/// [`may_precede`](crate::domain::AuditEntry::may_precede) refuses.
fn write_faults(reader: &Reader) -> Result<Vec<String>, BoxError> {
    let sql = Sql::new(
        "SELECT entry.sequence, entry.write_end
        FROM audit_log AS entry
        LEFT JOIN audit_log AS next ON next.sequence = entry.sequence + 1
        WHERE entry.write_end <> entry.sequence
            AND (
                entry.write_end < entry.sequence
                OR coalesce(next.write_end, next.sequence) IS NOT entry.write_end
                OR next.timestamp <> entry.timestamp
                OR next.actor IS NOT entry.actor
                OR next.request_id IS NOT entry.request_id
            )
        LIMIT ?",
    );
    reader.all(&sql.bind(i64::try_from(MAX_FAULTS)?), |row| {
        let (sequence, end): (i64, i64) = (row.get(0)?, row.get(1)?);
        Ok(unfinished(sequence, end))
    })
}

/// Replays every history. Only one video is in memory at a time.
fn history_faults(reader: &Reader) -> Result<Vec<String>, BoxError> {
    let sql = Sql::new(format!(
        "SELECT {ENTRY}, {VIDEO}
        FROM audit_log
        LEFT JOIN videos ON videos.id = audit_log.entity_id
        ORDER BY audit_log.entity_id, audit_log.version"
    ));
    let mut histories = Histories::default();
    reader.for_each(&sql, |row| {
        let id = read_id(row, EntryColumn::EntityId as usize)?;
        histories.follow(id, || {
            let entry = read_entry(row, 0)?;
            let is_there = row.get_ref(EntryColumn::READ)? != ValueRef::Null;
            Ok((entry, is_there.then(|| read_video(row, EntryColumn::READ)).transpose()?))
        });
        Ok(())
    })?;
    Ok(histories.into_faults())
}

fn videos_without_history(reader: &Reader) -> Result<Vec<String>, BoxError> {
    let sql = Sql::new(
        "SELECT id
        FROM videos
        WHERE NOT EXISTS (SELECT 1 FROM audit_log WHERE entity_id = videos.id)
        LIMIT ?",
    );
    reader.all(&sql.bind(i64::try_from(MAX_FAULTS)?), |row| {
        Ok(format!("video {}: it has no history", read_id(row, 0)?))
    })
}

/// The videos whose facts are not those that filters compare.
fn fact_faults(reader: &Reader) -> Result<Vec<String>, BoxError> {
    let (copies, are_there) = (FactCopies::COLUMNS, FactCopies::ARE_THERE);
    let sql = Sql::new(format!("SELECT {VIDEO}, {copies} FROM videos WHERE {are_there}"));
    let mut faults = Vec::new();
    reader.for_each_while(&sql, |row| {
        let copies = FactCopies {
            missing_since: row.get(VideoColumn::READ)?,
            file_modified_at: row.get(VideoColumn::READ + 1)?,
            fingerprint: row.get(VideoColumn::READ + 2)?,
        };
        faults.extend(copies.fault(&read_video(row, 0)?));
        Ok(faults.len() < MAX_FAULTS)
    })?;
    Ok(faults)
}

/// The files that are not where their videos are.
fn misplaced_files(reader: &Reader) -> Result<Vec<String>, BoxError> {
    let are_known = Sql::new("SELECT count(*) FROM main.sqlite_schema WHERE name = 'files'");
    if reader.number(&are_known)? == 0 {
        // Libraries of older versions know none.
        return Ok(Vec::new());
    }
    let Query { sql, read } = file_faults(Dialect::Sqlite);
    reader.all(&sql, |row| read(row))
}
