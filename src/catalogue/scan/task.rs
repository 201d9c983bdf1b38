//! What a scan is asked for, and what comes of it.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use tokio::sync::watch;

use crate::catalogue::Disk;
use crate::domain::catalogue::{Extensions, Guard, Root, RootLook, ScanEnd, ScanJob};
use crate::repository::RepositoryError;
use crate::repository::catalogue::ScanReport;

/// How scans look at files.
#[derive(Clone, Debug)]
pub struct ScanSettings {
    /// The extensions of the names of videos.
    pub extensions: Extensions,
    /// When a scan asks before it marks videos as missing.
    pub guard: Guard,
    /// The most files that are read at once.
    pub probes: usize,
    /// How long a disk may take to answer.
    pub patience: Duration,
}

impl ScanSettings {
    /// How long a disk may take to answer unless it is set otherwise.
    pub const PATIENCE: Duration = Duration::from_secs(60);
}

/// A scan to be carried out.
pub struct ScanTask {
    /// What was asked for.
    pub job: ScanJob,
    /// The root, as the library has it.
    pub root: Root,
    /// Where it is.
    pub disk: Arc<dyn Disk>,
    /// Is told how the scan stands, more often than anybody can read.
    pub progress: watch::Sender<ScanReport>,
    /// Ends the scan early once it is set.
    pub stop: Arc<AtomicBool>,
}

/// What came of a scan.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// How it ended.
    pub end: ScanEnd,
    /// What it saw of the root, to be noted; none if it did not get to look.
    pub look: Option<RootLook>,
    /// What the library said, for the log, if the scan failed because of that.
    pub error: Option<Arc<RepositoryError>>,
}
