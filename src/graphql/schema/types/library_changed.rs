//! Events of the state of the library as the API shows them.

use async_graphql::{Description, ID, Object};

use crate::domain::VideoId;
use crate::feed::{LibraryEvent, MAX_VIDEOS};
use crate::graphql::execution::direct::{LazyScalar, direct};
use crate::graphql::schema::cursor::Cursor;
use crate::graphql::schema::entity_id::EntityId;
use crate::graphql::schema::list_size::{LIBRARY_ROOTS, ListSize, list_sizes};

/// What changed in the library since the event before.
#[derive(Description)]
pub struct LibraryChanged(pub LibraryEvent);

list_sizes!(LibraryChanged {
    VIDEO_IDS: videoIds = ListSize::AtMost(MAX_VIDEOS);
    ROOT_IDS: rootIds = LIBRARY_ROOTS;
});

direct!(
    #[Object(use_type_description)]
    impl LibraryChanged {
        /// The newest change's place.
        fn cursor(&self) -> LazyScalar<Cursor<'_>> {
            LazyScalar(Cursor::Changes { place: self.0.place })
        }

        /// Null where more than 100 changed, or where it is not known: read the list anew.
        fn video_ids(&self) -> Option<Vec<LazyScalar<VideoId>>> {
            let videos = self.0.changes.videos.as_ref()?;
            Some(videos.iter().copied().map(LazyScalar).collect())
        }

        /// Whether a video entered or left what the filter finds (without a filter: was added or deleted), or may have.
        /// False: the same videos, some with other values, so sums and places in an order may differ.
        fn membership_changed(&self) -> bool {
            self.0.changes.membership_changed
        }

        /// Roots whose state changed, whatever the filter says; the first event names every root.
        fn root_ids(&self) -> Vec<ID> {
            self.0.roots.iter().map(EntityId::to_public).collect()
        }
    }
);
