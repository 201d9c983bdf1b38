//! The stores of videos and their history, and of API keys: the traits, their errors, and their
//! implementations.
//!
//! The documentation of [`VideoRepository`] is the contract for every implementation, and one test
//! suite verifies each of them against it.

pub mod activity;
mod audit_json;
pub mod keys;
pub mod memory;
mod net_change;
pub mod reader;
pub mod sqlite;
pub mod stage;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::stream::BoxStream;
use tokio::sync::watch;

use crate::domain::search::Tier;
use crate::domain::{
    AuditEntry, NewVideo, SearchPlace, Text, Timestamp, Video, VideoId, VideoPatch,
};

pub use crate::domain::OnConflict;
pub use activity::Activity;
pub use keys::{KeyError, KeyStore};
pub use reader::VideoReader;

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
/// are documented for each method. After an error, nothing has changed.
#[async_trait]
pub trait VideoRepository: VideoReader {
    /// Carries out one write. The methods below are this one with their arguments named.
    ///
    /// The answer has one item for each video that the write names, in its order. The entries that it
    /// records stand together in the log, and know [where they end](AuditEntry::write_end).
    async fn write(&self, write: Write, by: Attribution) -> Result<Vec<Written>, RepositoryError>;

    /// Adds a video. Idempotent: adding an existing video again, with the same ID and values,
    /// succeeds and changes nothing.
    ///
    /// An ID that was deleted before continues from its last version.
    ///
    /// # Errors
    /// [`RepositoryError::Conflicts`] if the ID or the path is taken.
    async fn insert(&self, video: NewVideo, by: Attribution) -> Result<Written, RepositoryError> {
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
        by: Attribution,
    ) -> Result<Vec<Written>, RepositoryError> {
        self.write(Write::Insert { videos, on_conflict }, by).await
    }

    /// Changes a video. A patch that makes no difference succeeds and writes nothing.
    ///
    /// # Errors
    /// [`RepositoryError::NotFound`]; [`RepositoryError::VersionConflict`] if the video is not at
    /// `expected_version`; [`RepositoryError::Conflicts`] if the new path is taken. The first of
    /// these that applies.
    async fn update(
        &self,
        id: VideoId,
        patch: VideoPatch,
        expected_version: Option<i32>,
        by: Attribution,
    ) -> Result<Written, RepositoryError> {
        only(self.write(Write::Update { id, patch, expected_version }, by).await?)
    }

    /// Deletes a video; its history is kept. Returns the video as it was.
    ///
    /// # Errors
    /// [`RepositoryError::NotFound`]; [`RepositoryError::VersionConflict`] when the video is not at
    /// `expected_version`.
    async fn delete(
        &self,
        id: VideoId,
        expected_version: Option<i32>,
        by: Attribution,
    ) -> Result<Written, RepositoryError> {
        only(self.write(Write::Delete { id, expected_version }, by).await?)
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
    /// updated before the write returns. Writes by other processes are not reported.
    fn commits(&self) -> watch::Receiver<i64>;

    /// The activity of the store, if it is in a file. This waits for nothing but the size of the
    /// file.
    fn activity(&self) -> Option<Activity> {
        None
    }

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
}

/// Who makes a change, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribution {
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

/// A video that a search found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchHit {
    /// The video.
    pub video: Video,
    /// How well it fits the query.
    pub tier: Tier,
}

impl SearchHit {
    /// Its position in the result.
    pub fn place(&self) -> SearchPlace {
        SearchPlace { tier: self.tier, created_at: self.video.created_at, id: self.video.id }
    }
}

/// Why a store failed. Nothing has changed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum RepositoryError {
    /// There is no video with this ID.
    #[error("there is no video {0}")]
    NotFound(VideoId),
    /// The new values conflict with existing videos.
    #[error("{} of the videos conflict with existing ones", .0.len())]
    Conflicts(Vec<Conflict>),
    /// The video is not at the expected version; this is the current one.
    #[error("the video {} is at version {}", .0.id, .0.version)]
    VersionConflict(Box<Video>),
    /// It timed out.
    #[error("could not {attempted} within {} ms", .limit.as_millis())]
    TimedOut {
        /// What was attempted, e.g. "list videos".
        attempted: &'static str,
        /// The time limit.
        limit: Duration,
    },
    /// Other scans took too long, and it timed out before it started.
    #[error("could not begin to {attempted} within {} ms", .limit.as_millis())]
    Busy {
        /// What was attempted, e.g. "count videos".
        attempted: &'static str,
        /// The time limit.
        limit: Duration,
    },
    /// The store is temporarily unavailable, and neither the request nor the library is at fault:
    /// for example, another process has locked it, or its disk is full.
    #[error("could not {attempted} at the moment")]
    Unavailable {
        /// What was attempted, e.g. "list videos".
        attempted: &'static str,
        /// The cause, and what to do about it.
        source: Arc<dyn std::error::Error + Send + Sync>,
    },
    /// The store itself failed.
    #[error("could not {attempted}")]
    Store {
        /// What was attempted, e.g. "list videos".
        attempted: &'static str,
        /// Why it failed.
        source: Arc<dyn std::error::Error + Send + Sync>,
    },
}

impl RepositoryError {
    /// Converts a cause to a [`RepositoryError::Unavailable`], e.g. in `map_err`.
    pub fn unavailable<E>(attempted: &'static str) -> impl FnOnce(E) -> Self
    where
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        move |source| Self::Unavailable { attempted, source: Arc::from(source.into()) }
    }

    /// Turns an error from below into a [`RepositoryError::Store`], e.g. in `map_err`.
    pub fn store<E>(attempted: &'static str) -> impl FnOnce(E) -> Self
    where
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        move |source| Self::Store { attempted, source: Arc::from(source.into()) }
    }
}

/// One conflict of a video with another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The video's position in the input; 0 if there is only one.
    pub index: usize,
    /// The taken value.
    pub taken: Taken,
}

/// Values that must be unique.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Taken {
    /// The ID, by a video with other values.
    Id(VideoId),
    /// The path, by a video with another ID.
    Path(Text),
}

/// The only item of a list that was requested with one key.
fn only<T>(list: Vec<T>) -> Result<T, RepositoryError> {
    let [item] = <[T; 1]>::try_from(list)
        .map_err(|list| format!("{} items where one was asked for", list.len()))
        .map_err(RepositoryError::store("read the store's answer"))?;
    Ok(item)
}
