//! The stores of videos and their history, and of API keys: the traits, their errors, and their
//! implementations.
//!
//! The documentation of [`VideoRepository`] is the contract for every implementation, and one test
//! suite verifies each of them against it.

pub mod activity;
mod audit_json;
mod breakdown_reader;
pub mod catalogue;
mod claim;
mod copies;
mod duplicate_reader;
mod error;
pub mod file_change;
mod history_check;
pub mod keys;
pub mod memory;
mod net_change;
pub mod planned;
pub mod postgres;
pub mod reader;
mod rehearsal;
mod request_sums;
mod sql;
pub mod sqlite;
pub mod stage;

use std::sync::Arc;

use async_trait::async_trait;
use futures_util::stream::BoxStream;
use tokio::sync::watch;

use self::reader::only;
use crate::domain::{
    AuditEntry, LogPosition, NewVideo, Text, Timestamp, Video, VideoId, VideoPatch,
};

pub use self::activity::StoreActivity;
pub use self::breakdown_reader::BreakdownReader;
pub use self::catalogue::Catalogue;
pub use self::claim::{Claim, Claims};
pub use self::copies::CopyActivity;
pub use self::duplicate_reader::DuplicateReader;
pub use self::error::{Conflict, RepositoryError, Taken, UpdateConflict};
pub use self::file_change::{FileChange, FileChanges};
pub use self::keys::{KeyError, KeyStore};
pub use self::planned::{Becomes, PlannedChange, PlannedChanges, Unless};
pub use self::reader::{SearchHit, VideoReader};
pub use self::rehearsal::Rehearsal;
pub use crate::domain::OnConflict;

/// Stores videos, with an entry in the audit log for every change.
///
/// Every method is atomic, including those of [`VideoReader`]: it sees one state of the library,
/// and a change becomes visible and durable together with its audit entries, or not at all. When a
/// writing method has returned, the change survives a crash of the process or the machine.
/// Conflicts are decided inside the writing transaction, so two callers cannot both win.
///
/// Time and IDs are arguments: no store asks the system for them.
///
/// # Errors
/// Every method fails with [`RepositoryError::Store`] if the store itself fails, and with
/// [`RepositoryError::Unavailable`] if it is temporarily unavailable; a reading method also with
/// [`RepositoryError::TimedOut`] or [`RepositoryError::Busy`] if it takes too long. Other errors
/// are documented for each method. After an error, nothing has changed, except that nobody knows after
/// [`RepositoryError::OutcomeUnknown`], which writing methods can fail with.
#[async_trait]
pub trait VideoRepository: VideoReader {
    /// Carries out one write. The methods below are this one with their arguments named.
    ///
    /// The answer has one item for each video that the write names, in its order. The entries that it
    /// records stand together in the log, and know [where they end](AuditEntry::write_end).
    async fn write(&self, write: Write, by: ChangeContext)
    -> Result<Vec<Written>, RepositoryError>;

    /// Adds a video. Idempotent: adding an existing video again, with the same ID and values,
    /// succeeds and changes nothing.
    ///
    /// An ID that was deleted before continues from its last version.
    ///
    /// # Errors
    /// [`RepositoryError::Conflicts`] if the ID or the path is taken.
    async fn insert(&self, video: NewVideo, by: ChangeContext) -> Result<Written, RepositoryError> {
        let write = Write::Insert { videos: vec![video], on_conflict: OnConflict::Fail };
        only(self.write(write, by).await?)
    }

    /// Adds all of these videos or none, as if one after another.
    ///
    /// # Errors
    /// [`RepositoryError::Conflicts`] with every conflict, those inside the input included.
    async fn insert_many(
        &self,
        videos: Vec<NewVideo>,
        on_conflict: OnConflict,
        by: ChangeContext,
    ) -> Result<Vec<Written>, RepositoryError> {
        self.write(Write::Insert { videos, on_conflict }, by).await
    }

    /// Changes a video. A patch that makes no difference succeeds and writes nothing.
    ///
    /// # Errors
    /// [`RepositoryError::NotFound`]; [`RepositoryError::UpdateConflict`] if the video is not at
    /// `expected_version`, if the new path is taken, or both.
    async fn update(
        &self,
        id: VideoId,
        patch: VideoPatch,
        expected_version: Option<i32>,
        by: ChangeContext,
    ) -> Result<Written, RepositoryError> {
        only(self.write(Write::Update { id, patch, expected_version }, by).await?)
    }

    /// Deletes a video; its history is kept. Returns the video as it was.
    ///
    /// # Errors
    /// [`RepositoryError::NotFound`]; [`RepositoryError::UpdateConflict`] when the video is not at
    /// `expected_version`.
    async fn delete(
        &self,
        id: VideoId,
        expected_version: Option<i32>,
        by: ChangeContext,
    ) -> Result<Written, RepositoryError> {
        only(self.write(Write::Delete { id, expected_version }, by).await?)
    }

    /// Gives a video the values that it had in a past state. One that is deleted is added with them again, as if
    /// it had been created when it was.
    ///
    /// # Errors
    /// [`RepositoryError::NotFound`] for a video that never was; [`RepositoryError::UpdateConflict`] if it is not
    /// at `expected_version`, which is that of its deletion if it is deleted, if the path is taken, or both.
    async fn restore(
        &self,
        past: Video,
        expected_version: Option<i32>,
        by: ChangeContext,
    ) -> Result<Written, RepositoryError> {
        only(self.write(Write::Restore { past, expected_version }, by).await?)
    }

    /// Looks for the conflicts of videos that cannot be added, because some are not valid. Writes
    /// nothing.
    ///
    /// # Errors
    /// [`RepositoryError::Conflicts`] with every conflict of what is valid in them.
    async fn check_insert(
        &self,
        claims: Vec<Claim>,
        by: ChangeContext,
    ) -> Result<(), RepositoryError> {
        self.write(Write::Check(Claims::Insert(claims)), by).await.map(drop)
    }

    /// Looks for the conflicts of a change that is not valid. Writes nothing, and returns the video
    /// as it stands.
    ///
    /// # Errors
    /// Those of [`update`](Self::update) with this path.
    async fn check_update(
        &self,
        id: VideoId,
        path: Option<Text>,
        expected_version: Option<i32>,
        by: ChangeContext,
    ) -> Result<Video, RepositoryError> {
        let write = Write::Check(Claims::Update { id, path, expected_version });
        Ok(only(self.write(write, by).await?)?.video)
    }

    /// A snapshot of the library: all reads see the same state, whatever is written in the
    /// meantime. Release it soon, because the store reserves resources for it.
    ///
    /// What is to be read only determines which other snapshots it may have to wait for.
    async fn snapshot(&self, reads: SnapshotReads)
    -> Result<Arc<dyn VideoReader>, RepositoryError>;

    /// Every video as of one moment, in the order of addition: `created_at`, then ID, ascending.
    fn scan(&self) -> BoxStream<'_, Result<Video, RepositoryError>>;

    /// Verifies the library: replaying the log yields exactly the existing videos, versions have no
    /// gaps, and the store's own structures are intact.
    ///
    /// Returns one sentence per fault, at most [`MAX_FAULTS`] of them.
    async fn check(&self) -> Result<Vec<String>, RepositoryError>;

    /// Notifies of commits: the highest sequence that was written through this store, or 0. It is
    /// updated before the write returns. Writes by other processes may be reported too, and some time
    /// later.
    fn commits(&self) -> watch::Receiver<i64>;

    /// The activity of the store, unless it is in memory. This waits for nothing but the sizes of files.
    fn activity(&self) -> Option<StoreActivity> {
        None
    }

    /// The copies of the library on other servers, which queries can be read from.
    fn copies(&self) -> Vec<CopyActivity> {
        Vec::new()
    }

    /// A copy that a query can be read from: one that has all changes up to this place, or any one that is
    /// well. None if the library itself is to be read.
    ///
    /// A copy can be behind the library, and its methods that write fail. It may be gone at any time, which
    /// is [`RepositoryError::Unavailable`].
    async fn copy_for(&self, place: Option<LogPosition>) -> Option<Arc<dyn VideoRepository>> {
        let _ = place;
        None
    }

    /// The library roots of the library, with their files and scans.
    fn catalogue(&self) -> Arc<dyn Catalogue>;

    /// Succeeds when the store can be read.
    async fn ping(&self) -> Result<(), RepositoryError>;

    /// Completes running work and releases the store. Later calls fail.
    ///
    /// # Errors
    /// When the store could not be left as it should; nothing that was acknowledged is lost.
    async fn close(&self) -> Result<(), RepositoryError>;
}

/// The maximum number of faults that [`VideoRepository::check`] reports: more would not help.
pub const MAX_FAULTS: usize = 100;

/// The purpose of a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SnapshotReads {
    /// Rows by their keys, and pages without a filter.
    LookUps,
    /// These, and scans.
    All,
}

/// A change to be made.
#[derive(Clone, Debug)]
pub enum Write {
    /// See [`VideoRepository::insert_many`].
    Insert {
        /// The video to add.
        videos: Vec<NewVideo>,
        /// What to do if the ID or path is taken.
        on_conflict: OnConflict,
    },
    /// See [`VideoRepository::update`].
    Update {
        /// The video.
        id: VideoId,
        /// The changes.
        patch: VideoPatch,
        /// Change nothing unless the video is still at this version.
        expected_version: Option<i32>,
    },
    /// See [`VideoRepository::delete`].
    Delete {
        /// The video.
        id: VideoId,
        /// Delete nothing unless the video is still at this version.
        expected_version: Option<i32>,
    },
    /// Makes all of these changes, or none with [`RepositoryError::PlanOutdated`]: if a video is not at its version,
    /// if its path has another holder then, or if something was recorded that must not have been.
    Planned(PlannedChanges),
    /// See [`VideoRepository::restore`].
    Restore {
        /// The past state.
        past: Video,
        /// Change nothing unless the video is still at this version.
        expected_version: Option<i32>,
    },
    /// Nothing is written, because the input is not valid: see [`VideoRepository::check_insert`] and
    /// [`VideoRepository::check_update`].
    Check(Claims),
    /// Records entries of another library's log as they are, and makes their changes. The first must
    /// follow the newest entry of this library, and the last must end its write.
    ///
    /// The answer has no items.
    Replay(Vec<AuditEntry>),
    /// Changes files that a scan found or did not find, and their videos with them.
    ///
    /// The answer has the video of each change that has one, in their order. A file that cannot be moved,
    /// because another video has the path, stays with its video where it was.
    Files(FileChanges),
}

/// Who makes a change, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeContext {
    /// The time of the change.
    pub at: Timestamp,
    /// The name of the credential, if there is one.
    pub actor: Option<String>,
    /// The request that the change is part of.
    pub request_id: Option<String>,
}

/// The effect of a write on one video.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The video after the write, or as it was before it was deleted.
    pub video: Video,
    /// The entry that records the change; none if nothing changed.
    pub entry: Option<AuditEntry>,
}
