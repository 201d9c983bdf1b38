//! Reading the audit log.

use super::filter::Conditions;
use super::keyset::{limit_and_one, read_page};
use super::reader::{Reader, Reading};
use super::rows::{ENTRY, json_array, read_entry, read_id, read_number};
use super::sql::Sql;
use crate::domain::{
    AuditEntry, AuditEntryId, AuditFilter, LogPlace, Page, PageRequest, Timestamp, VideoId,
};

pub(super) fn entries_of(
    ids: &[VideoId],
    page: &PageRequest<i32>,
) -> impl Reading<Vec<Page<AuditEntry>>> + use<> {
    let sql = histories(ids, page);
    let page = page.clone();
    let mut read: Vec<(Vec<AuditEntry>, bool)> = vec![(Vec::new(), false); ids.len()];
    move |reader: &Reader| {
        reader.for_each(&sql, |row| {
            let (entries, near_side) = &mut read[read_number::<usize>(row, 1)?];
            if row.get(0)? {
                *near_side = true;
            } else {
                entries.push(read_entry(row, 2)?);
            }
            Ok(())
        })?;
        let pages = read.into_iter().map(|(mut entries, near_side)| {
            entries.sort_unstable_by_key(|entry| entry.version);
            if !page.is_backward() {
                entries.reverse();
            }
            Page::assemble(&page, entries, near_side)
        });
        Ok(pages.collect())
    }
}

pub(super) fn count_entries_of(ids: &[VideoId]) -> impl Reading<Vec<u64>> + use<> {
    let sql = Sql::new(
        "SELECT (SELECT count(*) FROM audit_log WHERE entity_id = unhex(wanted.value, '-'))
        FROM json_each(?) AS wanted
        ORDER BY wanted.key",
    );
    let sql = sql.bind(json_array(ids));
    move |reader: &Reader| reader.all(&sql, |row| read_number(row, 0))
}

pub(super) fn get_entries(ids: &[AuditEntryId]) -> impl Reading<Vec<Option<AuditEntry>>> + use<> {
    let sql = Sql::new(format!(
        "SELECT wanted.key, {ENTRY}
        FROM json_each(?) AS wanted
        CROSS JOIN audit_log ON audit_log.entity_id = unhex(wanted.value ->> 0, '-')
            AND audit_log.version = wanted.value ->> 1"
    ));
    let sql = sql.bind(json_array(ids.iter().map(|id| (id.entity_id, id.version))));
    let mut entries = vec![None; ids.len()];
    move |reader: &Reader| {
        reader.for_each(&sql, |row| {
            entries[read_number::<usize>(row, 0)?] = Some(read_entry(row, 1)?);
            Ok(())
        })?;
        Ok(entries)
    }
}

pub(super) fn list_entries(
    filter: &AuditFilter,
    page: &PageRequest<i64>,
) -> impl Reading<Page<AuditEntry>> + use<> {
    let sql = page_of_log(filter, page);
    let page = page.clone();
    move |reader: &Reader| read_page(reader, &sql, &page, |row| read_entry(row, 1))
}

pub(super) fn entries_after(
    sequence: i64,
    filter: &AuditFilter,
    limit: usize,
) -> impl Reading<Vec<AuditEntry>> + use<> {
    let sql = stretch_of_log(sequence, filter, limit);
    move |reader: &Reader| reader.all(&sql, |row| read_entry(row, 0))
}

pub(super) fn newest() -> impl Reading<LogPlace> {
    |reader: &Reader| {
        let ends = reader.all(&Sql::new(END_OF_LOG), |row| {
            let id = AuditEntryId { entity_id: read_id(row, 1)?, version: row.get(2)? };
            let timestamp = Timestamp::from_micros(row.get(3)?)?;
            Ok(LogPlace::behind_change(row.get(0)?, id, timestamp))
        })?;
        Ok(ends.into_iter().next().unwrap_or(LogPlace::START))
    }
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

/// The statement for a page of each history. Its rows have a flag as those of
/// [`page_of_videos`](super::keyset::page_of_videos), the position of the video in `ids`, and then
/// [`ENTRY`], in no order.
pub(super) fn histories(ids: &[VideoId], page: &PageRequest<i32>) -> Sql {
    let ids = json_array(ids);
    let mut sql = Sql::new("");
    for walk in walks(page) {
        let union = if walk.near_side { " UNION ALL " } else { "" };
        let flag = walk.near_side;
        sql.push(format_args!("{union}SELECT {flag}, wanted.key, {ENTRY} FROM json_each("));
        sql.push_bind(ids.clone()).push(
            ") AS wanted CROSS JOIN audit_log ON audit_log.sequence IN (
                SELECT sequence FROM audit_log WHERE entity_id = unhex(wanted.value, '-')",
        );
        if let Some(version) = walk.place {
            sql.push(" AND version").push(walk.operator).push_bind(version);
        }
        sql.push(" ORDER BY version").push(walk.direction).push(" LIMIT ").push_bind(walk.limit);
        sql.push(")");
    }
    sql
}

/// The statement for a page of the log, with rows as those of
/// [`page_of_videos`](super::keyset::page_of_videos).
pub(super) fn page_of_log(filter: &AuditFilter, page: &PageRequest<i64>) -> Sql {
    let mut sql = Sql::new("");
    for walk in walks(page) {
        let union = if walk.near_side { " UNION ALL " } else { "" };
        let flag = walk.near_side;
        sql.push(format_args!("{union}SELECT * FROM (SELECT {flag}, {ENTRY} FROM audit_log"));
        let mut conditions = Conditions::of(&mut sql);
        conditions.filter_entries(filter);
        if let Some(sequence) = walk.place {
            conditions.and().push("sequence").push(walk.operator).push_bind(sequence);
        }
        sql.push(" ORDER BY sequence").push(walk.direction).push(" LIMIT ").push_bind(walk.limit);
        sql.push(")");
    }
    sql
}

/// The statement for the entries that come after one, oldest first. Its rows are an [`ENTRY`].
pub(super) fn stretch_of_log(sequence: i64, filter: &AuditFilter, limit: usize) -> Sql {
    let mut sql = Sql::new(format!("SELECT {ENTRY} FROM audit_log"));
    let mut conditions = Conditions::of(&mut sql);
    conditions.filter_entries(filter);
    conditions.and().push("sequence > ").push_bind(sequence);
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    sql.push(" ORDER BY sequence LIMIT ").push_bind(limit);
    sql
}

/// A stretch of entries along their sequence or version.
struct Walk {
    /// Whether it begins at the place itself, to go back from there.
    near_side: bool,
    /// How what it meets lies to the place.
    operator: &'static str,
    direction: &'static str,
    /// Where it begins; at the end where no place is given.
    place: Option<i64>,
    /// How many entries at most.
    limit: i64,
}

/// The walks that find a page, newest first, and what lies on the near side of its place.
fn walks<P: Copy + Into<i64>>(page: &PageRequest<P>) -> impl Iterator<Item = Walk> {
    let place = page.place().map(|place| (*place).into());
    let [ahead, back] = if page.is_backward() {
        [(" > ", " ASC"), (" <= ", " DESC")]
    } else {
        [(" < ", " DESC"), (" >= ", " ASC")]
    };
    let walk = |near_side, (operator, direction), limit| Walk {
        near_side,
        operator,
        direction,
        place,
        limit,
    };
    let back = place.is_some().then(|| walk(true, back, 1));
    [Some(walk(false, ahead, limit_and_one(page))), back].into_iter().flatten()
}
