//! Filters of the log as SQL.

use super::columns::EntryColumn;
use super::filter::{push_ids, push_in};
use super::rows::json_array;
use crate::domain::{AuditFilter, AuditOperation, VideoField};
use crate::repository::sql::{Columns, Conditions, Sql, nullness, operator};

impl Conditions<'_> {
    /// That an entry passes a filter.
    pub(super) fn filter_entries(&mut self, filter: &AuditFilter) {
        if let Some(id) = filter.entity_id {
            self.and().push(EntryColumn::EntityId).push(" = ").push_bind(id);
        }
        if let Some(ids) = &filter.entity_ids {
            push_ids(self.and().push(EntryColumn::EntityId).push(" IN "), ids);
        }
        if let Some(operations) = &filter.operations {
            let names = operations.iter().map(|operation| AuditOperation::name(*operation));
            push_in(self.and().push(EntryColumn::Operation), json_array(names));
        }
        if let Some(fields) = &filter.fields {
            push_changed_fields(self.and(), fields);
        }
        self.filter_origin(EntryColumn::TABLE, filter);
        for (comparison, bound) in &filter.timestamp {
            let sql = self.and().push(EntryColumn::Timestamp).push(operator(*comparison));
            sql.push_bind(bound.as_micros());
        }
        if let Some(wanted) = filter.timestamp_is_null {
            self.and().push(EntryColumn::Timestamp).push(nullness(wanted));
        }
    }

    /// That what a row of this table records was done by the request and the actor that a filter asks
    /// for.
    pub(super) fn filter_origin(&mut self, table: &str, filter: &AuditFilter) {
        let [actor, request_id] = [EntryColumn::Actor, EntryColumn::RequestId]
            .map(|column| format!("{table}.{}", column.name()));
        if let Some(wanted) = &filter.actor {
            self.and().push(&actor).push(" = ").push_bind(wanted.clone());
        }
        if let Some(wanted) = &filter.actors {
            push_in(self.and().push(&actor), json_array(wanted));
        }
        if let Some(wanted) = filter.has_actor {
            self.and().push(&actor).push(nullness(!wanted));
        }
        if let Some(wanted) = &filter.request_id {
            self.and().push(&request_id).push(" = ").push_bind(wanted.clone());
        }
    }
}

/// Adds that an entry has a value of at least one of these fields, on whichever side.
fn push_changed_fields(sql: &mut Sql, fields: &[VideoField]) {
    sql.push("(FALSE");
    for field in fields {
        for side in [EntryColumn::OldValues, EntryColumn::NewValues] {
            sql.push(format_args!(" OR json_type({side}, "));
            sql.push_bind(format!("$.{}", field.name())).push(") IS NOT NULL");
        }
    }
    sql.push(")");
}
