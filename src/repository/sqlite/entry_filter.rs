//! Filters of the log as SQL.

use super::columns::EntryColumn;
use super::filter::{Conditions, nullness, operator, push_in};
use super::rows::json_array;
use crate::domain::{AuditFilter, AuditOperation};

impl Conditions<'_> {
    /// That an entry passes a filter.
    pub(super) fn filter_entries(&mut self, filter: &AuditFilter) {
        if let Some(id) = filter.entity_id {
            self.and().push(EntryColumn::EntityId).push(" = ").push_bind(id.as_bytes().to_vec());
        }
        if let Some(operations) = &filter.operations {
            let names = operations.iter().map(|operation| AuditOperation::name(*operation));
            push_in(self.and().push(EntryColumn::Operation), json_array(names));
        }
        if let Some(actor) = &filter.actor {
            self.and().push(EntryColumn::Actor).push(" = ").push_bind(actor.clone());
        }
        if let Some(request_id) = &filter.request_id {
            self.and().push(EntryColumn::RequestId).push(" = ").push_bind(request_id.clone());
        }
        for (comparison, bound) in &filter.timestamp {
            let sql = self.and().push(EntryColumn::Timestamp).push(operator(*comparison));
            sql.push_bind(bound.as_micros());
        }
        if let Some(wanted) = filter.timestamp_is_null {
            self.and().push(EntryColumn::Timestamp).push(nullness(wanted));
        }
    }
}
