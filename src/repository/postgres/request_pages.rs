//! Statements that read the log by requests.

use super::columns::{EntryColumn, RequestColumn};
use super::entry_filter::{filter_entries, filter_origin};
use crate::domain::{AuditFilter, Direction, PageRequest};
use crate::repository::sql::{Columns, Conditions, LogFilters, Sql, Walk};

/// How PostgreSQL filters what the log has.
const FILTERS: LogFilters = LogFilters { entries: filter_entries, origin: filter_origin };

/// The statement for the number of requests that a filter selects.
pub(super) fn count_of(filter: &AuditFilter) -> Sql {
    let mut sql = Sql::new("SELECT count(*) FROM audit_requests");
    FILTERS.push(&mut Conditions::of(&mut sql), filter);
    sql
}

/// The statement for a page of requests, the one with the newest first change first. Its rows have a flag,
/// whether the row only shows that there is one on the near side of the page's place, and otherwise the
/// summary and the newest change of a request.
pub(super) fn page_of_requests(filter: &AuditFilter, page: &PageRequest<i64>) -> Sql {
    let mut sql = Sql::new("");
    let newest_first = [(RequestColumn::FirstSequence, Direction::Desc)];
    for walk in Walk::of_page(page, &newest_first) {
        let nothing = ", NULL".repeat(RequestColumn::READ + EntryColumn::READ);
        match walk.near_side {
            false => sql.push(format_args!(
                "(SELECT false, {}, {} FROM (SELECT * FROM audit_requests",
                RequestColumn::SELECTED,
                EntryColumn::SELECTED
            )),
            true => sql.push(format_args!(" UNION ALL (SELECT true{nothing} FROM audit_requests")),
        };
        let mut conditions = Conditions::of(&mut sql);
        FILTERS.push(&mut conditions, filter);
        walk.push_beyond(&mut conditions);
        walk.push_order(&mut sql);
        walk.push_limit(&mut sql);
        if !walk.near_side {
            sql.push(
                ") AS audit_requests
                JOIN audit_log ON audit_log.sequence = audit_requests.last_sequence",
            );
            walk.push_order(&mut sql);
        }
        sql.push(")");
    }
    sql
}
