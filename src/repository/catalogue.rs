//! The store of library roots, their files, and scans: the trait.

use async_trait::async_trait;

use super::RepositoryError;
use crate::domain::catalogue::{
    FileMark, FileNumber, FileRow, Problem, Root, RootId, RootLook, RunnerId, ScanCounts, ScanEnd,
    ScanId, ScanJob, ScanOrder, ScanPhase, ScanState,
};
use crate::domain::file::Fingerprint;
use crate::domain::{Page, PageRequest, Timestamp, VideoId};

/// Keeps the library roots of a library, what is known of their files, and scans.
///
/// Nothing of it is in the log: it says how the disks are, and not what the library is. Files are changed by
/// [writes](super::Write::Files), together with their videos.
///
/// Several processes may use it at once. Each method is one atomic unit; after an error nothing has changed.
/// Every method that changes something raises [`revision`](Self::revision), unless it makes no difference.
///
/// # Errors
/// Those of [`VideoReader`](super::VideoReader)'s methods.
#[async_trait]
pub trait Catalogue: Send + Sync {
    /// A number that rises with every change of what is kept here, those by writes included.
    async fn revision(&self) -> Result<i64, RepositoryError>;

    /// Every root, by name.
    async fn roots(&self) -> Result<Vec<Root>, RepositoryError>;

    /// Keeps a new root. Returns whether it is kept: another process may have added one with its name or
    /// its prefix of paths.
    async fn add_root(&self, root: &Root) -> Result<bool, RepositoryError>;

    /// Notes where a root is now.
    async fn move_root(&self, id: RootId, directory: &[u8]) -> Result<(), RepositoryError>;

    /// Notes what a look at a root found. `served_until` is that of [`serve`](Self::serve); none for a look
    /// by hand, after which nobody serves the root.
    async fn note_look(
        &self,
        id: RootId,
        look: &RootLook,
        served_until: Option<Timestamp>,
    ) -> Result<(), RepositoryError>;

    /// Promises to look after roots until then. A later promise of another server stands.
    ///
    /// It does not raise the revision: servers promise all the time, and what follows from it depends on the
    /// time anyway ([`Root::state`]).
    async fn serve(&self, ids: &[RootId], until: Timestamp) -> Result<(), RepositoryError>;

    /// Promises to notice what changes in a root until then. A later promise of another server stands; none
    /// takes all of them back. Like [`serve`](Self::serve), it does not raise the revision.
    async fn watch(&self, id: RootId, until: Option<Timestamp>) -> Result<(), RepositoryError>;

    /// How many videos a root has.
    async fn count_files(&self, id: RootId) -> Result<FileCounts, RepositoryError>;

    /// The files at these paths below a root, in any order.
    async fn files_at(
        &self,
        root: RootId,
        paths: &[Vec<u8>],
    ) -> Result<Vec<FileRow>, RepositoryError>;

    /// The files of all roots with one of these contents, in any order.
    async fn files_like(
        &self,
        fingerprints: &[Fingerprint],
    ) -> Result<Vec<FileRow>, RepositoryError>;

    /// The files of a root, by number, after this one.
    async fn files_after(
        &self,
        root: RootId,
        after: Option<FileNumber>,
        limit: usize,
    ) -> Result<Vec<FileRow>, RepositoryError>;

    /// The file of each of these videos, in their order.
    async fn files_of(&self, ids: &[VideoId]) -> Result<Vec<Option<FileRow>>, RepositoryError>;

    /// The missing videos of a root that have been missing since before this moment: the longest missing
    /// first, and then by ID.
    async fn missing(
        &self,
        root: RootId,
        since_before: Timestamp,
        limit: usize,
    ) -> Result<Vec<VideoId>, RepositoryError>;

    /// Every problem of a root, by path.
    async fn all_problems(&self, root: RootId) -> Result<Vec<NotedProblem>, RepositoryError>;

    /// A page of the problems of a root, by path.
    async fn problems(
        &self,
        root: RootId,
        request: &PageRequest<Vec<u8>>,
    ) -> Result<Page<NotedProblem>, RepositoryError>;

    /// The number of the problems of a root.
    async fn count_problems(&self, root: RootId) -> Result<u64, RepositoryError>;

    /// Notes problems, and removes those at the other paths. One that has been there with the same code keeps
    /// its `since`.
    async fn change_problems(
        &self,
        root: RootId,
        noted: &[NotedProblem],
        removed: &[Vec<u8>],
    ) -> Result<(), RepositoryError>;

    /// Queues a scan with this ID. Returns the one that is queued for the same root and paths already, if
    /// there is one, and nobody is asked to confirm anything by either.
    async fn queue(
        &self,
        id: ScanId,
        order: &ScanOrder,
        at: Timestamp,
    ) -> Result<ScanJob, RepositoryError>;

    /// Begins the scan that has been queued the longest for one of these roots on which none is running, for
    /// this runner until the end of the lease.
    ///
    /// Before that, scans of these roots that are running with a lease that is over become
    /// [interrupted](ScanState::Interrupted).
    async fn begin(
        &self,
        roots: &[RootId],
        lease: Lease,
        now: Timestamp,
    ) -> Result<Option<ScanJob>, RepositoryError>;

    /// Scans that are running with a lease that is over become [interrupted](ScanState::Interrupted), whatever
    /// their root. Where there is none, nothing is written.
    async fn interrupt(&self, now: Timestamp) -> Result<(), RepositoryError>;

    /// Notes how a running scan stands, and prolongs its lease. Returns what the runner is to do.
    async fn report(
        &self,
        id: ScanId,
        report: &ScanReport,
        lease: Lease,
    ) -> Result<Instruction, RepositoryError>;

    /// Ends a scan that this runner runs.
    async fn end(
        &self,
        id: ScanId,
        end: &ScanEnd,
        runner: RunnerId,
        at: Timestamp,
    ) -> Result<(), RepositoryError>;

    /// Stops a scan: one that is queued ends, and the runner of one that is running is asked to stop. Returns
    /// the scan after that; none if there is none. One that has ended stays as it is.
    async fn cancel(&self, id: ScanId, at: Timestamp) -> Result<Option<ScanJob>, RepositoryError>;

    /// A scan.
    async fn scan(&self, id: ScanId) -> Result<Option<ScanJob>, RepositoryError>;

    /// A page of scans, the newest first.
    async fn scans(
        &self,
        filter: &ScanFilter,
        request: &PageRequest<ScanPlace>,
    ) -> Result<Page<ScanJob>, RepositoryError>;

    /// The number of scans.
    async fn count_scans(&self, filter: &ScanFilter) -> Result<u64, RepositoryError>;
}

/// How many videos a root has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FileCounts {
    /// All of them.
    pub videos: u64,
    /// Those whose file is missing.
    pub missing: u64,
}

/// A problem of a file or folder, as a root has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotedProblem {
    /// Below the root, as the disk has it.
    pub path: Vec<u8>,
    /// What is wrong.
    pub problem: Problem,
    /// When it was first seen.
    pub since: Timestamp,
    /// What the disk said about a file that is no video: it is read again once this changes.
    pub mark: Option<FileMark>,
    /// The missing videos that the file may be.
    pub candidates: Vec<VideoId>,
}

/// Who runs a scan, and until when others believe that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    /// A random ID of the process.
    pub runner: RunnerId,
    /// The end, unless it is prolonged.
    pub until: Timestamp,
}

/// How a running scan stands.
#[derive(Clone, Debug, PartialEq)]
pub struct ScanReport {
    /// What it is doing.
    pub phase: ScanPhase,
    /// From 0 to 1; none while unknown.
    pub progress: Option<f64>,
    /// What it has found and done so far.
    pub counts: ScanCounts,
}

/// What the runner of a scan is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Instruction {
    /// Go on.
    GoOn,
    /// Stop, because somebody asked for it.
    Cancel,
    /// Stop, because the scan is not this runner's any more.
    Lost,
}

/// Which scans are listed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScanFilter {
    /// Those of this root.
    pub root: Option<RootId>,
    /// Those in one of these states.
    pub states: Option<Vec<ScanState>>,
}

/// Where a scan is in the list: the newest first, by when it was asked for and then by ID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ScanPlace {
    /// When it was asked for.
    pub created_at: Timestamp,
    /// Its ID.
    pub id: ScanId,
}

impl ScanPlace {
    /// The place of a scan.
    pub fn of(job: &ScanJob) -> Self {
        Self { created_at: job.created_at, id: job.id }
    }
}
