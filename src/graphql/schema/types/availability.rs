//! Whether the files of videos are there.

use async_graphql::Enum;

use crate::domain::VideoId;
use crate::domain::catalogue::RootState;
use crate::graphql::error::ApiError;
use crate::graphql::execution::direct::{DirectValue, Plan, Selected, direct};
use crate::graphql::schema::scope::Scope;

direct!(
    /// More values may come.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
    pub enum Availability {
        /// The file was there at the last scan.
        Available,
        /// The file was gone at the last scan, while its root could be read.
        Missing,
        /// The root, or the disk that holds the folder, could not be reached: nothing is known.
        Offline,
    }
);

impl DirectValue for Availability {
    fn plan(_: Selected<'_>) -> Plan {
        Plan::Leaf
    }
}

impl Availability {
    /// That of a video's file; none if no scan has looked there.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn of(scope: &Scope, id: VideoId) -> Result<Option<Self>, ApiError> {
        let found = scope.catalogue_loaders().root_of(id).await?;
        Ok(found.map(|(row, root)| match root.state {
            _ if row.file.is_unreachable => Self::Offline,
            RootState::Offline(_) => Self::Offline,
            RootState::Online if row.missing_since.is_some() => Self::Missing,
            RootState::Online => Self::Available,
        }))
    }
}
