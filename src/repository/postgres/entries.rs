//! Statements that read the log.

use super::columns::EntryColumn;
use super::entry_filter::filter_entries;
use super::pages::page_of;
use crate::domain::{AuditEntryId, AuditFilter, Direction, PageRequest, Timestamp, VideoId};
use crate::repository::sql::{Columns, Conditions, Sql, Walk, keyword};

/// The statement for a page of each history, newest first. Its rows have the number of the ID, the flag
/// and the columns of a [page](page_of).
pub(super) fn histories(ids: &[VideoId], page: &PageRequest<i32>) -> Sql {
    let mut sql = Sql::new("SELECT ids.number, entries.* FROM unnest(");
    sql.push_bind(ids.to_vec()).push(") WITH ORDINALITY AS ids (id, number) CROSS JOIN LATERAL (");
    for walk in Walk::of_page(page, &[(EntryColumn::Version, Direction::Desc)]) {
        let nothing = ", NULL".repeat(EntryColumn::READ);
        match walk.near_side {
            false => sql.push(format_args!("(SELECT false, {}", EntryColumn::SELECTED)),
            true => sql.push(format_args!(" UNION ALL (SELECT true{nothing}")),
        };
        sql.push(" FROM audit_log WHERE entity_id = ids.id");
        let mut conditions = Conditions::after_others(&mut sql);
        walk.push_beyond(&mut conditions);
        let (column, direction) = walk.first_key();
        sql.push(format_args!(" ORDER BY {column} {}", keyword(direction)));
        walk.push_limit(&mut sql);
        sql.push(")");
    }
    sql.push(") AS entries");
    sql
}

/// The statement for the number of entries in each history that has any.
pub(super) fn counts_of_histories(ids: &[VideoId]) -> Sql {
    let mut sql = Sql::new("SELECT entity_id, count(*) FROM audit_log WHERE entity_id = ANY(");
    sql.push_bind(ids.to_vec()).push(") GROUP BY entity_id");
    sql
}

/// The statement for the entries with these IDs, in no order.
pub(super) fn with_ids(ids: &[AuditEntryId]) -> Sql {
    let mut sql = Sql::new(format!("SELECT {} FROM unnest(", EntryColumn::SELECTED));
    push_keys(&mut sql, ids);
    sql.push(
        " AS ids (entity_id, version)
        JOIN audit_log ON audit_log.entity_id = ids.entity_id
            AND audit_log.version = ids.version::int",
    );
    sql
}

/// Adds the IDs and versions of entries as two arrays, and the bracket behind them.
pub(super) fn push_keys(sql: &mut Sql, ids: &[AuditEntryId]) {
    let entities: Vec<VideoId> = ids.iter().map(|id| id.entity_id).collect();
    let versions: Vec<i64> = ids.iter().map(|id| id.version.into()).collect();
    sql.push_bind(entities).push(", ").push_bind(versions).push(")");
}

/// The statement for a page of the log, the newest first: see [`page_of`].
pub(super) fn page_of_log(filter: &AuditFilter, page: &PageRequest<i64>) -> Sql {
    let newest_first = [(EntryColumn::Sequence, Direction::Desc)];
    page_of(page, &newest_first, &[], |conditions| filter_entries(conditions, filter))
}

/// The statement for the entries after a position, oldest first.
pub(super) fn stretch_of_log(sequence: i64, filter: &AuditFilter, limit: usize) -> Sql {
    let mut sql = Sql::new(format!("SELECT {} FROM audit_log", EntryColumn::SELECTED));
    let mut conditions = Conditions::of(&mut sql);
    filter_entries(&mut conditions, filter);
    conditions.and().push("sequence > ").push_bind(sequence);
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    sql.push(" ORDER BY sequence LIMIT ").push_bind(limit);
    sql
}

/// The statement for the number of entries that match a filter.
pub(super) fn count_of(filter: &AuditFilter) -> Sql {
    let mut sql = Sql::new("SELECT count(*) FROM audit_log");
    filter_entries(&mut Conditions::of(&mut sql), filter);
    sql
}

/// The statement for the sequence of the first entry that is later than a time. All later ones are read, from
/// their index: PostgreSQL would otherwise look for the first one from the beginning of the log on.
pub(super) fn first_later(time: Timestamp) -> Sql {
    let mut sql = Sql::new("SELECT min(sequence + 0) FROM audit_log WHERE timestamp > ");
    sql.push_bind(time.as_micros());
    sql
}

/// The statement for what makes the newest entry unlike every other.
pub(super) const END_OF_LOG: &str = "
    SELECT sequence, entity_id, version, timestamp
    FROM audit_log
    ORDER BY sequence DESC
    LIMIT 1";
