//! Reading the audit log.

use sqlx::{AssertSqlSafe, Row};

use super::filter::{Conditions, Sql};
use super::keyset::{assemble, limit_and_one};
use super::readers::Readers;
use super::rows::{BoxError, ENTRY, json_array, read_entry};
use crate::domain::{
    AuditEntry, AuditEntryId, AuditFilter, LogPlace, Page, PageRequest, Timestamp, VideoId,
};

impl Readers {
    pub(super) async fn entries_of(
        &self,
        ids: &[VideoId],
        page: &PageRequest<i32>,
    ) -> Result<Vec<Page<AuditEntry>>, BoxError> {
        let rows = self.fetch_all(histories(ids, page).build()).await?;
        let mut read: Vec<(Vec<AuditEntry>, bool)> = vec![(Vec::new(), false); ids.len()];
        for row in rows {
            let position: i64 = row.try_get(1)?;
            let (entries, near_side) = &mut read[usize::try_from(position)?];
            if row.try_get(0)? {
                *near_side = true;
            } else {
                entries.push(read_entry(&row, 2)?);
            }
        }
        let pages = read.into_iter().map(|(mut entries, near_side)| {
            entries.sort_unstable_by_key(|entry| entry.version);
            if !page.is_backward() {
                entries.reverse();
            }
            Page::assemble(page, entries, near_side)
        });
        Ok(pages.collect())
    }

    pub(super) async fn count_entries_of(&self, ids: &[VideoId]) -> Result<Vec<u64>, BoxError> {
        let query = sqlx::query(
            "SELECT (SELECT count(*) FROM audit_log WHERE entity_id = unhex(wanted.value, '-'))
            FROM json_each(?) AS wanted
            ORDER BY wanted.key",
        );
        let rows = self.fetch_all(query.bind(json_array(ids))).await?;
        rows.iter().map(|row| Ok(u64::try_from(row.try_get::<i64, _>(0)?)?)).collect()
    }

    pub(super) async fn get_entries(
        &self,
        ids: &[AuditEntryId],
    ) -> Result<Vec<Option<AuditEntry>>, BoxError> {
        let sql = format!(
            "SELECT wanted.key, {ENTRY}
            FROM json_each(?) AS wanted
            CROSS JOIN audit_log ON audit_log.entity_id = unhex(wanted.value ->> 0, '-')
                AND audit_log.version = wanted.value ->> 1"
        );
        let wanted = json_array(ids.iter().map(|id| (id.entity_id, id.version)));
        let mut entries = vec![None; ids.len()];
        for row in self.fetch_all(sqlx::query(AssertSqlSafe(sql)).bind(wanted)).await? {
            let position: i64 = row.try_get(0)?;
            entries[usize::try_from(position)?] = Some(read_entry(&row, 1)?);
        }
        Ok(entries)
    }

    pub(super) async fn list_entries(
        &self,
        filter: &AuditFilter,
        page: &PageRequest<i64>,
    ) -> Result<Page<AuditEntry>, BoxError> {
        let rows = self.fetch_all(page_of_log(filter, page).build()).await?;
        assemble(page, &rows, |row| read_entry(row, 1))
    }

    pub(super) async fn entries_after(
        &self,
        sequence: i64,
        filter: &AuditFilter,
        limit: usize,
    ) -> Result<Vec<AuditEntry>, BoxError> {
        let rows = self.fetch_all(stretch_of_log(sequence, filter, limit).build()).await?;
        rows.iter().map(|row| read_entry(row, 0)).collect()
    }

    pub(super) async fn newest(&self) -> Result<LogPlace, BoxError> {
        let rows = self.fetch_all(sqlx::query(END_OF_LOG)).await?;
        let Some(row) = rows.first() else { return Ok(LogPlace::START) };
        let entity_id = VideoId::from_bytes(row.try_get::<&[u8], _>(1)?.try_into()?);
        let id = AuditEntryId { entity_id, version: row.try_get(2)? };
        let timestamp = Timestamp::from_micros(row.try_get(3)?)?;
        Ok(LogPlace::behind_change(row.try_get(0)?, id, timestamp))
    }

    pub(super) async fn count_entries(&self, filter: &AuditFilter) -> Result<u64, BoxError> {
        let mut sql = Sql::new("SELECT count(*) FROM audit_log");
        Conditions::of(&mut sql).filter_entries(filter);
        self.fetch_count(sql.build()).await
    }
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
