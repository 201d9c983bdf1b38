//! How the library roots are, for those who follow the library.

use crate::domain::Timestamp;
use crate::domain::catalogue::{Root, RootId, RootState};

/// The state of every library root at a time.
pub(super) struct RootStates(Vec<(RootId, RootState)>);

impl RootStates {
    /// The states of these roots, which stay in this order.
    pub fn of(roots: &[Root], now: Timestamp) -> Self {
        Self(roots.iter().map(|root| (root.id, root.state(now))).collect())
    }

    /// Every root.
    pub fn ids(&self) -> Vec<RootId> {
        self.0.iter().map(|(id, _)| *id).collect()
    }

    /// The roots that were in another state, or not there at all.
    pub fn changed_since(&self, earlier: &Self) -> Vec<RootId> {
        let changed = self.0.iter().filter(|root| !earlier.0.contains(root));
        changed.map(|(id, _)| *id).collect()
    }
}
