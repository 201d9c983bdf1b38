//! The log by requests, worked out each time it is read.

use crate::domain::{AuditEntry, AuditFilter, AuditRequest, Page, PageRequest, RequestChanges};

/// The requests that made the changes in a log and that a filter selects.
pub(super) fn newest_first<'a>(
    log: &'a [AuditEntry],
    filter: &AuditFilter,
) -> impl Iterator<Item = RequestChanges<'a>> {
    RequestChanges::of(log).into_iter().rev().filter(|request| request.meets(filter))
}

/// A page of them.
pub(super) fn page(
    log: &[AuditEntry],
    filter: &AuditFilter,
    page: &PageRequest<i64>,
) -> Page<AuditRequest> {
    let requests: Vec<RequestChanges<'_>> = newest_first(log, filter).collect();
    let page =
        Page::cut(&requests, page, |request, bound| bound.cmp(&request.summary.first_sequence));
    page.map(|request| request.to_listed())
}
