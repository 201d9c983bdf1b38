//! The library as it was at a moment.

use std::sync::Arc;

use async_graphql::{Context, Description, ID, Object};

use super::entities::VideoSnapshot;
use super::past_videos::{PastHit, PastListing, PastSearchListing};
use super::video_difference::VideoDifference;
use super::video_stats::VideoStats;
use crate::domain::{self, Page, VideoId};
use crate::graphql::error::ApiError;
use crate::graphql::execution::direct::{Direct, LazyScalar, asks_for, direct, selections};
use crate::graphql::execution::scans;
use crate::graphql::schema::connection::{PastConnection, StateConnection};
use crate::graphql::schema::cursor::Cursor;
use crate::graphql::schema::inputs::filter_reader::FilesKnown;
use crate::graphql::schema::inputs::{LibraryMomentInput, VideoFilter, VideoOrder, search_query};
use crate::graphql::schema::paging::{PageArgs, looks, page_if_shown, shows_page};
use crate::graphql::schema::scalars::DateTime;
use crate::graphql::schema::scope::Scope;
use crate::history::moment::{Differences, Moment, MomentError};
use crate::repository::RepositoryError;

/// The library as it was at a moment: every list, count, search and statistic is exact.
#[derive(Description)]
pub struct LibraryMoment(Moment);

direct!(
    #[Object(use_type_description)]
    impl LibraryMoment {
        /// When the newest change by then was made; null before the first one.
        fn time(&self) -> Option<DateTime> {
            self.0.at().time.map(DateTime)
        }

        /// The cursor of that change: both kinds of `videoChanges` go on from it.
        fn cursor(&self) -> LazyScalar<Cursor<'static>> {
            LazyScalar(Cursor::Changes { place: self.0.at().place })
        }

        /// The video with this ID, as it was; null if there was none or the ID is malformed.
        async fn video(
            &self,
            #[graphql(desc = "A UUID, in upper or lower case.")] id: ID,
        ) -> Option<Result<Direct<VideoSnapshot>, ApiError>> {
            let found = self.0.get(id.parse().ok()?).await;
            found.transpose().map(|found| Ok(Direct(VideoSnapshot(found?))))
        }

        /// The video that was at this path; null if there was none.
        async fn video_by_path(
            &self,
            #[graphql(desc = "Path of the file, compared byte by byte.")] path: String,
        ) -> Option<Result<Direct<VideoSnapshot>, ApiError>> {
            let found = self.0.get_by_path(&path).await;
            found.transpose().map(|found| Ok(Direct(VideoSnapshot(found?))))
        }

        /// Whether a root could be reached then is not recorded: `availability` and `rootId` in a filter are
        /// BAD_USER_INPUT here, as in the fields below; `missingSince` works.
        #[expect(clippy::too_many_arguments, reason = "they are the arguments in the schema")]
        async fn videos(
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
            #[graphql(desc = "Which videos to return; all if omitted.")] filter: Option<
                VideoFilter,
            >,
            #[graphql(desc = "Sort keys; newest first if omitted or empty.")] order_by: Option<
                Vec<VideoOrder>,
            >,
            #[graphql(
                desc = "Rows to skip: from the start, or behind `after`; 0 to 10,000,000, BAD_USER_INPUT with `last` or `before`. Skipped rows count towards the scan budget."
            )]
            offset: Option<i32>,
        ) -> Result<Direct<PastConnection<VideoSnapshot>>, ApiError> {
            let scope = Scope::of(ctx);
            let order = VideoOrder::parse(order_by.unwrap_or_default())?;
            let filter = past_filter(scope, filter)?;
            let request = PageArgs { first, after, last, before }
                .parse_with_offset(offset, |text| Cursor::video_place(text, &order))?;
            let looks = looks(ctx).skipping(request.offset());
            scope.scans.allow(scope.reader(), scans::of_videos(&filter, looks)).await?;
            let _place = scope.scans.place(true).await;
            let page = page_if_shown(ctx, self.0.list(&filter, &order, &request)).await?;
            let listing = PastListing { moment: self.0.clone(), filter, order };
            Ok(Direct(PastConnection::new(listing, request, page.map(VideoSnapshot))))
        }

        /// Full-text search in the filenames and paths of then, as `Query.searchVideos`.
        #[expect(clippy::too_many_arguments, reason = "they are the arguments in the schema")]
        async fn search_videos(
            &self,
            ctx: &Context<'_>,
            #[graphql(
                desc = "At most 1,000 characters and 64 words. A cursor belongs to its query."
            )]
            query: String,
            #[graphql(desc = "Page size, forward from the start or from `after`: 0 to 100.")] first: Option<
                i32,
            >,
            #[graphql(desc = "Return items after this cursor.")] after: Option<String>,
            #[graphql(desc = "Page size, backward from the end or from `before`: 0 to 100.")] last: Option<
                i32,
            >,
            #[graphql(desc = "Return items before this cursor.")] before: Option<String>,
            #[graphql(desc = "Which videos to search; all if omitted.")] filter: Option<
                VideoFilter,
            >,
            #[graphql(
                desc = "Rows to skip: from the start, or behind `after`; 0 to 10,000,000, BAD_USER_INPUT with `last` or `before`. Skipped rows count towards the scan budget."
            )]
            offset: Option<i32>,
        ) -> Result<Direct<PastConnection<PastHit>>, ApiError> {
            let query = search_query(&query)?;
            let scope = Scope::of(ctx);
            let filter = past_filter(scope, filter)?;
            let request = PageArgs { first, after, last, before }
                .parse_with_offset(offset, |text| Cursor::search_place(text, &query))?;
            let looks = looks(ctx).skipping(request.offset());
            scope.scans.allow(scope.reader(), scans::of_search(&query, &filter, looks)).await?;
            let _place = scope.scans.place(true).await;
            let page = page_if_shown(ctx, self.0.search(&query, &filter, &request)).await?;
            let listing = PastSearchListing { moment: self.0.clone(), query, filter };
            Ok(Direct(PastConnection::new(listing, request, page.map(PastHit::from))))
        }

        /// Statistics of the library of then, or of the videos of then that match a filter.
        async fn video_stats(
            &self,
            ctx: &Context<'_>,
            #[graphql(desc = "Which videos to count; all if omitted.")] filter: Option<VideoFilter>,
        ) -> Result<Direct<VideoStats>, ApiError> {
            let scope = Scope::of(ctx);
            let filter = past_filter(scope, filter)?;
            let looks = VideoStats::looks(&filter, |name| selections(ctx, name));
            scope.scans.allow(scope.reader(), scans::of_statistics(&filter, looks)).await?;
            let is_asked_for = |name: &str| asks_for(ctx, name);
            Ok(Direct(VideoStats::at(self.0.clone(), filter, is_asked_for)))
        }

        /// What differs from this moment to a later one (now, unless given), by video ID; forwards only.
        async fn differences(
            &self,
            ctx: &Context<'_>,
            #[graphql(desc = "The later moment; now if omitted.")] until: Option<
                LibraryMomentInput,
            >,
            #[graphql(desc = "Page size, from the start or from `after`: 0 to 100.")] first: Option<
                i32,
            >,
            #[graphql(desc = "Return items after this cursor.")] after: Option<String>,
        ) -> Result<Direct<StateConnection<VideoDifference>>, ApiError> {
            let page = PageArgs { first, after, last: None, before: None };
            let page = page.parse(Cursor::difference_place)?;
            let scope = Scope::of(ctx);
            let until = match until {
                Some(until) => Some(moment_at(scope, until).await?),
                None => None,
            };
            let _place = scope.scans.place(true).await;
            let found = scope.moments.differences(&self.0, until.as_ref()).await?;
            let rows = match shows_page(ctx) {
                true => page_of(&found, page.limit(), page.place().copied()),
                false => Page::empty(),
            };
            Ok(Direct(StateConnection::new(Arc::new(found), rows)))
        }
    }
);

impl LibraryMoment {
    /// The library at a moment.
    ///
    /// # Errors
    /// `InvalidCursor`, `MomentTooFar`, and those of the store.
    pub async fn at(scope: &Scope, at: LibraryMomentInput) -> Result<Self, ApiError> {
        moment_at(scope, at).await.map(Self)
    }
}

async fn moment_at(scope: &Scope, at: LibraryMomentInput) -> Result<Moment, ApiError> {
    let at = at.parse()?;
    let (at, changes) = match scope.moments.resolve(scope.reader(), at).await {
        // A copy of the library may not have the change yet: the query is then read from the library itself.
        Err(MomentError::UnknownPlace) if scope.moments.has(scope.repository(), at).await? => {
            let why = "the copy of the library does not have the change yet";
            return Err(RepositoryError::unavailable("show the library at a moment")(why).into());
        }
        found => found?,
    };
    scope.scans.allow_changes(changes).await?;
    let _place = scope.scans.place(true).await;
    Ok(scope.moments.open(Arc::clone(&scope.reader), at).await?)
}

fn past_filter(scope: &Scope, given: Option<VideoFilter>) -> Result<domain::VideoFilter, ApiError> {
    VideoFilter::parse(given, scope.filter_limits, FilesKnown::Nothing)
}

fn page_of(found: &Differences, limit: usize, after: Option<VideoId>) -> Page<VideoDifference> {
    let mut rest = found.after(after);
    let items = rest.by_ref().take(limit).map(VideoDifference::from).collect();
    let has_previous = after.is_some_and(|id| found.has_up_to(id));
    Page { items, has_previous, has_next: rest.next().is_some() }
}
