//! The root of all queries.

use async_graphql::{Context, Description, ID, Object};
use futures_util::future::join_all;

use super::catalogue_loaders::all_roots;
use super::connection::{Connection, ForwardConnection, IndexedConnection, StateConnection};
use super::cursor::Cursor;
use super::inputs::{
    AuditFilter, LibraryMomentInput, VideoFilter, VideoOrder, change_filter, scan_filter,
    search_query,
};
use super::list_size::{LIBRARY_ROOTS, ListSize, list_sizes};
use super::log_pages::{list_of_log, page_of_changes};
use super::paging::{PageArgs, looks, page_if_shown};
use super::scope::{Scope, Services};
use super::types::{
    AuditEntry, AuditListing, AuditOperation, AuditRequest, DuplicateGroup, LibraryMoment,
    LibraryRoot, Node, ScanJob, ScanJobState, ScanListing, SearchHit, SearchListing, ServerInfo,
    Video, VideoChange, VideoListing, VideoSnapshot, VideoStats, Viewer,
};
use crate::domain::AuditEntryId;
use crate::graphql::error::ApiError;
use crate::graphql::execution::direct::{Direct, asks_for, direct, selections};
use crate::graphql::execution::scans;

/// Every connection takes `first`/`after` or `last`/`before`: 20 where neither `first` nor `last` is
/// given, 0 to 100; both together are refused. A cursor holds its place in the order, so it stays good
/// when its row is gone. It belongs to one connection and one order: another one's, or a damaged one,
/// is refused with the code INVALID_CURSOR. A page asked for with a changed filter goes on from the
/// cursor's place. `totalCount` is counted only where it is asked for.
#[derive(Description)]
pub struct Query;

list_sizes!(Query {
    NODES: nodes = ListSize::EachOf { argument: &["ids"], more: 0 };
    LIBRARY_ROOTS: libraryRoots = LIBRARY_ROOTS;
});

direct!(
    #[Object(use_type_description)]
    impl Query {
        /// The object with this ID; null if there is none or the ID is malformed.
        async fn node(
            &self,
            ctx: &Context<'_>,
            #[graphql(
                desc = "ID of a video, a past version of one, an audit entry, a library root or a scan."
            )]
            id: ID,
        ) -> Option<Result<Direct<Node>, ApiError>> {
            let found = Node::find(Scope::of(ctx), &id).await;
            found.transpose().map(|found| found.map(Direct))
        }

        /// In the order of `ids`, null where there is none or the ID is malformed; at most 100.
        async fn nodes(
            &self,
            ctx: &Context<'_>,
            #[graphql(
                desc = "IDs of videos, past versions, audit entries, library roots and scans, at most 100."
            )]
            ids: Vec<ID>,
        ) -> Result<Vec<Option<Result<Direct<Node>, ApiError>>>, ApiError> {
            if ids.len() > Self::MAX_NODES {
                return Err(ApiError::BadUserInput(format!(
                    "ids can have at most {} items, not {}",
                    Self::MAX_NODES,
                    ids.len()
                )));
            }
            let found = join_all(ids.iter().map(|id| Node::find(Scope::of(ctx), id))).await;
            let found = found.into_iter().map(Result::transpose);
            Ok(found.map(|found| found.map(|found| found.map(Direct))).collect())
        }

        /// The video with this ID; null if there is none or the ID is malformed.
        async fn video(
            &self,
            ctx: &Context<'_>,
            #[graphql(desc = "A UUID, in upper or lower case.")] id: ID,
        ) -> Option<Result<Direct<Video>, ApiError>> {
            let id = id.parse().ok()?;
            let found = Scope::of(ctx).loaders.video(id).await;
            found.transpose().map(|found| found.map(Video).map(Direct))
        }

        /// The video at this path; null if there is none.
        async fn video_by_path(
            &self,
            ctx: &Context<'_>,
            #[graphql(desc = "Path of the file, compared byte by byte.")] path: String,
        ) -> Option<Result<Direct<Video>, ApiError>> {
            let found = Scope::of(ctx).reader().get_by_path(&path).await;
            found.transpose().map(|found| Ok(Direct(Video(found?))))
        }

        /// Null where there is no such version, and where that version is a deletion.
        async fn video_snapshot(
            &self,
            ctx: &Context<'_>,
            #[graphql(
                desc = "A UUID, in upper or lower case; a malformed one is that of no video."
            )]
            video_id: ID,
            #[graphql(desc = "The version.")] version: i32,
        ) -> Option<Result<Direct<VideoSnapshot>, ApiError>> {
            let entity_id = video_id.parse().ok()?;
            let found =
                Scope::of(ctx).loaders.past_video(AuditEntryId { entity_id, version }).await;
            found.transpose().map(|found| found.map(VideoSnapshot).map(Direct))
        }

        /// By `createdAt`, newest first, unless `orderBy` says otherwise: the first key first, three at most.
        /// What the keys leave equal goes by id, in the direction of the last key, so every order is total.
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
                desc = "Rows to skip: from the start, or behind `after`; 0 to 10,000,000, BAD_USER_INPUT with `last` or `before`. Skipped rows count towards the scan budget. For lists that are entered in the middle; cursors are the better way to go on."
            )]
            offset: Option<i32>,
        ) -> Result<Direct<IndexedConnection<Video>>, ApiError> {
            let scope = Scope::of(ctx);
            let order = VideoOrder::parse(order_by.unwrap_or_default())?;
            let filter = scope.video_filter(filter).await?;
            let request = PageArgs { first, after, last, before }
                .parse_with_offset(offset, |text| Cursor::video_place(text, &order))?;
            let looks = looks(ctx).skipping(request.offset());
            let may_scan = !filter.is_everything() || looks.number_rows();
            if may_scan {
                let tests = scans::of_videos(&filter, looks);
                scope.scans.allow(scope.reader(), tests).await?;
            }
            // Where all videos have the same for a first key, a second one sorts all of them.
            let _place = scope.scans.place(may_scan || order.keys().len() > 1).await;
            let page = page_if_shown(ctx, scope.reader().list(&filter, &order, &request)).await?;
            let listing = VideoListing { filter, order };
            Ok(Direct(IndexedConnection::new(listing, request, page.map(Video))))
        }

        /// Full-text search in filename and path, best match first. A query that is a whole filename, with or
        /// without its extension, or a whole path, finds that video first, whatever signs it contains; the rules
        /// for - and quotes do not apply to that match. Otherwise a word is a run of letters and digits, and all
        /// else separates: `S01E02.1080p_x265-GRP` is s01e02, 1080p, x265 and grp. Case, width and accents do not
        /// count: hôtel is hotel, straße is strasse, œuvre is oeuvre; marks that make another letter in their
        /// script do count: パパ is not ハハ. Spellings of one word match: with or without apostrophe or hyphen
        /// inside it, with or without dots between single letters (`R.E.M.`, `H.264`), `&` or `and`, `20,000` or
        /// `20000`, `S01E02`, `s1e2` or `1x02`. Each word of `query` must start a word of the filename or the path;
        /// in scripts that are written without spaces (Han, kana, Hangul, Thai, …) it may stand anywhere in a run.
        /// "Words in quotes" must follow one another, whole. A word after - at the start of a word must not occur
        /// as a whole word. Every text within the limits is a valid query; one without a word that must occur finds
        /// nothing but such an exact match. A match in the filename ranks above one in the path alone, a whole word
        /// above the start of one; ties go to the newest. The same on every storage backend.
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
                desc = "Rows to skip: from the start, or behind `after`; 0 to 10,000,000, BAD_USER_INPUT with `last` or `before`. Skipped rows count towards the scan budget. For lists that are entered in the middle; cursors are the better way to go on."
            )]
            offset: Option<i32>,
        ) -> Result<Direct<IndexedConnection<SearchHit>>, ApiError> {
            let query = search_query(&query)?;
            let scope = Scope::of(ctx);
            let filter = scope.video_filter(filter).await?;
            let request = PageArgs { first, after, last, before }
                .parse_with_offset(offset, |text| Cursor::search_place(text, &query))?;
            let looks = looks(ctx).skipping(request.offset());
            let may_scan = !query.is_one_word() || !filter.is_everything() || looks.number_rows();
            if may_scan {
                let tests = scans::of_search(&query, &filter, looks);
                scope.scans.allow(scope.reader(), tests).await?;
            }
            let _place = scope.scans.place(may_scan).await;
            let page = page_if_shown(ctx, scope.reader().search(&query, &filter, &request)).await?;
            let listing = SearchListing { query, filter };
            Ok(Direct(IndexedConnection::new(listing, request, page.map(SearchHit::from))))
        }

        /// Statistics of the library, or of the videos that match a filter.
        async fn video_stats(
            &self,
            ctx: &Context<'_>,
            #[graphql(desc = "Which videos to count; all if omitted.")] filter: Option<VideoFilter>,
        ) -> Result<Direct<VideoStats>, ApiError> {
            let scope = Scope::of(ctx);
            let filter = scope.video_filter(filter).await?;
            let looks = VideoStats::looks(&filter, |name| selections(ctx, name));
            if looks.groups > 0 || !filter.is_on_kinds() {
                let tests = scans::of_statistics(&filter, looks);
                scope.scans.allow(scope.reader(), tests).await?;
            }
            Ok(Direct(VideoStats::new(filter, |name| asks_for(ctx, name))))
        }

        /// The whole library's changes, newest first, those of deleted videos included.
        async fn audit_entries(
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
            #[graphql(desc = "Which changes to return; all if omitted.")] filter: Option<
                AuditFilter,
            >,
        ) -> Result<Direct<Connection<AuditEntry>>, ApiError> {
            let page = PageArgs { first, after, last, before };
            let (filter, page, _place) = list_of_log(ctx, filter, page, Cursor::sequence).await?;
            let page =
                page_if_shown(ctx, Scope::of(ctx).reader().list_entries(&filter, &page)).await?;
            Ok(Direct(Connection::new(AuditListing::Log(filter), page.map(AuditEntry))))
        }

        /// The library as it was at a moment. Every list, count, search and statistic below it is exact, and in the
        /// order that it had then. With too many changes since, the error MOMENT_TOO_FAR names their number and the
        /// limit.
        async fn library_at(
            &self,
            ctx: &Context<'_>,
            #[graphql(desc = "The moment.")] at: LibraryMomentInput,
        ) -> Result<Direct<LibraryMoment>, ApiError> {
            LibraryMoment::at(Scope::of(ctx), at).await.map(Direct)
        }

        /// Every committed change in commit order, the oldest first; forwards only. The cursors are those of the
        /// subscription of the same name, so a script may read pages here and follow there, or the other way round.
        /// On an empty page `endCursor` is null: keep the last one.
        async fn video_changes(
            &self,
            ctx: &Context<'_>,
            #[graphql(desc = "Page size, from the start or from `after`: 0 to 100.")] first: Option<
                i32,
            >,
            #[graphql(
                desc = "Return changes after this cursor, which may be any `changesCursor`."
            )]
            after: Option<String>,
            #[graphql(desc = "Changes of this video only.")] video_id: Option<ID>,
            #[graphql(desc = "Changes of these kinds only; an empty list matches nothing.")]
            operations: Option<Vec<AuditOperation>>,
        ) -> Result<Direct<ForwardConnection<VideoChange>>, ApiError> {
            let selection = change_filter(video_id, operations)?;
            let page = page_of_changes(ctx, first, after, selection).await?;
            Ok(Direct(ForwardConnection::new((), page)))
        }

        /// The log by requests: an import or a bulk change is one line. By first change, the newest first, so that a request
        /// that goes on keeps its place and its cursor. The filter selects requests with at least one change that meets it;
        /// numbers and times are those of the whole request.
        async fn audit_requests(
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
            #[graphql(desc = "Which requests to return; all if omitted.")] filter: Option<
                AuditFilter,
            >,
        ) -> Result<Direct<Connection<AuditRequest>>, ApiError> {
            let page = PageArgs { first, after, last, before };
            let (filter, page, _place) =
                list_of_log(ctx, filter, page, Cursor::first_sequence).await?;
            let page =
                page_if_shown(ctx, Scope::of(ctx).reader().list_requests(&filter, &page)).await?;
            Ok(Direct(Connection::new(filter, page.map(AuditRequest::from))))
        }

        /// The most redundant bytes first.
        async fn duplicate_videos(
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
            #[graphql(desc = "Which videos to compare; all if omitted.")] filter: Option<
                VideoFilter,
            >,
        ) -> Result<Direct<StateConnection<DuplicateGroup>>, ApiError> {
            let page = PageArgs { first, after, last, before };
            let filter = Scope::of(ctx).video_filter(filter).await?;
            DuplicateGroup::page(ctx, page, filter).await.map(Direct)
        }

        /// By name.
        async fn library_roots(
            &self,
            ctx: &Context<'_>,
        ) -> Result<Direct<Vec<LibraryRoot>>, ApiError> {
            let scope = Scope::of(ctx);
            let Services { repository, clock, .. } = &*scope.services;
            let roots = all_roots(&*repository.catalogue(), &**clock).await?;
            Ok(Direct(roots.into_iter().map(|root| LibraryRoot::seen(scope, root)).collect()))
        }

        /// Newest first.
        #[expect(clippy::too_many_arguments, reason = "they are the arguments in the schema")]
        async fn scan_jobs(
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
            #[graphql(desc = "Scans of this library root only; a malformed ID matches nothing.")]
            root_id: Option<ID>,
            #[graphql(desc = "Scans in one of these states only; an empty list matches nothing.")]
            states: Option<Vec<ScanJobState>>,
        ) -> Result<Direct<StateConnection<ScanJob>>, ApiError> {
            let page = PageArgs { first, after, last, before }.parse(Cursor::scan_place)?;
            let filter = scan_filter(root_id, states);
            let catalogue = Scope::of(ctx).repository().catalogue();
            let page = page_if_shown(ctx, catalogue.scans(&filter, &page)).await?;
            Ok(Direct(StateConnection::new(ScanListing(filter), page.map(ScanJob))))
        }

        /// The newest change's place: what is listed together with it can be followed with `videoChanges(after:)` without a gap.
        async fn changes_cursor(&self, ctx: &Context<'_>) -> Result<String, ApiError> {
            let place = Scope::of(ctx).end_of_log().await?;
            Ok(Cursor::Changes { place }.encode())
        }

        /// Who the caller is, and what it may do.
        async fn viewer(&self, ctx: &Context<'_>) -> Direct<Viewer> {
            Direct(Viewer::from(&Scope::of(ctx).caller))
        }

        /// Limits that a client should know, and the server's version.
        async fn server_info(&self, ctx: &Context<'_>) -> Direct<ServerInfo> {
            Direct(Scope::of(ctx).server_info)
        }
    }
);

impl Query {
    /// The maximum number of objects that `nodes` looks up.
    const MAX_NODES: usize = 100;
}
