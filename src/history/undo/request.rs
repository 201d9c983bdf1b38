//! Finding the request that is to be undone, and the videos that it changed.

use std::collections::HashSet;

use crate::domain::catalogue::ScanId;
use crate::domain::catalogue::job::NOBODY;
use crate::domain::{
    AuditEntry, AuditFilter, AuditRequest, PageRequest, Timestamp, UndoPolicy, VideoId,
};
use crate::repository::{Catalogue, RepositoryError, VideoReader};

/// How many entries of the log are read at once.
pub(super) const ENTRIES: usize = 5_000;

/// How many requests are looked at where there is more than one.
const REQUESTS: usize = 100;

/// What is to be undone, and how.
#[derive(Clone, Debug)]
pub struct UndoRequest {
    /// The changes of the request, by its ID and maybe more.
    pub filter: AuditFilter,
    /// What becomes of values that were changed since.
    pub policy: UndoPolicy,
}

/// Why a request cannot be undone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotUndoable {
    /// Nothing was changed by such a request.
    Unknown,
    /// These are changes of several requests.
    NotUnique {
        /// Their number.
        count: u64,
        /// The time of the first change.
        from: Timestamp,
        /// The time of the last change.
        until: Timestamp,
        /// Who made the changes; none for those without an actor.
        actors: Vec<Option<String>>,
    },
    /// They are those of a scan.
    OfScan,
    /// They are changes of so many videos.
    TooMany(usize),
}

/// The videos that a request changed.
pub(super) struct Changed {
    /// In the order of the first change of each.
    pub(super) ids: Vec<VideoId>,
    /// The sequence of the request's first change.
    pub(super) first_sequence: i64,
}

/// The videos that the only request with changes that match this filter changed with those, at most as many as
/// the limit.
pub(super) async fn changed(
    library: &dyn VideoReader,
    catalogue: &dyn Catalogue,
    filter: &AuditFilter,
    limit: usize,
) -> Result<Result<Changed, NotUndoable>, RepositoryError> {
    let mut page = library.list_requests(filter, &PageRequest::first(REQUESTS)).await?.items;
    let Some(request) = page.pop() else { return Ok(Err(NotUndoable::Unknown)) };
    if !page.is_empty() {
        page.push(request);
        return Ok(Err(several(library, filter, &page).await?));
    }
    if is_of_scan(catalogue, &request.latest).await? {
        return Ok(Err(NotUndoable::OfScan));
    }
    let mut seen = HashSet::new();
    let mut changed = Changed { ids: Vec::new(), first_sequence: 0 };
    let mut after = request.summary.first_sequence - 1;
    loop {
        let entries = library.entries_after(after, filter, ENTRIES).await?;
        if changed.ids.is_empty() {
            changed.first_sequence = entries.first().map_or(0, |entry| entry.sequence);
        }
        for entry in &entries {
            if seen.insert(entry.entity_id) && seen.len() <= limit {
                changed.ids.push(entry.entity_id);
            }
        }
        match entries.last() {
            Some(last) if entries.len() == ENTRIES => after = last.sequence,
            _ => break,
        }
    }
    Ok(match seen.len() {
        count if count > limit => Err(NotUndoable::TooMany(count)),
        _ => Ok(changed),
    })
}

/// What there is if it is not one request. These are the newest of them.
async fn several(
    library: &dyn VideoReader,
    filter: &AuditFilter,
    newest: &[AuditRequest],
) -> Result<NotUndoable, RepositoryError> {
    let oldest = library.list_requests(filter, &PageRequest::last(1)).await?.items;
    let all = || newest.iter().chain(&oldest);
    let mut actors: Vec<_> = all().map(|request| request.latest.actor.clone()).collect();
    actors.sort();
    actors.dedup();
    Ok(NotUndoable::NotUnique {
        count: library.count_requests(filter).await?,
        from: all().map(|it| it.summary.started_at).min().unwrap_or(Timestamp::MIN),
        until: all().map(|it| it.summary.ended_at).max().unwrap_or(Timestamp::MAX),
        actors,
    })
}

/// Whether a change is one of a scan. Clients can send any request ID, those of scans included; but no credential
/// has the name of scans that nobody asked for, and the others are kept with the name of whoever did.
async fn is_of_scan(
    catalogue: &dyn Catalogue,
    entry: &AuditEntry,
) -> Result<bool, RepositoryError> {
    let Some(actor) = &entry.actor else { return Ok(false) };
    if actor == NOBODY {
        return Ok(true);
    }
    let Some(id) = entry.request_id.as_deref().and_then(ScanId::from_request_id) else {
        return Ok(false);
    };
    let scan = catalogue.scan(id).await?;
    Ok(scan.is_some_and(|scan| scan.order.requested_by.as_ref() == Some(actor)))
}
