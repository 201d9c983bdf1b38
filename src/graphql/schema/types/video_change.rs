//! Events of the change feed as the API shows them.

use async_graphql::{Context, Description, Enum, Object};

use super::{AuditEntry, Video};
use crate::feed::{Change, Event, EventKind};
use crate::graphql::error::ApiError;
use crate::graphql::execution::direct::{Direct, LazyScalar, direct};
use crate::graphql::schema::connection::{Edge, Listed};
use crate::graphql::schema::cursor::Cursor;
use crate::graphql::schema::scope::Scope;

/// A change of a video, or a mark that reports how far the stream has come.
#[derive(Description)]
pub struct VideoChange(pub Event);

direct!(
    #[Object(use_type_description)]
    impl VideoChange {
        /// Kind of event.
        fn kind(&self) -> VideoChangeKind {
            match self.0.kind {
                EventKind::Change(_) => VideoChangeKind::Change,
                EventKind::CaughtUp => VideoChangeKind::CaughtUp,
                EventKind::Progress => VideoChangeKind::Progress,
            }
        }

        /// Cursor for `after`: a stream that resumes from it continues right after this event.
        fn cursor(&self) -> LazyScalar<Cursor<'_>> {
            LazyScalar(Cursor::Changes { place: self.0.place })
        }

        /// Null on a mark.
        fn audit_entry(&self) -> Option<AuditEntry> {
            self.change().map(|change| AuditEntry(change.entry.clone()))
        }

        /// The video as it is now, not as it was then; null on a mark, and once it is deleted.
        async fn current_video(
            &self,
            ctx: &Context<'_>,
        ) -> Option<Result<Direct<Video>, ApiError>> {
            let id = self.change()?.entry.entity_id;
            let found = Scope::of(ctx).loaders.video(id).await;
            found.transpose().map(|found| found.map(Video).map(Direct))
        }
    }
);

impl Listed for VideoChange {
    const NAME: &'static str = "VideoChange";
    type Listing = ();
    type Node = Self;
    type Edge<'a> = Edge<'a, Self>;

    fn node(&self) -> &Self {
        self
    }

    fn cursor(&self, (): &()) -> Cursor<'static> {
        Cursor::Changes { place: self.0.place }
    }
}

impl VideoChange {
    fn change(&self) -> Option<&Change> {
        match &self.0.kind {
            EventKind::Change(change) => Some(change),
            EventKind::CaughtUp | EventKind::Progress => None,
        }
    }
}

direct!(
    /// Kinds of event in the stream.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
    pub enum VideoChangeKind {
        /// A change.
        Change,
        /// A mark: all missed changes have been delivered.
        CaughtUp,
        /// A mark: there was nothing to deliver up to this cursor.
        Progress,
    }
);
