//! The history as the API shows it.

use async_graphql::{Context, Enum, ID, Object, SimpleObject};

use super::entities::{AuditEntry, AuditListing, Video, VideoSnapshot};
use crate::domain::{self, AuditEntryId, FieldValue, VideoField, VideoId};
use crate::graphql::error::ApiError;
use crate::graphql::execution::direct::{Direct, JsonText, LazyScalar, ScalarValue, direct};
use crate::graphql::schema::connection::{Counted, Edge, Listed};
use crate::graphql::schema::cursor::Cursor;
use crate::graphql::schema::inputs::VideoFilter;
use crate::graphql::schema::inputs::filter_reader::FilesKnown;
use crate::graphql::schema::list_size::{ListSize, list_sizes};
use crate::graphql::schema::scalars::{DateTime, Json};
use crate::graphql::schema::scope::Scope;

list_sizes!(AuditEntry {
    CHANGES: changes = ListSize::AtMost(VideoField::ALL.len());
});

direct!(
    #[Object(use_type_description)]
    impl AuditEntry {
        /// The entity's ID, a colon and the entity's version after the change.
        fn id(&self) -> LazyScalar<AuditEntryId> {
            LazyScalar(self.0.id())
        }

        /// Time of the change. Never earlier than the change before it in the log, even if the server's
        /// clock was set back.
        fn timestamp(&self) -> DateTime {
            DateTime(self.0.timestamp)
        }

        /// Kind of change.
        fn operation(&self) -> AuditOperation {
            self.0.operation.into()
        }

        /// What kind of thing changed; "video" for videos.
        fn entity_type(&self) -> &'static str {
            "video"
        }

        /// The changed thing's ID; it outlives the thing.
        fn entity_id(&self) -> LazyScalar<VideoId> {
            LazyScalar(self.0.entity_id)
        }

        /// The entity's version after this change.
        fn version(&self) -> i32 {
            self.0.version
        }

        /// The fields that differ, in the order of the Video type: on INSERT every field that has a value,
        /// with `old` null; on DELETE the same with `new` null; on UPDATE those that changed.
        fn changes(&self) -> Vec<FieldChange<'_>> {
            self.0.changes.iter().map(Into::into).collect()
        }

        /// Who made the change: the name that goes with the credential; null where none is asked for; `scan` for
        /// scans that nobody asked for.
        fn actor(&self) -> Option<&str> {
            self.0.actor.as_deref()
        }

        /// The request's `X-Request-Id`, the server's own where the client sent none.
        fn request_id(&self) -> Option<&str> {
            self.0.request_id.as_deref()
        }

        /// The video as it is now, not as it was then; null once it is deleted.
        async fn current_video(
            &self,
            ctx: &Context<'_>,
        ) -> Option<Result<Direct<Video>, ApiError>> {
            let found = Scope::of(ctx).loaders.video(self.0.entity_id).await;
            found.transpose().map(|found| found.map(Video).map(Direct))
        }

        /// The record before this change; null on INSERT.
        async fn before(
            &self,
            ctx: &Context<'_>,
        ) -> Option<Result<Direct<VideoSnapshot>, ApiError>> {
            let id = self.0.previous()?;
            let found = Scope::of(ctx).loaders.past_video(id).await;
            found.transpose().map(|found| found.map(VideoSnapshot).map(Direct))
        }

        /// The record after this change; null on DELETE.
        async fn after(
            &self,
            ctx: &Context<'_>,
        ) -> Option<Result<Direct<VideoSnapshot>, ApiError>> {
            let found = Scope::of(ctx).loaders.past_video(self.0.id()).await;
            found.transpose().map(|found| found.map(VideoSnapshot).map(Direct))
        }

        /// Whether the video met a filter before and after this change: what entered a list, what left it, what stayed. A
        /// video that was not there met no filter, whatever `not` says: `before` is false on INSERT, `after` on DELETE.
        /// `availability` and `rootId` are BAD_USER_INPUT here.
        async fn filter_match(
            &self,
            ctx: &Context<'_>,
            #[graphql(desc = "The filter.")] filter: VideoFilter,
        ) -> Result<Direct<FilterMatch>, ApiError> {
            let scope = Scope::of(ctx);
            let filter =
                VideoFilter::parse(Some(filter), scope.filter_limits, FilesKnown::Nothing)?;
            // Once before the change, and once after it.
            scope.scans.allow_tests(filter.conditions().saturating_mul(2)).await?;
            let [before, after] = scope.loaders.before_and_after(&self.0).await?.matches(&filter);
            Ok(Direct(FilterMatch { before, after }))
        }
    }
);

impl AuditEntry {
    /// `id`, in the form that an interface requires.
    pub(super) async fn node_id(&self, _: &Context<'_>) -> Result<ID, ApiError> {
        Ok(self.0.id().into())
    }
}

impl Listed for AuditEntry {
    const NAME: &'static str = "AuditEntry";
    type Listing = AuditListing;
    type Node = Self;
    type Edge<'a> = Edge<'a, Self>;

    fn node(&self) -> &Self {
        self
    }

    fn cursor(&self, listing: &AuditListing) -> Cursor<'static> {
        match listing {
            AuditListing::Log(_) => Cursor::Log { sequence: self.0.sequence },
            AuditListing::History(id) => {
                Cursor::History { entity_id: *id, version: self.0.version }
            }
        }
    }
}

impl Counted for AuditEntry {
    async fn count(scope: &Scope, listing: &AuditListing) -> Result<u64, ApiError> {
        match listing {
            AuditListing::Log(filter) => {
                // Even without a filter, all that there are have to be counted.
                let _place = scope.scans.place(true).await;
                Ok(scope.reader().count_entries(filter).await?)
            }
            AuditListing::History(id) => scope.loaders.history_length(*id).await,
        }
    }
}

direct!(
    /// Kinds of change.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
    #[graphql(remote = "domain::AuditOperation")]
    pub enum AuditOperation {
        /// The entity was added.
        Insert,
        /// Some fields of the entity changed.
        Update,
        /// The entity was deleted.
        Delete,
    }
);

direct!(
    /// A field that a change modified.
    #[derive(SimpleObject)]
    pub struct FieldChange<'a> {
        /// The field's name in the Video type, e.g. "videoCodec".
        field: &'static str,
        /// In the form that the Video type shows; a frame rate as {"numerator": 30000, "denominator": 1001}.
        old: Option<LazyScalar<&'a FieldValue>>,
        /// The new value, in the same form.
        new: Option<LazyScalar<&'a FieldValue>>,
    }
);

direct!(
    /// Whether a video met a filter before and after a change.
    #[derive(SimpleObject)]
    pub struct FilterMatch {
        /// Whether it met the filter before the change.
        before: bool,
        /// Whether it met the filter after the change.
        after: bool,
    }
);

impl<'a> From<&'a domain::FieldChange> for FieldChange<'a> {
    fn from(change: &'a domain::FieldChange) -> Self {
        Self {
            field: change.field.name(),
            old: change.old.as_ref().map(LazyScalar),
            new: change.new.as_ref().map(LazyScalar),
        }
    }
}

impl ScalarValue for &FieldValue {
    type Scalar = Json;

    fn to_scalar(&self) -> Json {
        Json(self.to_json())
    }

    fn write(&self, text: &mut JsonText<'_>) {
        match self {
            FieldValue::Text(held) => text.write_text(held.as_str()),
            FieldValue::Integer(number) => text.write(number),
            FieldValue::FrameRate(rate) => text.write(rate),
            FieldValue::Timestamp(at) => text.write_plain(at.to_ascii()),
            FieldValue::Fact(fact) => text.write(fact.as_json()),
        }
    }
}
