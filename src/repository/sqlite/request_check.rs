//! Verifies the sums of requests against the log.

use super::derivations::has_current_requests;
use super::reader::{Reader, Statement};
use super::requests::{ROW, read_row};
use super::rows::{BoxError, ENTRY, read_entry};
use crate::repository::MAX_FAULTS;
use crate::repository::request_sums::{RequestRow, RequestsById};
use crate::repository::sql::Sql;

/// The requests whose sums do not match their changes, and whether any are missing or superfluous.
pub(super) fn request_faults(reader: &Reader) -> Result<Vec<String>, BoxError> {
    if !has_current_requests(reader)? {
        return Ok(Vec::new());
    }
    let mut comparison = Comparison::new(reader)?;
    compare_by_request_id(reader, &mut comparison)?;
    let alone = format!("SELECT {ENTRY} FROM audit_log WHERE request_id IS NULL");
    reader.for_each(&Sql::new(alone), |row| {
        comparison.compare(&RequestRow::starting_with(&read_entry(row, 0)?))
    })?;
    let listed: u64 = reader.number(&Sql::new("SELECT count(*) FROM audit_requests"))?;
    let Comparison { requests, mut faults, .. } = comparison;
    if listed != requests {
        faults.push(format!("{listed} requests are listed, but the log has {requests}"));
    }
    Ok(faults)
}

/// Compares the requests that have an ID, one ID after another, so that only the requests with one ID
/// are in memory at a time.
fn compare_by_request_id(reader: &Reader, comparison: &mut Comparison<'_>) -> Result<(), BoxError> {
    let sql = format!(
        "SELECT {ENTRY}
        FROM audit_log INDEXED BY audit_log_request_id
        WHERE request_id IS NOT NULL
        ORDER BY request_id, sequence"
    );
    let mut requests = RequestsById::default();
    reader.for_each(&Sql::new(sql), |row| {
        let ended = requests.follow(read_entry(row, 0)?);
        ended.iter().try_for_each(|request| comparison.compare(request))
    })?;
    requests.into_rest().try_for_each(|request| comparison.compare(&request))
}

/// The requests that were compared with their rows.
struct Comparison<'r> {
    row: Statement<'r>,
    requests: u64,
    faults: Vec<String>,
}

impl<'r> Comparison<'r> {
    fn new(reader: &'r Reader) -> Result<Self, BoxError> {
        let sql = format!("SELECT {ROW} FROM audit_requests WHERE first_sequence = ?");
        Ok(Self { row: reader.statement(&sql)?, requests: 0, faults: Vec::new() })
    }

    /// Compares a request with its row.
    fn compare(&mut self, request: &RequestRow) -> Result<(), BoxError> {
        self.requests += 1;
        let first = request.sums.summary.first_sequence;
        if self.row.first([first], read_row)?.as_ref() != Some(request)
            && self.faults.len() < MAX_FAULTS
        {
            self.faults.push(request.fault());
        }
        Ok(())
    }
}
