//! Videos as the API shows them.

use std::borrow::Cow;

use async_graphql::{Context, ID};

use super::availability::Availability;
use super::catalogue_entities::LibraryRoot;
use super::duplicates::DUPLICATES;
use super::entities::{AuditEntry, AuditListing, Video, VideoListing};
use super::text_segment::TextSegment;
use super::video_record::{self, video_record};
use crate::domain::{PageRequest, SortPosition, VideoId, catalogue, search};
use crate::graphql::error::ApiError;
use crate::graphql::execution::direct::{Direct, LazyScalar, asks_for};
use crate::graphql::schema::connection::{Connection, Counted, Edge, Indexed, Listed};
use crate::graphql::schema::cursor::Cursor;
use crate::graphql::schema::list_size::{ListSize, list_sizes};
use crate::graphql::schema::paging::PageArgs;
use crate::graphql::schema::scope::Scope;

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
