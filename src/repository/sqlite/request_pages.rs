//! Reading the log by requests.
//!
//! Whether a filter selects a request is decided by the request's row if possible, so that it does not
//! matter how many changes the request made. Only if the filter names videos are their entries read,
//! and only if a request lies partly outside the times of a filter, its own.

use super::columns::{EntryColumn, RequestColumn};
use super::pages::read_page;
use super::reader::{Reader, Reading};
use super::requests::{read_summary, set_of};
use super::rows::{ENTRY, read_entry};
use crate::domain::audit_request::{AuditRequest, RequestSummary};
use crate::domain::filter::Comparison;
use crate::domain::{AuditFilter, AuditOperation, Direction, Page, PageRequest};
use crate::repository::sql::{Columns, Conditions, Sql, Walk};

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
    push_filter(&mut Conditions::of(&mut sql), filter);
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
        push_filter(&mut conditions, filter);
        walk.push_beyond(&mut conditions);
        walk.push_order(&mut sql);
        walk.push_limit(&mut sql);
        sql
    };
    let newest_first = [(RequestColumn::FirstSequence, Direction::Desc)];
    Walk::of_page(page, &newest_first).map(statement).collect()
}

/// Adds that at least one change of a request matches a filter.
fn push_filter(conditions: &mut Conditions<'_>, filter: &AuditFilter) {
    if filter.names_videos() {
        return push_requests_of_entries(conditions.and(), filter);
    }
    conditions.filter_origin(RequestColumn::TABLE, filter);
    if filter.operations.is_some() || filter.fields.is_some() {
        push_kinds(conditions.and(), filter);
    }
    if filter.timestamp_is_null == Some(true) {
        conditions.and().push("FALSE");
    }
    if !filter.timestamp.is_empty() {
        push_times(conditions.and(), filter);
    }
}

/// Adds that a request is one of those that made the entries that match a filter.
fn push_requests_of_entries(sql: &mut Sql, filter: &AuditFilter) {
    sql.push(
        "first_sequence IN (
            SELECT CASE
                WHEN audit_log.request_id IS NULL THEN audit_log.sequence
                ELSE (
                    SELECT its.first_sequence
                    FROM audit_requests AS its
                    WHERE its.request_id = audit_log.request_id
                        AND its.actor IS audit_log.actor
                        AND its.first_sequence <= audit_log.sequence
                    ORDER BY its.first_sequence DESC
                    LIMIT 1
                )
            END
            FROM audit_log",
    );
    Conditions::of(sql).filter_entries(filter);
    sql.push(")");
}

/// Adds that a request made a change of the operations and fields of a filter.
fn push_kinds(sql: &mut Sql, filter: &AuditFilter) {
    let fields = filter.fields.as_ref().map(|fields| set_of(fields.iter().copied()));
    let operations = filter.operations.as_deref().unwrap_or(&AuditOperation::ALL);
    sql.push("(FALSE");
    for operation in operations {
        let (count, set) = match operation {
            AuditOperation::Insert => (RequestColumn::Inserted, RequestColumn::InsertedFields),
            AuditOperation::Update => (RequestColumn::Updated, RequestColumn::UpdatedFields),
            AuditOperation::Delete => (RequestColumn::Deleted, RequestColumn::DeletedFields),
        };
        match fields {
            None => sql.push(format_args!(" OR {count} > 0")),
            Some(fields) => sql.push(format_args!(" OR {set} & ")).push_bind(fields).push(" <> 0"),
        };
    }
    sql.push(")");
}

/// Adds that a request made a change, of the operations and fields of a filter, at its times.
fn push_times(sql: &mut Sql, filter: &AuditFilter) {
    let Times { from, to } = Times::of(filter);
    sql.push("(ended_at >= ").push_bind(from).push(" AND started_at <= ").push_bind(to);
    let is_any_kind = filter.operations.is_none() && filter.fields.is_none();
    // A request has no gap as long as that.
    if is_any_kind && to.saturating_sub(from) >= RequestSummary::MAX_GAP_MICROS {
        sql.push(")");
        return;
    }
    // It has changes at both of its own times.
    let both = if is_any_kind { "OR" } else { "AND" };
    sql.push(" AND ((started_at >= ").push_bind(from);
    sql.push(format_args!(" {both} ended_at <= ")).push_bind(to);
    sql.push(format_args!(
        ") OR EXISTS (
            SELECT 1
            FROM audit_log
            WHERE audit_log.request_id = audit_requests.request_id
                AND audit_log.actor IS audit_requests.actor
                AND audit_log.{} BETWEEN first_sequence AND last_sequence",
        EntryColumn::Sequence
    ));
    let of_any = AuditFilter {
        request_id: None,
        actor: None,
        actors: None,
        has_actor: None,
        ..filter.clone()
    };
    Conditions::after_others(sql).filter_entries(&of_any);
    sql.push(")))");
}

/// The times that a filter allows, in microseconds; both ends are included.
struct Times {
    from: i64,
    to: i64,
}

impl Times {
    fn of(filter: &AuditFilter) -> Self {
        let mut times = Self { from: i64::MIN, to: i64::MAX };
        for (comparison, bound) in &filter.timestamp {
            let bound = bound.as_micros();
            match comparison {
                Comparison::Gt => times.from = times.from.max(bound + 1),
                Comparison::Gte => times.from = times.from.max(bound),
                Comparison::Lt => times.to = times.to.min(bound - 1),
                Comparison::Lte => times.to = times.to.min(bound),
            }
        }
        times
    }
}
