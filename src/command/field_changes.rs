//! Changed fields as commands show them: for people, or for programs.

use serde_json::{Value, json};

use crate::domain::{FieldChange, FieldValue, printable};

/// As JSON, with the fields of `FieldChange` in the schema.
pub(super) fn as_json(FieldChange { field, old, new }: &FieldChange) -> Value {
    let value = |side: &Option<FieldValue>| side.as_ref().map(FieldValue::to_json);
    json!({ "field": field.name(), "old": value(old), "new": value(new) })
}

/// A value of either side, for people.
pub(super) fn value_as_text(value: &Option<FieldValue>) -> String {
    let json = value.as_ref().map_or(Value::Null, FieldValue::to_json);
    printable(&json.to_string())
}
