//! Scans: what is asked for, what runs, and what has been done.

use super::changes::{number_of, raise_if, root_id};
use super::database::{Dialect, Transaction, all, first};
use super::paging::page_of;
use super::row::{BoxError, Query, SqlRow, given, time};
use crate::domain::catalogue::{
    RootId, RunnerId, ScanEnd, ScanId, ScanJob, ScanOrder, ScanPhase, ScanState,
};
use crate::domain::{PageRequest, Timestamp, VideoId};
use crate::repository::catalogue::{Instruction, Lease, ScanFilter, ScanPlace, ScanReport};
use crate::repository::sql::{Conditions, Sql, Value};

/// The columns of a scan, as [`read_from`] reads them.
const SCAN: &str = "scans.id, library_roots.id AS root_id, scans.paths, scans.rescan,
    scans.confirmed_missing, scans.requested_by, scans.state, scans.phase, scans.progress,
    scans.counts, scans.message, scans.is_cancelled, scans.created_at, scans.started_at,
    scans.ended_at, scans.runner, scans.lease_until";

const FROM: &str = " FROM scans JOIN library_roots ON library_roots.root = scans.root";

/// A scan, and who runs it.
struct Scan {
    job: ScanJob,
    lease: Option<Lease>,
}

/// The scan with this ID.
pub(super) fn one(id: ScanId) -> Query<ScanJob> {
    Query { sql: with(id), read: |row| Ok(read_from(row, 0)?.job) }
}

fn with(id: ScanId) -> Sql {
    let mut sql = Sql::new(format!("SELECT {SCAN}{FROM} WHERE scans.id = "));
    sql.push_bind(scan_id(id));
    sql
}

fn scan_id(id: ScanId) -> Value {
    Value::Id(VideoId::from_bytes(*id.as_bytes()))
}

/// A page of scans, and what is next to it.
pub(super) fn page(
    dialect: Dialect,
    filter: &ScanFilter,
    request: &PageRequest<ScanPlace>,
) -> Query<(bool, ScanJob)> {
    let sql = page_of(request, |sql, stretch| {
        sql.push(format_args!("SELECT {SCAN}{FROM}"));
        let mut conditions = push_filter(dialect, filter, sql);
        if let Some(place) = stretch.place {
            let sql = conditions.and();
            sql.push(format_args!("(scans.created_at, scans.id) {} (", stretch.operator(true)));
            sql.push_bind(place.created_at.as_micros()).push(", ");
            sql.push_bind(scan_id(place.id)).push(")");
        }
        let direction = stretch.direction(true);
        sql.push(format_args!(" ORDER BY scans.created_at {direction}, scans.id {direction}"));
        stretch.push_limit(sql);
    });
    Query { sql, read: |row| Ok((row.flag(0)?, read_from(row, 1)?.job)) }
}

/// The number of scans.
pub(super) fn count(dialect: Dialect, filter: &ScanFilter) -> Query<i64> {
    let mut sql = Sql::new(format!("SELECT count(*){FROM}"));
    push_filter(dialect, filter, &mut sql);
    Query { sql, read: |row| given(row.integer(0)?) }
}

fn push_filter<'s>(dialect: Dialect, filter: &ScanFilter, sql: &'s mut Sql) -> Conditions<'s> {
    let mut conditions = Conditions::of(sql);
    if let Some(root) = filter.root {
        conditions.and().push("library_roots.id = ").push_bind(root_id(root));
    }
    if let Some(states) = &filter.states {
        let states = states.iter().map(|state| state.as_str().to_owned()).collect();
        dialect.push_in_texts(conditions.and(), "scans.state", states);
    }
    conditions
}

fn read_from(row: &dyn SqlRow, first: usize) -> Result<Scan, BoxError> {
    let at = |column: usize| first + column;
    let text = |column| row.text(at(column));
    let order = ScanOrder {
        root: RootId::from_bytes(given(row.uuid(at(1))?)?),
        paths: serde_json::from_str(given(text(2)?)?)?,
        rescan: row.flag(at(3))?,
        confirmed_missing: row.integer(at(4))?.map(i64::cast_unsigned),
        requested_by: text(5)?.map(str::to_owned),
    };
    let phase = text(7)?.map(|name| ScanPhase::named(name).ok_or("a scan has an unknown phase"));
    let job = ScanJob {
        id: ScanId::from_bytes(given(row.uuid(at(0))?)?),
        order,
        state: ScanState::named(given(text(6)?)?).ok_or("a scan has an unknown state")?,
        phase: phase.transpose()?,
        progress: row.real(at(8))?,
        counts: serde_json::from_str(given(text(9)?)?)?,
        message: text(10)?.map(str::to_owned),
        is_cancelled: row.flag(at(11))?,
        created_at: given(time(row, at(12))?)?,
        started_at: time(row, at(13))?,
        ended_at: time(row, at(14))?,
    };
    let (runner, until) = (row.uuid(at(15))?.map(RunnerId::from_bytes), time(row, at(16))?);
    let lease = runner.zip(until).map(|(runner, until)| Lease { runner, until });
    Ok(Scan { job, lease })
}

/// Queues a scan, or returns the equal one that is queued already.
pub(super) async fn queue(
    id: ScanId,
    order: ScanOrder,
    at: Timestamp,
    connection: Transaction<'_>,
) -> Result<ScanJob, BoxError> {
    let mut sql = Sql::new(format!("SELECT {SCAN}{FROM} WHERE scans.state = 'QUEUED'"));
    sql.push(" AND library_roots.id = ").push_bind(root_id(order.root));
    let queued = all(connection, Query { sql, read: |row| Ok(read_from(row, 0)?.job) }).await?;
    let what = |order: &ScanOrder| (order.paths.clone(), order.rescan, order.confirmed_missing);
    let is_equal = |job: &ScanJob| what(&job.order) == what(&order);
    if order.confirmed_missing.is_none()
        && let Some(equal) = queued.into_iter().find(is_equal)
    {
        return Ok(equal);
    }
    let job = ScanJob::queued(id, order, at);
    insert(&job, connection).await?;
    raise_if(true, connection).await?;
    Ok(job)
}

async fn insert(job: &ScanJob, connection: Transaction<'_>) -> Result<(), BoxError> {
    let root = number_of(job.order.root, connection).await?;
    let mut sql = Sql::new(
        "INSERT INTO scans
            (id, root, paths, requested_by, confirmed_missing, state, counts, created_at, rescan,
            is_cancelled)
        VALUES (",
    );
    sql.push_bind(scan_id(job.id)).push(", ").push_bind(root).push(", ");
    sql.push_bind(serde_json::to_string(&job.order.paths)?).push(", ");
    sql.push_optional(job.order.requested_by.clone()).push(", ");
    sql.push_optional(job.order.confirmed_missing.map(u64::cast_signed)).push(", ");
    sql.push_bind(job.state.as_str().to_owned()).push(", ");
    sql.push_bind(serde_json::to_string(&job.counts)?).push(", ");
    sql.push_bind(job.created_at.as_micros()).push(", ");
    sql.push(keyword(job.order.rescan)).push(", ").push(keyword(job.is_cancelled)).push(")");
    connection.execute(&sql).await.map(drop)
}

fn keyword(value: bool) -> &'static str {
    if value { "TRUE" } else { "FALSE" }
}

/// The scans that are running with a lease that is over.
pub(super) fn abandoned(now: Timestamp) -> Query<ScanJob> {
    // Written out, because there is an index of the scans in this state.
    let mut sql = Sql::new(format!("SELECT {SCAN}{FROM} WHERE scans.state = 'RUNNING'"));
    sql.push(" AND scans.lease_until < ").push_bind(now.as_micros());
    Query { sql, read: |row| Ok(read_from(row, 0)?.job) }
}

/// Ends the scans that are running with a lease that is over.
pub(super) async fn interrupt(now: Timestamp, connection: Transaction<'_>) -> Result<(), BoxError> {
    let has_changed = end_abandoned(|_| true, now, connection).await?;
    raise_if(has_changed, connection).await
}

/// Ends those of these roots. Returns whether there was one.
async fn end_abandoned(
    is_wanted: impl Fn(RootId) -> bool,
    now: Timestamp,
    connection: Transaction<'_>,
) -> Result<bool, BoxError> {
    let mut has_changed = false;
    for mut job in all(connection, abandoned(now)).await? {
        if is_wanted(job.order.root) {
            job.end(ScanState::Interrupted, now);
            keep(&job, None, connection).await?;
            has_changed = true;
        }
    }
    Ok(has_changed)
}

/// Begins the scan that has waited the longest for one of these roots.
pub(super) async fn begin(
    roots: Vec<RootId>,
    lease: Lease,
    now: Timestamp,
    connection: Transaction<'_>,
) -> Result<Option<ScanJob>, BoxError> {
    let mut has_changed = end_abandoned(|root| roots.contains(&root), now, connection).await?;
    let running = all(connection, in_state(ScanState::Running)).await?;
    let is_free = |root| running.iter().all(|scan| scan.job.order.root != root);
    let free: Vec<RootId> = roots.into_iter().filter(|root| is_free(*root)).collect();
    let queued = all(connection, in_state(ScanState::Queued)).await?;
    let mut next = queued.into_iter().map(|scan| scan.job);
    let next = next.find(|job| free.contains(&job.order.root)).map(|mut job| {
        job.state = ScanState::Running;
        job.started_at = Some(now);
        job
    });
    if let Some(job) = &next {
        keep(job, Some(lease), connection).await?;
        has_changed = true;
    }
    raise_if(has_changed, connection).await?;
    Ok(next)
}

/// The scans in a state, which should be one of few of them, the oldest first.
fn in_state(state: ScanState) -> Query<Scan> {
    let mut sql = Sql::new(format!("SELECT {SCAN}{FROM} WHERE scans.state = "));
    sql.push_bind(state.as_str().to_owned()).push(" ORDER BY scans.created_at, scans.id");
    Query { sql, read: |row| read_from(row, 0) }
}

/// A scan that is run by this runner.
async fn running(
    id: ScanId,
    runner: RunnerId,
    connection: Transaction<'_>,
) -> Result<Option<ScanJob>, BoxError> {
    let scan = first(connection, Query { sql: with(id), read: |row| read_from(row, 0) }).await?;
    let is_its = |scan: &Scan| scan.lease.is_some_and(|lease| lease.runner == runner);
    Ok(scan.filter(is_its).map(|scan| scan.job))
}

/// Notes how a scan stands.
pub(super) async fn report(
    id: ScanId,
    report: ScanReport,
    lease: Lease,
    connection: Transaction<'_>,
) -> Result<Instruction, BoxError> {
    let Some(before) = running(id, lease.runner, connection).await? else {
        return Ok(Instruction::Lost);
    };
    let ScanReport { phase, progress, counts } = report;
    let job = ScanJob { phase: Some(phase), progress, counts, ..before.clone() };
    keep(&job, Some(lease), connection).await?;
    raise_if(job != before, connection).await?;
    Ok(if job.is_cancelled { Instruction::Cancel } else { Instruction::GoOn })
}

/// Ends a scan that this runner runs.
pub(super) async fn end(
    id: ScanId,
    end: ScanEnd,
    runner: RunnerId,
    at: Timestamp,
    connection: Transaction<'_>,
) -> Result<(), BoxError> {
    let Some(mut job) = running(id, runner, connection).await? else { return Ok(()) };
    job.end(end.state, at);
    job.counts = end.counts;
    job.message = end.message;
    keep(&job, None, connection).await?;
    raise_if(true, connection).await
}

/// Stops a scan.
pub(super) async fn cancel(
    id: ScanId,
    at: Timestamp,
    connection: Transaction<'_>,
) -> Result<Option<ScanJob>, BoxError> {
    let scan = first(connection, Query { sql: with(id), read: |row| read_from(row, 0) }).await?;
    let Some(Scan { mut job, lease }) = scan else { return Ok(None) };
    let before = job.clone();
    match job.state {
        ScanState::Queued => job.end(ScanState::Cancelled, at),
        ScanState::Running => job.is_cancelled = true,
        _ => {}
    }
    if job != before {
        keep(&job, lease, connection).await?;
        raise_if(true, connection).await?;
    }
    Ok(Some(job))
}

/// Gives a scan the values that can change.
async fn keep(
    job: &ScanJob,
    lease: Option<Lease>,
    connection: Transaction<'_>,
) -> Result<(), BoxError> {
    let micros = |at: Option<Timestamp>| at.map(Timestamp::as_micros);
    let mut sql = Sql::new("UPDATE scans SET state = ");
    sql.push_bind(job.state.as_str().to_owned()).push(", phase = ");
    sql.push_optional(job.phase.map(|phase| phase.as_str().to_owned())).push(", progress = ");
    sql.push_optional(job.progress).push(", counts = ");
    sql.push_bind(serde_json::to_string(&job.counts)?).push(", message = ");
    sql.push_optional(job.message.clone()).push(", is_cancelled = ");
    sql.push(keyword(job.is_cancelled)).push(", started_at = ");
    sql.push_optional(micros(job.started_at)).push(", ended_at = ");
    sql.push_optional(micros(job.ended_at)).push(", runner = ");
    sql.push_optional(lease.map(|lease| VideoId::from_bytes(*lease.runner.as_bytes())));
    sql.push(", lease_until = ").push_optional(micros(lease.map(|lease| lease.until)));
    sql.push(" WHERE id = ").push_bind(scan_id(job.id));
    connection.execute(&sql).await.map(drop)
}
