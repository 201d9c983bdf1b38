//! Differences as the command shows them: for people, or for programs.

use std::fmt::{self, Write};

use serde_json::{Value, json};

use crate::command::field_changes;
use crate::domain::{FieldChange, Video, printable};
use crate::history::moment::Difference;
use crate::transfer::record::Record;

/// A difference as a line of JSON: `videoId` and `changes` as `VideoDifference` in the schema has them, and the
/// records before and after.
pub(super) fn as_json(one: &Difference) -> String {
    let record = |side: Option<&Video>| side.map(Record::from);
    let changes: Vec<Value> = one.changes.iter().map(field_changes::as_json).collect();
    let line = json!({
        "videoId": one.id.to_string(),
        "before": record(one.before.as_deref()),
        "after": record(one.after.as_deref()),
        "changes": changes,
    });
    format!("{line}\n")
}

/// A difference as a line and, if the video is there at both moments, each field that differs as another one.
pub(super) fn as_text(one: &Difference) -> String {
    let (what, path) = match (&one.before, &one.after) {
        (None, after) => ("ADDED", after),
        (before, None) => ("DELETED", before),
        (Some(_), after) => ("UPDATED", after),
    };
    let path = path.as_ref().map_or_else(String::new, |it| printable(it.values.path.as_str()));
    let mut text = format!("{what}  {}  {path}\n", one.id);
    if what == "UPDATED" {
        for FieldChange { field, old, new } in &one.changes {
            let [old, new] = [old, new].map(field_changes::value_as_text);
            // Writing into a string cannot fail.
            let _ = writeln!(text, "    {}: {old} -> {new}", field.name());
        }
    }
    text
}

/// How many videos differ, and how.
#[derive(Default)]
pub(super) struct Counts {
    added: usize,
    updated: usize,
    deleted: usize,
}

impl Counts {
    /// Counts one more.
    pub(super) fn add(&mut self, one: &Difference) {
        let count = match (&one.before, &one.after) {
            (None, _) => &mut self.added,
            (_, None) => &mut self.deleted,
            (Some(_), Some(_)) => &mut self.updated,
        };
        *count += 1;
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { added, updated, deleted } = self;
        write!(f, "{added} added, {updated} updated, {deleted} deleted.")
    }
}
