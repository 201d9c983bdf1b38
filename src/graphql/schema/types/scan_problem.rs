//! Problems of files and folders as the API shows them.

use async_graphql::{Context, Enum, Object};
use futures_util::future::try_join_all;

use super::catalogue_entities::{ProblemListing, ScanProblem};
use super::entities::Video;
use crate::domain::catalogue::{self, shown};
use crate::graphql::error::ApiError;
use crate::graphql::execution::direct::{Direct, direct};
use crate::graphql::schema::connection::{Counted, Edge, Listed};
use crate::graphql::schema::cursor::Cursor;
use crate::graphql::schema::list_size::{ListSize, list_sizes};
use crate::graphql::schema::scalars::DateTime;
use crate::graphql::schema::scope::Scope;

/// The maximum number of videos that a file may be.
const MAX_CANDIDATES: usize = 20;

list_sizes!(ScanProblem {
    CANDIDATES: candidates = ListSize::AtMost(MAX_CANDIDATES);
});

direct!(
    #[Object(use_type_description)]
    impl ScanProblem {
        /// Relative to the root; bytes that are not UTF-8 as \\xNN.
        fn path(&self) -> String {
            shown(&self.noted.path)
        }

        /// Kind of the problem.
        fn code(&self) -> ScanProblemCode {
            self.noted.problem.code.into()
        }

        /// What is wrong, and what to do.
        fn message(&self) -> &str {
            &self.noted.problem.message
        }

        /// When it was first seen; it has been there at every scan since.
        fn since(&self) -> DateTime {
            DateTime(self.noted.since)
        }

        /// The video of this path, where it is catalogued.
        async fn video(&self, ctx: &Context<'_>) -> Option<Result<Direct<Video>, ApiError>> {
            let found = self.video_in(Scope::of(ctx)).await;
            found.transpose().map(|found| found.map(Direct))
        }

        /// AMBIGUOUS_MOVE: the missing videos that this file may be; 20 at most.
        async fn candidates(&self, ctx: &Context<'_>) -> Result<Direct<Vec<Video>>, ApiError> {
            let loaders = &Scope::of(ctx).loaders;
            let candidates = self.noted.candidates.iter().take(MAX_CANDIDATES);
            let found = try_join_all(candidates.map(|id| loaders.video(*id))).await?;
            Ok(Direct(found.into_iter().flatten().map(Video).collect()))
        }
    }
);

impl ScanProblem {
    async fn video_in(&self, scope: &Scope) -> Result<Option<Video>, ApiError> {
        let place = (self.root, self.noted.path.clone());
        let file = scope.catalogue_loaders().files_at.get(place).await?;
        match file.and_then(|row| row.file.video) {
            Some(id) => Ok(scope.loaders.video(id).await?.map(Video)),
            None => Ok(None),
        }
    }
}

impl Listed for ScanProblem {
    const NAME: &'static str = "ScanProblem";
    type Listing = ProblemListing;
    type Node = Self;
    type Edge<'a> = Edge<'a, Self>;

    fn node(&self) -> &Self {
        self
    }

    fn cursor(&self, _: &ProblemListing) -> Cursor<'static> {
        Cursor::of_problem(self.root, self.noted.path.clone())
    }
}

impl Counted for ScanProblem {
    async fn count(scope: &Scope, ProblemListing(root): &ProblemListing) -> Result<u64, ApiError> {
        scope.catalogue_loaders().problem_counts.get(*root).await
    }
}

direct!(
    /// More values may come.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
    #[graphql(remote = "catalogue::ProblemCode")]
    pub enum ScanProblemCode {
        /// The server is not allowed to read it.
        PermissionDenied,
        /// The disk could not be read.
        ReadFailed,
        /// It is not a video in a supported format, or is damaged.
        NotReadableAsMedia,
        /// It has sound, subtitles or a cover, and no video.
        NoVideoStream,
        /// Nothing in it states how long it is, or what it states is no possible length.
        NoDuration,
        /// Reading it took too long.
        TimedOut,
        /// The file ends before its container says it does. It is catalogued all the same.
        Truncated,
        /// Its name is not UTF-8.
        NameNotUtf8,
        /// Its path is longer than a library can store.
        NameTooLong,
        /// It is a link to a folder, or to a file outside of the library roots.
        LinkNotFollowed,
        /// It is a link to something that cannot be found.
        LinkBroken,
        /// It is a device, a pipe or a socket.
        NotAFile,
        /// Several missing videos may be this file.
        AmbiguousMove,
        /// Another video has its path.
        PathTaken,
        /// The system cannot watch more folders.
        WatchLimit,
    }
);
