//! Reading the audit log.

use rusqlite::Row;

use super::columns::EntryColumn;
use super::pages::read_page;
use super::reader::{Reader, Reading, Statement};
use super::rows::{BoxError, ENTRY, read_entry, read_id, read_number};
use crate::domain::{
    AuditEntry, AuditEntryId, AuditFilter, Direction, LogPosition, Page, PageBuilder, PageRequest,
    Timestamp, VideoId,
};
use crate::repository::sql::{Conditions, Key, Sql, Walk, add_row, keyword};

pub(super) fn entries_of(
    ids: &[VideoId],
    page: &PageRequest<i32>,
) -> impl Reading<Vec<Page<AuditEntry>>> + use<> {
    let (ids, page) = (ids.to_vec(), page.clone());
    move |reader: &Reader| {
        reader.stay_at_this_moment()?;
        let walks = Walk::of_page(&page, &HISTORY);
        let walks = walks.map(|walk| Ok((reader.statement(&history(&walk))?, walk)));
        let mut walks = walks.collect::<Result<Vec<_>, BoxError>>()?;
        ids.iter().map(|id| page_of_history(*id, &page, &mut walks)).collect()
    }
}

fn page_of_history(
    id: VideoId,
    page: &PageRequest<i32>,
    walks: &mut [(Statement<'_>, Walk<'_, EntryColumn, i32>)],
) -> Result<Page<AuditEntry>, BoxError> {
    let mut page = PageBuilder::new(page);
    for (statement, walk) in walks {
        let each = |row: &Row<'_>| add_row(&mut page, walk.near_side, || read_entry(row, 0));
        let id = id.as_bytes();
        match walk.place {
            Some(place) => statement.for_each((id, walk.limit, place), each)?,
            None => statement.for_each((id, walk.limit), each)?,
        }
    }
    Ok(page.build())
}

pub(super) fn count_entries_of(ids: &[VideoId]) -> impl Reading<Vec<u64>> + use<> {
    let ids = ids.to_vec();
    move |reader: &Reader| {
        reader.stay_at_this_moment()?;
        let mut counts = reader.statement("SELECT count(*) FROM audit_log WHERE entity_id = ?")?;
        let mut count = |id: &VideoId| counts.first([id.as_bytes()], |row| read_number(row, 0));
        ids.iter().map(|id| Ok(count(id)?.unwrap_or_default())).collect()
    }
}

pub(super) fn get_entries(ids: &[AuditEntryId]) -> impl Reading<Vec<Option<AuditEntry>>> + use<> {
    let ids = ids.to_vec();
    let text = format!("SELECT {ENTRY} FROM audit_log WHERE entity_id = ? AND version = ?");
    move |reader: &Reader| {
        reader.stay_at_this_moment()?;
        let mut entries = reader.statement(&text)?;
        let entry = |id: &AuditEntryId| {
            let key = (id.entity_id.as_bytes(), id.version);
            entries.first(key, |row| read_entry(row, 0))
        };
        ids.iter().map(entry).collect()
    }
}

pub(super) fn list_entries(
    filter: &AuditFilter,
    page: &PageRequest<i64>,
) -> impl Reading<Page<AuditEntry>> + use<> {
    let statements = page_of_log(filter, page);
    let page = page.clone();
    move |reader: &Reader| read_page(reader, &statements, &page, |row| read_entry(row, 1))
}

pub(super) fn entries_after(
    sequence: i64,
    filter: &AuditFilter,
    limit: usize,
) -> impl Reading<Vec<AuditEntry>> + use<> {
    let sql = stretch_of_log(sequence, filter, limit);
    move |reader: &Reader| reader.all(&sql, |row| read_entry(row, 0))
}

pub(super) fn newest() -> impl Reading<LogPosition> {
    |reader: &Reader| {
        let ends = reader.all(&Sql::new(END_OF_LOG), |row| {
            let id = AuditEntryId { entity_id: read_id(row, 1)?, version: row.get(2)? };
            let timestamp = Timestamp::from_micros(row.get(3)?)?;
            Ok(LogPosition::behind_change(row.get(0)?, id, timestamp))
        })?;
        Ok(ends.into_iter().next().unwrap_or(LogPosition::START))
    }
}

pub(super) fn first_later(time: Timestamp) -> impl Reading<Option<i64>> {
    let sql = first_later_entry(time);
    move |reader: &Reader| Ok(reader.all(&sql, |row| Ok(row.get(0)?))?.into_iter().next().flatten())
}

pub(super) fn count_entries(filter: &AuditFilter) -> impl Reading<u64> + use<> {
    let mut sql = Sql::new("SELECT count(*) FROM audit_log");
    Conditions::of(&mut sql).filter_entries(filter);
    move |reader: &Reader| reader.number(&sql)
}

/// The statement for what makes the newest entry unlike every other.
pub(super) const END_OF_LOG: &str = "
    SELECT sequence, entity_id, version, timestamp
    FROM audit_log
    ORDER BY sequence DESC
    LIMIT 1";

/// The statement for the sequence of the first entry that is later than a time. All later ones are read, from
/// their index: SQLite would otherwise look for the first one from the beginning of the log on.
pub(super) fn first_later_entry(time: Timestamp) -> Sql {
    let mut sql = Sql::new("SELECT min(+sequence) FROM audit_log WHERE timestamp > ");
    sql.push_bind(time.as_micros());
    sql
}

/// The order of a history: the newest first.
pub(super) const HISTORY: [Key<EntryColumn>; 1] = [(EntryColumn::Version, Direction::Desc)];

/// The statement for part of a video's history. Its parameters are the video's ID, a limit, and the
/// walk's place if it has one. Its rows are an [`ENTRY`].
pub(super) fn history(walk: &Walk<'_, EntryColumn, i32>) -> String {
    let (version, direction) = walk.first_key();
    let beyond = match walk.place {
        Some(_) => format!("AND {version} {} ?3", walk.operator(direction)),
        None => String::new(),
    };
    let skipped = match walk.offset {
        0 => String::new(),
        offset => format!(" OFFSET {offset}"),
    };
    format!(
        "SELECT {ENTRY}
        FROM audit_log
        WHERE entity_id = ?1 {beyond}
        ORDER BY {version} {}
        LIMIT ?2{skipped}",
        keyword(direction)
    )
}

/// The statements for a page of the log, the newest first, whose rows are as [`select`](Walk::select)
/// has them.
pub(super) fn page_of_log(filter: &AuditFilter, page: &PageRequest<i64>) -> Vec<Sql> {
    let statement = |walk: Walk<'_, EntryColumn, i64>| {
        let mut sql = walk.select();
        let mut conditions = Conditions::of(&mut sql);
        conditions.filter_entries(filter);
        walk.push_beyond(&mut conditions);
        walk.push_order(&mut sql);
        walk.push_limit(&mut sql);
        sql
    };
    let newest_first = [(EntryColumn::Sequence, Direction::Desc)];
    Walk::of_page(page, &newest_first).map(statement).collect()
}

/// The statement for the entries after a position, oldest first. Its rows are an [`ENTRY`].
pub(super) fn stretch_of_log(sequence: i64, filter: &AuditFilter, limit: usize) -> Sql {
    let mut sql = Sql::new(format!("SELECT {ENTRY} FROM audit_log"));
    let mut conditions = Conditions::of(&mut sql);
    conditions.filter_entries(filter);
    conditions.and().push("sequence > ").push_bind(sequence);
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    sql.push(" ORDER BY sequence LIMIT ").push_bind(limit);
    sql
}
