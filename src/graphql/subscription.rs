//! What can be followed.

use async_graphql::{
    Context, Description, ID, Subscription as GraphqlSubscription, SubscriptionType,
};
use futures_util::future;
use futures_util::stream::{Stream, StreamExt};

use super::Scope;
use super::cursor::Cursor;
use super::direct::{Direct, Executed, Plan, Selected, Source};
use super::error::ApiError;
use super::types::{AuditOperation, VideoChange};
use crate::domain::{self, VideoId};
use crate::feed::{Event, EventKind, FeedError, Selection};

/// What can be followed.
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
        #[graphql(desc = "Changes of these kinds only; an empty list matches none.")]
        operations: Option<Vec<AuditOperation>>,
        #[graphql(desc = "The cursor to go on from; the present where it is left out.")]
        after: Option<String>,
        #[graphql(default = false, desc = "Whether to add events without a change.")] marks: bool,
    ) -> Result<impl Stream<Item = Result<Direct<VideoChange>, ApiError>>, ApiError> {
        let selection = selection(video_id, operations)?;
        let after = after.as_deref().map(Cursor::log_place).transpose()?;
        let subscription = Scope::of(ctx).feed().subscribe(selection, after).await?;
        let events =
            subscription.into_stream().filter(move |event| future::ready(marks || !is_mark(event)));
        Ok(events.map(|event| Ok(Direct(VideoChange(event?)))))
    }
}

impl Subscription {
    /// What is selected of an event.
    pub fn plan(executed: Executed<'_>) -> Plan {
        let name = Self::type_name();
        Plan::of_fields(&name, &executed.of_root(&name), |_, fields| {
            let selected = Selected { executed, fields };
            Source { index: 0, plan: Plan::waiting::<Direct<VideoChange>>(selected) }
        })
    }
}

fn selection(
    video_id: Option<ID>,
    operations: Option<Vec<AuditOperation>>,
) -> Result<Selection, ApiError> {
    let video = video_id.map(|id| id.parse::<VideoId>()).transpose();
    let video = video.map_err(|why| ApiError::BadUserInput(format!("videoId {why}")))?;
    let operations = operations
        .map(|some| some.into_iter().map(Into::into).collect::<Vec<domain::AuditOperation>>());
    Ok(Selection::new(video, operations.as_deref()))
}

fn is_mark(event: &Result<Event, FeedError>) -> bool {
    let kind = event.as_ref().map(|event| &event.kind);
    matches!(kind, Ok(EventKind::CaughtUp | EventKind::Progress))
}
