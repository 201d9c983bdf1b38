//! Pages of the log: what they are asked for, and the scans that they take.

use async_graphql::Context;
use tokio::sync::SemaphorePermit;

use super::cursor::Cursor;
use super::inputs::AuditFilter;
use super::paging::{PageArgs, looks, shows_page};
use super::scope::Scope;
use super::types::VideoChange;
use crate::domain::{self, Page, PageRequest};
use crate::feed::{ChangeFilter, Event};
use crate::graphql::error::ApiError;
use crate::graphql::execution::scans;

/// What a list of the log is asked for: its filter, its page, and its place among the scans of the request.
pub type ListOfLog<'a> = (domain::AuditFilter, PageRequest<i64>, Option<SemaphorePermit<'a>>);

/// Reads the arguments of a list of the log, and admits its scan; `place_of` reads its cursors.
///
/// # Errors
/// `BadUserInput` and `InvalidCursor` for the arguments; `TooCostly` if the request scans too much.
pub async fn list_of_log<'a>(
    ctx: &Context<'a>,
    filter: Option<AuditFilter>,
    page: PageArgs,
    place_of: fn(&str) -> Result<i64, ApiError>,
) -> Result<ListOfLog<'a>, ApiError> {
    let scope = Scope::of(ctx);
    let filter = filter.map(|filter| filter.parse(scope.filter_limits)).transpose()?;
    let filter = filter.unwrap_or_default();
    let page = page.parse(place_of)?;
    let may_scan = !filter.is_everything();
    if may_scan {
        let tests = scans::of_entries(&filter, looks(ctx));
        scope.scans.allow(scope.reader(), tests).await?;
    }
    let place = scope.scans.place(may_scan).await;
    Ok((filter, page, place))
}

/// A page of the changes that are selected, the oldest first.
///
/// # Errors
/// `BadUserInput` and `InvalidCursor` for the arguments; `TooCostly` if the request scans too much.
pub async fn page_of_changes(
    ctx: &Context<'_>,
    first: Option<i32>,
    after: Option<String>,
    selection: ChangeFilter,
) -> Result<Page<VideoChange>, ApiError> {
    let scope = Scope::of(ctx);
    let args = PageArgs { first, after, last: None, before: None };
    let page = args.parse(Cursor::log_place)?;
    let filter = selection.filter();
    let may_scan = !filter.is_everything();
    if may_scan {
        let tests = scans::of_entries(&filter, looks(ctx));
        scope.scans.allow(scope.reader(), tests).await?;
    }
    let _place = scope.scans.place(may_scan).await;
    if !shows_page(ctx) {
        return Ok(Page::empty());
    }
    let after = page.place().copied();
    let page = scope.feed().page(scope.reader(), selection, page.limit(), after).await?;
    Ok(page.map(|change| VideoChange(Event::from(change))))
}
