//! Asking for scans: they are queued here, and servers that look after their roots take them.

use super::inputs::scans::{job_id, root_id};
use super::inputs::{CancelScanInput, ConfirmScanInput, ScanLibraryInput};
use super::scope::Scope;
use super::types::scan_payloads::{CancelScanPayload, ConfirmScanPayload, ScanLibraryPayload};
use super::types::{ScanJob, UserError, UserErrorCode};
use crate::domain::PageRequest;
use crate::domain::catalogue::{self, Root, RootId, ScanId, ScanOrder, ScanState, scan_paths};
use crate::graphql::error::ApiError;
use crate::repository::catalogue::ScanFilter;

/// Queues a scan.
///
/// # Errors
/// When the store fails.
pub async fn scan(scope: &Scope, input: ScanLibraryInput) -> Result<ScanLibraryPayload, ApiError> {
    let refused = |user_errors| ScanLibraryPayload { job: None, user_errors };
    let mut faults = Vec::new();
    let root = root_id(&input.root_id).map_err(|fault| faults.push(fault));
    let paths = folders(input.paths.as_deref()).map_err(|fault| faults.push(fault));
    let (Ok(root), Ok(paths)) = (root, paths) else { return Ok(refused(faults)) };
    let root = match served_root(scope, root).await? {
        Ok(root) => root,
        Err(fault) => return Ok(refused(vec![fault])),
    };
    let order = ScanOrder {
        root: root.id,
        paths,
        rescan: input.rescan,
        confirmed_missing: None,
        requested_by: scope.caller.actor.clone(),
    };
    Ok(ScanLibraryPayload { job: Some(queue(scope, &order).await?), user_errors: Vec::new() })
}

fn folders(given: Option<&[String]>) -> Result<Vec<String>, UserError> {
    let Some(given) = given else { return Ok(Vec::new()) };
    scan_paths(given).map_err(|(index, why)| match index {
        None => UserError::at(UserErrorCode::Invalid, "paths", format!("paths {why}")),
        Some(index) => {
            let mut fault =
                UserError::at(UserErrorCode::Invalid, "paths", format!("paths.{index} {why}"));
            fault.field.get_or_insert_default().push(index.to_string());
            fault
        }
    })
}

/// The root with this ID, if a server looks after it: others would never begin a scan. The scan itself finds
/// out whether its folder can be reached again.
async fn served_root(scope: &Scope, id: RootId) -> Result<Result<Root, UserError>, ApiError> {
    let roots = scope.repository().catalogue().roots().await?;
    let Some(root) = roots.into_iter().find(|root| root.id == id) else {
        return Ok(Err(unknown_root(id)));
    };
    Ok(match root.is_served(scope.now()) {
        true => Ok(root),
        false => Err(UserError::at(UserErrorCode::RootOffline, "rootId", root.unserved())),
    })
}

/// That there is no root with this ID.
pub fn unknown_root(id: RootId) -> UserError {
    UserError::at(UserErrorCode::NotFound, "rootId", format!("there is no library root {id}"))
}

async fn queue(scope: &Scope, order: &ScanOrder) -> Result<ScanJob, ApiError> {
    let id = ScanId::from(scope.ids().next_id());
    Ok(ScanJob(scope.repository().catalogue().queue(id, order, scope.now()).await?))
}

/// Stops a scan. Whoever asks again gets the same answer.
///
/// # Errors
/// When the store fails.
pub async fn cancel(scope: &Scope, input: CancelScanInput) -> Result<CancelScanPayload, ApiError> {
    let refused = |fault| CancelScanPayload { job: None, user_errors: vec![fault] };
    let id = match job_id(&input.job_id) {
        Ok(id) => id,
        Err(fault) => return Ok(refused(fault)),
    };
    let Some(job) = scope.repository().catalogue().cancel(id, scope.now()).await? else {
        return Ok(refused(unknown_job(id)));
    };
    let has_ended = job.state.is_end() && job.state != ScanState::Cancelled;
    let user_errors = match has_ended {
        true => vec![not_possible(format!("the scan has ended: it is {}", job.state.as_str()))],
        false => Vec::new(),
    };
    Ok(CancelScanPayload { job: Some(ScanJob(job)), user_errors })
}

fn unknown_job(id: ScanId) -> UserError {
    UserError::at(UserErrorCode::NotFound, "jobId", format!("there is no scan {id}"))
}

fn not_possible(why: impl Into<String>) -> UserError {
    UserError::at(UserErrorCode::NotPossibleNow, "jobId", why)
}

/// Queues a scan that marks what another one held back.
///
/// # Errors
/// When the store fails.
pub async fn confirm(
    scope: &Scope,
    input: ConfirmScanInput,
) -> Result<ConfirmScanPayload, ApiError> {
    match confirmed(scope, &input).await? {
        Ok(job) => Ok(ConfirmScanPayload { job: Some(job), user_errors: Vec::new() }),
        Err(fault) => Ok(ConfirmScanPayload { job: None, user_errors: vec![fault] }),
    }
}

async fn confirmed(
    scope: &Scope,
    input: &ConfirmScanInput,
) -> Result<Result<ScanJob, UserError>, ApiError> {
    let id = match job_id(&input.job_id) {
        Ok(id) => id,
        Err(fault) => return Ok(Err(fault)),
    };
    let Some(job) = scope.repository().catalogue().scan(id).await? else {
        return Ok(Err(unknown_job(id)));
    };
    if let Err(fault) = expect_held_back(&job, input.expected_held_back) {
        return Ok(Err(fault));
    }
    if newest(scope, job.order.root, &ENDS).await?.is_some_and(|newest| newest.id != id) {
        let why = "a later scan of the root has ended: scan again, and confirm that one";
        return Ok(Err(not_possible(why)));
    }
    let root = match served_root(scope, job.order.root).await? {
        Ok(root) => root,
        Err(fault) => {
            let field = Some(vec!["input".to_owned(), "jobId".to_owned()]);
            return Ok(Err(UserError { field, ..fault }));
        }
    };
    let order = ScanOrder {
        root: root.id,
        paths: job.order.paths.clone(),
        rescan: false,
        confirmed_missing: Some(job.counts.held_back),
        requested_by: scope.caller.actor.clone(),
    };
    // Whoever confirms twice gets the scan that waits already: two would mark twice as many.
    let waiting = newest(scope, root.id, &[ScanState::Queued, ScanState::Running]).await?;
    let is_same = |it: &catalogue::ScanJob| {
        (it.order.confirmed_missing, &it.order.paths) == (order.confirmed_missing, &order.paths)
    };
    match waiting.filter(is_same) {
        Some(waiting) => Ok(Ok(ScanJob(waiting))),
        None => Ok(Ok(queue(scope, &order).await?)),
    }
}

/// The states of scans that have ended.
const ENDS: [ScanState; 5] = [
    ScanState::Succeeded,
    ScanState::Failed,
    ScanState::Cancelled,
    ScanState::Interrupted,
    ScanState::NeedsConfirmation,
];

fn expect_held_back(job: &catalogue::ScanJob, expected: i32) -> Result<(), UserError> {
    if job.state != ScanState::NeedsConfirmation {
        let state = job.state.as_str();
        return Err(not_possible(format!("the scan holds nothing back: it is {state}")));
    }
    let held_back = job.counts.held_back;
    match u64::try_from(expected) == Ok(held_back) {
        true => Ok(()),
        false => Err(UserError::at(
            UserErrorCode::ExpectationFailed,
            "expectedHeldBack",
            format!("the scan holds back {held_back} videos, not {expected}"),
        )),
    }
}

/// The newest scan of a root in one of these states. Those of one root begin in the order in which they were
/// asked for.
async fn newest(
    scope: &Scope,
    root: RootId,
    states: &[ScanState],
) -> Result<Option<catalogue::ScanJob>, ApiError> {
    let filter = ScanFilter { root: Some(root), states: Some(states.to_vec()) };
    let first = PageRequest::Forward { limit: 1, after: None };
    Ok(scope.repository().catalogue().scans(&filter, &first).await?.items.pop())
}
