//! Videos with equal fingerprints, as the API shows them.

use async_graphql::{Context, Description, Object};

use super::entities::Video;
use super::stats_rows::number;
use crate::domain::{self, VideoFilter};
use crate::graphql::error::ApiError;
use crate::graphql::execution::direct::{Direct, direct};
use crate::graphql::execution::scans::{self, StatisticsLooks};
use crate::graphql::schema::connection::{Counted, Edge, Listed, StateConnection};
use crate::graphql::schema::cursor::Cursor;
use crate::graphql::schema::list_size::{ListSize, list_sizes};
use crate::graphql::schema::loaders::SharedFilter;
use crate::graphql::schema::paging::{PageArgs, looks, page_if_shown};
use crate::graphql::schema::scalars::SafeInt;
use crate::graphql::schema::scope::Scope;

/// The size of lists of videos with one fingerprint.
pub const DUPLICATES: ListSize = ListSize::First(100);

/// Two or more videos with equal fingerprints that meet the filter; only these count.
#[derive(Description)]
pub struct DuplicateGroup {
    group: domain::DuplicateGroup,
    filter: SharedFilter,
}

direct!(
    #[Object(use_type_description)]
    impl DuplicateGroup {
        /// What the videos have in common.
        fn fingerprint(&self) -> String {
            self.group.fingerprint.into()
        }

        /// Number of videos.
        async fn count(&self) -> Result<i32, ApiError> {
            number(self.group.videos)
        }

        /// The videos, by ID.
        async fn videos(
            &self,
            ctx: &Context<'_>,
            #[graphql(default = 20, desc = "0 to 100.")] first: i32,
        ) -> Result<Direct<Vec<Video>>, ApiError> {
            let limit = Self::VIDEOS.limit("first", first)?;
            let (fingerprint, filter) = (self.group.fingerprint, Some(self.filter.clone()));
            let loaders = &Scope::of(ctx).loaders;
            let found = loaders.with_fingerprint(fingerprint, filter, limit).await?;
            Ok(Direct(found.into_iter().map(Video).collect()))
        }

        /// Bytes that would be freed if one stayed; files that are MISSING free nothing, and hard links of one file count once.
        fn redundant_bytes(&self) -> SafeInt {
            self.group.redundant_bytes.into()
        }
    }
);

list_sizes!(DuplicateGroup {
    VIDEOS: videos = DUPLICATES;
});

impl Listed for DuplicateGroup {
    const NAME: &'static str = "DuplicateGroup";
    type Listing = VideoFilter;
    type Node = Self;
    type Edge<'a> = Edge<'a, Self>;

    fn node(&self) -> &Self {
        self
    }

    fn cursor(&self, _: &VideoFilter) -> Cursor<'static> {
        Cursor::Duplicates { place: self.group.place() }
    }
}

impl Counted for DuplicateGroup {
    async fn count(scope: &Scope, filter: &VideoFilter) -> Result<u64, ApiError> {
        let _place = scope.scans.place(true).await;
        Ok(scope.reader().count_duplicates(filter).await?)
    }
}

impl DuplicateGroup {
    /// A page of the groups of the videos that match a filter. Even without one, all fingerprints are compared.
    ///
    /// # Errors
    /// `BadUserInput` and `InvalidCursor` for the arguments; `TooCostly` if the request scans too much.
    pub async fn page(
        ctx: &Context<'_>,
        args: PageArgs,
        filter: VideoFilter,
    ) -> Result<StateConnection<Self>, ApiError> {
        let scope = Scope::of(ctx);
        let request = args.parse(Cursor::duplicate_place)?;
        let looks = looks(ctx);
        let groups = u64::from(looks.page) + u64::from(looks.count);
        let looks = StatisticsLooks { sums: false, groups };
        scope.scans.allow(scope.reader(), scans::of_statistics(&filter, looks)).await?;
        let _place = scope.scans.place(true).await;
        let page = page_if_shown(ctx, scope.reader().duplicates(&filter, &request)).await?;
        let shared = SharedFilter::new(filter.clone());
        let page = page.map(|group| Self { group, filter: shared.clone() });
        Ok(StateConnection::new(filter, page))
    }
}
