//! Library roots, scans and their problems. They lead to each other and to videos, so what each shows has
//! a file of its own.

use async_graphql::Description;

use crate::domain::Role;
use crate::domain::catalogue::{self, RootId};
use crate::graphql::schema::catalogue_loaders::RootNow;
use crate::graphql::schema::scope::Scope;
use crate::repository::catalogue::{NotedProblem, ScanFilter};

/// A folder whose video files the server catalogues. Roots come from the settings.
#[derive(Clone, Description)]
pub struct LibraryRoot {
    /// The root, and whether it can be reached.
    pub now: RootNow,
    /// Whether the caller may know where it is.
    pub shows_directory: bool,
}

impl LibraryRoot {
    /// A root as the caller of a request is to see it.
    pub fn seen(scope: &Scope, now: RootNow) -> Self {
        Self { now, shows_directory: scope.caller.role >= Role::Admin }
    }
}

/// A scan of a library root: it looks at folders and files, and brings the library up to date.
#[derive(Clone, Description)]
pub struct ScanJob(pub catalogue::ScanJob);

/// A list of scans, the newest first.
pub struct ScanListing(pub ScanFilter);

/// What a scan has to say about a file or folder: why it is not catalogued, not up to date, or suspect.
#[derive(Clone, Description)]
pub struct ScanProblem {
    /// The root that it belongs to.
    pub root: RootId,
    /// The problem.
    pub noted: NotedProblem,
}

/// A list of the problems of a root, by path.
pub struct ProblemListing(pub RootId);
