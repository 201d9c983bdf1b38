//! How the library roots and their files are, for those who follow the library.

use super::changes::LibraryChanges;
use crate::domain::catalogue::{RootId, RootState};
use crate::domain::{Clock, VideoFilter};
use crate::repository::{RepositoryError, VideoRepository};

/// How the catalogue was at a time.
pub(super) struct CatalogueLook {
    /// The state of every root, by name, and whether a server notices what changes in it.
    roots: Vec<(RootId, RootState, bool)>,
    /// What rises with every write to the catalogue.
    revision: i64,
}

impl CatalogueLook {
    /// Looks now. It asks for the roots also if nothing was written: a server that promises to look after them
    /// raises no revision, and a promise that is over nothing at all.
    pub async fn now(
        repository: &dyn VideoRepository,
        clock: &dyn Clock,
    ) -> Result<Self, RepositoryError> {
        let catalogue = repository.catalogue();
        // What is written after the revision was read is news at the next look.
        let revision = catalogue.revision().await?;
        let roots = catalogue.roots().await?;
        let now = clock.now();
        let roots = roots.iter();
        let roots = roots.map(|root| (root.id, root.state(now), root.is_watched(now))).collect();
        Ok(Self { roots, revision })
    }

    /// As if everything had changed.
    pub fn everything(&self) -> RootNews {
        let roots: Vec<RootId> = self.roots.iter().map(|(id, ..)| *id).collect();
        RootNews { are_files_other: !roots.is_empty(), roots }
    }

    /// What is not as it was.
    pub fn since(&self, earlier: &Self) -> RootNews {
        let changed = self.roots.iter().filter(|root| !earlier.roots.contains(root));
        let roots: Vec<RootId> = changed.map(|(id, ..)| *id).collect();
        let are_files_other = !roots.is_empty() || self.revision != earlier.revision;
        RootNews { roots, are_files_other }
    }
}

/// What has changed from one look to another.
#[derive(Default)]
pub(super) struct RootNews {
    /// The roots that are in another state, are watched or not watched any more, or were not there at all.
    pub roots: Vec<RootId>,
    /// Whether files may be known, missing or out of reach that were not before.
    are_files_other: bool,
}

impl RootNews {
    /// What it means for the videos that a filter selects.
    pub fn changes(&self, filter: &VideoFilter) -> LibraryChanges {
        match self.are_files_other && filter.is_on_files() {
            true => LibraryChanges::UNKNOWN,
            false => LibraryChanges::NONE,
        }
    }
}
