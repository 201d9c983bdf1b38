//! What differs between two moments.

use std::sync::Arc;

use async_graphql::{Description, Object};

use super::audit_entry::FieldChange;
use super::entities::VideoSnapshot;
use crate::domain::{VideoField, VideoId};
use crate::graphql::error::ApiError;
use crate::graphql::execution::direct::{LazyScalar, direct};
use crate::graphql::schema::connection::{Counted, Edge, Listed};
use crate::graphql::schema::cursor::Cursor;
use crate::graphql::schema::list_size::{ListSize, list_sizes};
use crate::graphql::schema::scope::Scope;
use crate::history::moment::{Difference, Differences};

/// One video between two moments: net, whatever happened in between.
#[derive(Description)]
pub struct VideoDifference(Difference);

impl From<Difference> for VideoDifference {
    fn from(difference: Difference) -> Self {
        Self(difference)
    }
}

list_sizes!(VideoDifference {
    CHANGES: changes = ListSize::AtMost(VideoField::ALL.len());
});

direct!(
    #[Object(use_type_description)]
    impl VideoDifference {
        /// The video's ID.
        fn video_id(&self) -> LazyScalar<VideoId> {
            LazyScalar(self.0.id)
        }

        /// Null where it was added.
        fn before(&self) -> Option<VideoSnapshot> {
            self.0.before.as_deref().cloned().map(VideoSnapshot)
        }

        /// Null where it was deleted.
        fn after(&self) -> Option<VideoSnapshot> {
            self.0.after.as_deref().cloned().map(VideoSnapshot)
        }

        /// The fields that differ, in the order of the Video type.
        fn changes(&self) -> Vec<FieldChange<'_>> {
            self.0.changes.iter().map(Into::into).collect()
        }
    }
);

impl Listed for VideoDifference {
    const NAME: &'static str = "VideoDifference";
    type Listing = Arc<Differences>;
    type Node = Self;
    type Edge<'a> = Edge<'a, Self>;

    fn node(&self) -> &Self {
        self
    }

    fn cursor(&self, _: &Arc<Differences>) -> Cursor<'static> {
        Cursor::Differences { video: self.0.id }
    }
}

impl Counted for VideoDifference {
    async fn count(scope: &Scope, listing: &Arc<Differences>) -> Result<u64, ApiError> {
        let _place = scope.scans.place(true).await;
        Ok(listing.count() as u64)
    }
}
