//! Sums of what a search finds, from the contributions of all videos in memory.

use std::collections::HashMap;
use std::sync::Arc;

use rusqlite::Row;

use super::contributions::{Contribution, Contributions, State};
use super::reader::Reader;
use super::rows::{BoxError, read_number};
use crate::domain::stats::KindTotals;
use crate::repository::sql::Sql;

/// How many changes of the log are read in addition before all contributions are read again.
const MAX_CHANGES: i64 = if cfg!(test) { 5 } else { 10_000 };

/// The highest number of a kind for which sums are kept.
const MAX_KIND: usize = 1_000_000;

/// The sums of the hits in a set, by the numbers of their kinds. If the contributions are not known, they
/// are read if `reads_all`, which takes as long as reading the table once. None if they stay unknown.
pub(super) fn by_kind(
    reader: &Reader,
    set: u64,
    reads_all: bool,
) -> Result<Option<Vec<KindTotals>>, BoxError> {
    let (hits, now) = (reader.hit_sets().positions(set), state(reader)?);
    if let Some(known) = reader.contributions().get()
        && let Some(changed) = changed_since(reader, known.state(), now)?
    {
        return Ok(known.sums(&changed, &hits));
    }
    if !reads_all {
        return Ok(None);
    }
    let Some(read) = read_all(reader, now)? else { return Ok(None) };
    let read = Arc::new(read);
    reader.contributions().set(&read);
    Ok(read.sums(&HashMap::new(), &hits))
}

fn state(reader: &Reader) -> Result<State, BoxError> {
    let sql = "SELECT
            (SELECT coalesce(max(sequence), 0) FROM audit_log),
            (SELECT user_version FROM pragma_user_version)";
    let states = reader
        .all(&Sql::new(sql), |row| Ok(State { sequence: row.get(0)?, moves: row.get(1)? }))?;
    Ok(*states.first().ok_or("the library has no state")?)
}

const COLUMNS: &str = "position, kind, duration_frames, file_size";

/// The contributions of the videos that have changed between two states, by their positions now; none if
/// they are unknown or too many.
fn changed_since(
    reader: &Reader,
    then: State,
    now: State,
) -> Result<Option<HashMap<i64, Contribution>>, BoxError> {
    let changes = now.sequence.saturating_sub(then.sequence);
    if now.moves != then.moves || !(0..=MAX_CHANGES).contains(&changes) {
        return Ok(None);
    }
    let mut changed = HashMap::new();
    if changes == 0 {
        return Ok(Some(changed));
    }
    let mut sql = Sql::new(format!("SELECT {COLUMNS} FROM videos WHERE id IN ("));
    sql.push("SELECT entity_id FROM audit_log WHERE sequence > ").push_bind(then.sequence);
    sql.push(")");
    let mut are_usable = true;
    reader.for_each(&sql, |row| {
        let (position, value) = read(row)?;
        are_usable &= value.kind <= MAX_KIND;
        changed.insert(position, value);
        Ok(())
    })?;
    Ok(are_usable.then_some(changed))
}

/// The contributions of all videos; none if their kinds have numbers that are too high.
fn read_all(reader: &Reader, now: State) -> Result<Option<Contributions>, BoxError> {
    let mut all = Contributions::new(now);
    let mut are_usable = true;
    let sql = Sql::new(format!("SELECT {COLUMNS} FROM videos ORDER BY position"));
    reader.for_each(&sql, |row| {
        let (position, value) = read(row)?;
        are_usable &= value.kind <= MAX_KIND;
        all.push(position, value);
        Ok(())
    })?;
    Ok(are_usable.then_some(all))
}

fn read(row: &Row<'_>) -> Result<(i64, Contribution), BoxError> {
    let (kind, frames) = (read_number(row, 1)?, read_number(row, 2)?);
    Ok((row.get(0)?, Contribution { kind, frames, file_size: read_number(row, 3)? }))
}
