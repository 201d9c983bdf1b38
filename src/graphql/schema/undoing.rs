//! Taking back what a request changed.

use std::collections::HashMap;

use super::inputs::{UndoOrder, UndoRequestInput};
use super::plans::{Refusal, carry_out, is_to_be_carried_out};
use super::scope::Scope;
use super::types::bulk_payloads::PlanState;
use super::types::undo_payload::{UndoItem, UndoRequestPayload};
use super::types::{UserError, UserErrorCode};
use crate::domain::{AuditFilter, AuditOperation, Timestamp, VideoId};
use crate::graphql::error::ApiError;
use crate::history::undo::{self, NotUndoable, UndoPlan};
use crate::repository::{ChangeContext, SnapshotReads, Written};

/// Undoes a request, or says what would be undone, or why nothing is.
///
/// # Errors
/// When the input is malformed, or the store fails.
pub async fn undo(scope: &Scope, input: UndoRequestInput) -> Result<UndoRequestPayload, ApiError> {
    let UndoOrder { request, dry_run, plan } = input.parse(scope.filter_limits)?;
    let planned = {
        let library = scope.repository().snapshot(SnapshotReads::All).await?;
        let catalogue = scope.repository().catalogue();
        undo::plan(&*library, &*catalogue, &request, scope.max_undo).await?
    };
    let planned = match planned {
        Ok(planned) => planned,
        Err(why) => return Ok(refused(not_undoable(why, &request.filter, scope.max_undo))),
    };
    if planned.is_refused() {
        let error = conflicts(&planned);
        return Ok(UndoRequestPayload { count: None, ..shown(&planned, vec![error]) });
    }
    let digest = planned.digest();
    match is_to_be_carried_out(dry_run, plan.as_deref(), &digest) {
        Ok(false) => Ok(UndoRequestPayload {
            state: Some(PlanState::Planned(digest)),
            ..shown(&planned, Vec::new())
        }),
        Ok(true) => carried_out(scope, planned).await,
        Err(error) => Ok(refused(error)),
    }
}

async fn carried_out(scope: &Scope, planned: UndoPlan) -> Result<UndoRequestPayload, ApiError> {
    let payload = shown(&planned, Vec::new());
    let by = attribution(scope);
    let request_id = by.request_id.clone().unwrap_or_default();
    let state = PlanState::carried_out(&request_id, planned.changes.changes.len());
    let written = match carry_out(scope, planned.changes, by).await {
        Ok(written) => written.into_iter(),
        Err(Refusal::User(user_errors)) => {
            return Ok(UndoRequestPayload { user_errors, ..UndoRequestPayload::default() });
        }
        Err(Refusal::Api(error)) => return Err(error),
    };
    let mut written: HashMap<VideoId, Written> =
        written.map(|written| (written.video.id, written)).collect();
    let mut items = payload.items;
    for item in &mut items {
        if let Some(Written { video, entry }) = written.remove(&item.id()) {
            let is_deleted = entry.is_some_and(|entry| entry.operation == AuditOperation::Delete);
            item.carried_out((!is_deleted).then_some(video));
        }
    }
    Ok(UndoRequestPayload { items, state: Some(state), ..payload })
}

/// Who undoes. An undo always has a request ID of its own: with the one that its client sends, it could not be told
/// from what else that client changes, and could not be undone alone.
fn attribution(scope: &Scope) -> ChangeContext {
    let request_id = Some(format!("undo-{}", scope.ids().next_id()));
    ChangeContext { request_id, ..scope.attribution() }
}

fn shown(planned: &UndoPlan, user_errors: Vec<UserError>) -> UndoRequestPayload {
    let items = planned.items.iter().take(UndoRequestPayload::MAX_SHOWN).map(UndoItem::planned);
    UndoRequestPayload {
        count: Some(planned.changes.changes.len()),
        conflict_count: Some(planned.conflict_count()),
        items: items.collect(),
        state: None,
        user_errors,
    }
}

fn refused(error: UserError) -> UndoRequestPayload {
    UndoRequestPayload { user_errors: vec![error], ..UndoRequestPayload::default() }
}

fn conflicts(planned: &UndoPlan) -> UserError {
    let (count, all) = (planned.conflict_count(), planned.items.len());
    let why = format!(
        "conflicts in {count} of {all} videos, which were changed since or whose path another video has: \
         look at items, and choose KEEP_LATER or OVERWRITE"
    );
    UserError::at(UserErrorCode::UndoConflict, "onConflict", why)
}

const REQUEST_ID: &str = "requestId";

fn not_undoable(why: NotUndoable, filter: &AuditFilter, limit: usize) -> UserError {
    match why {
        NotUndoable::Unknown => {
            let is_narrower = *filter
                != AuditFilter { request_id: filter.request_id.clone(), ..AuditFilter::default() };
            let narrower = if is_narrower { " by this actor at these times" } else { "" };
            let why = format!(
                "nothing was changed with this request ID{narrower}: auditRequests has the IDs of all \
                 requests that changed anything"
            );
            UserError::at(UserErrorCode::NotFound, REQUEST_ID, why)
        }
        NotUndoable::NotUnique { count, from, until, actors } => {
            several(count, [from, until], &actors)
        }
        NotUndoable::OfScan => {
            let why = "these are changes of a scan, and the next one would make them again: change the \
                       files, or the settings of the library root";
            UserError::at(UserErrorCode::NotPossibleNow, REQUEST_ID, why)
        }
        NotUndoable::TooMany(count) => {
            let why = format!(
                "the request changed {count} videos, and at most {limit} can be undone at once \
                 (max-undo): choose some of its changes by timestamp"
            );
            UserError::at(UserErrorCode::TooMany, REQUEST_ID, why)
        }
    }
}

/// How many actors a message names.
const NAMES: usize = 5;

fn several(count: u64, [from, until]: [Timestamp; 2], actors: &[Option<String>]) -> UserError {
    let name = |actor: &Option<String>| actor.as_deref().unwrap_or("anonymous callers").to_owned();
    let mut names: Vec<_> = actors.iter().take(NAMES).map(name).collect();
    if actors.len() > NAMES {
        names.push("others".to_owned());
    }
    let names = names.join(", ");
    let why = format!(
        "{count} requests have this ID, made from {from} to {until} by {names}: add actor, hasActor or timestamp \
         to choose one"
    );
    UserError::at(UserErrorCode::RequestNotUnique, REQUEST_ID, why)
}
