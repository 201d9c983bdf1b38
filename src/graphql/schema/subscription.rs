//! The root of all subscriptions.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_graphql::{
    Context, Description, ID, Subscription as GraphqlSubscription, SubscriptionType,
};
use futures_util::future;
use futures_util::stream::{Stream, StreamExt};

use super::cursor::Cursor;
use super::entity_id::EntityId;
use super::inputs::filter_reader::FilesKnown;
use super::inputs::{VideoFilter, change_filter};
use super::scope::Scope;
use super::types::{AuditOperation, LibraryChanged, ScanJob, VideoChange};
use crate::domain::LogPosition;
use crate::domain::catalogue::ScanId;
use crate::feed::{Event, EventKind, FeedError};
use crate::graphql::error::ApiError;
use crate::graphql::execution::direct::{Direct, Executed, Plan, Selected, Source};

/// Root of all subscriptions.
#[derive(Description)]
pub struct Subscription;

#[GraphqlSubscription(use_type_description)]
impl Subscription {
    /// Every committed change, once, in commit order. With `after`, the cursor of an earlier event or of
    /// `Query.changesCursor`, it first delivers all that came since, so a client that reconnects misses
    /// nothing; a cursor that cannot be continued ends the stream with INVALID_CURSOR, never with a gap.
    /// A client that reads too slowly is cut off with SLOW_CONSUMER and resumes from its last cursor.
    /// `marks: true` adds events without a change: CAUGHT_UP once, when all that was missed has been
    /// delivered, and PROGRESS from time to time, so that the cursor of a quiet stream moves on.
    async fn video_changes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Changes of this video only.")] video_id: Option<ID>,
        #[graphql(desc = "Changes of these kinds only; an empty list matches nothing.")]
        operations: Option<Vec<AuditOperation>>,
        #[graphql(
            desc = "Cursor to resume from; if omitted, the stream starts with the next change."
        )]
        after: Option<String>,
        #[graphql(default = false, desc = "Whether to add `CAUGHT_UP` and `PROGRESS` events.")]
        marks: bool,
    ) -> Result<impl Stream<Item = Result<Direct<VideoChange>, ApiError>>, ApiError> {
        let selection = change_filter(video_id, operations)?;
        let following = ctx.data_opt::<Arc<Following>>().map(Arc::clone);
        let resume_after = following.as_ref().and_then(|it| it.resume_after.as_deref());
        let after = resume_after.or(after.as_deref()).map(Cursor::log_place).transpose()?;
        let subscription = Scope::of(ctx).feed().subscribe(selection, after).await?;
        let events =
            subscription.into_stream().filter(move |event| future::ready(marks || !is_mark(event)));
        Ok(events.map(move |event| {
            let event = event?;
            if let Some(following) = &following {
                following.note(event.place);
            }
            Ok(Direct(VideoChange(event)))
        }))
    }

    /// That something changed, at most twice a second: state for screens, where `videoChanges` is the log for mirrors.
    /// The first event comes at once. With `after` (a `cursor` from here, or any `changesCursor`) it covers all changes
    /// since; without it, or where the cursor cannot be continued, `videoIds` is null and `membershipChanged` true:
    /// read the list anew. With a filter, only changes of videos that met it before or meet it now; where the filter
    /// has `availability` or `rootId`, every change counts as one of those.
    async fn library_changed(
        &self,
        ctx: &Context<'_>,
        // On the heap: the state of a subscription has room for its arguments as long as it lasts.
        #[graphql(desc = "Which videos to report; all if omitted.")] filter: Option<
            Box<VideoFilter>,
        >,
        #[graphql(desc = "Cursor to resume from.")] after: Option<String>,
    ) -> Result<impl Stream<Item = Result<Direct<LibraryChanged>, ApiError>>, ApiError> {
        let scope = Scope::of(ctx);
        // Every change meets a condition on files, so it makes no difference which roots are offline.
        let files = FilesKnown::Now { offline: &[] };
        let filter = VideoFilter::parse(filter.map(|given| *given), scope.filter_limits, files)?;
        let following = ctx.data_opt::<Arc<Following>>().map(Arc::clone);
        let resume_after = following.as_ref().and_then(|it| it.resume_after.as_deref());
        // Whatever cannot be continued from, the client has to read its list again.
        let after = resume_after.or(after.as_deref());
        let after = after.and_then(|text| Cursor::log_place(text).ok());
        let subscription = scope.feed().follow_library(filter, after).await?;
        Ok(subscription.into_stream().map(move |event| {
            let event = event?;
            if let Some(following) = &following {
                following.note(event.place);
            }
            Ok(Direct(LibraryChanged(event)))
        }))
    }

    /// The job as it is now, then whenever it changes, at most twice a second, until it ends; without `jobId` every
    /// job, whoever started it, for as long as the client listens. This is state and not a log: what a client
    /// misses, the next event makes up for. An unknown job is an error with the code NOT_FOUND.
    async fn scan_progress(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The scan to follow; all of them if omitted.")] job_id: Option<ID>,
    ) -> Result<impl Stream<Item = Result<Direct<ScanJob>, ApiError>>, ApiError> {
        let unknown = || ApiError::NotFound("there is no scan with this jobId".to_owned());
        let only = job_id.map(|id| ScanId::from_public(&id).ok_or_else(unknown)).transpose()?;
        let subscription = Scope::of(ctx).feed().follow_scans(only).await?;
        let jobs = subscription.ok_or_else(unknown)?.into_stream();
        Ok(jobs.map(|job| Ok(Direct(ScanJob(job?)))))
    }
}

/// Data of a stream of responses: events become responses one after another, so the newest event
/// belongs to the next response.
pub struct Following {
    resume_after: Option<String>,
    newest: Mutex<Option<EventCursor>>,
}

impl Following {
    /// A stream that resumes from this cursor; if there is none, as its document says.
    pub fn after(resume_after: Option<String>) -> Self {
        Self { resume_after, newest: Mutex::default() }
    }

    fn note(&self, place: LogPosition) {
        *self.newest() = Some(EventCursor(place));
    }

    /// The cursor of the event that has just become a response.
    pub fn take_cursor(&self) -> Option<EventCursor> {
        self.newest().take()
    }

    fn newest(&self) -> MutexGuard<'_, Option<EventCursor>> {
        self.newest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The cursor of an event of the stream of changes, which is its text once it is shown.
#[derive(Clone, Copy, Debug)]
pub struct EventCursor(LogPosition);

impl fmt::Display for EventCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&Cursor::Changes { place: self.0 }.encode())
    }
}

impl Subscription {
    /// The selection on an event.
    pub fn plan(executed: Executed<'_>) -> Plan {
        let name = Self::type_name();
        Plan::of_fields(&name, &executed.of_root(&name), |field, fields| {
            let selected = Selected { executed, fields };
            let plan = match field {
                "scanProgress" => Plan::waiting::<Direct<ScanJob>>(selected),
                "libraryChanged" => Plan::waiting::<Direct<LibraryChanged>>(selected),
                _ => Plan::waiting::<Direct<VideoChange>>(selected),
            };
            Source { index: 0, plan }
        })
    }
}

fn is_mark(event: &Result<Event, FeedError>) -> bool {
    let kind = event.as_ref().map(|event| &event.kind);
    matches!(kind, Ok(EventKind::CaughtUp | EventKind::Progress))
}
