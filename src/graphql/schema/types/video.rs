//! Videos as the API shows them.

use std::borrow::Cow;

use async_graphql::{Context, Description, ID, Object};

use super::availability::Availability;
use super::catalogue_entities::LibraryRoot;
use super::entities::{AuditEntry, AuditListing, Video, VideoListing};
use super::media::{AspectRatio, Chapter, MediaStream};
use super::text_segment::TextSegment;
use crate::domain::{self, FileFacts, PageRequest, SortPosition, Text, VideoId, catalogue, search};
use crate::graphql::error::ApiError;
use crate::graphql::execution::direct::{Direct, LazyScalar, asks_for, direct};
use crate::graphql::schema::connection::{Connection, Edge, Indexed, Listed};
use crate::graphql::schema::cursor::Cursor;
use crate::graphql::schema::list_size::{ListSize, list_sizes};
use crate::graphql::schema::paging::PageArgs;
use crate::graphql::schema::scalars::{DateTime, SafeInt};
use crate::graphql::schema::scope::Scope;

direct!(
    #[Object(use_type_description)]
    impl Video {
        /// UUID in hyphenated lower case. New videos get a version 7 UUID.
        fn id(&self) -> LazyScalar<VideoId> {
            LazyScalar(self.0.id)
        }

        /// Where the file is, as the one who added it wrote it: compared byte by byte, never normalised.
        /// Not empty, no NUL, 4,096 bytes at most, unique in the library.
        fn path(&self) -> &str {
            self.0.values.path.as_str()
        }

        /// Filename: the last part of `path` unless another was given.
        fn filename(&self) -> &str {
            self.0.values.filename.as_str()
        }

        /// Duration in frames.
        fn duration_frames(&self) -> SafeInt {
            self.0.values.duration_frames.into()
        }

        /// Duration in seconds: frames divided by the frame rate.
        fn duration_seconds(&self) -> f64 {
            self.0.values.duration_seconds()
        }

        /// The exact frame rate.
        fn frame_rate(&self) -> FrameRate {
            FrameRate(self.0.values.frame_rate)
        }

        /// Pixels.
        fn width(&self) -> i32 {
            self.0.values.width.get()
        }

        /// Pixels.
        fn height(&self) -> i32 {
            self.0.values.height.get()
        }

        /// Video codec, e.g. `h264`.
        fn video_codec(&self) -> &str {
            self.0.values.video_codec.as_str()
        }

        /// Null when the file has no audio stream.
        fn audio_codec(&self) -> Option<&str> {
            self.0.values.audio_codec.as_ref().map(Text::as_str)
        }

        /// Bytes.
        fn file_size(&self) -> SafeInt {
            self.0.values.file_size.into()
        }

        /// Path of a thumbnail; null if there is none.
        fn thumbnail_path(&self) -> Option<&str> {
            self.0.values.thumbnail_path.as_ref().map(Text::as_str)
        }

        /// When the record was added, not the file.
        fn created_at(&self) -> DateTime {
            DateTime(self.0.created_at)
        }

        /// When the record last changed, not the file. Never before `createdAt`.
        fn updated_at(&self) -> DateTime {
            DateTime(self.0.updated_at)
        }

        /// 1 when first added, one higher with every change, deletion included: an ID that is added again
        /// goes on from its last version, so that an ID and a version name one state for ever.
        fn version(&self) -> i32 {
            self.0.version
        }

        /// Whether the file is where the library says; null where no scan has looked there, because no library root
        /// contains the path or the file is excluded.
        async fn availability(&self, ctx: &Context<'_>) -> Option<Result<Availability, ApiError>> {
            let found = Scope::of(ctx).catalogue_loaders().root_of(self.0.id).await.transpose()?;
            Some(found.map(|(row, root)| catalogue::Availability::of(&row, &root.state).into()))
        }

        /// Since when the file has been missing; null while it is not.
        fn missing_since(&self) -> Option<DateTime> {
            self.0.values.facts().missing_since.map(DateTime)
        }

        /// The library root whose scan found the file; null where none did.
        async fn root(&self, ctx: &Context<'_>) -> Option<Result<Direct<LibraryRoot>, ApiError>> {
            let scope = Scope::of(ctx);
            let root = scope.catalogue_loaders().root_of(self.0.id).await.transpose()?;
            Some(root.map(|(_, root)| Direct(LibraryRoot::seen(scope, root))))
        }

        /// When the file was last modified, by its file system. `updatedAt` is the record's own time.
        fn file_modified_at(&self) -> Option<DateTime> {
            self.0.values.facts().file_modified_at.map(DateTime)
        }

        /// Stands for the file's content, its size and samples of it, e.g. `x3p1:9f0c…`; null where the file was never read.
        /// Equal ones are almost certainly the same file: compare the files before deleting one.
        fn fingerprint(&self) -> Option<String> {
            self.0.values.facts().fingerprint.map(Into::into)
        }

        /// The container format, e.g. `matroska`; null where the file was never probed.
        fn container(&self) -> Option<&str> {
            self.0.values.facts().container.as_ref().map(Text::as_str)
        }

        /// Bits per second over all streams; null where unknown.
        fn bit_rate(&self) -> Option<SafeInt> {
            self.0.values.facts().bit_rate.map(Into::into)
        }

        /// Degrees by which players turn the picture clockwise: 0, 90, 180 or 270. `width` and `height` are before that.
        fn rotation(&self) -> Option<i32> {
            self.0.values.facts().rotation.map(Into::into)
        }

        /// Width of a pixel over its height; null where unknown.
        fn pixel_aspect_ratio(&self) -> Option<AspectRatio> {
            self.0.values.facts().pixel_aspect_ratio.map(Into::into)
        }

        /// Whether the time between frames varies; null where unknown.
        fn has_variable_frame_rate(&self) -> Option<bool> {
            self.0.values.facts().has_variable_frame_rate
        }

        /// In the order of the file; 64 at most. Empty where the file was never probed.
        fn streams(&self) -> Vec<MediaStream<'_>> {
            self.0.values.facts().streams.iter().map(MediaStream).collect()
        }

        /// In order of time; 500 at most.
        async fn chapters(
            &self,
            #[graphql(default = 50, desc = "0 to 500.")] first: i32,
        ) -> Result<Direct<Vec<Chapter<'_>>>, ApiError> {
            let limit = Self::CHAPTERS.limit("first", first)?;
            let chapters = self.0.values.facts().chapters.iter().take(limit);
            Ok(Direct(chapters.map(Chapter::from).collect()))
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
    STREAMS: streams = ListSize::AtMost(FileFacts::MAX_STREAMS);
    CHAPTERS: chapters = ListSize::First(500);
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

/// An exact frame rate, e.g. 30000/1001, kept as it was given: 60/2 stays 60/2.
#[derive(Description)]
pub struct FrameRate(domain::FrameRate);

direct!(
    #[Object(use_type_description)]
    impl FrameRate {
        /// Number of frames in `denominator` seconds.
        fn numerator(&self) -> i32 {
            self.0.numerator()
        }

        /// Seconds that `numerator` frames last.
        fn denominator(&self) -> i32 {
            self.0.denominator()
        }

        /// Frames per second.
        fn fps(&self) -> f64 {
            self.0.fps()
        }
    }
);
