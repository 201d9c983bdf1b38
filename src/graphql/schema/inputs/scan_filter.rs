//! Which scans are listed, by the arguments of `scanJobs`.

use async_graphql::ID;

use crate::domain::catalogue::RootId;
use crate::graphql::schema::entity_id::EntityId;
use crate::graphql::schema::types::ScanJobState;
use crate::repository::catalogue::ScanFilter;

/// The scans that are asked for. A malformed ID is the ID of no root.
pub fn scan_filter(root_id: Option<ID>, states: Option<Vec<ScanJobState>>) -> ScanFilter {
    let states = states.map(|all| all.into_iter().map(Into::into).collect());
    let Some(id) = root_id else { return ScanFilter { root: None, states } };
    match RootId::from_public(&id) {
        None => ScanFilter { root: None, states: Some(Vec::new()) },
        root => ScanFilter { root, states },
    }
}
