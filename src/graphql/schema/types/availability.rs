//! Whether the files of videos are there.

use async_graphql::Enum;

use crate::domain::catalogue;
use crate::graphql::execution::direct::{DirectValue, Plan, Selected, direct};

direct!(
    /// More values may come.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
    #[graphql(remote = "catalogue::Availability")]
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
