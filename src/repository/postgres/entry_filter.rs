//! Filters of the log as SQL.

use super::columns::EntryColumn;
use super::escape::escaped;
use crate::domain::{AuditFilter, AuditOperation, VideoField};
use crate::repository::sql::{Conditions, Sql, nullness, operator};

/// Adds that an entry passes a filter.
pub(super) fn filter_entries(conditions: &mut Conditions<'_>, filter: &AuditFilter) {
    if let Some(id) = filter.entity_id {
        conditions.and().push(EntryColumn::EntityId).push(" = ").push_bind(id);
    }
    if let Some(ids) = &filter.entity_ids {
        let sql = conditions.and().push(EntryColumn::EntityId).push(" = ANY(");
        sql.push_bind(ids.clone()).push(")");
    }
    if let Some(operations) = &filter.operations {
        let names = operations.iter().map(|it| AuditOperation::name(*it).to_owned());
        push_in(conditions.and(), EntryColumn::Operation, names.collect());
    }
    if let Some(fields) = &filter.fields {
        push_changed_fields(conditions.and(), fields);
    }
    filter_origin(conditions, filter);
    for (comparison, bound) in &filter.timestamp {
        let sql = conditions.and().push(EntryColumn::Timestamp).push(operator(*comparison));
        sql.push_bind(bound.as_micros());
    }
    if let Some(wanted) = filter.timestamp_is_null {
        conditions.and().push(EntryColumn::Timestamp).push(nullness(wanted));
    }
}

/// Adds that an entry was made by the request and the actor that a filter asks for.
pub(super) fn filter_origin(conditions: &mut Conditions<'_>, filter: &AuditFilter) {
    if let Some(wanted) = &filter.actor {
        push_eq(conditions.and(), EntryColumn::Actor, wanted);
    }
    if let Some(wanted) = &filter.actors {
        push_in(
            conditions.and(),
            EntryColumn::Actor,
            wanted.iter().map(|it| escaped(it)).collect(),
        );
    }
    if let Some(wanted) = filter.has_actor {
        conditions.and().push(EntryColumn::Actor).push(nullness(!wanted));
    }
    if let Some(wanted) = &filter.request_id {
        push_eq(conditions.and(), EntryColumn::RequestId, wanted);
    }
}

fn push_eq(sql: &mut Sql, column: EntryColumn, wanted: &str) {
    sql.push(column).push(" = ").push_bind(escaped(wanted));
}

fn push_in(sql: &mut Sql, column: EntryColumn, wanted: Vec<String>) {
    sql.push(column).push(" = ANY(").push_bind(wanted).push(")");
}

/// Adds that an entry has a value of at least one of these fields, on whichever side.
fn push_changed_fields(sql: &mut Sql, fields: &[VideoField]) {
    sql.push("(FALSE");
    for field in fields {
        for side in [EntryColumn::OldValues, EntryColumn::NewValues] {
            sql.push(format_args!(" OR ({side}::json -> "));
            sql.push_bind(field.name().to_owned()).push(") IS NOT NULL");
        }
    }
    sql.push(")");
}
