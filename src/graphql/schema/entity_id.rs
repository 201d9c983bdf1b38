//! IDs of what is no video, in public: with the kind before the UUID or a version after it, so that no ID is taken
//! for another.

use async_graphql::ID;

use crate::domain::AuditEntryId;
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

/// A video at a version: the state after this change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SnapshotId(pub AuditEntryId);

impl EntityId for SnapshotId {
    fn to_public(&self) -> ID {
        let AuditEntryId { entity_id, version } = self.0;
        ID(format!("{entity_id}@{version}"))
    }

    fn from_public(text: &str) -> Option<Self> {
        let (entity_id, version) = text.split_once('@')?;
        let id =
            AuditEntryId { entity_id: entity_id.parse().ok()?, version: version.parse().ok()? };
        let is_canonical = version == id.version.to_string();
        is_canonical.then_some(Self(id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_of_a_past_version_has_one_text_but_for_the_case_of_its_uuid() {
        let text = "c78bce5b-65ee-4465-bf77-675b13c4be39@3";
        let id = SnapshotId::from_public(text).unwrap();
        assert_eq!(id.0.version, 3);
        assert_eq!(id.to_public().as_str(), text);
        assert_eq!(SnapshotId::from_public(&text.to_uppercase()), Some(id));
        for other in ["", "@", "@3", "3", &text[..37], &text[..36], &text.replace('@', ":")] {
            assert_eq!(SnapshotId::from_public(other), None, "{other}");
        }
        for version in ["03", "+3", " 3", "3@3", "2147483648", "x"] {
            let other = format!("{}{version}", &text[..37]);
            assert_eq!(SnapshotId::from_public(&other), None, "{other}");
        }
    }
}
