//! Changes that were planned from a snapshot of the library.

use crate::domain::{AuditFilter, Text, Timestamp, VideoFilter, VideoId, VideoValues};

/// Changes that were planned from a snapshot of the library: all of them or none, and only if nothing
/// that the plan depends on has changed since.
#[derive(Clone, Debug)]
pub struct PlannedChanges {
    /// The changes, of which each is of another video. A path may be given to a video whose holder gives it up
    /// in the same plan.
    pub changes: Vec<PlannedChange>,
    /// The sequence of the newest entry of the log that the plan saw.
    pub seen: i64,
    /// What must not have been recorded since.
    pub unless: Unless,
}

/// A planned change of one video.
#[derive(Clone, Debug)]
pub struct PlannedChange {
    /// The video.
    pub id: VideoId,
    /// The version that it must be at; that of its deletion if it is deleted.
    pub version: i32,
    /// What becomes of it.
    pub becomes: Becomes,
}

/// What becomes of a video.
#[derive(Clone, Debug)]
pub enum Becomes {
    /// It is deleted.
    Deleted,
    /// It gets these values. If it has them, nothing is recorded.
    Values(Box<VideoValues>),
    /// A deleted one is added again, with its ID. One that is there gets these values, and counts as added at this
    /// time: it was deleted and added again since it had them.
    Restored {
        /// Its values.
        values: Box<VideoValues>,
        /// When it counts as added.
        created_at: Timestamp,
    },
}

impl PlannedChange {
    /// The deletion of a video that is at this version.
    pub fn deletion(id: VideoId, version: i32) -> Self {
        Self { id, version, becomes: Becomes::Deleted }
    }
}

impl Becomes {
    /// The values that it has then.
    pub fn values(&self) -> Option<&VideoValues> {
        match self {
            Self::Deleted => None,
            Self::Values(values) | Self::Restored { values, .. } => Some(values),
        }
    }

    /// The values that it has then.
    pub fn into_values(self) -> Option<VideoValues> {
        match self {
            Self::Deleted => None,
            Self::Values(values) | Self::Restored { values, .. } => Some(*values),
        }
    }
}

/// What must not have been recorded behind what a plan saw, apart from what versions show.
#[derive(Clone, Debug)]
pub enum Unless {
    /// Nothing more.
    Nothing,
    /// A change of a video that is not among the planned ones and matches this filter now. Where the filter
    /// depends on files, every such video that was added or updated counts.
    Matches(VideoFilter),
    /// A change that this filter matches.
    Recorded(AuditFilter),
}

impl PlannedChanges {
    /// The maximum number of changes recorded since that are looked at. With more, a plan that depends on
    /// them is outdated.
    pub const MAX_SINCE: i64 = 10_000;

    /// Changes that depend on nothing but the versions of their videos.
    pub fn by_versions(changes: Vec<PlannedChange>) -> Self {
        Self { changes, seen: 0, unless: Unless::Nothing }
    }

    /// The paths that videos get, or keep.
    pub(super) fn paths(&self) -> impl Iterator<Item = &Text> {
        self.changes.iter().filter_map(|change| Some(&change.becomes.values()?.path))
    }

    /// Whether the log is looked at before they are made.
    pub(super) fn depends_on_log(&self) -> bool {
        !matches!(self.unless, Unless::Nothing)
    }
}
