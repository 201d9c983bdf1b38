//! Library roots as the API shows them.

use async_graphql::{Context, Enum, ID, Object};

use super::catalogue_entities::{LibraryRoot, ProblemListing, ScanJob, ScanProblem};
use crate::domain::Page;
use crate::domain::catalogue::{RootId, RootState};
use crate::graphql::error::ApiError;
use crate::graphql::execution::direct::{Direct, direct};
use crate::graphql::schema::connection::StateConnection;
use crate::graphql::schema::cursor::Cursor;
use crate::graphql::schema::entity_id::EntityId;
use crate::graphql::schema::paging::{PageArgs, shows_page};
use crate::graphql::schema::scope::Scope;

direct!(
    #[Object(use_type_description)]
    impl LibraryRoot {
        /// `root:` and a UUID.
        fn id(&self) -> ID {
            self.root_id().to_public()
        }

        /// Unique among roots.
        fn name(&self) -> &str {
            self.now.root.name.as_str()
        }

        /// The folder on the server's machine, for admins; null for others.
        fn directory(&self) -> Option<String> {
            self.shown_directory()
        }

        /// What `path` of its videos begins with: the folder at the first scan. A disk that is mounted elsewhere later
        /// changes `directory`, and neither this nor any video.
        fn path_prefix(&self) -> &str {
            self.now.root.path_prefix.as_str()
        }

        /// Whether it can be reached.
        fn state(&self) -> LibraryRootState {
            match &self.now.state {
                RootState::Online => LibraryRootState::Online,
                RootState::Offline(_) => LibraryRootState::Offline,
            }
        }

        /// Why it is OFFLINE, in a sentence, without `directory`.
        fn state_reason(&self) -> Option<&str> {
            match &self.now.state {
                RootState::Online => None,
                RootState::Offline(reason) => Some(reason),
            }
        }

        /// Whether changes below the folder are noticed as they happen, and not only by scans.
        fn is_watched(&self) -> bool {
            self.now.is_watched
        }

        /// Number of videos whose file a scan found in it, missing ones included.
        async fn video_count(&self, ctx: &Context<'_>) -> Result<i32, ApiError> {
            let loaders = Scope::of(ctx).catalogue_loaders();
            as_int(loaders.file_counts.get(self.root_id()).await?.videos)
        }

        /// Number of these videos whose file is missing.
        async fn missing_count(&self, ctx: &Context<'_>) -> Result<i32, ApiError> {
            let loaders = Scope::of(ctx).catalogue_loaders();
            as_int(loaders.file_counts.get(self.root_id()).await?.missing)
        }

        /// The newest scan, which may be queued or running; null if there was none.
        async fn last_scan(&self, ctx: &Context<'_>) -> Option<Result<Direct<ScanJob>, ApiError>> {
            let loaders = Scope::of(ctx).catalogue_loaders();
            let last = loaders.last_scans.get(self.root_id()).await.transpose()?;
            Some(last.map(ScanJob).map(Direct))
        }

        /// What its scans have to say about files and folders, by path.
        async fn problems(
            &self,
            ctx: &Context<'_>,
            #[graphql(desc = "Page size, forward from the start or from `after`: 0 to 100.")] first: Option<
                i32,
            >,
            #[graphql(desc = "Return items after this cursor.")] after: Option<String>,
            #[graphql(desc = "Page size, backward from the end or from `before`: 0 to 100.")] last: Option<
                i32,
            >,
            #[graphql(desc = "Return items before this cursor.")] before: Option<String>,
        ) -> Result<Direct<StateConnection<ScanProblem>>, ApiError> {
            let root = self.root_id();
            let page = PageArgs { first, after, last, before }
                .parse(|text| Cursor::problem_place(text, root))?;
            let page = match shows_page(ctx) {
                true => Scope::of(ctx).catalogue_loaders().problems.get((root, page)).await?,
                false => Page::empty(),
            };
            let page = page.map(|noted| ScanProblem { root, noted });
            Ok(Direct(StateConnection::new(ProblemListing(root), page)))
        }
    }
);

impl LibraryRoot {
    fn root_id(&self) -> RootId {
        self.now.root.id
    }

    fn shown_directory(&self) -> Option<String> {
        let directory = &self.now.root.directory;
        // The root of a file system is kept without its slash.
        let shown = || match directory.is_empty() {
            true => "/".to_owned(),
            false => crate::domain::catalogue::shown(directory),
        };
        self.shows_directory.then(shown)
    }

    /// `id`, in the form that an interface requires.
    pub(super) async fn node_id(&self, _: &Context<'_>) -> Result<ID, ApiError> {
        Ok(self.root_id().to_public())
    }
}

fn as_int(count: u64) -> Result<i32, ApiError> {
    i32::try_from(count).map_err(ApiError::internal)
}

direct!(
    /// More values may come.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
    pub enum LibraryRootState {
        /// Its folder could be read at the last look.
        Online,
        /// Its folder cannot be reached, or no running server looks after it.
        Offline,
    }
);
