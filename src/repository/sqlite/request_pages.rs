//! Reading the log by requests.

use super::columns::RequestColumn;
use super::pages::read_page;
use super::reader::{Reader, Reading};
use super::requests::read_summary;
use super::rows::{ENTRY, read_entry};
use crate::domain::audit_request::AuditRequest;
use crate::domain::{AuditFilter, Direction, Page, PageRequest};
use crate::repository::sql::{Columns, Conditions, LogFilters, Sql, Walk};

pub(super) fn list_requests(
    filter: &AuditFilter,
    page: &PageRequest<i64>,
) -> impl Reading<Page<AuditRequest>> + use<> {
    let statements = page_of_requests(filter, page);
    let page = page.clone();
    move |reader: &Reader| {
        read_page(reader, &statements, &page, |row| {
            let summary = read_summary(row, 1)?;
            Ok(AuditRequest { summary, latest: read_entry(row, 1 + RequestColumn::READ)? })
        })
    }
}

pub(super) fn count_requests(filter: &AuditFilter) -> impl Reading<u64> + use<> {
    let mut sql = Sql::new("SELECT count(*) FROM audit_requests");
    FILTERS.push(&mut Conditions::of(&mut sql), filter);
    move |reader: &Reader| reader.number(&sql)
}

/// The statements for a page of requests, the one with the newest first change first.
pub(super) fn page_of_requests(filter: &AuditFilter, page: &PageRequest<i64>) -> Vec<Sql> {
    let statement = |walk: Walk<'_, RequestColumn, i64>| {
        let mut sql = Sql::new(match walk.near_side {
            true => "SELECT true FROM audit_requests".to_owned(),
            false => format!(
                "SELECT false, {}, {ENTRY}
                FROM audit_requests
                CROSS JOIN audit_log ON audit_log.sequence = audit_requests.last_sequence",
                RequestColumn::SELECTED
            ),
        });
        let mut conditions = Conditions::of(&mut sql);
        FILTERS.push(&mut conditions, filter);
        walk.push_beyond(&mut conditions);
        walk.push_order(&mut sql);
        walk.push_limit(&mut sql);
        sql
    };
    let newest_first = [(RequestColumn::FirstSequence, Direction::Desc)];
    Walk::of_page(page, &newest_first).map(statement).collect()
}

/// How SQLite filters what the log has.
const FILTERS: LogFilters = LogFilters {
    entries: |conditions, filter| conditions.filter_entries(filter),
    origin: |conditions, filter| conditions.filter_origin(RequestColumn::TABLE, filter),
};
