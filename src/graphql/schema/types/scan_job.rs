//! Scans as the API shows them.

use async_graphql::{Context, Enum, ID, Object, SimpleObject};

use super::catalogue_entities::{LibraryRoot, ScanJob, ScanListing};
use crate::domain::catalogue;
use crate::graphql::error::ApiError;
use crate::graphql::execution::direct::{Direct, direct};
use crate::graphql::schema::connection::{Counted, Edge, Listed};
use crate::graphql::schema::cursor::Cursor;
use crate::graphql::schema::entity_id::EntityId;
use crate::graphql::schema::list_size::{ListSize, list_sizes};
use crate::graphql::schema::scalars::DateTime;
use crate::graphql::schema::scope::Scope;
use crate::repository::catalogue::ScanPlace;

list_sizes!(ScanJob {
    PATHS: paths = ListSize::AtMost(catalogue::ScanOrder::MAX_PATHS);
});

direct!(
    #[Object(use_type_description)]
    impl ScanJob {
        /// `scan:` and a UUID.
        fn id(&self) -> ID {
            self.0.id.to_public()
        }

        /// The library root that is scanned.
        async fn root(&self, ctx: &Context<'_>) -> Result<Direct<LibraryRoot>, ApiError> {
            let scope = Scope::of(ctx);
            let root = scope.catalogue_loaders().roots.get(self.0.order.root).await?;
            let root =
                root.ok_or_else(|| ApiError::internal("a scan of a root that is not there"))?;
            Ok(Direct(LibraryRoot::seen(scope, root)))
        }

        /// Folders relative to the root; empty for the whole root.
        fn paths(&self) -> Vec<&str> {
            self.0.order.paths.iter().map(String::as_str).collect()
        }

        /// How it stands.
        fn state(&self) -> ScanJobState {
            self.0.state.into()
        }

        /// What it is doing; null unless it is RUNNING.
        fn phase(&self) -> Option<ScanPhase> {
            self.0.phase.map(Into::into)
        }

        /// 0 to 1; null while unknown.
        fn progress(&self) -> Option<f64> {
            self.0.progress
        }

        /// Who asked for it; null if nobody did.
        fn requested_by(&self) -> Option<&str> {
            self.0.order.requested_by.as_deref()
        }

        /// The `requestId` of every audit entry that this job wrote.
        fn request_id(&self) -> String {
            self.0.id.request_id()
        }

        /// When it was queued.
        fn created_at(&self) -> DateTime {
            DateTime(self.0.created_at)
        }

        /// When it began; null while it has not.
        fn started_at(&self) -> Option<DateTime> {
            self.0.started_at.map(DateTime)
        }

        /// When it ended; null while it has not.
        fn ended_at(&self) -> Option<DateTime> {
            self.0.ended_at.map(DateTime)
        }

        /// What it has found and done so far.
        fn counts(&self) -> ScanCounts {
            self.0.counts.into()
        }

        /// What to do, where the state is NEEDS_CONFIRMATION or FAILED.
        fn message(&self) -> Option<&str> {
            self.0.message.as_deref()
        }
    }
);

impl ScanJob {
    /// `id`, in the form that an interface requires.
    pub(super) async fn node_id(&self, _: &Context<'_>) -> Result<ID, ApiError> {
        Ok(self.0.id.to_public())
    }
}

impl Listed for ScanJob {
    const NAME: &'static str = "ScanJob";
    type Listing = ScanListing;
    type Node = Self;
    type Edge<'a> = Edge<'a, Self>;

    fn node(&self) -> &Self {
        self
    }

    fn cursor(&self, _: &ScanListing) -> Cursor<'static> {
        Cursor::of_scan(ScanPlace::of(&self.0))
    }
}

impl Counted for ScanJob {
    async fn count(scope: &Scope, ScanListing(filter): &ScanListing) -> Result<u64, ApiError> {
        Ok(scope.repository().catalogue().count_scans(filter).await?)
    }
}

direct!(
    /// More values may come.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
    #[graphql(remote = "catalogue::ScanState")]
    pub enum ScanJobState {
        /// It waits for its turn.
        Queued,
        /// It is at work.
        Running,
        /// It has looked at everything that it could reach.
        Succeeded,
        /// It could not look, or not to the end.
        Failed,
        /// Somebody stopped it.
        Cancelled,
        /// The process ended while the job was running; the next scan completes the work.
        Interrupted,
        /// More videos would become MISSING than the guard allows. None was marked; everything else is done.
        NeedsConfirmation,
    }
);

direct!(
    /// More values may come.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
    #[graphql(remote = "catalogue::ScanPhase")]
    pub enum ScanPhase {
        /// It looks at folders.
        Walking,
        /// It reads new and changed files.
        Reading,
        /// It looks for files that were moved.
        Matching,
        /// It marks missing videos.
        Marking,
    }
);

direct!(
    /// What a scan has found and done.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, SimpleObject)]
    pub struct ScanCounts {
        /// Files with the name of a video.
        seen: i32,
        /// Files that are as they were.
        unchanged: i32,
        /// New videos.
        added: i32,
        /// Videos whose file has changed.
        updated: i32,
        /// Videos whose file was moved or renamed.
        moved: i32,
        /// Missing videos whose file is there again.
        restored: i32,
        /// Videos that became MISSING.
        missing: i32,
        /// Would have become MISSING, and were held back by the guard.
        held_back: i32,
        /// Not seen, but not marked either: a folder could not be read, or a disk below the root is gone.
        unreachable: i32,
        /// Still being written; left to the next scan.
        unsettled: i32,
        /// Excluded, or deleted by a person while the file is still there.
        ignored: i32,
        /// Files and folders with a problem.
        problems: i32,
    }
);

impl From<catalogue::ScanCounts> for ScanCounts {
    fn from(counts: catalogue::ScanCounts) -> Self {
        // No disk has more files.
        let number = |count: u64| i32::try_from(count).unwrap_or(i32::MAX);
        Self {
            seen: number(counts.seen),
            unchanged: number(counts.unchanged),
            added: number(counts.added),
            updated: number(counts.updated),
            moved: number(counts.moved),
            restored: number(counts.restored),
            missing: number(counts.missing),
            held_back: number(counts.held_back),
            unreachable: number(counts.unreachable),
            unsettled: number(counts.unsettled),
            ignored: number(counts.ignored),
            problems: number(counts.problems),
        }
    }
}
