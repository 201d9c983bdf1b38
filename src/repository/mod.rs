//! The stores of videos and their history, and of API keys: the traits, their errors, and their
//! implementations.
//!
//! [`VideoRepository`]'s documentation is the contract for every implementation, and one suite of
//! tests holds each of them to it.

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

pub use activity::Activity;
pub use keys::{KeyError, KeyStore};
pub use reader::VideoReader;

/// Keeps videos, and an entry in the audit log for every change of one.
///
/// Every method is one atomic unit, those of [`VideoReader`] too: it sees one state of the library,
/// and a change becomes visible and durable together with its audit entries, or not at all. When a
/// writing method has answered, the change survives the death of the process and of the machine.
/// Conflicts are decided inside the writing transaction, so that two callers cannot both win.
///
/// Time and IDs come in as arguments: no store asks the system for them.
///
/// # Errors
/// Every method fails with [`RepositoryError::Store`] when the store itself does, with
/// [`RepositoryError::Unavailable`] when it cannot work at the moment, and a reading one with
/// [`RepositoryError::TimedOut`] or [`RepositoryError::Busy`] when it takes longer than the store
/// allows; the others that a method can fail with stand beside it. After an error nothing has changed.
#[async_trait]
pub trait VideoRepository: VideoReader {
    /// Carries out one write. The methods below are this one with their arguments named.
    ///
    /// The answer has one item for each video that the write names, in its order. The entries that it
    /// records stand together in the log, and know [where they end](AuditEntry::write_end).
    async fn write(&self, write: Write, by: Attribution) -> Result<Vec<Written>, RepositoryError>;

    /// Adds a video. Adding again what is there already, same ID and same values, succeeds and
    /// changes nothing.
    ///
    /// An ID that was used before and deleted goes on from its last version.
    ///
    /// # Errors
    /// [`RepositoryError::Conflicts`] when the ID or the path is taken.
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
    /// [`RepositoryError::NotFound`]; [`RepositoryError::VersionConflict`] when the video is not at
    /// `expected_version`; [`RepositoryError::Conflicts`] when the new path is taken. The first of
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

    /// Deletes a video; its history stays. The answer has the video as it was.
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

    /// The library as it is now: whatever is read there is of this one moment, whatever is written
    /// meanwhile. It is to be let go soon, since the store keeps what it needs for it.
    ///
    /// What is to be read decides only which other snapshots it may have to wait for.
    async fn snapshot(&self, reads: SnapshotReads)
    -> Result<Arc<dyn VideoReader>, RepositoryError>;

    /// Every video as of one moment, in the order of addition: `created_at`, then ID, ascending.
    fn scan(&self) -> BoxStream<'_, Result<Video, RepositoryError>>;

    /// Verifies the library: replaying the log gives exactly the videos that are there, versions
    /// have no holes, and the store's own structures are sound.
    ///
    /// The answer has one sentence for each fault, at most [`MAX_FAULTS`] of them.
    async fn check(&self) -> Result<Vec<String>, RepositoryError>;

    /// Tells of commits: the highest sequence that was written through this store, 0 where nothing
    /// was. It is told before the write is answered. What others write to the same library is not.
    fn commits(&self) -> watch::Receiver<i64>;

    /// What the store has done so far and is doing now, where it is in a file. This waits for
    /// nothing but the size of the file.
    fn activity(&self) -> Option<Activity> {
        None
    }

    /// Succeeds when the store can be read.
    async fn ping(&self) -> Result<(), RepositoryError>;

    /// Finishes what was begun and releases the store. Whatever comes later fails.
    ///
    /// # Errors
    /// When the store could not be left as it should; nothing that was acknowledged is lost.
    async fn close(&self) -> Result<(), RepositoryError>;
}

/// How many faults [`VideoRepository::check`] tells at most: beyond these, more do not help.
pub const MAX_FAULTS: usize = 100;

/// What a snapshot is taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SnapshotReads {
    /// Rows by their keys, and pages without a filter.
    LookUps,
    /// These, and whatever may have to look at every row.
    All,
}

/// A change to be made.
#[derive(Clone, Debug)]
pub enum Write {
    /// See [`VideoRepository::insert_many`].
    Insert {
        /// What to add.
        videos: Vec<NewVideo>,
        /// What to do with a video whose ID or path is taken.
        on_conflict: OnConflict,
    },
    /// See [`VideoRepository::update`].
    Update {
        /// Which video.
        id: VideoId,
        /// What to change.
        patch: VideoPatch,
        /// Change nothing unless the video is still at this version.
        expected_version: Option<i32>,
    },
    /// See [`VideoRepository::delete`].
    Delete {
        /// Which video.
        id: VideoId,
        /// Delete nothing unless the video is still at this version.
        expected_version: Option<i32>,
    },
}

/// What to do with a video to be added whose ID or path is taken by one that differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnConflict {
    /// Add none of the videos, and tell.
    Fail,
    /// Leave the video that is there as it is.
    Skip,
    /// Give the video that is there the new values; it keeps its ID and the time it was added.
    ///
    /// The one with the same ID, or else the one at the same path. A path that a video with
    /// another ID holds is still a conflict where the ID is found.
    Update,
}

/// Who makes a change, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribution {
    /// The time of the change.
    pub at: Timestamp,
    /// The name that goes with the credential, where one is asked for.
    pub actor: Option<String>,
    /// The request that the change is part of.
    pub request_id: Option<String>,
}

/// What a write did to one video.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The video after the write, or as it was before it was deleted.
    pub video: Video,
    /// The entry that records the change; none where nothing changed.
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
    /// Where it stands in the result.
    pub fn place(&self) -> SearchPlace {
        SearchPlace { tier: self.tier, created_at: self.video.created_at, id: self.video.id }
    }
}

/// Why a store did not do what it was asked to. Nothing has changed when there is one.
#[derive(Clone, Debug, thiserror::Error)]
pub enum RepositoryError {
    /// There is no video with this ID.
    #[error("there is no video {0}")]
    NotFound(VideoId),
    /// What is to be added or changed stands in the way of what is there.
    #[error("{} of the videos conflict with existing ones", .0.len())]
    Conflicts(Vec<Conflict>),
    /// The video is not at the version that was expected; here it is as it stands.
    #[error("the video {} is at version {}", .0.id, .0.version)]
    VersionConflict(Box<Video>),
    /// The answer would have taken too long, and was given up.
    #[error("could not {attempted} within {} ms", .limit.as_millis())]
    TimedOut {
        /// What was attempted, e.g. "list videos".
        attempted: &'static str,
        /// How long it may take.
        limit: Duration,
    },
    /// Others that may look at every row were ahead for too long, and it was given up before it began.
    #[error("could not begin to {attempted} within {} ms", .limit.as_millis())]
    Busy {
        /// What was attempted, e.g. "count videos".
        attempted: &'static str,
        /// How long it may wait.
        limit: Duration,
    },
    /// The store cannot do it at the moment, through no fault of what was asked or of the library:
    /// another process keeps it locked, its disk is full, or the like.
    #[error("could not {attempted} at the moment")]
    Unavailable {
        /// What was attempted, e.g. "list videos".
        attempted: &'static str,
        /// What is in the way, and what to do about it.
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
    /// Turns what is in the way into a [`RepositoryError::Unavailable`], e.g. in `map_err`.
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
    /// The video's position in the input; 0 where there is only one.
    pub index: usize,
    /// What is taken.
    pub taken: Taken,
}

/// What two videos cannot both have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Taken {
    /// The ID, by a video with other values.
    Id(VideoId),
    /// The path, by a video with another ID.
    Path(Text),
}

/// The one item that a list has because one was asked for.
fn only<T>(list: Vec<T>) -> Result<T, RepositoryError> {
    let [item] = <[T; 1]>::try_from(list)
        .map_err(|list| format!("{} items where one was asked for", list.len()))
        .map_err(RepositoryError::store("read the store's answer"))?;
    Ok(item)
}
