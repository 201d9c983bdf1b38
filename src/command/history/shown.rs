//! Versions as the command shows them: for people, or for programs.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::command::field_changes;
use crate::domain::{AuditEntry, AuditOperation, FieldChange, printable};

/// An entry as a line of JSON, with the fields of `AuditEntry` in the schema.
pub(super) fn as_json(entry: &AuditEntry) -> String {
    let changes: Vec<Value> = entry.changes.iter().map(field_changes::as_json).collect();
    let line = json!({
        "id": entry.id().to_string(),
        "timestamp": entry.timestamp.to_string(),
        "operation": entry.operation.name(),
        "entityId": entry.entity_id.to_string(),
        "version": entry.version,
        "actor": entry.actor,
        "requestId": entry.request_id,
        "changes": changes,
    });
    format!("{line}\n")
}

/// An entry as a line, and each field that it changed as another one.
pub(super) fn as_text(entry: &AuditEntry) -> String {
    let AuditEntry { version, timestamp, operation, actor, request_id, .. } = entry;
    let mut text = format!("{version}  {timestamp}  {}", operation.name());
    for (what, who) in [("by", actor), ("request", request_id)] {
        if let Some(who) = who {
            // Writing into a string cannot fail.
            let _ = write!(text, "  {what} {}", printable(who));
        }
    }
    text.push('\n');
    for FieldChange { field, old, new } in &entry.changes {
        let [old, new] = [old, new].map(field_changes::value_as_text);
        let values = match operation {
            AuditOperation::Insert => new,
            AuditOperation::Delete => old,
            AuditOperation::Update => format!("{old} -> {new}"),
        };
        let _ = writeln!(text, "    {}: {values}", field.name());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{FieldValue, Text, VideoField, samples};

    fn entry(operation: AuditOperation, old: Option<&str>, new: Option<&str>) -> AuditEntry {
        let text = |text: &str| FieldValue::Text(Text::new(text).unwrap());
        let change =
            FieldChange { field: VideoField::AudioCodec, old: old.map(text), new: new.map(text) };
        AuditEntry { operation, changes: vec![change], ..samples::entry(7) }
    }

    #[track_caller]
    fn check(entry: &AuditEntry, expected: &str) {
        assert_eq!(as_text(entry).lines().nth(1), Some(expected));
    }

    #[test]
    fn a_field_is_shown_with_the_values_that_it_can_have_had() {
        check(&entry(AuditOperation::Insert, None, Some("aac")), "    audioCodec: \"aac\"");
        check(&entry(AuditOperation::Delete, Some("aac"), None), "    audioCodec: \"aac\"");
        let update = entry(AuditOperation::Update, Some("aac"), None);
        check(&update, "    audioCodec: \"aac\" -> null");
    }

    #[test]
    fn nothing_that_is_shown_to_people_gives_orders_to_a_terminal() {
        let orders = "\u{1b}[2J\n\u{9b}2J";
        let hostile = AuditEntry {
            actor: Some(orders.to_owned()),
            request_id: Some(orders.to_owned()),
            ..entry(AuditOperation::Insert, None, Some(orders))
        };
        let text = as_text(&hostile);
        assert_eq!(text.lines().count(), 2, "{text}");
        assert!(text.lines().flat_map(str::chars).all(|letter| !letter.is_control()), "{text}");
        let line: Value = serde_json::from_str(&as_json(&hostile)).unwrap();
        assert_eq!(line["actor"], orders);
    }
}
