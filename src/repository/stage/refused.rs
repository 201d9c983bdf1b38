//! The videos of an input that cannot be added.

use std::collections::HashMap;

use crate::domain::{Text, VideoId};
use crate::repository::Claim;

/// The refused videos of one input. Later ones cannot have their values either, so that fixing
/// the first conflict does not reveal another.
#[derive(Debug, Default)]
pub(super) struct Refused {
    claims: Vec<Claim>,
    /// The first claim of each ID and of each path.
    by_id: HashMap<VideoId, usize>,
    by_path: HashMap<Text, usize>,
}

impl Refused {
    pub fn add(&mut self, claim: Claim) {
        let index = self.claims.len();
        if let Some(id) = claim.id() {
            self.by_id.entry(id).or_insert(index);
        }
        if let Some(path) = claim.path() {
            self.by_path.entry(path.clone()).or_insert(index);
        }
        self.claims.push(claim);
    }

    pub fn with_id(&self, id: VideoId) -> Option<&Claim> {
        self.by_id.get(&id).map(|index| &self.claims[*index])
    }

    pub fn at_path(&self, path: &Text) -> Option<&Claim> {
        self.by_path.get(path).map(|index| &self.claims[*index])
    }
}
