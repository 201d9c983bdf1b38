//! The requests of the log, with their sums, which every change updates.

use std::collections::HashSet;

use sqlx::postgres::{PgConnection, PgRow};
use sqlx::{AssertSqlSafe, Row};

use super::columns::RequestColumn;
use super::escape::{escaped, unescaped};
use super::failure::BoxError;
use super::rows::{read_count, read_time};
use super::values::{Cells, arrays};
use crate::domain::audit_request::{RequestChanges, RequestSummary};
use crate::domain::{AuditEntry, AuditOperation};
use crate::repository::request_sums::{RequestRow, RequestSums};
use crate::repository::sql::join;

/// Adds changes, which are in the order of the log and after all that were added before, to their
/// requests.
pub(super) async fn add<'a>(
    connection: &mut PgConnection,
    entries: impl Iterator<Item = &'a AuditEntry>,
) -> Result<(), BoxError> {
    let mut requests: Vec<RequestRow> =
        RequestChanges::of(entries).iter().map(RequestRow::of).collect();
    // The changes of a copy may be hours apart: a request that began anew within them is added after the one
    // before it.
    while !requests.is_empty() {
        let mut seen = HashSet::new();
        let mut is_first = |request: &RequestRow| {
            request.request_id.is_none()
                || seen.insert((request.request_id.clone(), request.actor.clone()))
        };
        let (first, later): (Vec<_>, Vec<_>) = requests.into_iter().partition(&mut is_first);
        store(connection, &first).await?;
        requests = later;
    }
    Ok(())
}

/// Adds sums to the newest request with their ID and actor or, if there is none that ended late enough,
/// stores them as a new one. No two of them have one ID and one actor.
async fn store(connection: &mut PgConnection, requests: &[RequestRow]) -> Result<(), BoxError> {
    let (arrays, arguments) = arrays(|column| of_requests(requests, column))?;
    let names = join(", ", RequestColumn::to_string);
    let values = join(", ", |column| match column {
        RequestColumn::FirstSequence => "coalesce(known.first_sequence, new.first_sequence)".into(),
        column => format!("new.{column}"),
    });
    // With the plus the newest is found among those with the ID, and not by a walk along all requests.
    let text = format!(
        "INSERT INTO audit_requests ({names})
        SELECT {values}
        FROM unnest({arrays}) AS new ({names})
        LEFT JOIN LATERAL (
            SELECT its.first_sequence, its.ended_at
            FROM audit_requests AS its
            WHERE its.request_id = new.request_id AND its.actor IS NOT DISTINCT FROM new.actor
            ORDER BY its.first_sequence + 0 DESC
            LIMIT 1
        ) AS known ON known.ended_at >= new.started_at - {gap}
        ON CONFLICT (first_sequence) DO UPDATE SET
            last_sequence = excluded.last_sequence,
            started_at = least(audit_requests.started_at, excluded.started_at),
            ended_at = greatest(audit_requests.ended_at, excluded.ended_at),
            inserted = audit_requests.inserted + excluded.inserted,
            updated = audit_requests.updated + excluded.updated,
            deleted = audit_requests.deleted + excluded.deleted,
            inserted_fields = audit_requests.inserted_fields | excluded.inserted_fields,
            updated_fields = audit_requests.updated_fields | excluded.updated_fields,
            deleted_fields = audit_requests.deleted_fields | excluded.deleted_fields",
        gap = RequestSummary::MAX_GAP_MICROS
    );
    sqlx::query_with(AssertSqlSafe(text), arguments).execute(connection).await?;
    Ok(())
}

/// What requests have in a column.
fn of_requests(requests: &[RequestRow], column: RequestColumn) -> Cells {
    let numbers = |of: fn(&RequestSums) -> i64| {
        Cells::Numbers(requests.iter().map(|request| Some(of(&request.sums))).collect())
    };
    let texts =
        |of: fn(&RequestRow) -> Option<String>| Cells::Texts(requests.iter().map(of).collect());
    match column {
        RequestColumn::FirstSequence => numbers(|sums| sums.summary.first_sequence),
        RequestColumn::LastSequence => numbers(|sums| sums.summary.last_sequence),
        RequestColumn::StartedAt => numbers(|sums| sums.summary.started_at.as_micros()),
        RequestColumn::EndedAt => numbers(|sums| sums.summary.ended_at.as_micros()),
        RequestColumn::Inserted => numbers(|sums| number(sums.summary.inserted)),
        RequestColumn::Updated => numbers(|sums| number(sums.summary.updated)),
        RequestColumn::Deleted => numbers(|sums| number(sums.summary.deleted)),
        RequestColumn::RequestId => texts(|request| request.request_id.as_deref().map(escaped)),
        RequestColumn::Actor => texts(|request| request.actor.as_deref().map(escaped)),
        RequestColumn::InsertedFields => {
            numbers(|sums| sums.fields[AuditOperation::Insert as usize])
        }
        RequestColumn::UpdatedFields => {
            numbers(|sums| sums.fields[AuditOperation::Update as usize])
        }
        RequestColumn::DeletedFields => {
            numbers(|sums| sums.fields[AuditOperation::Delete as usize])
        }
    }
}

fn number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Reads the summary whose columns start at this one.
pub(super) fn read_summary(row: &PgRow, first: usize) -> Result<RequestSummary, BoxError> {
    let at = |column: RequestColumn| first + column as usize;
    Ok(RequestSummary {
        first_sequence: row.try_get(at(RequestColumn::FirstSequence))?,
        last_sequence: row.try_get(at(RequestColumn::LastSequence))?,
        started_at: read_time(row, at(RequestColumn::StartedAt))?,
        ended_at: read_time(row, at(RequestColumn::EndedAt))?,
        inserted: read_count(row, at(RequestColumn::Inserted))?,
        updated: read_count(row, at(RequestColumn::Updated))?,
        deleted: read_count(row, at(RequestColumn::Deleted))?,
    })
}

/// Reads a row with all columns.
pub(super) fn read_row(row: &PgRow) -> Result<RequestRow, BoxError> {
    let fields = |column: RequestColumn| row.try_get(column as usize);
    let text = |column: RequestColumn| row.try_get::<Option<&str>, _>(column as usize);
    Ok(RequestRow {
        sums: RequestSums {
            summary: read_summary(row, 0)?,
            fields: [
                fields(RequestColumn::InsertedFields)?,
                fields(RequestColumn::UpdatedFields)?,
                fields(RequestColumn::DeletedFields)?,
            ],
        },
        request_id: text(RequestColumn::RequestId)?.map(unescaped),
        actor: text(RequestColumn::Actor)?.map(unescaped),
    })
}
