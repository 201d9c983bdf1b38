//! The requests of the log, with their sums, which every change updates.

use std::iter;
use std::sync::LazyLock;

use rusqlite::types::ToSqlOutput;
use rusqlite::{Connection, Row, params_from_iter};

use super::columns::RequestColumn;
use super::reader::Statement;
use super::rows::{BoxError, ENTRY, read_entry, read_number};
use super::values::optional;
use crate::domain::audit_request::{RequestChanges, RequestSummary};
use crate::domain::{AuditEntry, AuditOperation, Timestamp};
use crate::repository::request_sums::{RequestRow, RequestSums};
use crate::repository::sql::{Columns, join};

/// Adds changes, which are in the order of the log and after all that were added before, to their
/// requests.
pub(super) fn add<'a>(
    connection: &Connection,
    entries: impl Iterator<Item = &'a AuditEntry>,
) -> Result<(), BoxError> {
    let mut entries = entries.peekable();
    let Some(first) = entries.next() else { return Ok(()) };
    let mut add = Statement::prepare(connection, &ADD)?;
    if entries.peek().is_none() {
        // Most writes make one change.
        return add_to_request(&RequestSums::starting_with(first), &mut add, first);
    }
    for request in RequestChanges::of(iter::once(first).chain(entries)) {
        add_to_request(&RequestSums::of(&request), &mut add, request.entries[0])?;
    }
    Ok(())
}

/// Adds the next changes of the log after the one with this sequence, up to this number, to their
/// requests. Returns their number and the sequence of the last one; none if there are no more.
pub(super) fn add_next(
    connection: &Connection,
    sequence: Option<i64>,
    limit: usize,
) -> Result<Option<(usize, i64)>, BoxError> {
    let sql = format!("SELECT {ENTRY} FROM audit_log WHERE sequence > ? ORDER BY sequence LIMIT ?");
    let mut entries = Vec::new();
    let values = (sequence.unwrap_or(i64::MIN), i64::try_from(limit)?);
    Statement::prepare(connection, &sql)?.for_each(values, |row| {
        entries.push(read_entry(row, 0)?);
        Ok(())
    })?;
    add(connection, entries.iter())?;
    Ok(entries.last().map(|last| (entries.len(), last.sequence)))
}

/// The number of entries, and of those up to the one with this sequence.
pub(super) fn count_entries(
    connection: &Connection,
    sequence: Option<i64>,
) -> Result<[u64; 2], BoxError> {
    let sql = "SELECT count(*) FROM audit_log WHERE sequence <= ?";
    let mut count = Statement::prepare(connection, sql)?;
    let mut up_to = |sequence: i64| count.first([sequence], |row| read_number(row, 0));
    let total = up_to(i64::MAX)?.unwrap_or_default();
    let done = sequence.map(up_to).transpose()?.flatten();
    Ok([total, done.unwrap_or_default()])
}

/// Removes all requests.
pub(super) fn clear(connection: &Connection) -> Result<(), BoxError> {
    Statement::prepare(connection, "DELETE FROM audit_requests")?.execute(())
}

/// Adds sums, with [`ADD`], to the request that their first change belongs to.
fn add_to_request(
    sums: &RequestSums,
    add: &mut Statement<'_>,
    first: &AuditEntry,
) -> Result<(), BoxError> {
    let earliest_end = first.timestamp.as_micros() - RequestSummary::MAX_GAP_MICROS;
    let values = RequestColumn::STORED.iter().map(|column| value(sums, *column, first));
    add.execute(params_from_iter(values.chain(iter::once(earliest_end.into()))))
}

/// What the row of a request that starts with this change has in a column.
fn value<'a>(sums: &RequestSums, column: RequestColumn, first: &'a AuditEntry) -> ToSqlOutput<'a> {
    let summary = &sums.summary;
    match column {
        RequestColumn::FirstSequence => summary.first_sequence.into(),
        RequestColumn::LastSequence => summary.last_sequence.into(),
        RequestColumn::StartedAt => summary.started_at.as_micros().into(),
        RequestColumn::EndedAt => summary.ended_at.as_micros().into(),
        RequestColumn::Inserted => number(summary.inserted),
        RequestColumn::Updated => number(summary.updated),
        RequestColumn::Deleted => number(summary.deleted),
        RequestColumn::RequestId => optional(first.request_id.as_deref()),
        RequestColumn::Actor => optional(first.actor.as_deref()),
        RequestColumn::InsertedFields => sums.fields[AuditOperation::Insert as usize].into(),
        RequestColumn::UpdatedFields => sums.fields[AuditOperation::Update as usize].into(),
        RequestColumn::DeletedFields => sums.fields[AuditOperation::Delete as usize].into(),
    }
}

/// A count as a value.
fn number(count: u64) -> ToSqlOutput<'static> {
    i64::try_from(count).unwrap_or(i64::MAX).into()
}

/// The statement that adds changes to the newest request with their ID and actor or, if there is none that
/// ended no earlier than a time, stores them as a new one. Its values are those of the
/// [stored columns](Columns::STORED) of a new request, and that time.
///
/// It is one statement, because most requests make one change, and a look-up before it would cost as much
/// again.
pub(super) static ADD: LazyLock<String> = LazyLock::new(|| {
    let value_of = |column: RequestColumn| format!("?{}", column as usize + 1);
    let [request_id, actor] = [RequestColumn::RequestId, RequestColumn::Actor].map(value_of);
    let earliest_end = RequestColumn::STORED.len() + 1;
    let newest = format!(
        "SELECT iif(ended_at >= ?{earliest_end}, first_sequence, NULL) FROM audit_requests \
         WHERE request_id = {request_id} AND actor IS {actor} ORDER BY first_sequence DESC LIMIT 1"
    );
    let columns = join(", ", RequestColumn::to_string);
    let values = join(", ", |column| match column {
        RequestColumn::FirstSequence => format!("coalesce(({newest}), {})", value_of(*column)),
        column => value_of(*column),
    });
    format!(
        "INSERT INTO audit_requests ({columns}) VALUES ({values}) \
         ON CONFLICT (first_sequence) DO UPDATE SET \
         last_sequence = excluded.last_sequence, \
         started_at = min(started_at, excluded.started_at), \
         ended_at = max(ended_at, excluded.ended_at), \
         inserted = inserted + excluded.inserted, \
         updated = updated + excluded.updated, \
         deleted = deleted + excluded.deleted, \
         inserted_fields = inserted_fields | excluded.inserted_fields, \
         updated_fields = updated_fields | excluded.updated_fields, \
         deleted_fields = deleted_fields | excluded.deleted_fields"
    )
});

/// Reads the summary whose columns start at this one.
pub(super) fn read_summary(row: &Row<'_>, first: usize) -> Result<RequestSummary, BoxError> {
    let at = |column: RequestColumn| first + column as usize;
    let time = |column| Ok::<_, BoxError>(Timestamp::from_micros(read_number(row, at(column))?)?);
    Ok(RequestSummary {
        first_sequence: read_number(row, at(RequestColumn::FirstSequence))?,
        last_sequence: read_number(row, at(RequestColumn::LastSequence))?,
        started_at: time(RequestColumn::StartedAt)?,
        ended_at: time(RequestColumn::EndedAt)?,
        inserted: read_number(row, at(RequestColumn::Inserted))?,
        updated: read_number(row, at(RequestColumn::Updated))?,
        deleted: read_number(row, at(RequestColumn::Deleted))?,
    })
}

/// What a statement selects for [`read_row`].
pub(super) const ROW: &str = "
    first_sequence, last_sequence, started_at, ended_at, inserted, updated, deleted,
    request_id, actor, inserted_fields, updated_fields, deleted_fields";

/// Reads a whole [`ROW`].
pub(super) fn read_row(row: &Row<'_>) -> Result<RequestRow, BoxError> {
    let fields = |column: RequestColumn| read_number(row, column as usize);
    Ok(RequestRow {
        sums: RequestSums {
            summary: read_summary(row, 0)?,
            fields: [
                fields(RequestColumn::InsertedFields)?,
                fields(RequestColumn::UpdatedFields)?,
                fields(RequestColumn::DeletedFields)?,
            ],
        },
        request_id: row.get(RequestColumn::RequestId as usize)?,
        actor: row.get(RequestColumn::Actor as usize)?,
    })
}
