//! Verifies the constraints of rows, which SQLite only does if it can write to the file.

use rusqlite::Row;

use super::reader::Reader;
use super::rows::BoxError;
use crate::repository::sql::Sql;

/// The tables with rows that break a `CHECK` of theirs, in words as SQLite has them.
pub(super) fn faults(reader: &Reader) -> Result<Vec<String>, BoxError> {
    let sql =
        Sql::new("SELECT name, sql FROM main.sqlite_schema WHERE type = 'table' AND sql <> ''");
    let read = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
    let tables: Vec<(String, String)> = reader.all(&sql, read)?;
    let mut faults = Vec::new();
    for (name, definition) in tables {
        let checks = checks_of(&definition);
        if checks.is_empty() {
            continue;
        }
        let every = checks.join(") AND (");
        let sql = format!("SELECT EXISTS (SELECT 1 FROM main.\"{name}\" WHERE NOT (({every})))");
        if reader.number(&Sql::new(sql))? != 0 {
            faults.push(format!("CHECK constraint failed in {name}"));
        }
    }
    Ok(faults)
}

/// The expressions of the `CHECK` constraints in a table's definition.
fn checks_of(definition: &str) -> Vec<&str> {
    let behind = definition.split("CHECK (").skip(1);
    behind.filter_map(|rest| Some(&rest[..end_of_expression(rest)?])).collect()
}

/// The position of the closing bracket that matches one opened before this text.
fn end_of_expression(text: &str) -> Option<usize> {
    let (mut depth, mut is_quoted) = (1, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'\'' => is_quoted = !is_quoted,
            b'(' if !is_quoted => depth += 1,
            b')' if !is_quoted => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(at);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_are_taken_out_of_a_definition() {
        let definition = "CREATE TABLE t (a TEXT NOT NULL CHECK (a <> '' AND length(a) < 9),
            b CHECK ((b IS NULL) = (a IN (')', 'it''s'))), c BLOB)";
        let checks = ["a <> '' AND length(a) < 9", "(b IS NULL) = (a IN (')', 'it''s'))"];
        assert_eq!(checks_of(definition), checks);
        assert_eq!(checks_of("CREATE TABLE t (a, b)"), [""; 0]);
    }
}
