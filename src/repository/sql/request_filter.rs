//! Filters of the log for requests, as SQL.
//!
//! Whether a filter selects a request is decided by the request's row if possible, so that it does not
//! matter how many changes the request made. Only if the filter names videos are their entries read,
//! and only if a request lies partly outside the times of a filter, its own.

use super::{Conditions, Sql};
use crate::domain::audit_request::RequestSummary;
use crate::domain::filter::Comparison;
use crate::domain::{AuditFilter, AuditOperation};
use crate::repository::request_sums::set_of;

/// How a database filters what the log has.
pub(in crate::repository) struct LogFilters {
    /// Adds that the entry in the innermost `audit_log` matches a filter.
    pub(in crate::repository) entries: fn(&mut Conditions<'_>, &AuditFilter),
    /// Adds that a request was made by the request ID and the actor that a filter asks for.
    pub(in crate::repository) origin: fn(&mut Conditions<'_>, &AuditFilter),
}

impl LogFilters {
    /// Adds that at least one change of a request, in `audit_requests`, matches a filter.
    pub(in crate::repository) fn push(
        &self,
        conditions: &mut Conditions<'_>,
        filter: &AuditFilter,
    ) {
        if filter.names_videos() {
            return self.push_requests_of_entries(conditions.and(), filter);
        }
        (self.origin)(conditions, filter);
        if filter.operations.is_some() || filter.fields.is_some() {
            push_kinds(conditions.and(), filter);
        }
        if filter.timestamp_is_null == Some(true) {
            conditions.and().push("FALSE");
        }
        if !filter.timestamp.is_empty() {
            self.push_times(conditions.and(), filter);
        }
    }

    /// Adds that a request is one of those that made the entries that match a filter.
    fn push_requests_of_entries(&self, sql: &mut Sql, filter: &AuditFilter) {
        sql.push(
            "first_sequence IN (
                SELECT CASE
                    WHEN audit_log.request_id IS NULL THEN audit_log.sequence
                    ELSE (
                        SELECT its.first_sequence
                        FROM audit_requests AS its
                        WHERE its.request_id = audit_log.request_id
                            AND its.actor IS NOT DISTINCT FROM audit_log.actor
                            AND its.first_sequence <= audit_log.sequence
                        ORDER BY its.first_sequence DESC
                        LIMIT 1
                    )
                END
                FROM audit_log",
        );
        (self.entries)(&mut Conditions::of(sql), filter);
        sql.push(")");
    }

    /// Adds that a request made a change, of the operations and fields of a filter, at its times.
    fn push_times(&self, sql: &mut Sql, filter: &AuditFilter) {
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
        sql.push(
            ") OR EXISTS (
                SELECT 1
                FROM audit_log
                WHERE audit_log.request_id = audit_requests.request_id
                    AND audit_log.actor IS NOT DISTINCT FROM audit_requests.actor
                    AND audit_log.sequence BETWEEN first_sequence AND last_sequence",
        );
        let of_any = AuditFilter {
            request_id: None,
            actor: None,
            actors: None,
            has_actor: None,
            ..filter.clone()
        };
        (self.entries)(&mut Conditions::after_others(sql), &of_any);
        sql.push(")))");
    }
}

/// Adds that a request made a change of the operations and fields of a filter.
fn push_kinds(sql: &mut Sql, filter: &AuditFilter) {
    let fields = filter.fields.as_ref().map(|fields| set_of(fields.iter().copied()));
    let operations = filter.operations.as_deref().unwrap_or(&AuditOperation::ALL);
    sql.push("(FALSE");
    for operation in operations {
        let (count, set) = match operation {
            AuditOperation::Insert => ("inserted", "inserted_fields"),
            AuditOperation::Update => ("updated", "updated_fields"),
            AuditOperation::Delete => ("deleted", "deleted_fields"),
        };
        match fields {
            None => sql.push(format_args!(" OR {count} > 0")),
            Some(fields) => sql.push(format_args!(" OR {set} & ")).push_bind(fields).push(" <> 0"),
        };
    }
    sql.push(")");
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
