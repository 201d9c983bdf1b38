//! Scans of library roots, as they are asked for and as they proceed.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::root::RootId;
use crate::domain::scalars::Invalid;
use crate::domain::timestamp::Timestamp;
use crate::domain::video::VideoId;

/// The name in the history of scans that nobody asked for. No credential has it.
pub const NOBODY: &str = "scan";

/// The ID of a scan: a UUID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScanId(Uuid);

impl ScanId {
    /// The UUID's 16 bytes.
    pub fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }

    /// The ID with these bytes.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(Uuid::from_bytes(bytes))
    }

    /// The request ID of all that the scan writes.
    pub fn request_id(self) -> String {
        format!("scan-{self}")
    }

    /// The scan whose request ID this would be; none if no scan has it.
    pub fn from_request_id(text: &str) -> Option<Self> {
        text.strip_prefix("scan-")?.parse().ok()
    }
}

impl From<Uuid> for ScanId {
    fn from(uuid: Uuid) -> Self {
        Self(uuid)
    }
}

impl fmt::Display for ScanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_hyphenated().fmt(f)
    }
}

impl FromStr for ScanId {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        text.parse().map(|id: VideoId| Self::from_bytes(*id.as_bytes()))
    }
}

/// The random ID of a process that runs scans.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunnerId(Uuid);

impl RunnerId {
    /// The UUID's 16 bytes.
    pub fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }

    /// The ID with these bytes.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(Uuid::from_bytes(bytes))
    }
}

impl From<Uuid> for RunnerId {
    fn from(uuid: Uuid) -> Self {
        Self(uuid)
    }
}

/// A scan that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScanOrder {
    /// The root.
    pub root: RootId,
    /// Folders below the root; empty for the whole root.
    pub paths: Vec<String>,
    /// Whether files that have not changed are probed as well, and deleted videos added again.
    pub rescan: bool,
    /// How many videos may become missing whatever the guard says; none if the guard decides.
    pub confirmed_missing: Option<u64>,
    /// The name of whoever asked for it; none if nobody did.
    pub requested_by: Option<String>,
}

impl ScanOrder {
    /// A scan of a whole root that nobody asked for.
    pub fn of_root(root: RootId) -> Self {
        Self { root, paths: Vec::new(), rescan: false, confirmed_missing: None, requested_by: None }
    }
}

/// A scan.
#[derive(Clone, Debug, PartialEq)]
pub struct ScanJob {
    /// Its ID.
    pub id: ScanId,
    /// What was asked for.
    pub order: ScanOrder,
    /// How it stands.
    pub state: ScanState,
    /// What it is doing; none unless it is running.
    pub phase: Option<ScanPhase>,
    /// From 0 to 1; none while unknown.
    pub progress: Option<f64>,
    /// What it has found and done so far.
    pub counts: ScanCounts,
    /// What to do, if it failed or needs a confirmation.
    pub message: Option<String>,
    /// Whether somebody asked it to stop.
    pub is_cancelled: bool,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it began.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

impl ScanOrder {
    /// The largest number of folders.
    pub const MAX_PATHS: usize = 100;
}

impl ScanJob {
    /// A scan that was asked for at this time.
    pub fn queued(id: ScanId, order: ScanOrder, at: Timestamp) -> Self {
        Self {
            id,
            order,
            state: ScanState::Queued,
            phase: None,
            progress: None,
            counts: ScanCounts::default(),
            message: None,
            is_cancelled: false,
            created_at: at,
            started_at: None,
            ended_at: None,
        }
    }

    /// Ends it.
    pub fn end(&mut self, state: ScanState, at: Timestamp) {
        self.state = state;
        self.phase = None;
        self.progress = None;
        self.ended_at = Some(at);
    }
}

/// How a scan stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ScanState {
    /// It has not begun.
    Queued,
    /// It is running.
    Running,
    /// It has looked at everything it could.
    Succeeded,
    /// It could not look, or not to the end.
    Failed,
    /// Somebody stopped it.
    Cancelled,
    /// Its process ended.
    Interrupted,
    /// Too many videos would have become missing, so none was marked.
    NeedsConfirmation,
}

impl ScanState {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Queued,
        Self::Running,
        Self::Succeeded,
        Self::Failed,
        Self::Cancelled,
        Self::Interrupted,
        Self::NeedsConfirmation,
    ];

    /// Its name in the public schema and in libraries.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "QUEUED",
            Self::Running => "RUNNING",
            Self::Succeeded => "SUCCEEDED",
            Self::Failed => "FAILED",
            Self::Cancelled => "CANCELLED",
            Self::Interrupted => "INTERRUPTED",
            Self::NeedsConfirmation => "NEEDS_CONFIRMATION",
        }
    }

    /// The state with this name; none if there is none.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }

    /// Whether nothing more will happen.
    pub fn is_end(self) -> bool {
        !matches!(self, Self::Queued | Self::Running)
    }
}

/// What a scan is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ScanPhase {
    /// It looks at folders.
    Walking,
    /// It reads files.
    Reading,
    /// It looks for files that were moved.
    Matching,
    /// It marks missing videos.
    Marking,
}

impl ScanPhase {
    /// All of them, in their order.
    pub const ALL: [Self; 4] = [Self::Walking, Self::Reading, Self::Matching, Self::Marking];

    /// Its name in the public schema and in libraries.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Walking => "WALKING",
            Self::Reading => "READING",
            Self::Matching => "MATCHING",
            Self::Marking => "MARKING",
        }
    }

    /// The phase with this name; none if there is none.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|phase| phase.as_str() == name)
    }
}

/// What a scan has found and done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ScanCounts {
    /// Files with the name of a video.
    pub seen: u64,
    /// Those that are as they were.
    pub unchanged: u64,
    /// New videos.
    pub added: u64,
    /// Videos whose values or facts changed.
    pub updated: u64,
    /// Videos whose file was moved or renamed.
    pub moved: u64,
    /// Missing videos whose file is there again.
    pub restored: u64,
    /// Videos whose file is gone.
    pub missing: u64,
    /// Those that the guard did not let it mark.
    pub held_back: u64,
    /// Files that were not seen, in folders that could not be read.
    pub unreachable: u64,
    /// Files that were being written.
    pub unsettled: u64,
    /// Files that are excluded, or whose video was deleted.
    pub ignored: u64,
    /// Files and folders that are not as they should be.
    pub problems: u64,
}

/// The end of a scan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScanEnd {
    /// How it ended.
    pub state: ScanState,
    /// What it found and did.
    pub counts: ScanCounts,
    /// What to do, if it failed or needs a confirmation.
    pub message: Option<String>,
}
