//! Verifies the sums of requests against the log.

use std::collections::HashMap;

use sqlx::Row;

use super::columns::{EntryColumn, RequestColumn};
use super::cursor::Cursor;
use super::failure::BoxError;
use super::faults::CHECK;
use super::request_table::read_row;
use super::rows::read_entry;
use super::source::Source;
use crate::repository::MAX_FAULTS;
use crate::repository::request_sums::{RequestRow, RequestsById};
use crate::repository::sql::{Columns, Sql, join};

/// The requests whose sums do not match their changes, and whether any are missing or superfluous.
pub(super) async fn request_faults(snapshot: &Source) -> Result<Vec<String>, BoxError> {
    let (mut requests, mut comparison) = (RequestsById::default(), Comparison::default());
    let sql =
        format!("SELECT {} FROM audit_log ORDER BY request_id, sequence", EntryColumn::SELECTED);
    let cursor = Cursor::open(snapshot, CHECK, "requests", &Sql::new(sql)).await?;
    loop {
        let entries = cursor.next().await?;
        if entries.is_empty() {
            break;
        }
        let mut ended = Vec::new();
        for row in &entries {
            ended.extend(requests.follow(read_entry(row, 0)?));
        }
        comparison.compare(snapshot, &ended).await?;
    }
    let rest: Vec<RequestRow> = requests.into_rest().collect();
    comparison.compare(snapshot, &rest).await?;
    comparison.into_faults(snapshot).await
}

/// The requests that were compared with their rows.
#[derive(Default)]
struct Comparison {
    requests: i64,
    faults: Vec<String>,
}

impl Comparison {
    /// Compares requests with their rows.
    async fn compare(
        &mut self,
        snapshot: &Source,
        requests: &[RequestRow],
    ) -> Result<(), BoxError> {
        let first = |request: &RequestRow| request.sums.summary.first_sequence;
        let columns = join(", ", RequestColumn::to_string);
        let mut sql = Sql::new(format!("SELECT {columns} FROM audit_requests WHERE"));
        sql.push(" first_sequence = ANY(");
        sql.push_bind(requests.iter().map(first).collect::<Vec<i64>>()).push(")");
        let kept = snapshot.rows(CHECK, &sql).await?;
        let kept = kept.iter().map(read_row).collect::<Result<Vec<_>, _>>()?.into_iter();
        let kept: HashMap<i64, RequestRow> = kept.map(|row| (first(&row), row)).collect();
        for request in requests {
            self.requests += 1;
            if kept.get(&first(request)) != Some(request) && self.faults.len() < MAX_FAULTS {
                self.faults.push(request.fault());
            }
        }
        Ok(())
    }

    async fn into_faults(self, snapshot: &Source) -> Result<Vec<String>, BoxError> {
        let Self { requests, mut faults } = self;
        let found = snapshot.rows(CHECK, &Sql::new("SELECT count(*) FROM audit_requests")).await?;
        let listed: i64 = found.first().ok_or("the requests are not counted")?.try_get(0)?;
        if listed != requests {
            faults.push(format!("{listed} requests are listed, but the log has {requests}"));
        }
        Ok(faults)
    }
}
