//! IDs of what is no video, in public: with the kind before the UUID, so that no ID is taken for another.

use async_graphql::ID;

use crate::domain::catalogue::{RootId, ScanId};

/// An ID that names its kind in public.
pub trait EntityId: Sized {
    /// The ID in public.
    fn to_public(&self) -> ID;

    /// The ID with this public text; none if it is malformed or names something else.
    fn from_public(text: &str) -> Option<Self>;
}

const ROOT: &str = "root:";
const SCAN: &str = "scan:";

impl EntityId for RootId {
    fn to_public(&self) -> ID {
        ID(format!("{ROOT}{self}"))
    }

    fn from_public(text: &str) -> Option<Self> {
        text.strip_prefix(ROOT)?.parse().ok()
    }
}

impl EntityId for ScanId {
    fn to_public(&self) -> ID {
        ID(format!("{SCAN}{self}"))
    }

    fn from_public(text: &str) -> Option<Self> {
        text.strip_prefix(SCAN)?.parse().ok()
    }
}
