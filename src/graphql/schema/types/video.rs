//! Videos as the API shows them.

use std::borrow::Cow;

use async_graphql::{Context, ID};

use super::availability::Availability;
use super::catalogue_entities::LibraryRoot;
use super::duplicates::DUPLICATES;
use super::entities::{AuditEntry, AuditListing, Video, VideoListing};
use super::text_segment::TextSegment;
use super::video_record::{self, video_record};
use crate::domain::file::ThumbnailWidth;
use crate::domain::{self, PageRequest, SortPosition, VideoId, catalogue, search};
use crate::graphql::error::ApiError;
use crate::graphql::execution::direct::{Direct, LazyScalar, asks_for};
use crate::graphql::schema::connection::{Connection, Counted, Edge, Indexed, Listed};
use crate::graphql::schema::cursor::Cursor;
use crate::graphql::schema::list_size::{ListSize, list_sizes};
use crate::graphql::schema::paging::PageArgs;
use crate::graphql::schema::scope::Scope;
use crate::media::Target;

video_record!(
    impl Video {
        /// UUID in hyphenated lower case. New videos get a version 7 UUID.
        fn id(&self) -> LazyScalar<VideoId> {
            LazyScalar(self.0.id)
        }
    },
    impl Video {
        /// Whether the file is where the library says; null where no scan has looked there, because no library root
        /// contains the path or the file is excluded.
        async fn availability(&self, ctx: &Context<'_>) -> Option<Result<Availability, ApiError>> {
            let found = Scope::of(ctx).catalogue_loaders().root_of(self.0.id).await.transpose()?;
            Some(found.map(|(row, root)| catalogue::Availability::of(&row, &root.state).into()))
        }

        /// The library root whose scan found the file; null where none did.
        async fn root(&self, ctx: &Context<'_>) -> Option<Result<Direct<LibraryRoot>, ApiError>> {
            let scope = Scope::of(ctx);
            let root = scope.catalogue_loaders().root_of(self.0.id).await.transpose()?;
            Some(root.map(|(_, root)| Direct(LibraryRoot::seen(scope, root))))
        }

        /// A JPEG as wide as the smallest of 160, 320, 640 and 1280 that is not below `width`, else 1280; never wider than the
        /// picture. `width` below 1 is BAD_USER_INPUT. Null where thumbnails are not served or the file was never read; a
        /// cached one is served while the file is OFFLINE. A path on this server: resolve it against the endpoint.
        async fn thumbnail_url(
            &self,
            ctx: &Context<'_>,
            #[graphql(default = 320, desc = "Pixels, 1 or more.")] width: i32,
        ) -> Result<Option<String>, ApiError> {
            let width = u32::try_from(width).ok().filter(|width| *width > 0);
            let width = width.ok_or_else(|| {
                ApiError::BadUserInput("`width` must be 1 or more: it is in pixels".to_owned())
            })?;
            let target = Target::Thumbnail(ThumbnailWidth::at_least(width));
            Ok(address(Scope::of(ctx), &self.0, target))
        }

        /// The file itself, with range requests; null where files are not served or it is not available. A path on this server.
        async fn file_url(&self, ctx: &Context<'_>) -> Result<Option<String>, ApiError> {
            let scope = Scope::of(ctx);
            let Some(address) = address(scope, &self.0, Target::File) else { return Ok(None) };
            let found = scope.catalogue_loaders().root_of(self.0.id).await?;
            let availability =
                found.map(|(row, root)| catalogue::Availability::of(&row, &root.state));
            let is_available = availability == Some(catalogue::Availability::Available);
            Ok(is_available.then_some(address))
        }

        /// Other videos with the same fingerprint, by ID.
        async fn duplicates(
            &self,
            ctx: &Context<'_>,
            #[graphql(default = 20, desc = "0 to 100.")] first: i32,
        ) -> Result<Direct<Vec<Video>>, ApiError> {
            let limit = DUPLICATES.limit("first", first)?;
            let Some(fingerprint) = self.0.values.facts().fingerprint else {
                return Ok(Direct(Vec::new()));
            };
            // The video itself may be among them.
            let loaders = &Scope::of(ctx).loaders;
            let found = loaders.with_fingerprint(fingerprint, None, limit + 1).await?;
            let others = found.into_iter().filter(|video| video.id != self.0.id).take(limit);
            Ok(Direct(others.map(Video).collect()))
        }

        /// What changed in this video, newest first.
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
        ) -> Result<Direct<Connection<AuditEntry>>, ApiError> {
            let id = self.0.id;
            let page =
                PageArgs { first, after, last, before }.parse(|text| Cursor::version(text, id))?;
            let (scope, listing) = (Scope::of(ctx), AuditListing::History(id));
            if scope.shows_end_of_log && asks_for(ctx, "changesCursor") {
                // In a box, so that the futures of all fields of a video stay small.
                let (page, end) = Box::pin(scope.history_with_end(id, page)).await?;
                return Ok(Direct(Connection::at(end, listing, page.map(AuditEntry))));
            }
            let page = scope.loaders.history(id, page).await?;
            Ok(Direct(Connection::new(listing, page.map(AuditEntry))))
        }

        /// The filename cut at what `searchVideos(query:)` matches in it. Joined, the parts are the filename, byte for byte;
        /// none is empty, and neighbours differ in `isMatch`. Every occurrence of every required word or phrase is marked:
        /// of a word the beginning that was typed, of a compound all of it with its signs (`Spider-Man`), always whole
        /// characters with their marks (all of ß for `s`). Words after - mark nothing, a term that only the path has marks
        /// nothing here. Where `query` is the whole filename or path, all of the text is marked, but for an extension that
        /// `query` leaves out. One part without a match where the video is not found. 200 parts at most.
        async fn filename_segments(
            &self,
            ctx: &Context<'_>,
            #[graphql(
                desc = "At most 1,000 characters and 64 words, as in `searchVideos`."
            )]
            query: String,
        ) -> Result<Direct<Vec<TextSegment<'_>>>, ApiError> {
            let values = &self.0.values;
            let highlighter = Scope::of(ctx).highlighters().for_video(query, values).await?;
            Ok(Direct(shown(highlighter.filename_segments(values))))
        }

        /// The same of the path.
        async fn path_segments(
            &self,
            ctx: &Context<'_>,
            #[graphql(
                desc = "At most 1,000 characters and 64 words, as in `searchVideos`."
            )]
            query: String,
        ) -> Result<Direct<Vec<TextSegment<'_>>>, ApiError> {
            let values = &self.0.values;
            let highlighter = Scope::of(ctx).highlighters().for_video(query, values).await?;
            Ok(Direct(shown(highlighter.path_segments(values))))
        }
    }
);

list_sizes!(Video {
    STREAMS: streams = video_record::STREAMS;
    CHAPTERS: chapters = video_record::CHAPTERS;
    DUPLICATES: duplicates = DUPLICATES;
    FILENAME_SEGMENTS: filenameSegments = ListSize::AtMost(search::TextSegment::MAX_COUNT);
    PATH_SEGMENTS: pathSegments = ListSize::AtMost(search::TextSegment::MAX_COUNT);
});

/// The address of something of a video; none if it is not served, or its file was never read.
fn address(scope: &Scope, video: &domain::Video, target: Target) -> Option<String> {
    let fingerprint = video.values.facts().fingerprint?;
    scope.address_book()?.address(video.id, target, fingerprint)
}

fn shown(segments: Vec<search::TextSegment<'_>>) -> Vec<TextSegment<'_>> {
    segments.into_iter().map(TextSegment::from).collect()
}

impl Video {
    /// `id`, in the form that an interface requires.
    pub(super) async fn node_id(&self, _: &Context<'_>) -> Result<ID, ApiError> {
        Ok(self.0.id.into())
    }
}

impl Listed for Video {
    const NAME: &'static str = "Video";
    type Listing = VideoListing;
    type Node = Self;
    type Edge<'a> = Edge<'a, Self>;

    fn node(&self) -> &Self {
        self
    }

    fn cursor<'a>(&self, VideoListing { order, .. }: &'a VideoListing) -> Cursor<'a> {
        Cursor::Video { order: Cow::Borrowed(order), place: order.place_of(&self.0) }
    }
}

impl Counted for Video {
    async fn count(scope: &Scope, listing: &VideoListing) -> Result<u64, ApiError> {
        let _place = scope.scans.place(!listing.filter.is_everything()).await;
        Ok(scope.reader().count(&listing.filter).await?)
    }
}

impl Indexed for Video {
    type Position = SortPosition;

    async fn start(
        scope: &Scope,
        VideoListing { filter, order }: &VideoListing,
        page: &PageRequest<SortPosition>,
    ) -> Result<u64, ApiError> {
        let _place = scope.scans.place(true).await;
        Ok(scope.reader().rows_before(filter, order, page).await?)
    }
}
